//! Strings that try to be HTML, as values, names and whatever a request says: a page never has an element or an attribute
//! of theirs.
//!
//! Each page is compared with the page of a harmless string of the same shape: both have the same tree of elements, with
//! the same attributes.

mod echoes;
mod names;
mod values;

use std::fmt::Write as _;

use scraper::{ElementRef, Node};

use super::browser::Page;

/// Returns the strings of `strings.txt`.
fn strings() -> Vec<String> {
    let lines = include_str!("strings.txt").lines();
    let lines = lines
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && !line.starts_with("## "));
    let strings: Vec<_> = lines.map(read).collect();
    assert!(strings.len() >= 200, "{}", strings.len());
    strings
}

fn read(line: &str) -> String {
    let repeated = line.strip_prefix('*').and_then(|line| line.split_once(' '));
    let times = repeated.and_then(|(times, text)| Some((times.parse().ok()?, text)));
    let (times, text): (usize, _) = times.unwrap_or((1, line));
    let (mut out, mut rest) = (String::new(), text.chars());
    while let Some(next) = rest.next() {
        if next != '\\' {
            out.push(next);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('0') => out.push('\0'),
            Some('u') => {
                let code: String = rest
                    .by_ref()
                    .skip(1)
                    .take_while(|next| *next != '}')
                    .collect();
                let code = u32::from_str_radix(&code, 16).expect("a code point");
                out.push(char::from_u32(code).expect("a character"));
            }
            Some('\\') => out.push('\\'),
            other => panic!("{line}: {other:?}"),
        }
    }
    out.repeat(times)
}

/// Returns a string of the same shape that nothing could take for HTML: each character that means something there
/// becomes `^`.
fn harmless(text: &str) -> String {
    let is_link = |scheme: &&&str| text.starts_with(**scheme);
    let scheme = ["https://", "http://"]
        .iter()
        .find(is_link)
        .copied()
        .unwrap_or_default();
    let rest = &text[scheme.len()..];
    let letters = rest.chars().map(|one| match one {
        '\n' | '\r' => one,
        '\t' | '\u{b}' | '\u{c}' => ' ',
        one if one.is_ascii_control() => '^',
        '<' | '>' | '"' | '\'' | '&' | '`' | ';' | '{' | '}' | '(' | ')' | '%' | '!' | ':'
        | '#' | '\\' | '[' | ']' | '=' | '$' | '*' => '^',
        one => one,
    });
    format!("{scheme}{}", letters.collect::<String>())
}

/// Returns the elements of a page, indented by their depth, each with the names of its attributes.
fn skeleton(page: &Page) -> String {
    let mut out = String::new();
    for node in page.html.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                let mut names: Vec<_> = element.attrs().map(|(name, _)| name).collect();
                names.sort_unstable();
                let depth = node.ancestors().count();
                let indent = " ".repeat(depth);
                writeln!(out, "{indent}{} {}", element.name(), names.join(" ")).expect("written");
            }
            Node::Comment(_) | Node::ProcessingInstruction(_) => panic!("{}: {node:?}", page.url),
            Node::Document | Node::Fragment | Node::Doctype(_) | Node::Text(_) => {}
        }
    }
    out
}

/// Asserts that two pages have the same elements; `what` says which string is shown.
fn same(hostile: &Page, harmless: &Page, what: &str) {
    check(hostile);
    assert_eq!(
        hostile.answer.status(),
        harmless.answer.status(),
        "{what}: {} {}",
        hostile.url,
        hostile.main()
    );
    let (left, right) = (skeleton(hostile), skeleton(harmless));
    if left == right {
        return;
    }
    let differs = left
        .lines()
        .zip(right.lines())
        .find(|(left, right)| left != right);
    panic!(
        "{what}: {} is not {}: {differs:?}",
        hostile.url, harmless.url
    );
}

/// Asserts what is true of every page: nothing in it runs, and every address is one of the web.
pub(super) fn check(page: &Page) {
    let url = &page.url;
    let scripts = page.all("script");
    assert!(scripts.len() <= 1, "{url}");
    for script in scripts {
        let src = script.attr("src").unwrap_or_default();
        assert!(
            src.starts_with("http://localhost/?_form=script-"),
            "{url}: {src}"
        );
        assert_eq!(script.text().collect::<String>(), "", "{url}");
    }
    for style in page.all("link") {
        let href = style.attr("href").unwrap_or_default();
        assert!(
            href.starts_with("http://localhost/?_form=style-"),
            "{url}: {href}"
        );
    }
    for element in page.all("*") {
        check_element(element, url);
    }
    let addresses = page.addresses();
    for address in addresses {
        assert!(is_of_the_web(&address), "{url}: {address:?}");
    }
}

fn check_element(element: ElementRef<'_>, url: &str) {
    const NEVER: [&str; 14] = [
        "iframe", "object", "embed", "svg", "math", "style", "base", "template", "frame", "applet",
        "video", "audio", "noscript", "img",
    ];
    let name = element.value().name();
    assert!(!NEVER.contains(&name), "{url}: <{name}>");
    for (attribute, value) in element.value().attrs() {
        let runs = attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc";
        assert!(!runs, "{url}: <{name} {attribute}={value:?}>");
        let is_plain = attribute
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(is_plain, "{url}: <{name} {attribute}>");
    }
    if name == "meta" {
        assert_eq!(element.attr("http-equiv"), None, "{url}");
    }
    if name == "form" {
        let action = element.attr("action").unwrap_or_default();
        let is_own = action.starts_with("http://localhost/") || action.starts_with("/");
        assert!(is_own && !action.starts_with("//"), "{url}: {action:?}");
    }
}

/// Whether a browser that reads an address goes to a place of the web: it takes controls and spaces away first.
fn is_of_the_web(address: &str) -> bool {
    let kept = address.trim_matches(|one: char| one <= ' ');
    let kept: String = kept
        .chars()
        .filter(|one| !matches!(one, '\t' | '\n' | '\r'))
        .collect();
    let scheme = kept.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.split_once(':') {
        None => true,
        Some((scheme, _)) => matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https"),
    }
}

/// Asserts that a page says a text; a parser of HTML changes line ends and NUL.
fn says(page: &Page, text: &str, what: &str) {
    let normal = |text: &str| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        text.replace('\0', "\u{fffd}").trim().to_owned()
    };
    let shown: String = page.html.root_element().text().collect();
    let mut values = page
        .all("[value]")
        .into_iter()
        .filter_map(|element| element.attr("value"));
    // In text the parser drops NUL.
    let is_shown = normal(&shown).contains(&normal(text))
        || normal(&shown).contains(&normal(&text.replace('\0', "")))
        || values.any(|value| normal(value).contains(&normal(text)));
    assert!(is_shown, "{what}: {} does not say {text:?}", page.url);
}

#[test]
fn a_harmless_string_has_the_shape_of_the_hostile_one() {
    for text in strings() {
        let plain = harmless(&text);
        assert_eq!(plain.chars().count(), text.chars().count(), "{text:?}");
        let plain = plain
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        assert!(
            !plain.contains(['<', '>', '"', '\'', '&', '`', ':']),
            "{plain:?}"
        );
    }
}

#[test]
fn addresses_that_run_are_told_from_those_of_the_web() {
    for address in ["?a:b", "#a:b", "/a:b", "http://x", "HTTPS://x", "//x", "x"] {
        assert!(is_of_the_web(address), "{address}");
    }
    for address in [
        "javascript:x",
        " JaVaScript:x",
        "java\tscript:x",
        "data:x",
        "\u{1}vbscript:x",
    ] {
        assert!(!is_of_the_web(address), "{address}");
    }
}
