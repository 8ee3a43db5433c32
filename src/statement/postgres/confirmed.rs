//! The conditions that PostgreSQL confirms of a row before a statement returns and commits it.

use sea_query::{Expr, PostgresQueryBuilder, Query, UpdateStatement};

use super::super::{dialect::Confirms, source::Source};

/// The condition on the row `c` of `pg_class` that no rule, trigger or partition can change rows of the table after
/// they are returned. The triggers of foreign keys that only check are allowed; those that change referring rows are
/// given by the numbers of their functions, `RI_FKey_cascade_upd`, `RI_FKey_setnull_upd` and `RI_FKey_setdefault_upd`.
pub(crate) const IS_PLAIN: &str = "c.relkind = 'r' AND NOT c.relhassubclass AND NOT c.relhasrules \
    AND (NOT c.relhastriggers OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid \
    AND (NOT t.tgisinternal OR t.tgfoid IN (1647, 1651, 1653))))";

/// Confirms by the clause `RETURNING`.
pub(super) struct PostgresConfirms;

impl Confirms for PostgresConfirms {
    /// Another row, a table that is not plain, and a snapshot that may be older than the table's triggers divide by zero.
    fn confirmed(&self, check: Expr, source: Source<'_>) -> Expr {
        let expression = format!(
            "CAST(1 AS bigint) / CASE WHEN ($1) AND (SELECT {IS_PLAIN} FROM pg_catalog.pg_class c \
            WHERE c.oid = CAST($2 AS regclass)) AND current_setting('transaction_isolation') = 'read committed' \
            THEN 1 ELSE 0 END"
        );
        let table = Expr::Constant(source.quoted_name().into());
        Expr::cust_with_exprs(expression, [check, table])
    }

    /// A table with triggers is not plain.
    fn checks_related_of_many(&self) -> bool {
        true
    }

    fn update(
        &self,
        mut update: UpdateStatement,
        check: Expr,
        source: Source<'_>,
        mut shown: Vec<Expr>,
    ) -> String {
        shown.insert(0, self.confirmed(check, source));
        update.returning(Query::returning().exprs(shown));
        update.build(PostgresQueryBuilder).0
    }

    fn size(&self, value: Expr) -> Expr {
        Expr::cust_with_expr("COALESCE(octet_length(CAST($1 AS text)), 0)", value)
    }
}
