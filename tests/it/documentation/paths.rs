//! The paths that the pages name: links, files and folders in code spans, and examples.
//!
//! 1. A link leads to a file, and its anchor to a heading of that file.
//! 2. A path with a folder is relative to the package or to `src`.
//! 3. A file without a folder is in the module of its row in the map; elsewhere it is beside the path named before it in
//!    the same paragraph or row, in `src` or at the top of the package.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Files that "A further database" in `docs/architecture.md` makes up.
const MADE_UP: [&str; 8] = [
    "statement/oracle.rs",
    "database/oracle/mod.rs",
    "database/oracle/codes.rs",
    "database/oracle/bind.rs",
    "database/oracle/decode.rs",
    "database/oracle/probe.rs",
    "database/oracle/reflect.rs",
    "database/oracle/declared.rs",
];

/// The endings by which a name in a code span is that of a file.
const ENDINGS: [&str; 9] = [
    ".rs", ".md", ".sql", ".http", ".toml", ".lock", ".svg", ".stderr", ".sh",
];

/// Returns the README and every page of `docs`, as paths below the package.
fn pages() -> Vec<PathBuf> {
    let (mut pages, mut folders) = (
        vec![PathBuf::from("README.md")],
        vec![PathBuf::from("docs")],
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).expect("a folder") {
            let path = folder.join(entry.expect("an entry").file_name());
            match Path::new(ROOT).join(&path).is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|ending| ending == "md") => pages.push(path),
                false => {}
            }
        }
    }
    pages
}

fn read(page: &Path) -> String {
    fs::read_to_string(Path::new(ROOT).join(page)).expect("a page")
}

/// Returns the paragraphs, list items and table rows of a page, without its examples of code.
fn blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut is_code, mut is_open) = (Vec::<String>::new(), false, false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            (is_code, is_open) = (!is_code, false);
            continue;
        }
        let begins = ["|", "#", "- "]
            .iter()
            .any(|mark| line.trim_start().starts_with(mark));
        match blocks.last_mut() {
            _ if is_code => {}
            _ if line.trim().is_empty() => is_open = false,
            Some(block) if is_open && !begins => {
                block.push(' ');
                block.push_str(line.trim());
            }
            _ => {
                blocks.push(line.trim().to_owned());
                is_open = true;
            }
        }
    }
    blocks
}

/// Returns the targets of the links in a block that lead to a page or a heading.
fn links(block: &str) -> impl Iterator<Item = &str> {
    let targets = block.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target);
    targets.filter(|target| !target.contains("::") && !target.contains("://"))
}

/// Whether a heading of a page has an anchor.
fn has_anchor(text: &str, anchor: &str) -> bool {
    let blocks = blocks(text);
    let mut headings = blocks.iter().filter(|block| block.starts_with('#'));
    headings.any(|heading| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.map(|char| if char == ' ' { '-' } else { char })
            .eq(anchor.chars())
    })
}

/// Returns whether a link of a page leads to a file, and to a heading of it.
fn leads_somewhere(page: &Path, text: &str, link: &str) -> bool {
    let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
    if target.is_empty() {
        return has_anchor(text, anchor);
    }
    let target = page.parent().expect("a folder").join(target);
    let target = Path::new(ROOT).join(target);
    target.exists()
        && (anchor.is_empty()
            || fs::read_to_string(target).is_ok_and(|other| has_anchor(&other, anchor)))
}

/// Whether a code span looks like a path of the package.
fn is_path(span: &str) -> bool {
    let is_file = ENDINGS.iter().any(|ending| {
        span.strip_suffix(ending)
            .is_some_and(|name| !name.is_empty())
    });
    let is_inside = span.split_once('/').is_some_and(|(first, _)| {
        let folders = [first.to_owned(), format!("src/{first}")];
        let mut folders = folders.iter().map(|folder| Path::new(ROOT).join(folder));
        !first.is_empty() && folders.any(|folder| folder.is_dir())
    });
    !span.contains(char::is_whitespace) && !span.starts_with('/') && (is_file || is_inside)
}

/// Returns the module whose row in the map a block is.
fn module_of(block: &str) -> Option<&str> {
    let (first, _) = block.strip_prefix("| `")?.split_once("` |")?;
    let is_module = ["", ".rs"].iter().any(|ending| {
        let path = Path::new(ROOT).join(format!("src/{first}{ending}"));
        path.exists()
    });
    is_module.then_some(first)
}

