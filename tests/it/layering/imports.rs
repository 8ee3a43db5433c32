//! Which file of `src` names what another defines, and the circles among them.
//!
//! 1. A file depends on the files that define the items it names, by a path or a `use`, whatever re-exports lie between.
//! 2. A re-export alone is no dependency; a re-exported name that the file's own code uses is one.
//! 3. Code that only tests compile counts for nothing.
//!
//! Methods are not seen: which file defines one is known to the compiler alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

type Path = Vec<String>;

/// A part of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Separator,
    Mark(char),
}

use Token::{Mark, Separator, Word};

/// The files of a crate, by the paths of their modules.
pub(super) struct Files(BTreeMap<Path, File>);

#[derive(Default)]
struct File {
    name: String,
    /// The names of what it defines.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// The paths in its code, those of one word among them.
    mentions: BTreeSet<Path>,
}

struct Import {
    /// The name it gives, or none where it gives all of a module's.
    name: Option<String>,
    path: Path,
    is_visible: bool,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// An item of the file of a module.
    Item(Path),
    Module(Path),
    /// A name of another crate, or of none.
    Other,
}

impl Files {
    /// Reads files, given by their paths below `src` and their texts.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let each = files.into_iter().map(|(name, text)| {
            let stem = name.trim_end_matches(".rs");
            let module = stem.trim_end_matches("/mod").split('/');
            let module = module.filter(|part| *part != "lib").map(str::to_owned);
            (module.collect(), File::new(name, text))
        });
        let mut files: BTreeMap<Path, File> = each.collect();
        files.entry(Path::new()).or_default();
        Self(files)
    }

    /// The files that each file depends on, both by name.
    pub(super) fn dependencies(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let each = self.0.iter().map(|(module, file)| {
            let hidden = file.imports.iter().filter(|import| !import.is_visible);
            let paths = hidden.map(|import| &import.path).chain(&file.mentions);
            let found = paths.filter_map(|path| match self.find(module, path, 0) {
                Found::Item(other) => Some(&*self.0.get(&other)?.name),
                Found::Module(_) | Found::Other => None,
            });
            let found = found.filter(|other| *other != file.name).collect();
            (&*file.name, found)
        });
        each.collect()
    }

    /// The paths inside the crate that lead nowhere, with the files that have them: what this reader does not understand.
    pub(super) fn unresolved(&self) -> Vec<String> {
        let of_file = |(module, file): (&Path, &File)| {
            let imported = file.imports.iter().map(|import| &import.path);
            let paths = imported
                .chain(&file.mentions)
                .filter(|path| matches!(&*path[0], "crate" | "super" | "self") && path.len() > 1);
            let lost = paths.filter(|path| self.find(module, path, 0) == Found::Other);
            let lost = lost.map(|path| format!("{}: {}", file.name, path.join("::")));
            lost.collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_file).collect()
    }

    /// Follows a path that stands in a module.
    fn find(&self, module: &[String], path: &[String], depth: usize) -> Found {
        let Some((first, rest)) = path.split_first().filter(|_| depth < 16) else {
            return Found::Module(module.to_vec());
        };
        let from = match &**first {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().saturating_sub(1)].to_vec(),
            _ => return self.member(module, path, depth),
        };
        match rest.first().map(|next| &**next) {
            None => Found::Module(from),
            Some("super" | "self") => self.find(&from, rest, depth),
            Some(_) => self.member(&from, rest, depth),
        }
    }

    /// Follows a path from a module whose member its first word is.
    fn member(&self, module: &[String], path: &[String], depth: usize) -> Found {
        let Some((first, rest)) = path.split_first() else {
            return Found::Module(module.to_vec());
        };
        let Some(file) = self.0.get(module) else {
            return Found::Other;
        };
        let child: Path = module.iter().chain([first]).cloned().collect();
        let is_module = self.0.contains_key(&child);
        if is_module && !rest.is_empty() {
            return self.member(&child, rest, depth);
        }
        if file.items.contains(first) {
            return Found::Item(module.to_vec());
        }
        let named = |import: &&Import| import.name.as_ref() == Some(first);
        if let Some(import) = file.imports.iter().find(named) {
            let path: Path = import.path.iter().chain(rest).cloned().collect();
            // A crate may have the name of the import itself.
            return match path == [first.as_str()] {
                true => Found::Other,
                false => self.find(module, &path, depth + 1),
            };
        }
        if is_module {
            return Found::Module(child);
        }
        let globs = file.imports.iter().filter(|import| import.name.is_none());
        let found = globs.map(|glob| match self.find(module, &glob.path, depth + 1) {
            Found::Module(other) if other != module => self.member(&other, path, depth + 1),
            _ => Found::Other,
        });
        found
            .into_iter()
            .find(|found| *found != Found::Other)
            .unwrap_or(Found::Other)
    }
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut file = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        // What a macro's definition defines, its uses do.
        let (mut at, mut depth, mut in_macro) = (0, 0_usize, 0);
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1);
            match token {
                Word(word) if word == "use" && matches!(next, Some(Word(_) | Separator)) => {
                    let is_visible = is_visible(&tokens[..at]);
                    at += 1;
                    file.import(&tokens, &mut at, &[], is_visible);
                    continue;
                }
                Word(word) if is_keyword_of_item(word) && (depth == 0 || at < in_macro) => {
                    if word == "macro_rules" {
                        in_macro = end_of_group(&tokens, at + 3);
                    }
                    let after = &tokens[at + 1..];
                    let defined = after.iter().find_map(|token| match token {
                        Mark('!') => None,
                        Word(name) => Some(name),
                        Separator | Mark(_) => Some(word),
                    });
                    file.items.extend(defined.cloned());
                }
                Word(_) if depth == 0 && next == Some(&Mark('!')) => {
                    // A macro may define any of its words.
                    let end = end_of_group(&tokens, at + 2);
                    let words = tokens[at..end].iter().filter_map(Token::word);
                    file.items.extend(words);
                }
                Mark('{' | '(' | '[') => depth += 1,
                Mark('}' | ')' | ']') => depth -= 1,
                Word(_) | Separator | Mark(_) => {}
            }
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            if token.word().is_some() && !matches!(before, Some(Separator | Mark('.'))) {
                file.mentions.insert(path_at(&tokens, at));
            }
            at += 1;
        }
        file
    }

    /// Reads a tree of imports, up to the mark after it.
    fn import(&mut self, tokens: &[Token], at: &mut usize, before: &[String], is_visible: bool) {
        let mut path = before.to_vec();
        let mut name = None;
        loop {
            let token = tokens.get(*at).cloned();
            *at += 1;
            match token {
                Some(Word(word)) if word == "as" => {
                    name = tokens.get(*at).and_then(Token::word);
                    *at += 1;
                }
                Some(Word(word)) if word == "self" && !path.is_empty() => {}
                Some(Word(word)) => path.push(word),
                Some(Separator) => {}
                Some(Mark('{')) => {
                    while tokens.get(*at) != Some(&Mark('}')) {
                        self.import(tokens, at, &path, is_visible);
                        if tokens.get(*at) == Some(&Mark(',')) {
                            *at += 1;
                        }
                    }
                    *at += 1;
                    return;
                }
                Some(Mark('*')) => {
                    let import = Import {
                        name: None,
                        path,
                        is_visible,
                    };
                    return self.imports.push(import);
                }
                Some(Mark(_)) | None => {
                    *at -= 1;
                    let name = name.or_else(|| path.last().cloned());
                    let import = Import {
                        name,
                        path,
                        is_visible,
                    };
                    return self.imports.push(import);
                }
            }
        }
    }
}

