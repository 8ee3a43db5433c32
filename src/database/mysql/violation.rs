//! Which constraint of MySQL or MariaDB a written row breaks.

use sqlx::{MySqlPool, error::DatabaseError};

use super::{
    super::{
        driver::DriverFuture,
        failure::failed,
        violation::{Violation, ViolationKind},
    },
    codes::number_of,
};

/// Returns the violation of a constraint that an error reports; `None` if it reports another failure:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
pub(super) fn violation(error: &dyn DatabaseError) -> Option<Violation> {
    let kind = match number_of(error) {
        1062 | 1169 | 1557 | 1586 | 1761 | 1762 => ViolationKind::Unique,
        1216 | 1452 => ViolationKind::ForeignKey,
        1217 | 1451 => ViolationKind::Referred,
        1048 | 1364 => ViolationKind::NotNull,
        // A `CHECK` constraint, and a trigger that runs `SIGNAL`.
        3819 | 4025 | 1644 => ViolationKind::Check,
        // A text that is too long, or a value that is out of range, of no such form, or outside the character set.
        1264 | 1265 | 1292 | 1366 | 1406 | 1690 | 3140 => ViolationKind::Value,
        _ => return None,
    };
    let message = error.message();
    let mut violation = Violation::new(kind, message);
    match kind {
        // `for key 'name'`, or `for key 'table.name'`
        ViolationKind::Unique => {
            // The text before `for key` has the client's value, so the last `for key` is sought.
            let name = message.rsplit_once(" for key '");
            let name = name.and_then(|(_, name)| name.strip_suffix('\''));
            let name = name.map(|name| name.rsplit_once('.').map_or(name, |(_, name)| name));
            violation.constraint = name.map(str::to_owned);
        }
        ViolationKind::ForeignKey => {
            let names = between(message, "FOREIGN KEY (", ")").unwrap_or_default();
            let names = names
                .split(", ")
                .map(|name| name.trim_matches('`').replace("``", "`"));
            violation.columns = names.filter(|name| !name.is_empty()).collect();
            // `fails (`database`.`table`, CONSTRAINT …`
            let table = between(message, "`.`", "`, CONSTRAINT");
            violation.table = table.map(|table| table.replace("``", "`"));
        }
        ViolationKind::NotNull => {
            let name =
                between(message, "Column '", "'").or_else(|| between(message, "Field '", "'"));
            violation.columns.extend(name.map(str::to_owned));
        }
        ViolationKind::Value => {
            // The text before `column` has the client's value, so the last `column` is sought.
            let name = message.rsplit_once(" column ").and_then(|(_, after)| {
                let quoted = after.split(" at row").next()?;
                quoted.rsplit('.').next()
            });
            let name = name.map(|name| name.trim_matches(['`', '\'']));
            violation.columns.extend(name.map(str::to_owned));
        }
        ViolationKind::Check | ViolationKind::Referred => {}
    }
    Some(violation)
}

/// Returns the text of `message` between the first `before` and the next `after`.
fn between<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

/// Reads the names, in the table, of the columns of a unique index.
pub(super) fn constrained<'a>(
    pool: &'a MySqlPool,
    (_, table): (Option<&'a str>, &'a str),
    constraint: &'a str,
) -> DriverFuture<'a, Vec<String>> {
    const SQL: &str = "SELECT CAST(column_name AS CHAR) FROM information_schema.statistics \
        WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ? AND column_name IS NOT NULL \
        ORDER BY seq_in_index";
    Box::pin(async move {
        let columns = sqlx::query_scalar(SQL).bind(table).bind(constraint);
        columns.fetch_all(pool).await.map_err(failed)
    })
}
