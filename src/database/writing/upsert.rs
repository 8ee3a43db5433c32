//! Inserting rows or, where a row has the same unique key, changing that one or leaving it as it is.

use std::borrow::Cow;

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
    operation::{Changes, Create, Precondition, Retrieve, Set, Upsert},
};

impl UnitOfWork<'_> {
    /// Inserts rows, except those whose unique key a row has already; returns the primary keys of all of them, in their
    /// order, and the number of rows that were there.
    ///
    /// A row is looked up and locked first. `ON CONFLICT` or `ON DUPLICATE KEY` would also touch a row that the request
    /// may not see, and on MySQL one that has the value of any other unique key.
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
            let (unconditional, also) = (Precondition::default(), self.hooked_by_updates());
            let found = self.lock(&condition, &unconditional, also).await?;
            keys.push(match found {
                Some(there) => {
                    existed += 1;
                    let merged = self.merge(create, row, (upsert, &there)).await;
                    merged.map_err(|error| error.in_row(create.number(at)))?
                }
                None => self.insert_new(create, row, at).await?,
            });
        }
        Ok((keys, existed))
    }

    /// Changes the row that is there, or leaves it as it is; returns its key afterwards. It must be one that the request
    /// may see.
    async fn merge(
        &self,
        create: &Create,
        row: &Changes,
        (upsert, there): (&Upsert, &LockedRow),
    ) -> Result<Vec<Value>> {
        let (model, key) = (self.model, &there.key);
        let column = model.primary_key().first().copied();
        let condition = has_key(model.primary_key(), key).and(create.shown.condition.clone());
        let seen = Retrieve::new(condition, column.into_iter().collect());
        if self.read(model, seen).await?.is_none() {
            return Err(outside_scope());
        }
        let mut changes = row.clone();
        for (column, part) in model.primary_key().iter().zip(key) {
            let sent = changes.remove(*column);
            let differs = !upsert.key.contains(column)
                && sent.is_some_and(|sent| sent != Set::To(part.clone()));
            if let (true, Some(column)) = (differs, model.at(*column)) {
                let name = column.name();
                let detail =
                    format!("`{name}` is not that of the row which is there; leave it out");
                return Err(Error::faults(vec![Fault::member(
                    name,
                    Code::ReadOnly,
                    detail,
                )]));
            }
        }
        for (column, set) in &upsert.by_server {
            changes.remove(*column);
            if let Some(set) = set {
                changes.put(*column, set.clone());
            }
        }
        match upsert.merges {
            true => self.change(there, Cow::Owned(changes), &[]).await,
            false => Ok(key.clone()),
        }
    }

    /// Inserts a row that was not there. If another transaction has inserted one since, the unit of work is run again.
    async fn insert_new(&self, create: &Create, row: &Changes, at: usize) -> Result<Vec<Value>> {
        let row = Cow::Borrowed(std::slice::from_ref(row));
        let row = self.before_create(create, row, at).await?;
        match self.insert(create, &row, at).await {
            Ok(mut keys) => {
                self.after_create(create, (&row, &keys), at).await?;
                Ok(keys.pop().unwrap_or_default())
            }
            Err(error) if error.code() == Code::Unique && self.attempt + 1 < ATTEMPTS => {
                Err(conflict(error))
            }
            Err(error) => Err(error),
        }
    }
}