/// Returns the first of the places where a path may be that is there, below the package.
fn found(path: &str, module: Option<&str>, beside: Option<&Path>) -> Option<PathBuf> {
    let (own, source) = (PathBuf::from(path), Path::new("src").join(path));
    let places = match (path.contains('/'), module, beside) {
        (true, _, _) => vec![own, source],
        (false, Some(module), _) => vec![Path::new("src").join(module).join(path)],
        (false, None, Some(beside)) => vec![beside.join(path), source, own],
        (false, None, None) => vec![source, own],
    };
    places.into_iter().find(|place| {
        let place = Path::new(ROOT).join(place);
        place.is_dir() || (place.is_file() && !path.ends_with('/'))
    })
}

/// Returns the links, paths and examples of a page that are not there.
fn wrong(page: &Path, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for block in blocks(text) {
        let links = links(&block).filter(|link| !leads_somewhere(page, text, link));
        wrong.extend(links.map(str::to_owned));
        if block.matches('`').count() % 2 == 1 {
            wrong.push(format!("a code span that is not closed: {block}"));
        }
        let (module, mut beside) = (module_of(&block), None);
        for span in block
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|span| is_path(span))
        {
            match found(span, module, beside.as_deref()) {
                Some(path) if span.contains('/') => beside = path.parent().map(Path::to_owned),
                Some(_) => {}
                None if MADE_UP.contains(&span) => {}
                None => wrong.push(span.to_owned()),
            }
        }
    }
    for rest in text.split("--example ").skip(1) {
        let word = |char: char| char.is_alphanumeric() || char == '_';
        let name: String = rest.chars().take_while(|char| word(*char)).collect();
        let places = [
            format!("examples/{name}.rs"),
            format!("examples/{name}/main.rs"),
        ];
        if !places
            .iter()
            .any(|place| Path::new(ROOT).join(place).is_file())
        {
            wrong.push(format!("--example {name}"));
        }
    }
    wrong
}

#[test]
fn every_link_and_path_of_the_pages_is_there() {
    let pages = pages();
    assert!(pages.len() > 20, "{pages:?}");
    let wrong: Vec<_> = pages
        .iter()
        .flat_map(|page| {
            let wrong = wrong(page, &read(page));
            wrong
                .into_iter()
                .map(|path| format!("{}: {path}", page.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "not there:\n{}", wrong.join("\n"));
}

#[test]
fn a_link_or_path_that_is_not_there_is_found() {
    let text = "# The map\n\nSee [keys](guide/keys.md#keys), [this](#the-map), [gone](guide/gone.md) and [that](#that).\n\
                It is in `src/api/mod.rs`, `database/`, `Cargo.toml`, `src/gone.rs`, `database/gone` and `gone.sql`, run by\n\
                `cargo run --example gone`, not by `cargo run --example cars`; `/cars/gone.rs` and `a/b` are no paths.\n\n\
                | `params` | `path.rs`, `json.rs` |\n\
                | show it | `representation/ndjson.rs`, then `writer.rs`, `question.rs` and `path.rs` |\n\n\
                ```\n`src/code.rs`\n```\n\n\
                `statement/oracle.rs` is made up, and `writer.rs` is no longer beside anything.\n\n\
                An `open span.\n";
    let expected = [
        "guide/gone.md",
        "#that",
        "src/gone.rs",
        "database/gone",
        "gone.sql",
        "json.rs",
        "path.rs",
        "writer.rs",
        "a code span that is not closed: An `open span.",
        "--example gone",
    ];
    let wrong = wrong(Path::new("docs/page.md"), text);
    assert_eq!(wrong, expected);
}

#[test]
fn what_a_page_makes_up_is_named_there_and_is_no_file() {
    let page = read(Path::new("docs/architecture.md"));
    for path in MADE_UP {
        assert!(page.contains(&format!("`{path}`")), "{path} is not named");
        assert_eq!(found(path, None, None), None, "{path} is there");
    }
}

#[test]
fn the_readme_leads_to_every_page() {
    let readme = read(Path::new("README.md"));
    let (_, read_on) = readme.split_once("\n## Read on\n").expect("a section");
    let (read_on, _) = read_on.split_once("\n## ").unwrap_or((read_on, ""));
    for page in pages().iter().filter(|page| page.starts_with("docs")) {
        let link = format!("]({})", page.display());
        assert!(read_on.contains(&link), "{} is not linked", page.display());
    }
}
