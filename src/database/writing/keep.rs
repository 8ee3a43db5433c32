//! Keeping the answer to a request in the transaction of its write.

use super::{super::violation::ViolationKind, unit_of_work::UnitOfWork};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    idempotency::{self, Keeping, KeptAnswer, KeyedRequest},
    operation::{Outcome, Reference},
    statement::Statement,
};

impl UnitOfWork<'_> {
    /// Commits the transaction, with the answer that the outcome leads to, if it is to be kept.
    pub(super) async fn commit_and_keep(
        &self,
        keeping: Option<&Keeping>,
        outcome: &Outcome,
        references: &[Reference],
    ) -> Result<()> {
        let Some(keeping) = keeping else {
            return self.commit(references).await;
        };
        let kept = match self.keep(keeping, outcome).await {
            Ok(kept) => kept,
            Err(error) => {
                self.transaction.roll_back().await;
                return Err(error);
            }
        };
        self.commit(references).await?;
        if let Some(kept) = kept {
            keeping.committed(kept);
        }
        Ok(())
    }

    /// Inserts the row that keeps the answer; returns the answer, or `None` if it is not to be kept.
    async fn keep(&self, keeping: &Keeping, outcome: &Outcome) -> Result<Option<KeptAnswer>> {
        let Some(kept) = keeping.answer(outcome)? else {
            return Ok(None);
        };
        let (keyed, dialect) = (keeping.keyed(), self.database.dialect());
        let mut statements = Vec::new();
        if keyed.replaces() {
            let before = idempotency::has_id([keyed.id().to_owned()]).and(idempotency::expired());
            statements.push(Statement::delete(idempotency::model(), &before, dialect));
        }
        let row = [idempotency::row(keyed, &kept)];
        let inserts = Statement::inserts(idempotency::model(), &row, |_| Vec::new(), true, dialect);
        statements.extend(inserts.into_iter().map(|insert| insert.statement));
        let (_, broken) = self.transaction.write(statements, self.time_limit).await?;
        match broken {
            None => Ok(Some(kept)),
            // Another process was quicker with the same key.
            Some(violation) if violation.kind == ViolationKind::Unique => {
                Err(KeyedRequest::in_progress())
            }
            Some(violation) => {
                Err(Error::new(Code::Internal, SERVER_FAILED).with_source(violation.source))
            }
        }
    }
}