impl Token {
    fn word(&self) -> Option<String> {
        match self {
            Word(word) => Some(word.clone()),
            Separator | Mark(_) => None,
        }
    }
}

fn is_keyword_of_item(word: &str) -> bool {
    let words = [
        "const",
        "enum",
        "fn",
        "macro_rules",
        "static",
        "struct",
        "trait",
        "type",
        "union",
    ];
    words.contains(&word)
}

/// Whether what follows begins with `pub` or `pub(…)`.
fn is_visible(before: &[Token]) -> bool {
    let word = |word: &str| Some(Word(word.to_owned()));
    if before.last().cloned() == word("pub") {
        return true;
    }
    let open = before.iter().rposition(|token| *token == Mark('('));
    let is_group = before.last() == Some(&Mark(')'));
    is_group && open.is_some_and(|open| before[..open].last().cloned() == word("pub"))
}

/// The path that begins at a word.
fn path_at(tokens: &[Token], mut at: usize) -> Path {
    let mut path: Path = tokens[at].word().into_iter().collect();
    while let (Some(Separator), Some(Word(word))) = (tokens.get(at + 1), tokens.get(at + 2)) {
        path.push(word.clone());
        at += 2;
    }
    path
}

/// The place after the group that opens here, or after a `;` that comes first.
fn end_of_group(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            Mark('{' | '(' | '[') => depth += 1,
            Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_end = matches!(token, Mark('}' | ')' | ']' | ';'));
        if depth == 0 && is_end {
            return at + 1;
        }
    }
    tokens.len()
}

