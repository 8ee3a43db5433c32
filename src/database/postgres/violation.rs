//! Which constraint of PostgreSQL a written row breaks.

use sqlx::{PgPool, Row as _, error::DatabaseError, postgres::PgDatabaseError};

use super::super::{
    driver::DriverFuture,
    failure::failed,
    sql::trusted,
    violation::{Violation, ViolationKind},
};

/// Returns the violation of a constraint that an error reports; `None` if it reports another failure:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>, classes 23 and 22.
pub(super) fn violation(error: &dyn DatabaseError) -> Option<Violation> {
    let error = error.try_downcast_ref::<PgDatabaseError>()?;
    let kind = match error.code() {
        "23505" | "23P01" => ViolationKind::Unique,
        "23503"
            if error
                .detail()
                .is_some_and(|detail| detail.contains(" is still referenced from table ")) =>
        {
            ViolationKind::Referred
        }
        "23503" => ViolationKind::ForeignKey,
        "23001" => ViolationKind::Referred,
        "23502" => ViolationKind::NotNull,
        // A `CHECK` constraint, the `WITH CHECK OPTION` of a view, and a trigger that runs `RAISE`.
        "23514" | "44000" | "P0001" => ViolationKind::Check,
        // A text that is too long, or a value that is out of range or of no such form.
        "22001" | "22003" | "22007" | "22008" | "22021" | "22P02" | "22P05" => ViolationKind::Value,
        _ => return None,
    };
    let mut violation = Violation::new(kind, error.message());
    violation.columns.extend(error.column().map(str::to_owned));
    violation.table = error.table().map(str::to_owned);
    violation.constraint = error.constraint().map(str::to_owned);
    Some(violation)
}

/// Reads the names, in the table, of the columns of a constraint or index; none if an index has only expressions.
pub(super) fn constrained<'a>(
    pool: &'a PgPool,
    (schema, table): (Option<&'a str>, &'a str),
    constraint: &'a str,
) -> DriverFuture<'a, Vec<String>> {
    // One message, since a pooler may lend the session for no more than that.
    let schema = schema.map_or_else(|| "NULL".to_owned(), literal);
    let (table, constraint) = (literal(table), literal(constraint));
    let sql = format!(
        "SELECT a.attname::text FROM pg_attribute a \
        JOIN pg_class t ON t.oid = a.attrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
        WHERE t.relname = {table} AND ({schema}::text IS NULL OR n.nspname = {schema}) AND a.attnum > 0 AND (\
        EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conrelid = t.oid AND c.conname = {constraint} \
            AND a.attnum = ANY(c.conkey)) \
        OR EXISTS (SELECT 1 FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid \
            WHERE i.indrelid = t.oid AND x.relname = {constraint} AND a.attnum = ANY(i.indkey))) \
        ORDER BY a.attnum"
    );
    Box::pin(async move {
        let columns = sqlx::raw_sql(trusted(sql.into())).fetch_all(pool).await;
        let columns = columns.map_err(failed)?.into_iter();
        let names = columns.map(|row| row.try_get(0)).collect::<Result<_, _>>();
        names.map_err(failed)
    })
}

/// Returns a text as a literal of SQL, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
