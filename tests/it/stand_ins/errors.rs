//! The errors that stand-ins answer: those of one server, and those of databases of several servers that speak the
//! protocol of PostgreSQL or MySQL.

use super::stand_in::{Part, Refusal};
use crate::databases::Kind;

/// How the API goes on after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Runs the whole transaction, or the whole reading, again.
    Again,
    /// Reads again on another connection, and does not write again.
    ReadElsewhere,
    /// Answers the error.
    Answer,
}

/// An error, and what it is to a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    pub(super) refusal: Refusal,
    code: &'static str,
    pub(super) remedy: Remedy,
    /// Whether the error leaves unknown whether a statement that commits was carried out.
    pub(super) says_nothing: bool,
    parts: &'static [Part],
}

impl Trouble {
    const fn new(code: &'static str, answer: &'static str) -> Self {
        Self {
            refusal: Refusal {
                code,
                closes: false,
            },
            code: answer,
            remedy: Remedy::Answer,
            says_nothing: false,
            parts: &[
                Part::Begin,
                Part::Read,
                Part::Write,
                Part::Commit,
                Part::Other,
            ],
        }
    }

    const fn again(self) -> Self {
        Self {
            remedy: Remedy::Again,
            ..self
        }
    }

    const fn lost(mut self, closes: bool) -> Self {
        self.refusal.closes = closes;
        self.remedy = Remedy::ReadElsewhere;
        self.says_nothing()
    }

    const fn says_nothing(self) -> Self {
        Self {
            says_nothing: true,
            ..self
        }
    }

    /// The error of a statement that writes.
    const fn of_writes(self) -> Self {
        let parts = &[Part::Write];
        Self { parts, ..self }
    }

    /// The error of a prepared statement.
    const fn of_prepared(self) -> Self {
        let parts = &[Part::Read, Part::Write];
        Self { parts, ..self }
    }

    /// Returns the code of the answer to a request, whose statements are those of the program if it is an action. A value
    /// that a column cannot hold is then the program's mistake, and so is a statement that PostgreSQL takes for one in a
    /// transaction that only reads.
    pub(super) fn answer(&self, is_action: bool) -> &'static str {
        let is_mistake =
            matches!(self.code, "required" | "invalid_value") || self.refusal.code == "25006";
        match is_action && is_mistake {
            true => "internal",
            false => self.code,
        }
    }

    /// Whether a statement can get the error.
    pub(super) fn befalls(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

/// A conflict with another transaction of a cluster.
pub(super) const CONFLICT: Trouble = Trouble::new("1213", "busy").again();

/// The SQLSTATEs of PostgreSQL: <https://www.postgresql.org/docs/current/errcodes-appendix.html>. CockroachDB and
/// YugabyteDB answer 40001 for a transaction that is to be run again, and CockroachDB 40003 for one whose outcome it does
/// not know.
const POSTGRES: &[Trouble] = &[
    Trouble::new("40001", "busy").again(),
    Trouble::new("40P01", "busy").again(),
    Trouble::new("40003", "unavailable").says_nothing(),
    Trouble::new("XX000", "internal").says_nothing(),
    Trouble::new("08006", "unavailable").lost(true),
    Trouble::new("08007", "unavailable").lost(true),
    Trouble::new("57P01", "unavailable").lost(true),
    Trouble::new("57P02", "unavailable").lost(true),
    Trouble::new("57P03", "unavailable").lost(true),
    Trouble::new("26000", "internal").again().of_prepared(),
    Trouble::new("42P05", "internal").again().of_prepared(),
    Trouble::new("55P03", "busy"),
    Trouble::new("53300", "unavailable"),
    Trouble::new("53200", "unavailable"),
    Trouble::new("57014", "timeout"),
    Trouble::new("42P01", "schema_mismatch").of_prepared(),
    Trouble::new("42703", "schema_mismatch").of_prepared(),
    Trouble::new("42501", "forbidden").of_prepared(),
    Trouble::new("25006", "unavailable").of_writes(),
    Trouble::new("23505", "unique").of_writes(),
    Trouble::new("23503", "foreign_key").of_writes(),
    Trouble::new("23502", "required").of_writes(),
    Trouble::new("23514", "constraint").of_writes(),
    Trouble::new("22001", "invalid_value").of_writes(),
    Trouble::new("22003", "invalid_value").of_writes(),
    Trouble::new("22021", "invalid_value").of_writes(),
];

/// The numbers of MySQL and MariaDB: <https://mariadb.com/docs/server/reference/error-codes>. A node of Galera answers 1213
/// for a transaction that is to be run again, and 1047 while it belongs to no cluster. From 8002 on they are TiDB's:
/// <https://docs.pingcap.com/tidb/stable/error-codes>. Vitess has 1105 for what it does not know better.
const MYSQL: &[Trouble] = &[
    CONFLICT,
    Trouble::new("1020", "busy").again(),
    Trouble::new("8002", "busy").again(),
    Trouble::new("8022", "busy").again(),
    Trouble::new("8028", "busy").again(),
    Trouble::new("9007", "busy").again(),
    Trouble::new("1047", "unavailable").lost(false),
    Trouble::new("1053", "unavailable").lost(true),
    Trouble::new("1927", "unavailable").lost(true),
    Trouble::new("4031", "unavailable").lost(true),
    Trouble::new("1105", "internal").says_nothing(),
    Trouble::new("9001", "unavailable").says_nothing(),
    Trouble::new("9002", "unavailable").says_nothing(),
    Trouble::new("9003", "busy"),
    Trouble::new("9005", "unavailable"),
    Trouble::new("1615", "internal").again().of_prepared(),
    Trouble::new("1243", "internal").again().of_prepared(),
    Trouble::new("1205", "busy"),
    Trouble::new("1040", "unavailable"),
    Trouble::new("1203", "unavailable"),
    Trouble::new("3168", "unavailable"),
    Trouble::new("1317", "timeout"),
    Trouble::new("3024", "timeout"),
    Trouble::new("1146", "schema_mismatch").of_prepared(),
    Trouble::new("1054", "schema_mismatch").of_prepared(),
    Trouble::new("1142", "forbidden").of_prepared(),
    Trouble::new("1290", "unavailable").of_writes(),
    Trouble::new("1836", "unavailable").of_writes(),
    Trouble::new("1062", "unique").of_writes(),
    Trouble::new("1452", "foreign_key").of_writes(),
    Trouble::new("1048", "required").of_writes(),
    Trouble::new("4025", "constraint").of_writes(),
    Trouble::new("1406", "invalid_value").of_writes(),
    Trouble::new("1264", "invalid_value").of_writes(),
];

pub(super) const fn of(kind: Kind) -> &'static [Trouble] {
    match kind {
        Kind::Postgres => POSTGRES,
        Kind::MySql | Kind::Sqlite => MYSQL,
    }
}
