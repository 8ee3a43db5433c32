//! Clusters of MariaDB or MySQL with Galera, each of whose servers takes writes and applies those of the others a moment
//! later.

use sqlx::{Error, MySqlConnection, Row as _};

use crate::database::{server::ManualCommit, url::take_out};

const NAME: &str = "wsrep-sync-wait";

/// Removes `wsrep-sync-wait` from a URL. Returns the URL, and the statement by which a session waits before it reads, or
/// writes, until its server has applied what the others had committed by then:
/// <https://mariadb.com/docs/galera-cluster/reference/galera-cluster-system-variables#wsrep_sync_wait>.
///
/// # Errors
///
/// When the value is no number from 0 to 15.
pub(super) fn sync_wait(url: &str) -> Result<(String, Option<String>), Error> {
    let (url, value) = take_out(url, NAME);
    let Some(value) = value else {
        return Ok((url, None));
    };
    match value.parse() {
        Ok(bits @ 0..=15_u8) => Ok((url, Some(format!("SET SESSION wsrep_sync_wait = {bits}")))),
        Ok(_) | Err(_) => {
            let words = format!(
                "`{NAME}` is `{value}`; it must be a number from 0 to 15, such as 1, by which readings wait"
            );
            Err(Error::Configuration(words.into()))
        }
    }
}

/// Returns the settings for transactions on a server of a cluster; `None` on any other server.
///
/// A cluster ends a transaction that is in the way of another server's. If that comes while a statement is prepared,
/// MariaDB (10.11.19, measured) does not say so, and each statement that follows would commit itself. Their bug tracker
/// knows that preparing is vulnerable: <https://github.com/mariadb-corporation/mysql-wsrep/issues/377>.
pub(super) async fn manual_commit(
    connection: &mut MySqlConnection,
) -> Result<Option<ManualCommit>, Error> {
    // Servers that belong to no cluster need not know the variable.
    let asked = sqlx::raw_sql("SHOW SESSION VARIABLES LIKE 'wsrep_on'");
    let row = asked.fetch_optional(connection).await?;
    let setting: Option<String> = row.map(|row| row.try_get(1)).transpose()?;
    let is_in_cluster = setting.is_some_and(|setting| matches!(&*setting, "ON" | "1"));
    Ok(is_in_cluster.then_some(ManualCommit {
        begin: "SET autocommit = 0, @tower_rest = WSREP_LAST_WRITTEN_GTID()",
        end: "SET autocommit = 1",
    }))
}

/// Whether the session has committed a write since a transaction with these settings began:
/// <https://mariadb.com/docs/server/reference/sql-functions/secondary-functions/galera-functions/wsrep_last_written_gtid>.
pub(super) async fn has_committed(connection: &mut MySqlConnection) -> Result<bool, Error> {
    let asked = sqlx::raw_sql("SELECT NOT (@tower_rest <=> WSREP_LAST_WRITTEN_GTID())");
    asked.fetch_one(connection).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::sync_wait;

    #[test]
    fn what_sessions_wait_for_is_taken_out_of_a_url() {
        let (url, statement) = sync_wait("mysql://db/cars?wsrep-sync-wait=7&a=b").expect("a URL");
        assert_eq!(url, "mysql://db/cars?a=b");
        assert_eq!(
            statement.as_deref(),
            Some("SET SESSION wsrep_sync_wait = 7")
        );
        assert_eq!(
            sync_wait("mysql://db/cars").expect("a URL"),
            ("mysql://db/cars".to_owned(), None)
        );
        for value in ["", "on", "16", "-1", "1;"] {
            let refused = sync_wait(&format!("mysql://db/cars?wsrep-sync-wait={value}"));
            let words = refused.expect_err(value).to_string();
            assert!(words.contains("from 0 to 15"), "{value}: {words}");
        }
    }
}
