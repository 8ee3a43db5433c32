//! `#[derive(Choices)]`: an enum of unit variants as the type of a column.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Variant, ext::IdentExt};

use crate::{
    case::{CASES, in_case},
    syntax::{Mistakes, items, keep, unknown},
};

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let members = members(input, &mut mistakes);
    if !mistakes.is_empty() {
        return mistakes.into_code();
    }
    let (ident, texts) = (&input.ident, members.iter().map(|(_, text)| text));
    let variants = members.iter().map(|(variant, _)| &variant.ident);
    let arms = members.iter().map(|(variant, text)| {
        let name = &variant.ident;
        quote!(Self::#name => #text)
    });
    quote! {
        // Using every variant prevents warnings about dead code.
        const _: &[#ident] = &[#(#ident::#variants),*];

        #[automatically_derived]
        impl ::tower_rest::FieldType for #ident {
            type Plain = Self;

            fn ty() -> ::tower_rest::Type {
                ::tower_rest::Type::Enum([#(#texts),*].map(::std::borrow::ToOwned::to_owned).into())
            }
        }

        #[automatically_derived]
        impl ::tower_rest::declared::Given<#ident> for #ident {
            fn value(self) -> ::tower_rest::Value {
                let text: &str = match self { #(#arms),* };
                ::tower_rest::Value::Text(::std::borrow::ToOwned::to_owned(text))
            }
        }
    }
}

/// Returns the variants of the enum, each with the text that is stored for it.
fn members<'a>(input: &'a DeriveInput, mistakes: &mut Mistakes) -> Vec<(&'a Variant, String)> {
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        mistakes.at(
            &input.generics,
            "choices are texts, so their enum has no parameters: remove them",
        );
    }
    let Data::Enum(data) = &input.data else {
        mistakes.at(
            ident,
            format!("`{ident}` is no enum: choices are an enum with a unit variant for each text"),
        );
        return Vec::new();
    };
    if data.variants.is_empty() {
        mistakes.at(
            ident,
            format!("`{ident}` has no variants: a column needs something to hold"),
        );
    }
    let case = case(input, mistakes);
    let mut members: Vec<(&Variant, String)> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            mistakes.at(
                &variant.fields,
                format!(
                    "a choice is one text, so `{}` cannot carry data: remove it",
                    variant.ident
                ),
            );
        }
        let rename = rename(variant, mistakes);
        let name = variant.ident.unraw().to_string();
        let text = rename.as_ref().map(LitStr::value).unwrap_or_else(|| {
            let cased = case.as_ref().and_then(|case| in_case(&name, &case.value()));
            cased.unwrap_or(name)
        });
        if let Some((other, _)) = members.iter().find(|(_, taken)| *taken == text) {
            mistakes.at(
                &variant.ident,
                format!(
                    "`{}` and `{}` are both the text `{text}`: give one another with `rename = \"…\"`",
                    other.ident, variant.ident
                ),
            );
        }
        members.push((variant, text));
    }
    members
}

/// Returns the case that `rename_all` names; `None` without this attribute.
fn case(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<LitStr> {
    let mut case = None;
    for item in items(&input.attrs, mistakes) {
        if item.word == "rename_all" {
            keep(&mut case, item.text(mistakes), &item.word, mistakes);
        } else {
            unknown(&item.word, "an enum of choices", &["rename_all"], mistakes);
        }
    }
    if let Some(said) = case
        .as_ref()
        .filter(|said| !CASES.contains(&said.value().as_str()))
    {
        let words = format!(
            "there is no case {:?}; there are {}",
            said.value(),
            CASES.join(", ")
        );
        mistakes.at(said, words);
    }
    case
}

fn rename(variant: &Variant, mistakes: &mut Mistakes) -> Option<LitStr> {
    let mut rename = None;
    for item in items(&variant.attrs, mistakes) {
        if item.word == "rename" {
            keep(&mut rename, item.text(mistakes), &item.word, mistakes);
        } else {
            unknown(&item.word, "a choice", &["rename"], mistakes);
        }
    }
    rename
}
