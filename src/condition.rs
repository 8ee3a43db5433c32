//! Which rows are meant, as a program says it: by the names or handles of columns, checked against a model when it is
//! used.

use std::ops::Not;

use crate::{
    cell::{BODY_BYTES, Type, Value},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{Column, Declared, Field, Given, Model, Name, given},
    params::{Served, read_value},
    predicate::{Matching, Operator, Place, Predicate},
};

/// Which rows are meant: what a [scope](crate::ViewSet::scope) narrows to, what a manager adds to a list.
///
/// Made of the handles of a declared model, whose values have the column's type, or of names:
///
/// ```
/// use tower_rest::{Condition, Model};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: String,
///     year: Option<i32>,
/// }
///
/// let old = Car::YEAR.between(1900, 1970).or(Car::YEAR.is_null());
/// let italian = Condition::column("make").is_in(["Fiat", "Alfa Romeo"]);
/// let wanted = old.and(!italian).and(Car::MAKE.ne("Seat"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Condition(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Column {
        column: Name,
        test: Test,
    },
    Related {
        relation: String,
        condition: Box<Condition>,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Compare(Operator, Value),
    In(Vec<Value>),
    Null,
    Text(Matching, String),
}

/// A column of a [`Condition`], by its name in the API or in the table.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tested(Name);

impl Condition {
    /// Rows for which all of the conditions hold; every row, if there is none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::All(conditions.into_iter().collect()))
    }

    /// Rows for which one of the conditions holds; no row, if there is none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::Any(conditions.into_iter().collect()))
    }

    /// No row.
    pub fn nothing() -> Self {
        Self::any([])
    }

    /// Every row.
    pub fn everything() -> Self {
        Self::all([])
    }

    /// A column, to be compared.
    pub fn column(column: impl Into<Name>) -> Tested {
        Tested(column.into())
    }

    /// Rows that lead to a row of a relation which meets the condition; the relation must be served beside them.
    pub fn related(relation: &str, condition: Self) -> Self {
        Self(Node::Related {
            relation: relation.to_owned(),
            condition: Box::new(condition),
        })
    }

    /// Rows for which both hold.
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Rows for which one of both holds.
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// The condition over a model's columns.
    ///
    /// An error is a mistake of the program, which the client learns nothing of.
    pub(crate) fn over(&self, model: &Model, relations: &[Served]) -> Result<Predicate> {
        let each = |conditions: &[Self]| {
            let conditions = conditions.iter();
            conditions
                .map(|condition| condition.over(model, relations))
                .collect::<Result<Vec<_>>>()
        };
        match &self.0 {
            Node::All(conditions) => Ok(Predicate::All(each(conditions)?)),
            Node::Any(conditions) => Ok(Predicate::Any(each(conditions)?)),
            Node::Not(condition) => Ok(condition.over(model, relations)?.negated_if(true)),
            Node::Column { column, test } => test.over(column, model),
            Node::Related {
                relation,
                condition,
            } => {
                let served = relations.iter().find(|served| served.name == *relation);
                let served = served.ok_or_else(|| {
                    mistake(format!(
                        "{} has no relation `{relation}` here",
                        model.name()
                    ))
                })?;
                Ok(Predicate::Related {
                    join: served.join.clone(),
                    condition: Box::new(condition.over(&served.join.target, &[])?),
                })
            }
        }
    }
}

/// Exactly the rows that the condition does not mean, nulls included.
impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self(Node::Not(Box::new(self)))
    }
}

impl Test {
    fn over(&self, name: &Name, model: &Model) -> Result<Predicate> {
        let found = name.find(model).map_err(mistake)?;
        let (number, column) = model
            .at(found)
            .map(|column| (found, column))
            .ok_or_else(|| mistake(format!("{} has no such column", model.name())))?;
        Ok(match self {
            Self::Null => Predicate::Null { column: number },
            Self::Compare(operator, value) => {
                Predicate::compare(number, *operator, typed(value, column)?)
            }
            Self::In(values) => {
                let values = values.iter().map(|value| typed(value, column));
                Predicate::In {
                    column: number,
                    values: values.collect::<Result<_>>()?,
                }
            }
            Self::Text(_, _) if column.ty != Type::Text => {
                return Err(mistake(format!(
                    "{}: `{}` is of type {}, in which no text is looked for",
                    model.name(),
                    column.name,
                    column.type_name()
                )));
            }
            Self::Text(matching, text) => Predicate::Text {
                column: number,
                matching: *matching,
                text: text.clone(),
            },
        })
    }
}

