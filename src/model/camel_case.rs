//! Names in camelCase, made of those in snake_case.

/// Returns a name in camelCase: `unitPrice` for `unit_price`. Underscores at the beginning and at the end stay.
pub(crate) fn camel_case(name: &str) -> String {
    let start = name.len() - name.trim_start_matches('_').len();
    let end = name.trim_end_matches('_').len().max(start);
    let (before, rest) = name.split_at(start);
    let (middle, after) = rest.split_at(end - start);
    let mut camel = before.to_owned();
    for (at, word) in middle
        .split('_')
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if at > 0 => camel.extend(first.to_uppercase()),
            Some(first) => camel.push(first),
            None => {}
        }
        camel.push_str(chars.as_str());
    }
    camel.push_str(after);
    camel
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn each_word_but_the_first_begins_with_a_capital() {
        for (name, camel) in [
            ("make", "make"),
            ("unit_price", "unitPrice"),
            ("line_2_of_3", "line2Of3"),
            ("a__b", "aB"),
            ("_hidden_one_", "_hiddenOne_"),
            ("__", "__"),
            ("", ""),
            ("größe_über", "größeÜber"),
            ("ALREADY_loud", "ALREADYLoud"),
            ("unitPrice", "unitPrice"),
        ] {
            assert_eq!(camel_case(name), camel);
        }
    }
}
