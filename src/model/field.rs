//! The Rust types of declared columns, and their types in a table.

use crate::cell::{Date, Time, Timestamp, Type, Value};

/// A Rust type that a field of a declared model may have.
///
/// These are `bool`, the integers of up to 64 bits, `f32`, `f64`, `String`, `Vec<u8>`, [`Date`], [`Time`],
/// [`Timestamp`], `serde_json::Value`, an enum with `#[derive(Choices)]`, an `Option` of one of these for a column that
/// may be null. The features `chrono`, `time` and `uuid` add types of these crates.
///
/// ```
/// use tower_rest::{FieldType, Type};
///
/// assert_eq!(<Option<i16> as FieldType>::ty(), Type::Integer { bits: 16, signed: true });
/// assert!(<Option<i16> as FieldType>::NULLABLE);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a column",
    note = "an enum of unit variants becomes one by `#[derive(Choices)]`; of any other type say what it holds, by \
            `#[model(type = \"text\")]`",
    note = "the types of `chrono`, `time` and `uuid` are types of columns by the features of these names"
)]
pub trait FieldType {
    /// The type of a column's values that are not null: `i32` for `Option<i32>`.
    type Plain;

    /// Whether the column may be null.
    const NULLABLE: bool = false;

    /// Returns the column's type.
    fn ty() -> Type;
}

impl<T: FieldType> FieldType for Option<T> {
    type Plain = T::Plain;

    const NULLABLE: bool = true;

    fn ty() -> Type {
        T::ty()
    }
}

/// A Rust value that a column of the Rust type `T` accepts as its default, or as an operand of a condition.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a column of type `{T}`",
    label = "not a value of the column",
    note = "give a value of the column's type; a default can also be said in SQL, by `default_sql = \"…\"`"
)]
pub trait Given<T> {
    /// Converts the Rust value to a [`Value`].
    fn value(self) -> Value;
}

impl<T, G: Given<T>> Given<Option<T>> for G {
    fn value(self) -> Value {
        G::value(self)
    }
}

/// Converts a Rust value for a column of the Rust type `T` to a [`Value`].
pub fn given<T>(value: impl Given<T>) -> Value {
    value.value()
}

/// The type that replaces the field's Rust type in the handle of a column whose declaration names a type, as in
/// `#[model(type = "text")]`.
#[derive(Debug)]
pub struct Said;

macro_rules! types {
    ($($rust:ty: $ty:expr;)+) => {
        $(
            impl FieldType for $rust {
                type Plain = Self;

                fn ty() -> Type {
                    $ty
                }
            }
        )+
    };
}

macro_rules! values {
    ($($given:ty as $rust:ty;)+) => {
        $(
            impl Given<$rust> for $given {
                fn value(self) -> Value {
                    self.into()
                }
            }
        )+
    };
}

const fn integer(bits: u8, signed: bool) -> Type {
    Type::Integer { bits, signed }
}

types! {
    bool: Type::Boolean;
    i8: integer(8, true);
    i16: integer(16, true);
    i32: integer(32, true);
    i64: integer(64, true);
    u8: integer(8, false);
    u16: integer(16, false);
    u32: integer(32, false);
    u64: integer(64, false);
    f32: Type::Float;
    f64: Type::Float;
    String: Type::Text;
    Vec<u8>: Type::Bytes;
    Date: Type::Date;
    Time: Type::Time;
    Timestamp: Type::Timestamp;
    serde_json::Value: Type::Json;
}

values! {
    bool as bool;
    i8 as i8;
    i16 as i16;
    i32 as i32;
    i64 as i64;
    u8 as u8;
    u16 as u16;
    u32 as u32;
    u64 as u64;
    f32 as f32;
    f64 as f64;
    &str as String;
    &String as String;
    String as String;
    Vec<u8> as Vec<u8>;
    &[u8] as Vec<u8>;
    Date as Date;
    Time as Time;
    Timestamp as Timestamp;
    bool as Said;
    i64 as Said;
    f64 as Said;
    &str as Said;
    String as Said;
    Date as Said;
    Time as Said;
    Timestamp as Said;
}

impl<const N: usize> Given<Vec<u8>> for &[u8; N] {
    fn value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

#[cfg(feature = "chrono")]
types! {
    chrono::NaiveDate: Type::Date;
    chrono::NaiveTime: Type::Time;
    chrono::NaiveDateTime: Type::Timestamp;
    chrono::DateTime<chrono::Utc>: Type::ZonedTimestamp;
}

#[cfg(feature = "time")]
types! {
    time::Date: Type::Date;
    time::Time: Type::Time;
    time::PrimitiveDateTime: Type::Timestamp;
    time::OffsetDateTime: Type::ZonedTimestamp;
}

#[cfg(feature = "uuid")]
types! {
    uuid::Uuid: Type::Uuid;
}
