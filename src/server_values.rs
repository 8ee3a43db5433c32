//! Columns that the server sets when a row is written: from the head of the request, or to the time of the write.
//!
//! Such a column is read-only for clients. Its value is among the changes that managers and operation layers see.

use std::{fmt, sync::Arc};

use crate::{
    cell::{Timestamp, Type, Value},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{ColumnNumber, Columns, Model, Name},
    operation::{Changes, Head, IntoSet, Set, can_be, of_column},
};

/// Where a column's value comes from.
#[derive(Clone)]
enum ValueSource {
    /// A closure that reads the head of the request when a row is created; and the type of its values, if it is known.
    Head(Arc<FromHead>, Option<Type>),
    /// The time when the row is created.
    Created,
    /// The time when the row is created or, later, changed.
    Updated,
    /// A number that is 1 when the row is created, and greater by 1 after each change.
    Version,
}

type FromHead = dyn Fn(&Head) -> Result<Set> + Send + Sync;

/// The columns that the server sets, as a viewset names them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerValues(Vec<(Name, ValueSource)>);

impl ServerValues {
    pub(crate) fn head<V: IntoSet>(
        &mut self,
        column: impl Columns,
        give: impl Fn(&Head) -> Result<V> + Send + Sync + 'static,
    ) {
        let give = Arc::new(move |head: &Head| give(head).map(V::into_set));
        self.add(column, &ValueSource::Head(give, V::ty()));
    }

    pub(crate) fn created_at(&mut self, column: impl Columns) {
        self.add(column, &ValueSource::Created);
    }

    pub(crate) fn updated_at(&mut self, column: impl Columns) {
        self.add(column, &ValueSource::Updated);
    }

    pub(crate) fn version(&mut self, column: impl Columns) {
        self.add(column, &ValueSource::Version);
    }

    fn add(&mut self, columns: impl Columns, source: &ValueSource) {
        let names = columns.names().into_iter();
        self.0.extend(names.map(|name| (name, source.clone())));
    }

    /// Finds the columns in the model. Messages about mistakes are appended to `mistakes`.
    pub(crate) fn resolve(&self, model: &Model, mistakes: &mut Vec<String>) -> ServerColumns {
        let mut columns = ServerColumns::default();
        for (name, source) in &self.0 {
            let found = name.find(model).and_then(|column| {
                let is_known = columns.0.iter().any(|(known, _)| *known == column);
                source.check(column, is_known, model).map(|()| column)
            });
            match found {
                Ok(column) => columns.0.push((column, source.clone())),
                Err(words) => {
                    let (model, method) = (model.name(), source.method());
                    mistakes.push(format!("{model}: `.{method}(…)`: {words}"));
                }
            }
        }
        columns
    }
}

/// The columns of a model that the server sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerColumns(Vec<(ColumnNumber, ValueSource)>);

/// The values that the server sets in the new rows of one request.
pub(crate) struct NewRowValues {
    now: Timestamp,
    /// The columns of the first new row, with their values.
    first: Vec<(ColumnNumber, Set)>,
}

impl ServerColumns {
    /// Returns the numbers of the columns.
    pub(crate) fn numbers(&self) -> Vec<ColumnNumber> {
        self.0.iter().map(|(column, _)| *column).collect()
    }

    /// Returns the numbers of the columns that are set in new rows only.
    pub(crate) fn only_new(&self) -> impl Iterator<Item = ColumnNumber> {
        let only_new = self
            .0
            .iter()
            .filter(|(_, source)| !source.is_of_each_change());
        only_new.map(|(column, _)| *column)
    }

    /// Returns the numbers of the columns that are set by each change.
    pub(crate) fn stamps(&self) -> impl Iterator<Item = ColumnNumber> {
        let stamps = self
            .0
            .iter()
            .filter(|(_, source)| source.is_of_each_change());
        stamps.map(|(column, _)| *column)
    }

    /// Returns the numbers of the columns that each change raises by 1.
    pub(crate) fn versions(&self) -> impl Iterator<Item = ColumnNumber> {
        let versions = self
            .0
            .iter()
            .filter(|(_, source)| matches!(source, ValueSource::Version));
        versions.map(|(column, _)| *column)
    }

    /// Returns the values that the server sets in the first new row of a request.
    ///
    /// # Errors
    ///
    /// Any error of a closure, and [`Code::Internal`] when its value does not fit the column.
    pub(crate) fn of_new_rows(&self, model: &Model, head: &Head) -> Result<NewRowValues> {
        let now = Timestamp::now();
        let first = self.of_new_row(model, head, now)?;
        Ok(NewRowValues { now, first })
    }

