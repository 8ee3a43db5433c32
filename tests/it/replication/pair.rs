//! A primary and a replica of it, of PostgreSQL or MariaDB, each a server of its own on this machine.

use tempfile::TempDir;

use crate::{
    databases::Kind,
    own_server::{OwnServer, folder, is_installed, quick},
};

/// A primary and a replica of it.
pub(crate) struct Pair {
    kind: Kind,
    pub(crate) primary: OwnServer,
    pub(crate) replica: OwnServer,
    _folder: TempDir,
}

/// Returns the settings of a server that may have a replica, or be one.
const fn settings_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Postgres => &["hot_standby_feedback=off"],
        Kind::MySql | Kind::Sqlite => &["--log-bin", "--log-slave-updates"],
    }
}

impl Pair {
    /// Starts a primary with the table of `sql` and a replica of it, with further settings of both and of the replica;
    /// `None` if the server is not installed.
    pub(crate) async fn start(
        kind: Kind,
        sql: &str,
        settings: &[&str],
        of_replica: &[&str],
    ) -> Option<Self> {
        if !is_installed(kind, &format!("on a pair of {kind}")) {
            return None;
        }
        let folder = folder(kind);
        let of_both = [quick(kind), settings_of(kind), settings].concat();
        let mut primary = OwnServer::new(kind, folder.path(), "primary", &of_both);
        let of_replica = [&of_both, of_replica].concat();
        let mut replica = OwnServer::new(kind, folder.path(), "replica", &of_replica);
        primary.initialize();
        match kind {
            Kind::Postgres => {
                primary.start();
                primary.administer(sql).await;
                let (port, data) = (format!("--port={}", primary.port), replica.data());
                let copy = [
                    "--no-sync",
                    "--checkpoint=fast",
                    "--write-recovery-conf",
                    "--username=postgres",
                    "--host=127.0.0.1",
                    &port,
                    "--pgdata",
                    data.to_str().expect("a path"),
                ];
                replica.run("pg_basebackup", &copy);
                replica.start();
            }
            Kind::MySql | Kind::Sqlite => {
                primary.settings.push("--server-id=1".to_owned());
                replica.settings.push("--server-id=2".to_owned());
                replica.settings.push("--read-only=1".to_owned());
                replica.initialize();
                primary.start();
                replica.start();
                let follow = format!(
                    "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = 'root', \
                     MASTER_USE_GTID = slave_pos; START SLAVE",
                    primary.port
                );
                replica.administer(&follow).await;
                primary.make_login().await;
                primary.administer(&format!("USE test; {sql}")).await;
            }
        }
        Some(Self {
            kind,
            primary,
            replica,
            _folder: folder,
        })
    }

    /// Makes the replica a primary.
    pub(crate) async fn promote(&self) {
        let sql = match self.kind {
            Kind::Postgres => "SELECT pg_promote()",
            Kind::MySql | Kind::Sqlite => "STOP SLAVE; SET GLOBAL read_only = 0",
        };
        self.replica.administer(sql).await;
    }

    /// Sets by how many seconds the replica applies the writes of the primary late.
    pub(crate) async fn delay(&self, seconds: u32) {
        match self.kind {
            Kind::Postgres => {
                let set = format!("ALTER SYSTEM SET recovery_min_apply_delay = '{seconds}s'");
                self.replica.administer(&set).await;
                self.replica.administer("SELECT pg_reload_conf()").await;
            }
            Kind::MySql | Kind::Sqlite => {
                let set =
                    format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = {seconds}; START SLAVE");
                self.replica.administer(&set).await;
            }
        }
    }
}
