//! Part of a MariaDB server in replication, and how far it has come, by its global transaction ids.

use sqlx::{MySqlConnection, Row as _};

use crate::{
    database::driver::{ServerRole, ServerState},
    read_after::LogPosition,
};

/// A replica is told by `read_only`, as other programs tell it. MySQL has no such ids, and fails.
const STATE: &str = "SELECT @@global.read_only, @@global.gtid_current_pos";

/// Asks the server for its state, on a session that is `is_guarded` from writing or not.
pub(super) async fn of(
    connection: &mut MySqlConnection,
    is_guarded: bool,
) -> Result<ServerState, sqlx::Error> {
    let row = sqlx::raw_sql(STATE).fetch_one(connection).await?;
    let (is_read_only, ids): (bool, String) = (row.try_get(0)?, row.try_get(1)?);
    let role = match is_read_only {
        true => ServerRole::Replica,
        false if is_guarded => ServerRole::ReadOnly,
        false => ServerRole::Primary,
    };
    Ok(ServerState {
        role,
        position: LogPosition::of(ids.split(',').filter_map(stream_of)),
    })
}

/// Returns the domain and the number of a transaction id, such as `0-1-100`: the number counts the transactions of the
/// domain, whichever server ran them.
fn stream_of(id: &str) -> Option<(u32, u64)> {
    let mut parts = id.trim().split('-');
    let (domain, _, number) = (parts.next()?, parts.next()?, parts.next()?);
    Some((domain.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::stream_of;

    #[test]
    fn transaction_ids_are_numbers_of_their_domains() {
        assert_eq!(stream_of("0-1-100"), Some((0, 100)));
        assert_eq!(stream_of(" 7-12-18446744073709551615"), Some((7, u64::MAX)));
        for text in ["", "0-1", "x-1-2", "0-1--2"] {
            assert_eq!(stream_of(text), None, "{text}");
        }
    }
}
