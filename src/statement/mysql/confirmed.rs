//! The conditions that MariaDB confirms of a row before a statement shows and commits it.

use sea_query::{Expr, MysqlQueryBuilder, Query, UpdateStatement};

use super::super::{dialect::Confirms, source::Source};

/// Confirms new rows by the clause `RETURNING`, and changed ones, for which MariaDB has no such clause, by a whole
/// transaction in one statement.
pub(super) struct MariaDbConfirms;

impl Confirms for MariaDbConfirms {
    /// For another row the number is out of range, which is an error; also if the session leaves the commit to others.
    fn confirmed(&self, check: Expr, _: Source<'_>) -> Expr {
        Expr::cust_with_expr(
            "CAST(EXP(IF((?) AND @@autocommit, 0, 1000)) AS SIGNED)",
            check,
        )
    }

    /// The check of a row is evaluated after the triggers of that row, and before those of the next.
    fn checks_related_of_many(&self) -> bool {
        false
    }

    /// The row is committed if exactly one was changed and can be read as it must be.
    fn update(
        &self,
        update: UpdateStatement,
        check: Expr,
        source: Source<'_>,
        shown: Vec<Expr>,
    ) -> String {
        let mut select = Query::select();
        select.expr(Expr::cust("1")).exprs(shown);
        select.from(source.table()).and_where(check);
        select.and_where(Expr::cust("ROW_COUNT() = 1"));
        let update = update.build(MysqlQueryBuilder).0;
        let select = select.build(MysqlQueryBuilder).0;
        format!(
            "BEGIN NOT ATOMIC START TRANSACTION; {update}; {select}; \
            IF FOUND_ROWS() = 1 THEN COMMIT; ELSE ROLLBACK; END IF; END"
        )
    }

    fn size(&self, value: Expr) -> Expr {
        Expr::cust_with_expr("COALESCE(OCTET_LENGTH(?), 0)", value)
    }
}