/// The code without the items that only tests compile.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        if !matches!(tokens.get(at..at + 2), Some([Mark('#'), Mark('[')])) {
            kept.push(token.clone());
            at += 1;
            continue;
        }
        let end = end_of_group(tokens, at + 1);
        let words: Vec<_> = tokens[at..end].iter().filter_map(Token::word).collect();
        let is_test = words.first().is_some_and(|word| word == "cfg")
            && words.iter().any(|word| word == "test")
            && !words.iter().any(|word| word == "not" || word == "any");
        at = end;
        if is_test {
            at = end_of_item(tokens, at);
        }
    }
    kept
}

/// The place after an item: after its block, or after its `;`.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token {
            Mark('{') => return end_of_group(tokens, at),
            Mark(';' | ',') => return at + 1,
            Mark('(' | '[') => at = end_of_group(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// The code without comments, texts and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| {
        what.chars()
            .eq(chars[at..].iter().copied().take(what.len()))
    };
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&char) = chars.get(at) {
        let raw = raw_text(&chars, at);
        if starts(at, "//") {
            at += chars[at..].iter().take_while(|char| **char != '\n').count();
        } else if starts(at, "/*") {
            at += 2;
            while at < chars.len() && !starts(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if let Some(end) = raw {
            at = end;
        } else if char == '"' {
            at = end_of_text(&chars, at + 1, '"');
        } else if char == '\'' {
            let is_lifetime = chars.get(at + 1) != Some(&'\\') && chars.get(at + 2) != Some(&'\'');
            at = match is_lifetime {
                true => at + 1 + word_at(&chars, at + 1).chars().count().max(1),
                false => end_of_text(&chars, at + 1, '\''),
            };
        } else if char.is_alphanumeric() || char == '_' {
            let word = word_at(&chars, at);
            at += word.chars().count();
            // `b"…"` and `b'…'`: the letter is of the text.
            if !(word == "b" && matches!(chars.get(at), Some('"' | '\''))) {
                tokens.push(Word(word));
            }
        } else if starts(at, "::") {
            tokens.push(Separator);
            at += 2;
        } else {
            if !char.is_whitespace() {
                tokens.push(Mark(char));
            }
            at += 1;
        }
    }
    tokens
}

fn word_at(chars: &[char], at: usize) -> String {
    let word = chars[at..].iter();
    word.take_while(|char| char.is_alphanumeric() || **char == '_')
        .collect()
}

/// The place after the closing quote.
fn end_of_text(chars: &[char], mut at: usize, quote: char) -> usize {
    while let Some(&char) = chars.get(at) {
        at += match char {
            '\\' => 2,
            _ => 1,
        };
        if char == quote {
            break;
        }
    }
    at
}

/// The place after `r"…"` or `r#"…"#`, also of bytes, if one begins here.
fn raw_text(chars: &[char], at: usize) -> Option<usize> {
    let is_start = at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    let after = at + usize::from(chars.get(at) == Some(&'b'));
    if !is_start || chars.get(after) != Some(&'r') {
        return None;
    }
    let hashes = chars[after + 1..]
        .iter()
        .take_while(|char| **char == '#')
        .count();
    let open = after + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = ['"']
        .into_iter()
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let length = chars[open + 1..]
        .windows(close.len())
        .position(|part| part == close)?;
    Some(open + 1 + length + close.len())
}

/// A shortest circle through each group of files that depend on one another.
pub(super) fn circles(dependencies: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Vec<String>> {
    let mut known = BTreeSet::new();
    let mut circles = Vec::new();
    for file in dependencies.keys() {
        if let Some(circle) = circle_through(dependencies, file).filter(|_| !known.contains(file)) {
            known.extend(group_of(dependencies, file));
            circles.push(circle.into_iter().map(str::to_owned).collect());
        }
    }
    circles
}

/// The files that a file reaches and that reach it.
fn group_of<'a>(
    dependencies: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    file: &'a str,
) -> BTreeSet<&'a str> {
    let reached = reach(dependencies, file);
    let both = reached
        .into_iter()
        .filter(|other| reach(dependencies, other).contains(file));
    both.collect()
}

