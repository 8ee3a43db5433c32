//! Storing the answer to a request with an idempotency key, in the transaction of its write.

use super::{super::violation::ViolationKind, unit_of_work::UnitOfWork};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    idempotency::{self, Keeping, KeptAnswer, KeyedRequest},
    operation::Outcome,
    statement::Statement,
};

impl UnitOfWork<'_> {
    /// Builds the answer from the outcome and inserts it into the table of kept answers. Returns the outcome and the
    /// answer; the answer is `None` if it is not to be stored.
    pub(super) async fn keep(
        &self,
        keeping: Option<&Keeping>,
        outcome: Outcome,
    ) -> Result<(Outcome, Option<KeptAnswer>)> {
        let Some(keeping) = keeping else {
            return Ok((outcome, None));
        };
        let Some(kept) = keeping.answer(&outcome)? else {
            return Ok((outcome, None));
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
            None => Ok((outcome, Some(kept))),
            // Another process has just stored an answer for this key.
            Some(violation) if violation.kind == ViolationKind::Unique => {
                Err(KeyedRequest::in_progress())
            }
            Some(violation) => {
                Err(Error::new(Code::Internal, SERVER_FAILED).with_source(violation.source))
            }
        }
    }
}
