//! The trait of `#[derive(Model)]`: a model from a struct.

use super::Model;

/// A struct that declares a model by `#[derive(Model)]`.
///
/// ```
/// use tower_rest::{Declared, Model};
///
/// /// A car of the collection.
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: String,
///     year: Option<i32>,
/// }
///
/// let car = Model::of::<Car>();
/// assert_eq!((car.name(), car.table(), car.columns().len()), ("Car", "cars", 3));
/// assert_eq!(Car::KEY, ["car_id"]);
/// assert_eq!(Car::YEAR.column(), "year");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` declares no model",
    note = "add `#[derive(Model)]` to the struct"
)]
pub trait Declared: 'static {
    /// The table's name.
    const TABLE: &'static str;

    /// The table's schema; `None` if the struct declares none.
    const SCHEMA: Option<&'static str> = None;

    /// The columns of the key, by their names in the table.
    const KEY: &'static [&'static str];

    /// The type of the key: `i64`, or `(i64, String)` for a key of several columns.
    type Key;

    /// Returns the model.
    fn model() -> Model;
}

/// The type of a column, or a tuple of the types of several, in which a key of the type `K` can be stored.
#[diagnostic::on_unimplemented(
    message = "columns of type `{Self}` cannot hold a key of type `{K}`",
    label = "not of the type of the key",
    note = "give the columns the types of the key they hold, in its order; each may be in an `Option`"
)]
pub trait Holds<K> {}

impl<K> Holds<K> for K {}
