//! Checks that the rows to which written rows refer exist and that the request may see them.

use super::{
    super::violation::NO_SUCH_ROW,
    rows_by_key::{key_of, list},
    unit_of_work::UnitOfWork,
};
use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result},
    operation::{Reference, Retrieve},
};

impl UnitOfWork<'_> {
    /// Checks that the row of each reference exists and that the request may see it. If the request may see all rows
    /// and the database enforces foreign keys, the database makes the check.
    pub(super) async fn refer(&self, references: &[Reference]) -> Result<()> {
        let is_left = references.iter().any(|reference| !reference.is_checked());
        let checks_itself = !is_left || self.transaction.checks_references().await?;
        let coded = references.iter().filter_map(|reference| {
            let code = match (reference.is_checked(), checks_itself) {
                (true, _) => Code::InvalidValue,
                (false, false) => Code::ForeignKey,
                (false, true) => return None,
            };
            Some((reference, code))
        });
        let faults = self.absent(coded).await?;
        Error::of_any(faults)
    }

    /// Returns a fault of a broken foreign key for each reference whose row does not exist.
    pub(super) async fn broken(&self, references: &[Reference]) -> Result<Vec<Fault>> {
        let coded = references
            .iter()
            .map(|reference| (reference, Code::ForeignKey));
        self.absent(coded).await
    }

    /// Returns a fault for each reference whose row does not exist. Each reference comes with the code of its fault.
    async fn absent(
        &self,
        references: impl Iterator<Item = (&Reference, Code)>,
    ) -> Result<Vec<Fault>> {
        let mut faults = Vec::new();
        for (reference, code) in references {
            let mut known = self.found_keys(reference).await?;
            for (row, key) in &reference.keys {
                let exists = match known.iter().find(|(other, _)| other == key) {
                    Some((_, exists)) => *exists,
                    None => {
                        let target = &reference.join.target;
                        let column = target.last_order().first().copied();
                        let row =
                            Retrieve::new(reference.condition(key), column.into_iter().collect());
                        let exists = self.read(target, row).await?.is_some();
                        known.push((key.clone(), exists));
                        exists
                    }
                };
                if !exists {
                    faults.push(no_such_row(reference, code).in_row(*row));
                }
            }
        }
        Ok(faults)
    }

    /// Looks up the rows of a reference by one statement. Returns the keys that are stored exactly as they were sent; a
    /// key that is missing here may still be one that the database takes for equal.
    async fn found_keys(&self, reference: &Reference) -> Result<Vec<(Vec<Value>, bool)>> {
        let mut keys: Vec<_> = Vec::new();
        for (_, key) in &reference.keys {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        if keys.len() < 2 {
            return Ok(Vec::new());
        }
        let (target, there) = (
            &reference.join.target,
            reference.join.there().collect::<Vec<_>>(),
        );
        let mut columns = there.clone();
        columns.sort_unstable();
        columns.dedup();
        let wanted = list(target, &there, &keys, &reference.visible, columns.clone());
        let page = self.read(target, wanted).await?;
        let found = page
            .rows
            .iter()
            .filter_map(|row| key_of(row, &there, &columns));
        Ok(found.map(|key| (key, true)).collect())
    }
}

fn no_such_row(reference: &Reference, code: Code) -> Fault {
    Fault::member(&reference.member, code, NO_SUCH_ROW)
}
