//! [`Set`]: the new value of a column; [`IntoSet`]: the Rust values that a program can set a column to.

use crate::{
    cell::{BODY_BYTES, Date, Time, Timestamp, Type, Value, compact_json},
    model::Column,
    params::read_value,
};

/// The new value of a column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Set {
    /// Null.
    Null,
    /// A value of the column's type.
    To(Value),
    /// The column's default.
    Default,
    /// The stored number plus 1, for a column that holds the version of the row.
    Next,
    /// The stored JSON document, changed by a JSON merge patch (RFC 7396).
    Merge(String),
}

impl Set {
    /// Whether the new value is `value`.
    pub(crate) fn is(&self, value: &Value) -> bool {
        matches!(self, Self::To(own) if own == value)
    }
}

/// A Rust value that a program sets a column to: a value of a column's type, or an `Option` of one, whose `None` is
/// null.
///
/// ```
/// use tower_rest::{IntoSet, Set, Value};
///
/// assert_eq!("red".into_set(), Set::To(Value::Text("red".to_owned())));
/// assert_eq!(None::<i64>.into_set(), Set::Null);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value that a column is set to",
    note = "give a value of the column's type, an `Option` of one, a `Value` or a `Set`"
)]
pub trait IntoSet {
    /// Returns the type of the values; `None` if it differs from value to value.
    fn ty() -> Option<Type>;

    /// Returns the new value of the column.
    fn into_set(self) -> Set;
}

impl IntoSet for Set {
    fn ty() -> Option<Type> {
        None
    }

    fn into_set(self) -> Set {
        self
    }
}

impl IntoSet for Value {
    fn ty() -> Option<Type> {
        None
    }

    fn into_set(self) -> Set {
        Set::To(self)
    }
}

impl<V: IntoSet> IntoSet for Option<V> {
    fn ty() -> Option<Type> {
        V::ty()
    }

    fn into_set(self) -> Set {
        self.map_or(Set::Null, V::into_set)
    }
}

macro_rules! settable {
    ($($rust:ty: $ty:expr;)+) => {
        $(
            impl IntoSet for $rust {
                fn ty() -> Option<Type> {
                    Some($ty)
                }

                fn into_set(self) -> Set {
                    Set::To(self.into())
                }
            }
        )+
    };
}

const INTEGER: Type = Type::Integer {
    bits: 64,
    signed: true,
};

settable! {
    bool: Type::Boolean;
    i8: INTEGER;
    i16: INTEGER;
    i32: INTEGER;
    i64: INTEGER;
    u8: INTEGER;
    u16: INTEGER;
    u32: INTEGER;
    u64: INTEGER;
    f32: Type::Float;
    f64: Type::Float;
    &str: Type::Text;
    &String: Type::Text;
    String: Type::Text;
    Vec<u8>: Type::Bytes;
    &[u8]: Type::Bytes;
    Date: Type::Date;
    Time: Type::Time;
    Timestamp: Type::Timestamp;
}

#[cfg(feature = "uuid")]
impl IntoSet for uuid::Uuid {
    fn ty() -> Option<Type> {
        Some(Type::Uuid)
    }

    fn into_set(self) -> Set {
        Set::To(Value::Uuid(self.as_u128()))
    }
}

/// Whether a column can be set to some values of a Rust type; a text is read as the column's type.
pub(crate) fn can_be(column: &Column, given: &Type) -> bool {
    match (given, &column.ty) {
        (_, Type::Other) => false,
        (Type::Text, ty) => !matches!(
            ty,
            Type::Boolean | Type::Integer { .. } | Type::Float | Type::Bytes
        ),
        (Type::Integer { .. }, Type::Integer { .. } | Type::Float)
        | (Type::Timestamp, Type::ZonedTimestamp) => true,
        (given, ty) => given == ty,
    }
}

/// Returns the new value that a program gives a column, converted to the column's own type.
///
/// # Errors
///
/// A text for the log, when the column cannot store the value exactly or cannot be null.
pub(crate) fn of_column(column: &Column, set: Set) -> Result<Set, String> {
    let value = match set {
        Set::Null if column.nullable => return Ok(Set::Null),
        Set::Null => {
            return Err(format!(
                "`{}` is set to null, which it cannot be",
                column.name
            ));
        }
        Set::Default | Set::Next => return Ok(set),
        Set::Merge(patch)
            if column.ty == Type::Json && compact_json(&patch, &mut String::new()) =>
        {
            return Ok(Set::Merge(patch));
        }
        Set::Merge(_) => return Err(format!("`{}` takes no JSON merge patch", column.name)),
        Set::To(value) => value,
    };
    let value = typed(column, value).and_then(|value| column.stores(&value).map(|()| value));
    value.map(Set::To).map_err(|takes| {
        let ty = column.type_name();
        format!(
            "`{}` is of type {ty} and takes {takes}; it is set to another value",
            column.name
        )
    })
}

/// Converts a value to the column's type if the conversion is exact. The error describes the values that the type has.
fn typed(column: &Column, value: Value) -> Result<Value, String> {
    let is_whole = |number: i128| {
        let Type::Integer { bits, signed } = column.ty else {
            return false;
        };
        let (least, greatest) = Type::bounds(bits, signed);
        (least..=greatest).contains(&number)
    };
    let is_value = match (&value, &column.ty) {
        (Value::Integer(number), Type::Integer { .. }) => is_whole((*number).into()),
        (Value::Unsigned(number), Type::Integer { .. }) => is_whole((*number).into()),
        (Value::Float(number), Type::Float) => number.is_finite(),
        (Value::Text(text), Type::Json) => compact_json(text, &mut String::new()),
        (Value::Boolean(_), Type::Boolean)
        | (Value::Decimal(_), Type::Decimal)
        | (Value::Text(_), Type::Text)
        | (Value::Bytes(_), Type::Bytes)
        | (Value::Date(_), Type::Date)
        | (Value::Time(_), Type::Time)
        | (Value::Timestamp(_), Type::Timestamp)
        | (Value::ZonedTimestamp(_), Type::ZonedTimestamp)
        | (Value::Uuid(_), Type::Uuid) => true,
        (Value::Infinite(_), _) => column.storage.infinite,
        (Value::Integer(number), Type::Float) => {
            let number = i32::try_from(*number).map_err(|_| "a float".to_owned())?;
            return Ok(Value::Float(number.into()));
        }
        // A declared `Timestamp` may describe a column with a zone, whose values are in UTC.
        (Value::Timestamp(moment), Type::ZonedTimestamp) => {
            return Ok(Value::ZonedTimestamp(*moment));
        }
        (Value::Text(text), _) if can_be(column, &Type::Text) => {
            return read_value(text, column, &column.name, BODY_BYTES);
        }
        _ => false,
    };
    match is_value {
        true => Ok(value),
        false => Err("values of that type only".to_owned()),
    }
}
