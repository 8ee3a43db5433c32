//! The cars example on every database.

use std::net::SocketAddr;

use crate::{
    databases::{Fresh, Kind},
    examples::cars,
    server::serve_any,
};

const ROWS: &str = include_str!("../../examples/cars/data.sql");

/// A new database of a kind, with the tables, the rows and the full text of the example.
pub(crate) async fn filled(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    let index = match kind {
        Kind::Sqlite => {
            cars::fill(&fresh.db).await.expect("tables and rows");
            return fresh;
        }
        Kind::Postgres => "",
        Kind::MySql => "CREATE FULLTEXT INDEX parts_text ON parts (kind, name);",
    };
    let create = cars::models().map(|model| fresh.db.create_table(&model));
    fresh.execute(&create.join("; ")).await;
    let rows = match kind {
        Kind::Sqlite | Kind::Postgres => ROWS.to_owned(),
        Kind::MySql => with_binary_uuids(ROWS),
    };
    fresh.execute(&format!("{index} {rows}")).await;
    fresh
}

/// Returns a script whose UUIDs are written as bytes, as MySQL's columns of our own tables store them.
fn with_binary_uuids(script: &str) -> String {
    let is_uuid = |text: &&str| {
        let is_digit = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        text.len() == 36 && text.bytes().all(is_digit)
    };
    let pieces = script.split('\'').map(|piece| match is_uuid(&piece) {
        true => format!("x'{}", piece.replace('-', "")),
        false => format!("'{piece}"),
    });
    pieces.collect::<String>().replacen('\'', "", 1)
}

/// Serves the example on a database; the API is at `/api` of the address.
pub(crate) async fn served(fresh: &Fresh) -> SocketAddr {
    serve_any(cars::app(&fresh.db).expect("an application")).await
}