/// A value as the column's type; a text is read as one.
fn typed(value: &Value, column: &Column) -> Result<Value> {
    let fits = match (value, &column.ty) {
        (Value::Boolean(_), Type::Boolean)
        | (Value::Integer(_) | Value::Unsigned(_), Type::Integer { .. })
        | (Value::Float(_), Type::Float)
        | (Value::Decimal(_), Type::Decimal)
        | (Value::Text(_), Type::Text)
        | (Value::Bytes(_), Type::Bytes)
        | (Value::Date(_), Type::Date)
        | (Value::Time(_), Type::Time)
        | (Value::Timestamp(_), Type::Timestamp)
        | (Value::ZonedTimestamp(_), Type::ZonedTimestamp)
        | (Value::Infinite(_), Type::Date | Type::Timestamp | Type::ZonedTimestamp)
        | (Value::Uuid(_), Type::Uuid) => true,
        (Value::Text(text), _) => {
            return read_value(text, column, &column.name, BODY_BYTES).map_err(|takes| {
                mistake(format!(
                    "`{}` is compared with `{text}`, but takes {takes}",
                    column.name
                ))
            });
        }
        // A declared `Timestamp` may be the type of a column with a zone, which is in UTC.
        (Value::Timestamp(moment), Type::ZonedTimestamp) => {
            return Ok(Value::ZonedTimestamp(*moment));
        }
        _ => false,
    };
    if fits {
        return Ok(value.clone());
    }
    Err(mistake(format!(
        "`{}` is of type {}, and compared with {value:?}",
        column.name,
        column.type_name()
    )))
}

fn mistake(words: String) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}

macro_rules! tests {
    ($($(#[doc = $doc:literal])+ $name:ident $operator:ident;)+) => {
        impl Tested {
            $(
                $(#[doc = $doc])+
                pub fn $name(self, value: impl Into<Value>) -> Condition {
                    self.test(Test::Compare(Operator::$operator, value.into()))
                }
            )+
        }

        impl<M: Declared, T> Field<M, T> {
            $(
                $(#[doc = $doc])+
                pub fn $name(self, value: impl Given<T>) -> Condition {
                    Condition::column(self).test(Test::Compare(Operator::$operator, given(value)))
                }
            )+
        }
    };
}

tests! {
    /// Rows whose column equals the value.
    eq Equal;
    /// Rows whose column is less than the value.
    lt Less;
    /// Rows whose column is at most the value.
    lte LessOrEqual;
    /// Rows whose column is greater than the value.
    gt Greater;
    /// Rows whose column is at least the value.
    gte GreaterOrEqual;
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident $place:ident $ignore_case:literal;)+) => {
        impl Tested {
            $(
                $(#[doc = $doc])+
                pub fn $name(self, text: &str) -> Condition {
                    let matching = Matching { place: Place::$place, ignore_case: $ignore_case };
                    self.test(Test::Text(matching, text.to_owned()))
                }
            )+
        }

        impl<M: Declared, T> Field<M, T> {
            $(
                $(#[doc = $doc])+
                pub fn $name(self, text: &str) -> Condition {
                    Condition::column(self).$name(text)
                }
            )+
        }
    };
}

texts! {
    /// Rows whose text equals this one but for the case of ASCII letters.
    iexact Whole true;
    /// Rows whose text has this one inside.
    contains Inside false;
    /// Rows whose text has this one inside, ignoring case.
    icontains Inside true;
    /// Rows whose text starts with this one.
    startswith Start false;
    /// Rows whose text starts with this one, ignoring case.
    istartswith Start true;
    /// Rows whose text ends with this one.
    endswith End false;
    /// Rows whose text ends with this one, ignoring case.
    iendswith End true;
}

impl Tested {
    /// Rows whose column has another value, as SQL's `<>` has it: a null is none. `!column.eq(value)` has the nulls too.
    pub fn ne(self, value: impl Into<Value>) -> Condition {
        let not_null = self.clone().is_not_null();
        not_null.and(!self.eq(value))
    }

    /// Rows whose column is between two values, both included.
    pub fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Condition {
        self.clone().gte(low).and(self.lte(high))
    }

    /// Rows whose column has a value that is none of these.
    pub fn is_not_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        let not_null = self.clone().is_not_null();
        not_null.and(!self.is_in(values))
    }

    /// Rows whose column has a value.
    pub fn is_not_null(self) -> Condition {
        !self.is_null()
    }

    /// Rows whose column is one of the values; no row, if there is none.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.test(Test::In(values.into_iter().map(Into::into).collect()))
    }

    /// Rows whose column has no value.
    pub fn is_null(self) -> Condition {
        self.test(Test::Null)
    }

    fn test(self, test: Test) -> Condition {
        Condition(Node::Column {
            column: self.0,
            test,
        })
    }
}

impl<M: Declared, T> Field<M, T> {
    /// Rows whose column has another value, as SQL's `<>` has it: a null is none. `!Car::YEAR.eq(value)` has the nulls too.
    pub fn ne(self, value: impl Given<T>) -> Condition {
        self.is_not_null().and(!self.eq(value))
    }

    /// Rows whose column is between two values, both included.
    pub fn between(self, low: impl Given<T>, high: impl Given<T>) -> Condition {
        self.gte(low).and(self.lte(high))
    }

    /// Rows whose column has a value that is none of these.
    pub fn is_not_in<V: Given<T>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.is_not_null().and(!self.is_in(values))
    }

    /// Rows whose column has a value.
    pub fn is_not_null(self) -> Condition {
        !self.is_null()
    }

    /// Rows whose column is one of the values; no row, if there is none.
    pub fn is_in<V: Given<T>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        let values = values.into_iter().map(given);
        Condition::column(self).test(Test::In(values.collect()))
    }

    /// Rows whose column has no value.
    pub fn is_null(self) -> Condition {
        Condition::column(self).is_null()
    }
}
