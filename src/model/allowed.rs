//! The rules of a column: setting them, checking them, and checking values by them.

use std::{
    cmp::Ordering,
    ops::{Bound, RangeBounds},
};

#[cfg(feature = "validate")]
use super::rules::TextForm;
use super::{
    Column,
    fitting::{fits, fitting, shown},
};
use crate::cell::{Type, Value, compare_cells};

impl Column {
    /// Allows only texts of these lengths in characters, or bytes of these lengths; an end also sets
    /// [`max_length`](Self::max_length).
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("vin").string().not_null()).to_owned();
    /// let car = Model::from_table("Car", &table).column("vin", |vin| vin.length(11..=17));
    /// ```
    pub fn length(mut self, lengths: impl RangeBounds<u32>) -> Self {
        self.rules.min_length = match lengths.start_bound() {
            Bound::Included(least) => Some(*least),
            Bound::Excluded(less) => Some(less.saturating_add(1)),
            Bound::Unbounded => None,
        };
        match lengths.end_bound() {
            Bound::Included(most) => self.max_length = Some(*most),
            Bound::Excluded(more) => self.max_length = Some(more.saturating_sub(1)),
            Bound::Unbounded => {}
        }
        self
    }

    /// Allows only numbers, days or moments from the start of a range to its end, which is included: `1886..=2100`,
    /// `0..`. A range of a decimal column is one of texts: `"0.01"..="9.99"`.
    pub fn range<V: Into<Value> + Clone>(mut self, range: impl RangeBounds<V>) -> Self {
        let fit = |value: &V| fitting(&self.ty, value.clone().into());
        let least = match range.start_bound() {
            Bound::Included(value) | Bound::Excluded(value) => Some(fit(value)),
            Bound::Unbounded => None,
        };
        let greatest = match range.end_bound() {
            Bound::Included(value) | Bound::Excluded(value) => Some(fit(value)),
            Bound::Unbounded => None,
        };
        self.rules.excludes_end = matches!(range.end_bound(), Bound::Excluded(_));
        (self.rules.least, self.rules.greatest) = (least, greatest);
        self
    }

    /// Allows only these values.
    pub fn one_of<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(V::into);
        self.rules.one_of = Some(values.map(|value| fitting(&self.ty, value)).collect());
        self
    }

    /// Allows only texts with a character that is not white space.
    pub fn not_blank(mut self) -> Self {
        self.rules.not_blank = true;
        self
    }

    /// Allows only texts in which the regular expression matches; `^` and `$` are needed to match the whole text. The
    /// syntax is that of the crate `regex`, which takes time linear in the length of the text.
    #[cfg(feature = "validate")]
    pub fn pattern(mut self, pattern: &str) -> Self {
        let regex = regex::Regex::new(pattern).map_err(|error| error.to_string());
        self.rules
            .forms
            .push(TextForm::Pattern(pattern.to_owned(), regex));
        self
    }

    /// Allows only e-mail addresses in the form of HTML's `<input type="email">`. Whether there is such a mailbox is not
    /// known.
    #[cfg(feature = "validate")]
    pub fn email(mut self) -> Self {
        self.rules.forms.push(TextForm::Email);
        self
    }

    /// Allows only absolute URLs whose scheme is `http` or `https`.
    #[cfg(feature = "validate")]
    pub fn url(mut self) -> Self {
        self.rules.forms.push(TextForm::Url);
        self
    }

    /// Checks a value of the column's type by its rules; the error describes the values that they allow.
    pub(crate) fn allows(&self, value: &Value) -> Result<(), String> {
        let broken = self.rules.broken(value, &self.ty);
        match broken.is_empty() {
            true => Ok(()),
            false => Err(broken.join(", and ")),
        }
    }

    /// Returns a message for each rule that the type cannot have, or that no value meets.
    pub(super) fn check_rules(&self) -> Vec<String> {
        let (rules, name, ty) = (&self.rules, &self.name, self.ty.name());
        let mut mistakes = Vec::new();
        let mut say = |words: String| mistakes.push(format!("`{name}` {words}"));
        if rules.min_length.is_some() && !matches!(self.ty, Type::Text | Type::Bytes) {
            say(format!(
                "has a `length`, but is of type {ty}; only text and bytes have a length"
            ));
        }
        if let (Some(least), Some(most)) = (rules.min_length, self.max_length)
            && least > most
        {
            say(format!(
                "has a length of at least {least} and at most {most}, which nothing has"
            ));
        }
        if (rules.not_blank || !rules.forms.is_empty()) && self.ty != Type::Text {
            say(format!("has a rule for texts, but is of type {ty}"));
        }
        if rules.excludes_end {
            say(
                "has a `range` without its end; write `..=`, so that the end is included"
                    .to_owned(),
            );
        }
        let ends = rules.least.iter().chain(&rules.greatest);
        for value in ends.filter(|value| {
            compare_cells(value.as_cell(), value.as_cell()).is_none() || !self.is_of_type(value)
        }) {
            say(format!(
                "is of type {ty}, in which `{}` is no end of a `range`",
                shown(value)
            ));
        }
        if let (Some(least), Some(greatest)) = (&rules.least, &rules.greatest)
            && compare_cells(least.as_cell(), greatest.as_cell()).is_some_and(Ordering::is_gt)
        {
            say(format!(
                "has a `range` from {} to {}, which is empty",
                shown(least),
                shown(greatest)
            ));
        }
        match &rules.one_of {
            Some(values) if values.is_empty() => say("is `one_of` no values".to_owned()),
            Some(values) => {
                for value in values.iter().filter(|value| !self.is_of_type(value)) {
                    say(format!(
                        "is of type {ty}, which `{}` of its `one_of` is not",
                        shown(value)
                    ));
                }
            }
            None => {}
        }
        for form in &rules.forms {
            if let Err(words) = form.check() {
                say(words);
            }
        }
        mistakes
    }

    /// Whether a value given by the program is one of the column's type.
    fn is_of_type(&self, value: &Value) -> bool {
        match (value, &self.ty) {
            (Value::Date(_), Type::Date)
            | (Value::Time(_), Type::Time)
            | (Value::Timestamp(_), Type::Timestamp)
            | (Value::ZonedTimestamp(_), Type::ZonedTimestamp)
            | (Value::Uuid(_), Type::Uuid) => true,
            (value, ty) => fits(ty, value),
        }
    }
}
