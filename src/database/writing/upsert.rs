//! Upserts: a new row whose unique key is stored already changes the stored row, or leaves it as it is.

use super::{
    super::violation::conflict,
    attempt::ATTEMPTS,
    locked_row::LockedRow,
    rows_by_key::has_key,
    unit_of_work::{UnitOfWork, outside_scope},
};
use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result},
    model::{Column, ColumnNumber, Model},
    operation::{Changes, Create, Precondition, Retrieve, Set, Upsert},
};

impl UnitOfWork<'_> {
    /// Inserts the rows whose unique key is not stored yet, and merges the others into the stored rows. Returns the
    /// primary keys of all rows, in the order of the body, and the number of rows that were stored already.
    ///
    /// Each row is looked up and locked first. `ON CONFLICT` or `ON DUPLICATE KEY` would also change rows that the
    /// request may not see; on MySQL, they would change a row that agrees in any other unique key.
    pub(super) async fn upsert(
        &self,
        create: &Create,
        rows: &[Changes],
        upsert: &Upsert,
    ) -> Result<(Vec<Vec<Value>>, u64)> {
        let (mut keys, mut existed) = (Vec::with_capacity(rows.len()), 0);
        for (at, row) in rows.iter().enumerate() {
            let unique = row.values(&upsert.key).unwrap_or_default();
            let condition = has_key(&upsert.key, &unique);
            let unconditional = Precondition::default();
            let also = create_only(self.model).chain(row.merged());
            let also = also.chain(self.hooked_by_updates());
            let also = also.chain(create.validators.columns(self.model));
            let found = self.lock(&condition, &unconditional, also).await?;
            keys.push(match found {
                Some(there) => {
                    existed += 1;
                    let merged = self.merge(create, row, (upsert, &there)).await;
                    merged.map_err(|error| error.in_row(create.number(at)))?
                }
                None => self.insert_absent(create, row, at).await?,
            });
        }
        Ok((keys, existed))
    }

    /// Changes the stored row, or leaves it as it is; returns its key after the change. Returns an error if the request
    /// may not see the row.
    async fn merge(
        &self,
        create: &Create,
        row: &Changes,
        (upsert, there): (&Upsert, &LockedRow),
    ) -> Result<Vec<Value>> {
        let (model, key) = (self.model, there.key.as_slice());
        let column = model.primary_key().first().copied();
        let condition = has_key(model.primary_key(), key).and(create.shown.condition.clone());
        let seen = Retrieve::new(condition, column.into_iter().collect());
        if self.read(model, seen).await?.is_none() {
            return Err(outside_scope());
        }
        let mut changes = row.clone();
        for (column, part) in model.primary_key().iter().zip(key) {
            let sent = changes.remove(*column);
            if !upsert.key.contains(column) && sent.is_some_and(|sent| !sent.is(part)) {
                return Err(self.not_that_row(*column));
            }
        }
        for column in create_only(model) {
            let (sent, stored) = (changes.remove(column), there.cell(column).to_value());
            let is_same = match (&sent, &stored) {
                (None, _) | (Some(Set::Null), None) => true,
                (Some(sent), Some(stored)) => sent.is(stored),
                (Some(_), None) => false,
            };
            // Write-only columns are never compared: an error would tell whether a guessed value is the stored one.
            let is_told = model.at(column).is_some_and(|column| !column.write_only);
            if is_told && !is_same {
                return Err(self.not_that_row(column));
            }
        }
        for column in &upsert.only_new {
            changes.remove(*column);
        }
        let is_stamp = |column: ColumnNumber| upsert.stamps.contains(&column);
        if !upsert.merges
            || changes.links.is_empty() && changes.iter().all(|(column, _)| is_stamp(column))
        {
            return Ok(key.to_vec());
        }
        for column in &upsert.versions {
            changes.put(*column, Set::Next);
        }
        let changes = (&changes, &create.validators);
        self.change(there, changes, &[]).await
    }

    /// Returns the error of a new row that differs from the stored row in a column that cannot be changed.
    fn not_that_row(&self, column: ColumnNumber) -> Error {
        let name = self.model.at(column).map_or("", Column::name);
        let detail = format!("`{name}` is not that of the row which is there; leave it out");
        Error::faults(vec![Fault::member(name, Code::ReadOnly, detail)])
    }

    /// Inserts a row that was not found. If another transaction has inserted it since, the unit of work is run again.
    async fn insert_absent(&self, create: &Create, row: &Changes, at: usize) -> Result<Vec<Value>> {
        let inserted = self.insert_new(create, std::slice::from_ref(row), at).await;
        match inserted {
            Ok(mut keys) => Ok(keys.pop().unwrap_or_default()),
            Err(error) if error.code() == Code::Unique && self.attempt + 1 < ATTEMPTS => {
                Err(conflict(error))
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the columns that clients set only when they create a row, and that are not part of its key.
fn create_only(model: &Model) -> impl Iterator<Item = ColumnNumber> {
    let key = model.primary_key();
    let columns = model.numbered().filter(|(_, column)| column.create_only);
    columns
        .map(|(number, _)| number)
        .filter(|number| !key.contains(number))
}
