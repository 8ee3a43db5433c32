//! The derive macros of tower-rest. They have three passes: parsing (`syntax`), validation (`check`), and generating
//! the code (`emit`). All mistakes of a struct are reported at once, each at its position.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod case; // names in other cases

mod syntax; // parsing of attributes

mod model; // a parsed struct

mod choices; // an enum and its code

mod check; // validation of a struct

mod emit; // generation of the code of a struct

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::syntax::Mistakes;

/// Declares a model as a struct with a field for each column. `#[model(…)]` adds the rest.
///
/// On the struct, all optional:
///
/// | attribute | says |
/// |---|---|
/// | `table = "cars"` | the table; by default the struct's name in snake case, and an `s` |
/// | `schema = "x"`, `name = "Car"` | the table's schema; the model's name, by default the struct's |
/// | `description = "…"` | what the rows are; by default the doc comment |
/// | `one(Order, by = ("shop_id", "number"), name = "order")` | the columns that hold the key of another model |
/// | `many(parts: Part, by = "car_id")` | the columns of another model that hold this one's key |
/// | `many(tags: Tag, through = CarTag, by = "car_id", to = "tag_id")` | the same through a junction; a text for a table without a struct |
///
/// On a field:
///
/// | attribute | says |
/// |---|---|
/// | `key` | the column, or one of the columns, of the key |
/// | `one(Owner)`, `one(Owner, name = "seller")` | it holds the key of another model, or of `Self` |
/// | `column = "sql_name"`, `rename = "api_name"` | its name in the table; the name clients use |
/// | `hidden`, `read_only`, `unique` | clients never learn of it; they cannot change it; no two rows share a value |
/// | `max_length = 40` | the most characters of a text, or bytes |
/// | `default = 4`, `default_sql = "CURRENT_TIMESTAMP"` | what a new row has in it unless it says |
/// | `description = "…"` | what it means; by default the doc comment |
/// | `type = "decimal"` | what it holds, where the Rust type does not say |
/// | `timestamp_format = "T"`, `uuid_format = "bytes"` | how SQLite stores it |
///
/// Columns are given by the names of their fields, in this struct or in the struct that has them. The guide has
/// examples.
#[proc_macro_derive(Model, attributes(model))]
pub fn model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut mistakes = Mistakes::default();
    let Some(model) = model::read(&input, &mut mistakes) else {
        return mistakes.into_code().into();
    };
    check::check(&model, &mut mistakes);
    emit::emit(&model, mistakes).into()
}

/// Makes an enum of unit variants the type of a column. Each variant is stored as one text.
///
/// `#[model(rename_all = "lowercase")]` on the enum writes the names in another case: `lowercase`, `UPPERCASE`,
/// `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `camelCase` or `PascalCase`. `#[model(rename = "text")]` on a
/// variant sets its text.
#[proc_macro_derive(Choices, attributes(model))]
pub fn choices(input: TokenStream) -> TokenStream {
    choices::derive(&parse_macro_input!(input as DeriveInput)).into()
}
