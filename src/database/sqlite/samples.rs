//! In which form a column keeps its days, times, moments and UUIDs: its first values tell, since SQLite does not.

use sqlx::SqliteConnection;

use super::{
    super::{failure::unread, trusted},
    decode,
    reflect::quoted,
};
use crate::{
    catalog::{Catalog, Table},
    cell::{Tape, Type},
    error::Result,
    model::{Column, TimestampFormat, UuidFormat},
};

/// How many rows are looked at, and columns in one statement.
const ROWS: usize = 100;
const AT_ONCE: usize = 200;

/// A value: the number of its column, its class, how long it is, and the text it is.
type Sample = (i64, String, i64, Option<String>);

/// Looks at the first value of each such column, and says of the column what that is.
///
/// A view is looked at by itself, since its rows may fail; then it is left out.
pub(super) async fn look(connection: &mut SqliteConnection, catalog: &mut Catalog) -> Result<()> {
    let selects = |table: &Table| {
        let columns = (0..table.columns.len()).zip(&table.columns);
        let unclear = columns.filter(|(_, column)| is_unclear(&column.ty));
        unclear
            .map(|(at, column)| select(at, table, column))
            .collect::<Vec<_>>()
    };
    let mut failing = Vec::new();
    for (number, table) in catalog.tables.iter_mut().enumerate() {
        for selects in selects(table).chunks(AT_ONCE) {
            let sql = selects.join(" UNION ALL ");
            let found: Result<Vec<Sample>, _> = sqlx::query_as(trusted(sql.into()))
                .fetch_all(&mut *connection)
                .await;
            match found {
                Ok(found) => found.iter().for_each(|sample| apply(table, sample)),
                Err(sqlx::Error::Database(error)) if table.is_view => {
                    failing.push((number, error.message().to_owned()));
                    break;
                }
                Err(error) => return Err(unread(error)),
            }
        }
    }
    for (number, words) in failing.into_iter().rev() {
        let table = catalog.tables.remove(number);
        let reason = format!("a view that cannot be read: {words}");
        catalog.left_out.push((table.name, reason));
    }
    Ok(())
}

fn is_unclear(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Date | Type::Time | Type::Timestamp | Type::ZonedTimestamp | Type::Uuid
    )
}

fn select(at: usize, table: &Table, column: &Column) -> String {
    let (table, column) = (quoted(&table.name), quoted(&column.sql));
    format!(
        "SELECT {at}, typeof(v), length(v), CASE typeof(v) WHEN 'text' THEN v END FROM \
         (SELECT v FROM (SELECT {column} AS v FROM {table} LIMIT {ROWS}) WHERE v IS NOT NULL LIMIT 1)"
    )
}

fn apply(table: &mut Table, (at, class, length, text): &Sample) {
    let column = usize::try_from(*at)
        .ok()
        .and_then(|at| table.columns.get_mut(at));
    let Some(column) = column else {
        return;
    };
    match (class.as_str(), text) {
        ("integer", _) => {
            column.ty = Type::Integer {
                bits: 64,
                signed: true,
            };
        }
        ("real", _) => column.ty = Type::Float,
        ("blob", _) if column.ty == Type::Uuid && *length == 16 => {
            column.storage.uuid = Some(UuidFormat::Bytes);
        }
        ("blob", _) => column.ty = Type::Bytes,
        (_, Some(text)) => as_text(column, text),
        _ => {}
    }
}

/// The first form that the text is in; a text, if it is in none.
fn as_text(column: &mut Column, text: &str) {
    let formats = [
        TimestampFormat::Space,
        TimestampFormat::T,
        TimestampFormat::Offset,
        TimestampFormat::Millis,
    ];
    for format in formats {
        column.storage.timestamp = format;
        let stored = rusqlite::types::ValueRef::Text(text.as_bytes());
        if decode::cell(stored, column, &mut Tape::new(1)) {
            return;
        }
    }
    column.storage.timestamp = TimestampFormat::default();
    column.ty = Type::Text;
}
