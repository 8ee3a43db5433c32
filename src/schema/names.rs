//! The names in the API that are made from the names in a database.
//!
//! A name is kept, except for bytes that a URL or a filter cannot contain: these are written as `~XX` in hexadecimal
//! digits, and can be decoded again.

/// Returns the path of a table: its name, after the schema and a dot if a schema is given.
pub(super) fn path(schema: Option<&str>, table: &str) -> String {
    let table = segment(table);
    match schema {
        Some(schema) => format!("{}.{table}", segment(schema)),
        None => table,
    }
}

/// Returns the path of a table as one at which its rows are served: at `docs` stands the documentation of the API.
pub(super) fn served(path: String) -> String {
    match path.as_str() {
        "docs" => "~64ocs".to_owned(),
        _ => path,
    }
}

/// Returns a name as a segment of a path. A dot in the name is escaped, since a dot separates schema and table.
pub(super) fn segment(name: &str) -> String {
    if name.is_empty() {
        return "~".to_owned();
    }
    escaped(name, |_, char| {
        char.is_ascii_alphanumeric() || matches!(char, '-' | '_')
    })
}

/// Returns the name of a column in the API, made from its name in the table. `others` says whether the table also has a
/// column of a given name.
pub(super) fn column(name: &str, others: impl Fn(&str) -> bool) -> String {
    match name {
        "" => return "~".to_owned(),
        // The member `href` of an object is its own link.
        "href" => return "~68ref".to_owned(),
        _ => {}
    }
    // A filter by the column `name!` would be read as the negated filter by another column, `name`.
    let negates = name.strip_suffix('!').is_some_and(others);
    let last = name.len() - 1;
    escaped(name, |at, char| match char {
        ',' | '~' | '\0' => false,
        '-' => at > 0,
        '!' => !(negates && at == last),
        _ => true,
    })
}

/// Returns the name of a relation in the API, made from the name of a column or from a path.
pub(super) fn relation(name: &str) -> String {
    let last = name.len().saturating_sub(1);
    let bytes = name.as_bytes();
    let name = escaped(name, |at, char| match char {
        ',' | '\0' => false,
        '-' => at > 0,
        '!' => at != last,
        // Two underscores separate a relation from its columns and lookups.
        '_' => at == 0 || bytes.get(at - 1) != Some(&b'_'),
        _ => true,
    });
    // A dot separates the relations of `expand`.
    name.replace('.', "_")
}

fn escaped(name: &str, is_plain: impl Fn(usize, char) -> bool) -> String {
    let mut text = String::with_capacity(name.len());
    for (at, char) in name.char_indices() {
        if is_plain(at, char) {
            text.push(char);
            continue;
        }
        for byte in char.encode_utf8(&mut [0; 4]).bytes() {
            text.push_str(&format!("~{byte:02X}"));
        }
    }
    text
}

/// Returns the name of a foreign key's column without its ending, as in `owner_id`, `OwnerId`, `OwnerID` or `owner_fk`;
/// `None` if it has no such ending. An ending `id` without a separator, as in `billtoaddressid`, counts only after the
/// name of the referenced table, `target`.
pub(super) fn stem<'a>(column: &'a str, target: &str) -> Option<&'a str> {
    if matches!(column.to_lowercase().as_str(), "guid" | "uuid") {
        return None;
    }
    let endings = ["_id", "_Id", "_ID", "_fk", "_FK", "Id", "ID"];
    let stem = endings
        .iter()
        .find_map(|ending| column.strip_suffix(ending));
    let stem = stem.filter(|stem| {
        !stem.ends_with(|last: char| last.is_uppercase()) || *stem == stem.to_uppercase()
    });
    let small = || {
        let stem = column.strip_suffix("id")?;
        is_named_after(stem, target).then_some(stem)
    };
    stem.or_else(small).filter(|stem| !stem.is_empty())
}

/// Whether a name ends in the name of a table, in plural or singular.
pub(super) fn is_named_after(name: &str, table: &str) -> bool {
    let (name, table) = (name.to_lowercase(), table.to_lowercase());
    let singular = table.strip_suffix('s').unwrap_or(&table);
    !singular.is_empty() && (name.ends_with(&table) || name.ends_with(singular))
}

/// Whether a name matches a pattern, in which `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(start) else {
        return false;
    };
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.filter_map(|at| name.get(at..))
        .any(|end| matches(rest, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the `~XX` escapes of a name.
    fn plain(escaped: &str) -> String {
        if escaped == "~" {
            return String::new();
        }
        let mut bytes = Vec::new();
        let mut rest = escaped.as_bytes();
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte != b'~' {
                bytes.push(*byte);
                continue;
            }
            let digits = std::str::from_utf8(&after[..2]).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("a byte"));
            rest = &after[2..];
        }
        String::from_utf8(bytes).expect("UTF-8")
    }

    const NAMES: [&str; 14] = [
        "cars",
        "Cars",
        "order details",
        "größe",
        "a.b",
        "a~b",
        "~",
        "",
        "..",
        "a/b?c#d",
        "\"quoted\"",
        "-x",
        "a__b",
        "名前",
    ];

    #[test]
    fn a_path_gives_the_name_back() {
        for name in NAMES {
            let path = path(None, name);
            assert_eq!(plain(&path), name, "{path}");
            assert!(!path.contains('.'), "{path}");
        }
        assert_eq!(path(Some("audit log"), "a.b"), "audit~20log.a~2Eb");
        assert_eq!(served(path(None, "docs")), "~64ocs");
        assert_eq!(plain("~64ocs"), "docs");
        assert_eq!(served(path(Some("public"), "docs")), "public.docs");
    }

    #[test]
    fn a_column_is_renamed_only_where_it_must_be_and_gives_its_name_back() {
        let check = |name: &str, expected: &str| {
            let found = column(name, |other| other == "a");
            assert_eq!(found, expected);
            assert_eq!(plain(&found), name);
        };
        check("größe in cm", "größe in cm");
        check("a,b", "a~2Cb");
        check("a!", "a~21");
        check("b!", "b!");
        check("-a", "~2Da");
        check("a-b", "a-b");
        check("href", "~68ref");
        check("~68ref", "~7E68ref");
        check("", "~");
        check("~", "~7E");
    }

    #[test]
    fn a_relation_has_nothing_in_it_that_a_filter_reads_as_more() {
        assert_eq!(relation("a__b"), "a_~5Fb");
        assert_eq!(relation("audit.log"), "audit_log");
        assert_eq!(relation("-x!"), "~2Dx~21");
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("cars", "cars", true),
            ("cars", "Cars", false),
            ("*", "", true),
            ("tmp_*", "tmp_1", true),
            ("*_old", "cars_old", true),
            ("*_old", "cars_older", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXcYb", false),
            ("größ*", "größe", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