/// The files that a file depends on, directly or by others.
pub(super) fn reach<'a>(
    dependencies: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    file: &'a str,
) -> BTreeSet<&'a str> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![file]);
    while let Some(next) = left.pop() {
        let new = dependencies.get(next).into_iter().flatten();
        left.extend(new.filter(|other| reached.insert(**other)));
    }
    reached
}

/// A shortest circle that leads from a file to itself.
fn circle_through<'a>(
    dependencies: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    file: &'a str,
) -> Option<Vec<&'a str>> {
    let (mut seen, mut ways) = (BTreeSet::new(), VecDeque::from([vec![file]]));
    while let Some(way) = ways.pop_front() {
        for next in dependencies.get(way.last()?).into_iter().flatten() {
            let longer = way.iter().copied().chain([*next]).collect::<Vec<_>>();
            if *next == file {
                return Some(longer);
            }
            if seen.insert(*next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

#[test]
fn texts_comments_and_tests_are_no_code() {
    let text = r##"
        //! crate::a::No
        use crate::b::Yes; /* crate::c::No */
        const TEXT: &str = "crate::d::No"; const RAW: &str = r#"" crate::e::No"#;
        fn f<'a>(x: &'a str) -> char { '"' } // crate::f::No
        #[cfg(test)] mod tests { use crate::g::No; }
        #[cfg(all(test, feature = "x"))] use crate::h::No;
        fn g() { crate::i::Yes::new() }
    "##;
    let file = File::new("x.rs", text);
    let imported: Vec<_> = file
        .imports
        .iter()
        .map(|import| import.path.join("::"))
        .collect();
    assert_eq!(imported, ["crate::b::Yes"]);
    let items: Vec<_> = file.items.iter().map(String::as_str).collect();
    assert_eq!(items, ["RAW", "TEXT", "f", "g"]);
    let mut paths = file.mentions.iter().filter(|path| path[0] == "crate");
    assert_eq!(
        paths.next().map(|path| path.join("::")),
        Some("crate::i::Yes::new".to_owned())
    );
    assert_eq!(paths.next(), None);
}

#[test]
fn a_name_leads_to_the_file_that_defines_it() {
    let files = Files::new([
        (
            "a/mod.rs",
            "mod b; mod c; pub(crate) use self::{b::{X, Y as Z}, c::*}; struct Own;",
        ),
        ("a/b.rs", "pub struct X; pub struct Y;"),
        ("a/c.rs", "pub fn made() {} use super::Own;"),
        ("d.rs", "use crate::a::{self, Z}; fn f() { a::made() }"),
        ("e.rs", "fn f() { crate::a::X::new() }"),
        ("f.rs", "use crate::a; use std::fmt; fn f(a: fmt::Debug) {}"),
    ]);
    let dependencies = files.dependencies();
    let of = |file: &str| dependencies[file].iter().copied().collect::<Vec<_>>();
    assert_eq!(of("a/mod.rs"), [""; 0], "re-exports alone");
    assert_eq!(of("a/b.rs"), [""; 0]);
    assert_eq!(of("a/c.rs"), ["a/mod.rs"]);
    assert_eq!(of("d.rs"), ["a/b.rs", "a/c.rs"]);
    assert_eq!(of("e.rs"), ["a/b.rs"]);
    assert_eq!(of("f.rs"), [""; 0], "a module is no item");
    assert_eq!(circles(&dependencies), [[""; 0]; 0]);
    assert_eq!(files.unresolved(), [""; 0]);
}

#[test]
fn circles_are_found_between_two_and_among_more() {
    let parent = Files::new([
        ("a/mod.rs", "mod b; pub use self::b::X; pub struct Own(X);"),
        ("a/b.rs", "pub struct X; fn f(_: super::Own) {}"),
    ]);
    assert_eq!(
        circles(&parent.dependencies()),
        [["a/b.rs", "a/mod.rs", "a/b.rs"]]
    );
    let longer = Files::new([
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::{a::A, d::D}; pub struct C;"),
        ("d.rs", "pub struct D;"),
    ]);
    assert_eq!(
        circles(&longer.dependencies()),
        [["a.rs", "b.rs", "c.rs", "a.rs"]]
    );
    let lost = Files::new([("a.rs", "use crate::b::B;")]);
    assert_eq!(lost.unresolved(), ["a.rs: crate::b::B"]);
}
