//! Part of a PostgreSQL server in streaming replication, and how far it has come.

use sqlx::{PgConnection, Row as _};

use crate::{
    database::driver::{ServerRole, ServerState},
    read_after::LogPosition,
};

/// The place in the log is the end of the last record: written by a primary, or applied by a standby, which then shows
/// what it says. A setting of the login, or of this connection, may forbid writes on a primary, too.
const STATE: &str = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', \
    (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text";

/// Asks the server for its state, by a statement that is not prepared, since a pooler may be before it.
pub(super) async fn of(connection: &mut PgConnection) -> Result<ServerState, sqlx::Error> {
    let row = sqlx::raw_sql(STATE).fetch_one(connection).await?;
    let role = match (row.try_get(0)?, row.try_get(1)?) {
        (true, _) => ServerRole::Replica,
        (false, true) => ServerRole::ReadOnly,
        (false, false) => ServerRole::Primary,
    };
    let place: Option<String> = row.try_get(2)?;
    let number = place.as_deref().and_then(number_of);
    Ok(ServerState {
        role,
        position: LogPosition::of(number.map(|number| (0, number))),
    })
}

/// Returns the number of a place in the log, such as `16/B374D848`.
fn number_of(place: &str) -> Option<u64> {
    let (high, low) = place.split_once('/')?;
    let high = u32::from_str_radix(high, 16).ok()?;
    let low = u32::from_str_radix(low, 16).ok()?;
    Some(u64::from(high) << 32 | u64::from(low))
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn places_in_the_log_are_numbers() {
        assert_eq!(number_of("16/B374D848"), Some(0x16_B374_D848));
        assert_eq!(number_of("0/0"), Some(0));
        for text in ["", "16", "16/", "g/0", "1/100000000"] {
            assert_eq!(number_of(text), None, "{text}");
        }
    }
}
