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
/// | attribute | meaning |
/// |---|---|
/// | `table = "cars"` | the table; by default the struct's name in snake case, and an `s` |
/// | `schema = "x"`, `name = "Car"` | the table's schema; the model's name, by default the struct's |
/// | `description = "…"` | the description of the rows; by default the doc comment |
/// | `one(Order, by = ("shop_id", "number"), name = "order")` | the fields that hold the key of another model, when they are several |
/// | `many(parts: Part, by = "car_id")` | a relation to the rows of another model that hold this one's key |
/// | `many(tags: Tag, through = CarTag, by = "car_id", to = "tag_id")` | a relation through a junction: its struct, or the name of its table as a text |
///
/// On a field:
///
/// | attribute | meaning |
/// |---|---|
/// | `key` | the column is the key, or one of its columns |
/// | `one(Owner)`, `one(Owner, name = "seller")` | the column holds the key of another model, or of `Self` |
/// | `column = "sql_name"`, `rename = "api_name"` | its name in the table; the name clients use |
/// | `hidden` | unknown to clients |
/// | `read_only`, `unique` | clients cannot change it; no two rows have the same value in it |
/// | `max_length = 40` | the maximum length, in characters of a text or in bytes |
/// | `default = 4`, `default_sql = "CURRENT_TIMESTAMP"` | the value of a new row that omits the column |
/// | `description = "…"` | the meaning of the column; by default the doc comment |
/// | `type = "decimal"` | the column's type, if the Rust type does not determine it |
/// | `timestamp_format = "T"`, `uuid_format = "bytes"` | the form in which SQLite, or for a UUID also MySQL, stores it |
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
