//! Parsing of `#[model(…)]` into items such as `key` or `max_length = 40`. Whether an item is valid is checked later.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, Error, Expr, ExprLit, Ident, Lit, LitInt, LitStr, Meta, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    token::Paren,
};

/// The mistakes of a struct, each with its position.
#[derive(Default)]
pub(crate) struct Mistakes(Option<Error>);

impl Mistakes {
    /// Adds a mistake at some tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, words: impl AsRef<str>) {
        self.add(Error::new_spanned(tokens, words.as_ref()));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the code that reports all mistakes.
    pub(crate) fn into_code(self) -> TokenStream {
        self.0.map(Error::into_compile_error).unwrap_or_default()
    }
}

/// An item of an attribute, such as `key`, `max_length = 40` or `one(Owner)`: a word, alone, with a value, or with
/// arguments in parentheses.
pub(crate) struct Item {
    pub(crate) word: Ident,
    said: Said,
}

enum Said {
    Nothing,
    Value(Box<Expr>),
    More(TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word = input.call(Ident::parse_any)?;
        let said = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Said::Value(input.parse()?)
        } else if input.peek(Paren) {
            let more;
            parenthesized!(more in input);
            Said::More(more.parse()?)
        } else {
            Said::Nothing
        };
        Ok(Self { word, said })
    }
}

impl Item {
    /// Returns the word of an item such as `key`; adds a mistake if the item has a value.
    pub(crate) fn flag(&self, mistakes: &mut Mistakes) -> Ident {
        let word = &self.word;
        if !matches!(self.said, Said::Nothing) {
            let words = format!("`{word}` takes no value: write `{word}` alone");
            mistakes.at(word, words);
        }
        word.clone()
    }

    /// Returns the item's value; adds a mistake if it is not a text.
    pub(crate) fn text(&self, mistakes: &mut Mistakes) -> Option<LitStr> {
        let text = self.value().and_then(text_of).cloned();
        match &text {
            None => self.expects("a text", "\"…\"", mistakes),
            Some(text) if text.value().is_empty() => {
                mistakes.at(text, format!("`{}` is empty: say a text", self.word));
            }
            Some(_) => {}
        }
        text
    }

    /// Returns the item's value; adds a mistake if it is not a number.
    pub(crate) fn number(&self, mistakes: &mut Mistakes) -> Option<LitInt> {
        let number = self.value().and_then(number_of).cloned();
        if number.is_none() {
            self.expects("a whole number", "40", mistakes);
        }
        number
    }

    /// Returns the item's value, a text or several in parentheses; adds a mistake for anything else.
    pub(crate) fn names(&self, mistakes: &mut Mistakes) -> Vec<LitStr> {
        let names = match self.value() {
            Some(Expr::Tuple(several)) => several.elems.iter().map(text_of).collect(),
            Some(Expr::Paren(one)) => text_of(&one.expr).map(|name| vec![name]),
            Some(one) => text_of(one).map(|name| vec![name]),
            None => None,
        };
        match names {
            Some(names) if !names.is_empty() => names.into_iter().cloned().collect(),
            _ => {
                self.expects(
                    "the name of a field, or several",
                    "(\"…\", \"…\")",
                    mistakes,
                );
                Vec::new()
            }
        }
    }

    /// Returns the item's value, which may be any expression; adds a mistake if it has none.
    pub(crate) fn expression(&self, mistakes: &mut Mistakes) -> Option<Expr> {
        if self.value().is_none() {
            self.expects("a value", "…", mistakes);
        }
        self.value().cloned()
    }

    /// Returns the item's value; adds a mistake if it is not a range.
    pub(crate) fn range(&self, mistakes: &mut Mistakes) -> Option<Expr> {
        let range = self.value().filter(|value| matches!(value, Expr::Range(_)));
        if range.is_none() {
            self.expects("a range", "1..=40", mistakes);
        }
        range.cloned()
    }

    /// Returns the item's value; adds a mistake if it is not an array.
    pub(crate) fn array(&self, mistakes: &mut Mistakes) -> Option<Expr> {
        let array = self.value().filter(|value| matches!(value, Expr::Array(_)));
        if array.is_none() {
            self.expects("an array of values", "[1, 2]", mistakes);
        }
        array.cloned()
    }

