//! Inserting a row.

use super::{
    super::new_key::{inserted_key, renumbered, unnamed},
    unit_of_work::UnitOfWork,
};
use crate::{
    error::{Error, Result},
    operation::{Changes, Create, Object, Parent, Retrieve, Set},
    statement::Statement,
};

impl UnitOfWork<'_> {
    /// Inserts a row and reads it again.
    pub(super) async fn create(&self, create: &Create) -> Result<Object> {
        let model = self.model;
        let changes = self.with_parent(create).await?;
        self.refer(&create.references).await?;
        let unknown: Vec<_> = (model.primary_key().iter().copied())
            .filter(|column| changes.values(&[*column]).is_none())
            .collect();
        let insert = Statement::insert(model, &changes, &unknown, self.database.dialect());
        let written = self.write(insert, &create.references).await?;
        let key = inserted_key(model, &changes, &unknown, &written);
        let key = key.ok_or_else(|| unnamed(model, &unknown))?;
        match renumbered(model, &key, &unknown, &written) {
            Some(fault) => Err(Error::faults(vec![fault])),
            None => self.show(&create.shown, &key).await,
        }
    }

    /// Reads the parent row, car 1 in `/cars/1/parts/`; returns the changes with the columns that copy its values.
    async fn with_parent(&self, create: &Create) -> Result<Changes> {
        let mut changes = create.changes.clone();
        let Some(Parent { model, condition }) = &create.parent else {
            return Ok(changes);
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
            changes.set(*here, value.map_or(Set::Null, Set::To));
        }
        Ok(changes)
    }
}
