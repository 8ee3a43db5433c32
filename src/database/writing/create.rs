//! Inserting rows.

use std::borrow::Cow;

use super::{
    super::{
        fetched::Written,
        new_key::{inserted_key, renumbered, unknown_key, unnamed},
        violation::in_batch,
    },
    unit_of_work::UnitOfWork,
};
use crate::{
    cell::Value,
    error::{Error, Result},
    operation::{Changes, Create, Page, Parent, Retrieve, Set},
    statement::{Insert, Statement},
};

impl UnitOfWork<'_> {
    /// Inserts rows and reads them back, with the values that the database gave them.
    pub(super) async fn create(&self, create: &Create) -> Result<Page> {
        let rows = self.with_parent(create).await?;
        self.refer(&create.references).await?;
        let (keys, existed) = match &create.upsert {
            Some(upsert) => self.upsert(create, &rows, upsert).await?,
            None => (self.insert_new(create, &rows, 0).await?, 0),
        };
        let page = self.show_all(&create.shown, &keys).await?;
        Ok(Page { existed, ..page })
    }

    /// Inserts rows, then their pairs in junctions and their nested rows, and runs their hooks; returns their primary
    /// keys. `offset` is the position of the first row in the body's array.
    pub(super) async fn insert_new(
        &self,
        create: &Create,
        rows: &[Changes],
        offset: usize,
    ) -> Result<Vec<Vec<Value>>> {
        let rows = self
            .before_create(create, Cow::Borrowed(rows), offset)
            .await?;
        create.validate(&rows, offset)?;
        let keys = self.insert(create, &rows, offset).await?;
        for (at, (key, changes)) in keys.iter().zip(&*rows).enumerate() {
            let written = self.write_nested(key, changes).await;
            written.map_err(|error| error.in_row(create.number(offset + at)))?;
        }
        self.after_create(create, (&rows, &keys), offset).await?;
        Ok(keys)
    }

    /// Inserts rows; returns their primary keys, in the order of the rows. `offset` is the position of the first row in
    /// the body's array.
    async fn insert(
        &self,
        create: &Create,
        rows: &[Changes],
        offset: usize,
    ) -> Result<Vec<Vec<Value>>> {
        let unknown = |row: &Changes| unknown_key(self.model, row);
        let dialect = self.database.dialect();
        let inserts = Statement::inserts(self.model, rows, unknown, self.singly, dialect);
        let statements = inserts.iter().map(|insert| insert.statement.clone());
        let (written, broken) = self
            .transaction
            .write(statements.collect(), self.time_limit)
            .await?;
        if let Some(violation) = broken {
            let before = inserts.iter().take(written.len());
            let first = offset + before.map(|insert| insert.rows).sum::<usize>();
            let is_one = inserts
                .get(written.len())
                .is_some_and(|insert| insert.rows == 1);
            if !is_one {
                return Err(in_batch(violation));
            }
            let references = create.references_of(first);
            let error = self.violated(violation, &references).await?;
            return Err(error.in_row(create.number(first)));
        }
        let (mut keys, mut left) = (Vec::with_capacity(rows.len()), (offset..).zip(rows));
        for (insert, written) in inserts.iter().zip(&written) {
            for (at, (row, changes)) in left.by_ref().take(insert.rows).enumerate() {
                let key = self.new_key(insert, changes, (written, at));
                keys.push(key.map_err(|error| error.in_row(create.number(row)))?);
            }
        }
        Ok(keys)
    }

    /// Returns the primary key of the row at position `at` among those that one statement inserted.
    fn new_key(
        &self,
        insert: &Insert,
        changes: &Changes,
        (written, at): (&Written, usize),
    ) -> Result<Vec<Value>> {
        let (model, unknown) = (self.model, &insert.unknown);
        let key = inserted_key(model, changes, unknown, (written, at));
        let key = key.ok_or_else(|| unnamed(model, unknown))?;
        match renumbered(model, &key, unknown, written) {
            Some(fault) => Err(Error::faults(vec![fault])),
            None => Ok(key),
        }
    }

    /// Reads the parent row, such as car 1 for `/cars/1/parts/`. Returns the values of each new row, completed by the
    /// columns that are copied from the parent.
    async fn with_parent(&self, create: &Create) -> Result<Vec<Changes>> {
        let mut rows = create.rows.clone();
        let Some(Parent { model, condition }) = &create.parent else {
            return Ok(rows);
        };
        let inherited = create.inherited.iter().map(|(_, there)| *there);
        let mut columns: Vec<_> = inherited.chain(model.key().iter().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        let parent = Retrieve::new(condition.clone(), columns.clone());
        let parent = self.read(model, parent).await?;
        let parent = parent.ok_or_else(Error::no_such_object)?;
        for (here, there) in &create.inherited {
            let value = parent.value(*there, &columns);
            let set = value.map_or(Set::Null, Set::To);
            rows.iter_mut().for_each(|row| row.put(*here, set.clone()));
        }
        Ok(rows)
    }
}
