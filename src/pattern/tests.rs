//! Patterns: what is refused, and that what is written anew means what was read.

use super::{OF_RUST, Pattern, spell};

fn read(text: &str) -> Result<Pattern, String> {
    Pattern::read(text, false)
}

#[test]
fn what_some_database_lacks_is_refused_with_its_place() {
    let cases = [
        ("a(", "unclosed group, at byte 2"),
        ("[a", "unclosed character class, at byte 1"),
        ("*a", "repetition operator missing expression, at byte 1"),
        ("a{2,1}", "at byte 2"),
        (
            "\\p{Greek}",
            "classes such as `\\p{…}` are not supported, at byte 1",
        ),
        ("[\\pL]", "are not supported, at byte 2"),
        ("(?i)a", "flags are not supported, at byte 1"),
        ("x(?i:a)", "flags are not supported, at byte 2"),
        ("(?=a)", "look-around"),
        ("(?<!a)b", "look-around"),
        ("(a)\\1", "backreferences are not supported, at byte 4"),
        ("\\Qa", "unrecognized escape sequence, at byte 1"),
        ("a\\b{start}", "only `\\b` and `\\B`"),
        ("[a&&b]", "in brackets are not supported"),
        ("[a[b]]", "brackets in brackets"),
        ("[^\\s\\S]", "brackets with a character at least"),
        ("a\\x00", "no text has a zero byte, at byte 2"),
        ("a{256}", "counts of at most 255"),
        ("(a{200}){200}", "more than 1000 characters"),
        ("((((a{9}){9}){9}){9}){9}", "more than 1000 characters"),
    ];
    for (text, words) in cases {
        let error = read(text).expect_err(text);
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn what_is_written_anew_matches_what_was_read() {
    let texts = [
        "",
        "a",
        "A",
        "ab",
        "aab",
        "a\nb",
        "red car",
        "scared",
        "car_1",
        "é",
        "É",
        "ß",
        "1.5",
        "[x]",
        "a-b",
        "\\",
        "^",
        "$",
        "\t",
        "a\n",
        "\u{1f697}",
        "<b>",
        "a#b",
        "K",
        "\u{212a}",
        "_",
    ];
    let patterns = [
        "",
        "a",
        "^a$",
        "\\Aa\\z",
        "a.b",
        "[^a]",
        "\\bcar\\b",
        "\\Bcar",
        "car\\B",
        "^\\w+$",
        "^\\W$",
        "[\\d.]+$",
        "\\S\\s\\S",
        "é|ß",
        "a??b",
        "a*?b$",
        "(a|b)+$",
        "(?:a|)b",
        "x?",
        "^(ab|a)(b|)$",
        "[\\]\\[]",
        "[a\\-z]",
        "[-a]",
        "\\\\",
        "\\^|\\$",
        "\\.",
        "[[:upper:]]",
        "\\u{1f697}",
        "[^\\n]$",
        "[\\s\\S]",
        "(?P<name>a)b",
        "<b>",
        "\\#",
        "^[^b-\u{10ffff}]$",
        "^.$",
        "k",
        "_",
        "a{2}b",
        "(?:^)*a",
        "(|a)+",
        "\t",
    ];
    for pattern in patterns {
        for ignore_case in [false, true] {
            let ours = Pattern::read(pattern, ignore_case).expect(pattern);
            let theirs = regex::RegexBuilder::new(&ascii(pattern))
                .case_insensitive(ignore_case)
                .build()
                .expect(pattern);
            for text in texts {
                let spelled = spell(&ours.pieces, &OF_RUST);
                assert_eq!(
                    ours.matches(text),
                    theirs.is_match(text),
                    "{pattern} as {spelled} in {text:?}"
                );
            }
        }
    }
}

/// Returns the pattern with the classes and boundaries of ASCII, in the syntax of the crate `regex`.
fn ascii(pattern: &str) -> String {
    let classes = [
        ("\\w", "[0-9A-Za-z_]"),
        ("\\W", "[^0-9A-Za-z_]"),
        ("[\\d.]", "[0-9.]"),
        ("\\S", "[^ \\t\\n\\r\\f\\v]"),
        ("\\s", "[ \\t\\n\\r\\f\\v]"),
    ];
    let boundaries = [("\\b", "(?-u:\\b)"), ("\\B", "(?-u:\\B)")];
    let mut pattern = pattern.replace("[\\s\\S]", "(?s:.)");
    for (from, to) in classes.into_iter().chain(boundaries) {
        pattern = pattern.replace(from, to);
    }
    pattern
}

#[test]
fn no_pattern_makes_it_panic_and_what_is_read_can_be_spelled() {
    let parts = [
        "a", "[", "]", "(", ")", "(?", "*", "+", "{1,2}", "|", "\\", "^", "$", ".", "-", "&&", "é",
        "\\b", "\\d", "{", ":",
    ];
    let mut seed = 7_u64;
    let mut random = |most: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits") % most
    };
    let mut read_ones = 0;
    for _ in 0..20_000 {
        let length = 1 + random(8);
        let text: String = (0..length).map(|_| parts[random(parts.len())]).collect();
        if let Ok(pattern) = Pattern::read(&text, random(2) == 0) {
            read_ones += 1;
            pattern.matches("abéa");
        }
    }
    assert!(read_ones > 1000, "{read_ones}");
}
