//! Conversion of the name of a Rust item to another case.

/// The supported cases.
pub(crate) const CASES: [&str; 7] = [
    "lowercase",
    "UPPERCASE",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "camelCase",
    "PascalCase",
];

/// Returns the name in a case such as `kebab-case`; `None` if there is no such case.
pub(crate) fn in_case(name: &str, case: &str) -> Option<String> {
    Some(match case {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "snake_case" => snake(name),
        "SCREAMING_SNAKE_CASE" => snake(name).to_uppercase(),
        "kebab-case" => snake(name).replace('_', "-"),
        "camelCase" => {
            let mut words = words(name).into_iter();
            let first = words.next().unwrap_or_default();
            words.fold(first, |text, word| text + &capitalized(&word))
        }
        "PascalCase" => words(name).iter().map(|word| capitalized(word)).collect(),
        _ => return None,
    })
}

/// Returns a name in snake case: `CarTag` as `car_tag`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// Returns the words of a name in lower case. A word begins at a capital letter that follows or precedes a small one.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut before, mut chars) = ('_', name.chars().peekable());
    while let Some(char) = chars.next() {
        let ends_capitals =
            before.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
        let begins =
            before == '_' || char.is_uppercase() && (!before.is_uppercase() || ends_capitals);
        if begins && char != '_' {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char != '_') {
            word.extend(char.to_lowercase());
        }
        before = char;
    }
    words
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_every_case() {
        let cases = CASES.map(|case| in_case("LandRover", case).expect("a case"));
        assert_eq!(
            cases,
            [
                "landrover",
                "LANDROVER",
                "land_rover",
                "LAND_ROVER",
                "land-rover",
                "landRover",
                "LandRover"
            ]
        );
        assert_eq!(in_case("LandRover", "Title Case"), None);
    }

    #[test]
    fn words_begin_at_capitals() {
        for (name, snake_name) in [
            ("Car", "car"),
            ("CarTag", "car_tag"),
            ("HTMLPage", "html_page"),
            ("MX5", "mx5"),
            ("Model3Part", "model3_part"),
            ("car_tag", "car_tag"),
            ("_Hidden", "hidden"),
        ] {
            assert_eq!(snake(name), snake_name);
        }
    }
}
