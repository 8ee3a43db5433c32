//! Generation of a model's code: its handles, and the calls that build it.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident, LitStr, spanned::Spanned};

use crate::{
    check::{TIMESTAMP_FORMATS, TYPES, UUID_FORMATS, within_option},
    model::{Column, Many, Model, One, Rules, Through},
    syntax::Mistakes,
};

/// Returns the name of a field's handle: `MAKE` for `make`.
pub(crate) fn handle(field: &str) -> String {
    field.to_uppercase()
}

/// Returns the code that a struct generates. A struct with mistakes still gets its handles and trait implementations,
/// so that the compiler reports only its mistakes.
pub(crate) fn emit(model: &Model, mistakes: Mistakes) -> TokenStream {
    let is_sound = mistakes.is_empty();
    let mistakes = mistakes.into_code();
    let (ident, table) = (&model.ident, model.table());
    let schema = option(model.schema.as_ref());
    let mut named = HashSet::new();
    let handles = model.columns.iter();
    let handles = handles.filter(|column| named.insert(handle(&column.field())));
    let handles = handles.map(|column| handle_of(model, column));
    let fields = model.columns.iter().map(|column| &column.ident);
    let key = model.key().map(Column::sql);
    let types = model
        .key()
        .map(|column| within_option(&column.ty).unwrap_or(&column.ty));
    let key_type = match model.key().count() {
        1 => quote!(#(#types)*),
        _ => quote!((#(#types),*)),
    };
    let declaration = if is_sound {
        declaration(model)
    } else {
        quote!(loop {})
    };
    quote! {
        #mistakes

        #[automatically_derived]
        #[allow(dead_code, private_interfaces)]
        impl #ident {
            #(#handles)*
        }

        // Using every field prevents warnings about dead code.
        const _: fn(&#ident) = |row| {
            #(let _ = &row.#fields;)*
        };

        #[automatically_derived]
        impl ::tower_rest::Declared for #ident {
            const TABLE: &'static str = #table;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const KEY: &'static [&'static str] = &[#(#key),*];
            type Key = #key_type;

            fn model() -> ::tower_rest::Model {
                #declaration
            }
        }
    }
}

fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn handle_of(model: &Model, column: &Column) -> TokenStream {
    let (visibility, ty, sql) = (&model.visibility, &column.ty, column.sql());
    let name = Ident::new(&handle(&column.field()), column.ident.span());
    let doc = match column.description() {
        Some(text) => format!("The column `{sql}`: {text}"),
        None => format!("The column `{sql}`."),
    };
    quote! {
        #[doc = #doc]
        #visibility const #name: ::tower_rest::Field<Self, #ty> = ::tower_rest::Field::new(#sql);
    }
}

fn declaration(model: &Model) -> TokenStream {
    let name = model.name();
    let description = model.description().map(|text| quote!(.description(#text)));
    let columns = model.columns.iter().map(column);
    let ones = model.ones.iter().map(one);
    let manys = model.manys.iter().map(many);
    quote! {
        ::tower_rest::declared::Declaration::<Self>::new(#name)
            #description
            #(#columns)*
            #(#ones)*
            #(#manys)*
            .build()
    }
}

fn column(column: &Column) -> TokenStream {
    let (ty, sql) = (&column.ty, column.sql());
    let refined = refined(column);
    let refine = quote!(|column| column #refined);
    let Some(said) = said_type(column) else {
        return quote!(.column::<#ty>(#sql, #refine));
    };
    let nullable = within_option(ty).is_some();
    quote!(.typed(#sql, #said, #nullable, #refine))
}

/// Returns the type that the attribute `type = "…"` names, if there is one.
fn said_type(column: &Column) -> Option<TokenStream> {
    let said = column.said_type.as_ref()?.value();
    let (_, variant, _) = TYPES.iter().find(|(text, ..)| *text == said)?;
    let variant = format_ident!("{variant}");
    Some(if variant == "Integer" {
        quote!(::tower_rest::Type::Integer {
            bits: 64,
            signed: true
        })
    } else {
        quote!(::tower_rest::Type::#variant)
    })
}

/// Returns the calls by which the generated code applies the attributes of a column.
fn refined(column: &Column) -> TokenStream {
    let rename = column.rename.iter().map(|name| quote!(.rename(#name)));
    let hidden = column.hidden.iter().map(|_| quote!(.hidden()));
    let read_only = column.read_only.iter().map(|_| quote!(.read_only()));
    let write_only = column.write_only.iter().map(|_| quote!(.write_only()));
    let create_only = column.create_only.iter().map(|_| quote!(.create_only()));
    let unique = column.unique.iter().map(|_| quote!(.unique()));
    let length = column
        .max_length
        .iter()
        .map(|length| quote!(.max_length(#length)));
    let rules = rules(&column.rules);
    let default = column.default.iter().map(|value| default(column, value));
    let default_sql = column
        .default_sql
        .iter()
        .map(|sql| quote!(.default_sql(#sql)));
    let description = column.description();
    let description = description.iter().map(|text| quote!(.description(#text)));
    let timestamps = format(column.timestamp_format.as_ref(), &TIMESTAMP_FORMATS)
        .map(|format| quote!(.timestamp_format(::tower_rest::TimestampFormat::#format)));
    let uuids = format(column.uuid_format.as_ref(), &UUID_FORMATS)
        .map(|format| quote!(.uuid_format(::tower_rest::UuidFormat::#format)));
    quote! {
        #(#rename)* #(#hidden)* #(#read_only)* #(#write_only)* #(#create_only)* #(#unique)* #(#length)* #rules #(#default)*
        #(#default_sql)* #(#description)* #timestamps #uuids
    }
}

/// Generates the calls for a column's rules.
fn rules(rules: &Rules) -> TokenStream {
    let length = rules.length.iter();
    let length = length.map(|range| quote_spanned!(range.span()=> .length(#range)));
    let range = rules.range.iter();
    let range = range.map(|range| quote_spanned!(range.span()=> .range(#range)));
    let one_of = rules.one_of.iter();
    let one_of = one_of.map(|values| quote_spanned!(values.span()=> .one_of(#values)));
    let pattern = rules.pattern.iter();
    let pattern = pattern.map(|text| quote_spanned!(text.span()=> .pattern(#text)));
    let flags = [&rules.not_blank, &rules.email, &rules.url];
    let flags = flags.into_iter().flatten();
    let flags = flags.map(|flag| quote_spanned!(flag.span()=> .#flag()));
    quote!(#(#length)* #(#range)* #(#one_of)* #(#pattern)* #(#flags)*)
}

fn format(said: Option<&LitStr>, formats: &[(&str, &str)]) -> Option<Ident> {
    let said = said?.value();
    let (_, variant) = formats.iter().find(|(text, _)| *text == said)?;
    Some(format_ident!("{variant}"))
}

fn default(column: &Column, value: &Expr) -> TokenStream {
    let ty = &column.ty;
    let of = if column.said_type.is_some() {
        quote!(::tower_rest::declared::Said)
    } else {
        quote!(#ty)
    };
    quote_spanned!(value.span()=> .default(::tower_rest::declared::given::<#of>(#value)))
}

fn one(one: &One) -> TokenStream {
    let (target, name) = (&one.target, option(one.name.as_ref()));
    let columns = handles(&quote!(Self), &one.by);
    quote_spanned!(target.span()=> .one::<#target, _>(#name, #columns))
}

fn many(many: &Many) -> TokenStream {
    let (target, name) = (&many.target, many.name.to_string());
    let (by, to) = (&many.by, &many.to);
    match &many.through {
        None => {
            let columns = handles(&quote!(#target), by);
            quote_spanned!(target.span()=> .many::<#target, _>(#name, #columns))
        }
        Some(Through::Table(table)) => {
            quote!(.through_table::<#target>(#name, #table, &[#(#by),*], &[#(#to),*]))
        }
        Some(Through::Struct(junction)) => {
            let here = handles(&quote!(#junction), by);
            let there = handles(&quote!(#junction), to);
            quote_spanned! {target.span()=>
                .through::<#target, #junction, _, _>(#name, #here, #there)
            }
        }
    }
}

/// Returns the code that names the handles of some fields of the struct `of`: one handle, or a tuple of several.
fn handles(of: &TokenStream, fields: &[LitStr]) -> TokenStream {
    let handles = fields.iter().map(|field| {
        let name = Ident::new(&handle(&field.value()), field.span());
        quote_spanned!(field.span()=> <#of>::#name)
    });
    match fields {
        [_] => quote!(#(#handles)*),
        _ => quote!((#(#handles),*)),
    }
}
