//! The map of the modules: each names only modules above it, and `docs/architecture.md` shows the same map.

mod imports;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use self::imports::{Files, circles};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The program, a crate of its own that uses what the library offers to everybody.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/tower-rest");

/// The modules in the order of the flow, from `lib.rs`.
fn map() -> Vec<String> {
    let contents = fs::read_to_string(format!("{SOURCE}/lib.rs")).expect("lib.rs");
    let modules = contents
        .lines()
        .map(|line| line.strip_prefix("pub ").unwrap_or(line))
        .filter_map(|line| line.strip_prefix("mod ")?.split_once(';'));
    modules.map(|(name, _)| name.to_owned()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let each = paths.flat_map(|path| {
        if path.join("Cargo.toml").is_file() || path.ends_with("src/bin") {
            // Another crate: that of the derive macros, and the program.
            Vec::new()
        } else if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    each.filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The module of the map a file belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(SOURCE).expect("below src");
    let first = inside
        .components()
        .next()
        .expect("a name")
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules a file names by `crate::…` outside its comments.
fn named_by(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut named = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => drop(named.insert(first_word(after))),
            Some(group) => named.extend(members(group)),
        }
    }
    named
}

/// The first words of the members of a `{…}` whose opening brace is gone.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut member, mut members) = (1, String::new(), Vec::new());
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => members.push(std::mem::take(&mut member)),
            char => member.push(char),
        }
        if depth == 0 {
            break;
        }
    }
    members.push(member);
    members
        .iter()
        .map(|member| first_word(member.trim()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|char| char.is_alphanumeric() || *char == '_')
        .collect()
}

#[test]
fn a_module_names_only_modules_above_it() {
    let map = map();
    let place = |module: &str| map.iter().position(|other| other == module);
    for file in files(Path::new(SOURCE)) {
        let own = module_of(&file);
        if own == "lib" {
            continue;
        }
        let at = place(&own).unwrap_or_else(|| panic!("`{own}` is not in lib.rs"));
        let text = fs::read_to_string(&file).expect("a file");
        for other in named_by(&text).into_iter().filter(|other| *other != own) {
            // A name of the crate's root is one of those lib.rs gives out: none is used inside.
            let there = place(&other)
                .unwrap_or_else(|| panic!("{}: `crate::{other}` is no module", file.display()));
            assert!(
                there < at,
                "{}: `{own}` names `{other}`, which is below it",
                file.display()
            );
        }
    }
}

#[test]
fn no_file_names_what_leads_back_to_it() {
    let texts = sources();
    let files = Files::new(texts.iter().map(|(name, text)| (&**name, &**text)));
    assert_eq!(
        files.unresolved(),
        [""; 0],
        "names of the crate that are not found"
    );
    let dependencies = files.dependencies();
    let circles = circles(&dependencies);
    let shown: Vec<_> = circles.iter().map(|circle| circle.join(" → ")).collect();
    assert!(shown.is_empty(), "circles:\n{}", shown.join("\n"));
}

#[test]
fn no_file_of_the_program_leads_back_to_itself_or_names_a_driver() {
    let texts = sources_of(PROGRAM);
    assert!(texts.len() > 10, "{} files", texts.len());
    let names = texts.iter().map(|(name, text)| {
        // `main.rs` is the root of this crate, as `lib.rs` is of the library.
        (
            name.strip_suffix("main.rs").map_or(&**name, |_| "lib.rs"),
            &**text,
        )
    });
    let files = Files::new(names);
    assert_eq!(files.unresolved(), [""; 0]);
    let circles = circles(&files.dependencies());
    assert!(circles.is_empty(), "circles: {circles:?}");
    for (name, text) in &texts {
        assert!(text.starts_with("//! "), "{name} does not say what it owns");
        assert!(text.lines().count() <= 400, "{name} is too long");
        let names_driver = ["sqlx", "rusqlite", "unsafe"]
            .iter()
            .any(|word| text.contains(word));
        assert!(!names_driver, "{name} names a driver");
    }
}

/// The files of `src` but those of tests, with their texts.
fn sources() -> Vec<(String, String)> {
    sources_of(SOURCE)
}

fn sources_of(folder: &str) -> Vec<(String, String)> {
    let named = files(Path::new(folder)).into_iter().map(|file| {
        let name = file.strip_prefix(folder).expect("below it").display();
        (name.to_string(), fs::read_to_string(&file).expect("a file"))
    });
    let is_test = |name: &str| name.contains("tests/") || name.ends_with("tests.rs");
    named.filter(|(name, _)| !is_test(name)).collect()
}

