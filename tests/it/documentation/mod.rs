//! The pages agree with the code: every lookup, code and type has its row, and every path leads to a file.

mod paths;

use tower_rest::{Code, Lookup, Type};

/// Returns the cells of the rows of a page's tables that begin with a code span.
fn rows(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    let cells = |line: &str| {
        line.trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().replace('`', ""))
            .collect()
    };
    lines.map(cells).collect()
}

#[test]
fn every_lookup_is_documented_and_no_other() {
    let documented: Vec<_> = rows(include_str!("../../../docs/guide/filtering.md"))
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let known: Vec<_> = Lookup::ALL
        .iter()
        .map(|(_, suffix, words)| ((*suffix).to_owned(), words.replace('`', "")))
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn every_code_is_documented_and_no_other() {
    let documented: Vec<_> = rows(include_str!("../../../docs/guide/errors.md"))
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    let known: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            (
                code.name().to_owned(),
                code.status().as_u16().to_string(),
                code.meaning().replace('`', ""),
            )
        })
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn every_type_is_documented() {
    let page = include_str!("../../../docs/guide/values.md");
    let types = [
        Type::Boolean,
        Type::Integer {
            bits: 64,
            signed: true,
        },
        Type::Float,
        Type::Decimal,
        Type::Text,
        Type::Enum([].into()),
        Type::Bytes,
        Type::Date,
        Type::Time,
        Type::Timestamp,
        Type::ZonedTimestamp,
        Type::Uuid,
        Type::Json,
        Type::Other,
    ];
    for ty in types {
        assert!(
            page.contains(&format!("| {} |", ty.name())),
            "no row for {}",
            ty.name()
        );
    }
}

#[test]
fn the_readme_is_short_and_says_the_two_commands_first() {
    let readme = include_str!("../../../README.md");
    assert!(readme.lines().count() <= 150);
    let commands: Vec<_> = ["cargo run --example cars", "cargo test"]
        .map(|command| readme.find(command))
        .into();
    assert!(commands.iter().all(Option::is_some), "{commands:?}");
}