    /// Sets the columns in each of the new rows of a request. All rows have one time; a closure is called for each row.
    ///
    /// # Errors
    ///
    /// The errors of [`of_new_rows`](Self::of_new_rows).
    pub(crate) fn set_in(
        &self,
        rows: &mut [Changes],
        values: NewRowValues,
        (model, head): (&Model, &Head),
    ) -> Result<()> {
        let mut first = Some(values.first);
        for row in rows {
            let columns = match first.take() {
                Some(first) => first,
                None => self.of_new_row(model, head, values.now)?,
            };
            for (column, set) in columns {
                row.put(column, set);
            }
        }
        Ok(())
    }

    fn of_new_row(
        &self,
        model: &Model,
        head: &Head,
        now: Timestamp,
    ) -> Result<Vec<(ColumnNumber, Set)>> {
        let mut all = Vec::new();
        for (number, source) in &self.0 {
            let Some(column) = model.at(*number) else {
                continue;
            };
            let set = match source {
                ValueSource::Head(give, _) => of_column(column, give(head)?).map_err(|words| {
                    let words = format!("{}: `.set(…)`: {words}", model.name());
                    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
                })?,
                ValueSource::Created | ValueSource::Updated => {
                    column.stamp(now).map_or(Set::Null, Set::To)
                }
                ValueSource::Version => Set::To(Value::Integer(1)),
            };
            all.push((*number, set));
        }
        Ok(all)
    }

    /// Sets the columns of [`ViewSet::updated_at`](crate::ViewSet::updated_at) to the current time, and raises that of
    /// [`ViewSet::version`](crate::ViewSet::version) by 1, in changes of existing rows. Empty changes stay empty.
    pub(crate) fn stamp(&self, model: &Model, changes: &mut Changes) {
        if changes.is_empty() {
            return;
        }
        let now = Timestamp::now();
        for (number, source) in &self.0 {
            let stamp = model.at(*number).and_then(|column| column.stamp(now));
            match (source, stamp) {
                (ValueSource::Updated, Some(stamp)) => changes.put(*number, Set::To(stamp)),
                (ValueSource::Version, _) => changes.put(*number, Set::Next),
                (ValueSource::Updated, None)
                | (ValueSource::Head(..) | ValueSource::Created, _) => {}
            }
        }
    }
}

impl ValueSource {
    const fn is_of_each_change(&self) -> bool {
        match self {
            Self::Updated | Self::Version => true,
            Self::Head(..) | Self::Created => false,
        }
    }

    const fn method(&self) -> &'static str {
        match self {
            Self::Head(..) => "set",
            Self::Created => "created_at",
            Self::Updated => "updated_at",
            Self::Version => "version",
        }
    }

    /// Checks that the server can set a column from this source.
    fn check(&self, number: ColumnNumber, is_known: bool, model: &Model) -> Result<(), String> {
        let Some(column) = model.at(number) else {
            return Ok(());
        };
        let (name, ty) = (column.name(), column.type_name());
        let takes = match self {
            Self::Head(_, Some(given)) => can_be(column, given),
            Self::Head(_, None) => true,
            Self::Created | Self::Updated => column.stamp(Timestamp::now()).is_some(),
            Self::Version => matches!(column.ty, Type::Integer { .. }),
        };
        if column.computed.is_some() {
            return Err(format!("`{name}` is computed, and nothing sets it"));
        }
        if is_known {
            return Err(format!("`{name}` is already set by the server"));
        }
        if column.write_only || column.create_only {
            return Err(format!(
                "clients send `{name}`, since it is `write_only` or `create_only`, so the server cannot set it"
            ));
        }
        if column.hidden && matches!(self, Self::Version) {
            return Err(format!("`{name}` is hidden, but a version is for clients"));
        }
        match (takes, self) {
            (true, _) => Ok(()),
            (false, Self::Head(_, given)) => {
                let given = given.as_ref().map_or("unknown", Type::name);
                Err(format!(
                    "`{name}` is of type {ty}, but the closure gives {given}"
                ))
            }
            (false, Self::Version) => {
                let words = "a version is an integer";
                Err(format!("`{name}` is of type {ty}; {words}"))
            }
            (false, Self::Created | Self::Updated) => {
                let words = "only a timestamp or a date holds the time of a write";
                Err(format!("`{name}` is of type {ty}; {words}"))
            }
        }
    }
}

impl fmt::Debug for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method())
    }
}