#[test]
fn names_are_found_in_every_form() {
    let text = "use crate::{a::{X, y::Z}, b,\n c::D};\n// crate::no\nfn f() { crate::e::g() }\nuse crate::h;";
    let named: Vec<_> = named_by(text).into_iter().collect();
    assert_eq!(named, ["a", "b", "c", "e", "h"]);
}

#[test]
fn the_architecture_page_shows_the_map_in_its_order() {
    let page = include_str!("../../../docs/architecture.md");
    let rows: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .collect();
    let shown: Vec<_> = rows
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| map().contains(name))
        .collect();
    assert_eq!(shown, map());
}

#[test]
fn only_the_database_names_sqlx_and_only_one_place_makes_sql_of_text() {
    let mut trusted = 0;
    for file in files(Path::new(SOURCE)) {
        let text = fs::read_to_string(&file).expect("a file");
        let code = || {
            text.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
        };
        let names_sqlx = code().any(|line| {
            ["sqlx::", "use sqlx", "rusqlite::", "use rusqlite"]
                .iter()
                .any(|name| line.contains(name))
        });
        let is_unsafe = code().any(|line| {
            line.contains("unsafe {")
                || line.contains("unsafe impl")
                || line.contains("unsafe_code")
        });
        assert!(
            !is_unsafe || file.ends_with("database/sqlite/handle.rs"),
            "{} is unsafe",
            file.display()
        );
        assert!(
            !names_sqlx || module_of(&file) == "database",
            "{} names sqlx",
            file.display()
        );
        trusted += code()
            .filter(|line| line.contains("AssertSqlSafe("))
            .count();
        let builds = code()
            .any(|line| line.contains("Response::new(") || line.contains("Response::builder("));
        assert!(
            !builds || module_of(&file) == "response",
            "{} builds a response",
            file.display()
        );
    }
    assert_eq!(trusted, 1, "texts become SQL in one place");
}

#[test]
fn a_file_begins_with_what_it_owns_and_rarely_passes_400_lines() {
    let mut long = Vec::new();
    for file in files(Path::new(SOURCE)) {
        let text = fs::read_to_string(&file).expect("a file");
        assert!(
            module_of(&file) == "lib" || text.starts_with("//! "),
            "{} does not say what it owns",
            file.display()
        );
        // Tests are tables of cases, as long as they have to be.
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        if text.lines().count() > 400 && !is_test {
            long.push(module_of(&file));
        }
    }
    assert!(long.len() <= 3, "too many long files: {long:?}");
}

/// The folders of `database` that hold a driver, or what drivers of servers share.
fn drivers() -> Vec<String> {
    let entries = fs::read_dir(format!("{SOURCE}/database")).expect("a folder");
    let entries = entries.map(|entry| entry.expect("an entry"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().expect("a name"));
    let drivers = names.filter(|name| !["reading", "tests"].contains(&&**name));
    drivers.map(|name| format!("database/{name}/")).collect()
}

/// The names of the types that a file declares outside functions and tests.
fn types_of(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    code.lines().filter_map(|line| {
        let words = line.strip_prefix("pub").map_or(line, |public| {
            let scope = public.starts_with('(').then(|| public.split_once(')'));
            scope.flatten().map_or(public, |(_, after)| after)
        });
        let (kind, named) = words.trim_start().split_once(' ')?;
        let is_type = ["struct", "enum", "trait", "type"].contains(&kind);
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let name = named.split(|letter| !is_name(letter)).next();
        name.filter(|_| is_type && !line.starts_with(' '))
    })
}

#[test]
fn a_type_shares_its_name_with_none_but_its_counterpart_in_another_driver() {
    let sources = sources();
    let mut declared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (file, text) in &sources {
        for name in types_of(text) {
            declared.entry(name).or_default().push(file);
        }
    }
    assert!(declared.len() > 300, "{} types", declared.len());
    let drivers = drivers();
    assert!(drivers.len() > 3, "{drivers:?}");
    let driver = |file: &&str| drivers.iter().position(|folder| file.starts_with(folder));
    let shared: Vec<_> = declared
        .iter()
        .filter(|(_, files)| {
            let in_drivers: BTreeSet<_> = files.iter().filter_map(driver).collect();
            files.len() > 1 && in_drivers.len() < files.len()
        })
        .collect();
    assert!(shared.is_empty(), "{shared:#?}");
    let text =
        "pub(crate) struct A<'a>(u8);\nenum B {\n    type C = u8;\n}\n#[cfg(test)]\nstruct D;";
    assert_eq!(types_of(text).collect::<Vec<_>>(), ["A", "B"]);
}
