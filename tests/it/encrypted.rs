//! Connections to servers over TLS: what the URL asks for is what is done.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    path::Path,
    process::Command,
};

use tower_rest::{Database, Result, Router, Schema};

use crate::{
    databases::{Kind, skipped},
    own_server::{OwnServer, folder, is_installed, quick},
    server::ask,
};

/// Makes an authority, and a certificate by it for 127.0.0.1, in files that the owner of the folder may read; `None` if
/// OpenSSL is not installed.
fn make_certificates(folder: &Path) -> Option<()> {
    let request = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2";
    let authority = format!("{request} -subj /CN=authority -keyout ca.key -out ca.pem");
    let server = format!(
        "{request} -CA ca.pem -CAkey ca.key -subj /CN=server -keyout server.key -out server.pem \
         -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1"
    );
    for arguments in [authority, server] {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(folder);
        let done = command.output().ok()?;
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
    }
    let owner = fs::metadata(folder).expect("a folder");
    for file in ["ca.pem", "server.pem", "server.key"] {
        let owned = chown(folder.join(file), Some(owner.uid()), Some(owner.gid()));
        owned.expect("a file of the server's user");
    }
    Some(())
}

/// Returns the settings of a server that has the certificate of a folder.
fn settings(kind: Kind, folder: &Path) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (file("server.pem"), file("server.key"));
    match kind {
        Kind::Postgres => vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={certificate}"),
            format!("ssl_key_file={key}"),
        ],
        Kind::MySql | Kind::Sqlite => vec![
            format!("--ssl-cert={certificate}"),
            format!("--ssl-key={key}"),
        ],
    }
}

async fn is_encrypted(db: &Database) -> bool {
    if let Some(pool) = db.postgres_pool() {
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        return sqlx::query_scalar(sql)
            .fetch_one(pool)
            .await
            .expect("a state");
    }
    let sql = "SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'";
    let pool = db.mysql_pool().expect("a pool");
    sqlx::query_scalar(sql)
        .fetch_one(pool)
        .await
        .expect("a state")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_asks_for_an_encrypted_connection_and_for_a_certificate_that_is_known() {
    for kind in [Kind::Postgres, Kind::MySql] {
        if !is_installed(kind, &format!("over TLS to {kind}")) {
            continue;
        }
        let folder = folder(kind);
        if make_certificates(folder.path()).is_none() {
            return skipped("over TLS", "there is no openssl");
        }
        let own = settings(kind, folder.path());
        let own = own.iter().map(String::as_str);
        let settings: Vec<_> = quick(kind).iter().copied().chain(own).collect();
        let mut server = OwnServer::new(kind, folder.path(), "server", &settings);
        server.initialize();
        server.start();
        server.make_login().await;
        let table = "CREATE TABLE cars (id bigint PRIMARY KEY, make text); INSERT INTO cars VALUES (1, 'Fiat')";
        let made = server.connect().await.execute_script(table).await;
        made.expect("a table");

        let url = server.url();
        let [off, on, checked, authority] = match kind {
            Kind::Postgres => [
                "sslmode=disable",
                "sslmode=require",
                "sslmode=verify-full",
                "sslrootcert",
            ],
            Kind::MySql | Kind::Sqlite => [
                "ssl-mode=DISABLED",
                "ssl-mode=REQUIRED",
                "ssl-mode=VERIFY_IDENTITY",
                "ssl-ca",
            ],
        };
        let known = format!(
            "{checked}&{authority}={}",
            folder.path().join("ca.pem").display()
        );
        for (setting, expected) in [(off, false), (on, true), (&known, true)] {
            for connected in [
                Database::connect(&format!("{url}?{setting}")).await,
                Database::connect_for_reading(&format!("{url}?{setting}")).await,
            ] {
                let db = connected.expect("a database");
                assert_eq!(is_encrypted(&db).await, expected, "{kind}: {setting}");
                let schema = Schema::reflect(&db).await.expect("a schema");
                let api = Router::of(schema).build().expect("an API");
                let car = ask(&api, "/cars/1/").await;
                assert_eq!(
                    car.json()["make"],
                    "Fiat",
                    "{kind}: {setting}: {}",
                    car.body
                );
            }
        }
        // The authority of the certificate is none that programs know.
        let refused: Result<Database> = Database::connect(&format!("{url}?{checked}")).await;
        let refused = refused.expect_err("an unknown certificate").to_string();
        assert!(refused.contains("certificate"), "{kind}: {refused}");
    }
}
