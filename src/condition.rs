//! Conditions on rows that a program writes with the names or handles of columns. They are checked against a model when
//! they are used.

use std::ops::Not;

use crate::{
    cell::{BODY_BYTES, Type, Value},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{Column, Declared, Field, Given, Model, Name, camel_case, given},
    params::{Served, read_value},
    predicate::{Anchor, Matching, Operator, Predicate},
};

/// A condition on rows, for the [scope](crate::ViewSet::scope) of a viewset or a manager's list.
///
/// A condition is built from the handles of a declared model, for which the compiler checks the types of values, or
/// from names of columns:
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

/// A column of a [`Condition`], which the methods test. It is given by its name in the API or in the table.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tested(Name);

impl Condition {
    /// Matches rows for which all of the conditions hold; every row, if there are none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::All(conditions.into_iter().collect()))
    }

    /// Matches rows for which at least one of the conditions holds; no row, if there are none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::Any(conditions.into_iter().collect()))
    }

    /// Matches no row.
    pub fn nothing() -> Self {
        Self::any([])
    }

    /// Matches every row.
    pub fn everything() -> Self {
        Self::all([])
    }

    /// Starts a test of a column, as in `Condition::column("make").eq("Fiat")`.
    pub fn column(column: impl Into<Name>) -> Tested {
        Tested(column.into())
    }

    /// Matches rows whose related rows include one that meets the condition.
    ///
    /// The viewset that uses the condition must serve the relation under this name.
    pub fn related(relation: &str, condition: Self) -> Self {
        Self(Node::Related {
            relation: relation.to_owned(),
            condition: Box::new(condition),
        })
    }

    /// Matches rows for which both conditions hold.
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Matches rows for which at least one of the two conditions holds.
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// Returns the condition with the names resolved to the numbers of a model's columns.
    ///
    /// `relations` are the relations that the model's viewset serves. A condition that does not suit the model is a
    /// mistake of the program, so the error's details are not shown to clients.
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
                let is_it = |name: &str| relations.iter().find(|served| served.name == name);
                let served = is_it(relation).or_else(|| is_it(&camel_case(relation)));
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

/// Negates the condition. Every row matches that the condition does not match, including rows for which it is null in
/// SQL.
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

/// Returns `value` as a value of the column's type. A text is parsed, as `2014-01-02` for a date, unless the column
/// holds texts.
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
        // A declared `Timestamp` may describe a column with a zone, whose values are in UTC.
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
    /// Matches rows whose column equals the value.
    eq Equal;
    /// Matches rows whose column is less than the value.
    lt Less;
    /// Matches rows whose column is at most the value.
    lte LessOrEqual;
    /// Matches rows whose column is greater than the value.
    gt Greater;
    /// Matches rows whose column is at least the value.
    gte GreaterOrEqual;
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident $place:ident $ignore_case:literal;)+) => {
        impl Tested {
            $(
                $(#[doc = $doc])+
                pub fn $name(self, text: &str) -> Condition {
                    let matching = Matching { place: Anchor::$place, ignore_case: $ignore_case };
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
    /// Matches rows whose column equals `text`, ignoring the case of ASCII letters.
    iexact Whole true;
    /// Matches rows whose column contains `text`.
    contains Inside false;
    /// Matches rows whose column contains `text`, ignoring case.
    icontains Inside true;
    /// Matches rows whose column starts with `text`.
    startswith Start false;
    /// Matches rows whose column starts with `text`, ignoring case.
    istartswith Start true;
    /// Matches rows whose column ends with `text`.
    endswith End false;
    /// Matches rows whose column ends with `text`, ignoring case.
    iendswith End true;
}

impl Tested {
    /// Matches rows whose column has another value.
    ///
    /// A null does not match, as with SQL's `<>`. `!column.eq(value)` also matches nulls.
    pub fn ne(self, value: impl Into<Value>) -> Condition {
        let not_null = self.clone().is_not_null();
        not_null.and(!self.eq(value))
    }

    /// Matches rows whose column is between two values, both included.
    pub fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Condition {
        self.clone().gte(low).and(self.lte(high))
    }

    /// Matches rows whose column is not null and not one of the values.
    pub fn is_not_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        let not_null = self.clone().is_not_null();
        not_null.and(!self.is_in(values))
    }

    /// Matches rows whose column is not null.
    pub fn is_not_null(self) -> Condition {
        !self.is_null()
    }

    /// Matches rows whose column is one of the values; no row, if there are none.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.test(Test::In(values.into_iter().map(Into::into).collect()))
    }

    /// Matches rows whose column is null.
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
    /// Matches rows whose column has another value.
    ///
    /// A null does not match, as with SQL's `<>`. `!Car::YEAR.eq(value)` also matches nulls.
    pub fn ne(self, value: impl Given<T>) -> Condition {
        Condition::column(self).ne(given(value))
    }

    /// Matches rows whose column is between two values, both included.
    pub fn between(self, low: impl Given<T>, high: impl Given<T>) -> Condition {
        Condition::column(self).between(given(low), given(high))
    }

    /// Matches rows whose column is not null and not one of the values.
    pub fn is_not_in<V: Given<T>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        Condition::column(self).is_not_in(values.into_iter().map(given))
    }

    /// Matches rows whose column is not null.
    pub fn is_not_null(self) -> Condition {
        Condition::column(self).is_not_null()
    }

    /// Matches rows whose column is one of the values; no row, if there are none.
    pub fn is_in<V: Given<T>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        Condition::column(self).is_in(values.into_iter().map(given))
    }

    /// Matches rows whose column is null.
    pub fn is_null(self) -> Condition {
        Condition::column(self).is_null()
    }
}