    /// Returns the item's arguments in parentheses; adds a mistake with an `example` if it has none.
    pub(crate) fn more(&self, example: &str, mistakes: &mut Mistakes) -> Option<Led> {
        let Said::More(more) = &self.said else {
            let word = &self.word;
            mistakes.at(
                word,
                format!("`{word}` takes more in parentheses: `{example}`"),
            );
            return None;
        };
        let led = syn::parse2(more.clone()).ok();
        if led.is_none() {
            let words = format!("`{}` is not understood: write `{example}`", self.word);
            mistakes.at(&self.word, words);
        }
        led
    }

    fn value(&self) -> Option<&Expr> {
        match &self.said {
            Said::Value(value) => Some(value),
            Said::Nothing | Said::More(_) => None,
        }
    }

    fn expects(&self, what: &str, example: &str, mistakes: &mut Mistakes) {
        let word = &self.word;
        let words = format!("`{word}` takes {what}: `{word} = {example}`");
        match self.value() {
            Some(value) => mistakes.at(value, words),
            None => mistakes.at(word, words),
        }
    }
}

fn text_of(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        // An expression that was passed through a macro.
        Expr::Group(group) => text_of(&group.expr),
        _ => None,
    }
}

fn number_of(value: &Expr) -> Option<&LitInt> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Some(number),
        Expr::Group(group) => number_of(&group.expr),
        _ => None,
    }
}

/// The arguments of a relation: `Owner, name = "seller"`, or `parts: Part, by = "car_id"`.
pub(crate) struct Led {
    pub(crate) name: Option<Ident>,
    pub(crate) target: Type,
    pub(crate) items: Vec<Item>,
}

impl Parse for Led {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut name = None;
        if input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            name = Some(input.call(Ident::parse_any)?);
            input.parse::<Token![:]>()?;
        }
        let target = input.parse()?;
        let mut items = Vec::new();
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
            items.extend(Punctuated::<Item, Token![,]>::parse_terminated(input)?);
        }
        Ok(Self {
            name,
            target,
            items,
        })
    }
}

/// Returns all items of the `#[model(…)]` among the attributes of a struct or field.
pub(crate) fn items(attributes: &[Attribute], mistakes: &mut Mistakes) -> Vec<Item> {
    let mut items = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident("model") {
            continue;
        }
        match attribute.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated) {
            Ok(more) => items.extend(more),
            Err(error) => {
                let words = format!(
                    "{error}; write `#[model(word, word = value, word(…))]`, with a comma between"
                );
                mistakes.add(Error::new(error.span(), words));
            }
        }
    }
    items
}

/// Stores a value in `place`; adds a mistake if `place` has a value already, since the item is then repeated.
pub(crate) fn keep<T>(
    place: &mut Option<T>,
    said: Option<T>,
    word: &Ident,
    mistakes: &mut Mistakes,
) {
    if place.is_some() {
        mistakes.at(word, format!("`{word}` is said twice: keep one"));
    } else {
        *place = said;
    }
}

/// Adds a mistake for an unknown word, which lists the `known` ones.
pub(crate) fn unknown(word: &Ident, of: &str, known: &[&str], mistakes: &mut Mistakes) {
    let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    mistakes.at(
        word,
        format!(
            "{of} has no attribute `{word}`; it has {}",
            known.join(", ")
        ),
    );
}

/// Returns the text of the doc comment among some attributes: its lines are joined, and an empty line begins a
/// paragraph.
pub(crate) fn doc_comment(attributes: &[Attribute]) -> Option<String> {
    let mut text = String::new();
    for attribute in attributes {
        let Meta::NameValue(doc) = &attribute.meta else {
            continue;
        };
        let Some(line) = text_of(&doc.value).filter(|_| doc.path.is_ident("doc")) else {
            continue;
        };
        let line = line.value();
        if line.trim().is_empty() && !text.is_empty() {
            text.push_str("\n\n");
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line.trim());
        }
    }
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
