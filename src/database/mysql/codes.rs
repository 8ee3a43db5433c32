//! Which error code clients get for an error of MySQL or MariaDB, by its number.

use sqlx::{error::DatabaseError, mysql::MySqlDatabaseError};

use crate::error::Code;

/// Returns the server's number of an error, such as 1062; 0 if the error is not the server's.
pub(super) fn number_of(error: &dyn DatabaseError) -> u16 {
    let error = error.try_downcast_ref::<MySqlDatabaseError>();
    error.map_or(0, MySqlDatabaseError::number)
}

/// Whether the transaction may succeed if it is run again: after a deadlock, a row that changed since the snapshot, or a
/// write conflict or changed table of TiDB: <https://docs.pingcap.com/tidb/stable/error-codes>.
pub(in crate::database) fn is_conflict(error: &dyn DatabaseError) -> bool {
    matches!(number_of(error), 1020 | 1213 | 8002 | 8022 | 8028 | 9007)
}

/// Whether the error of a statement does not say whether the statement was carried out: an unknown error, one during the
/// commit, or a part of TiDB that did not answer in time.
pub(super) fn says_nothing(number: u16) -> bool {
    matches!(number, 1105 | 1180 | 9001 | 9002)
}

/// Returns the error code for clients for an error number of MySQL or MariaDB:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
/// <https://mariadb.com/docs/server/reference/error-codes>.
pub(in crate::database) fn code_of(number: u16) -> Code {
    match number {
        // A lock wait timeout, a deadlock, rows or a table that changed after the snapshot was taken.
        1020 | 1205 | 1213 | 1223 | 1412 | 3058 | 3572
        // Write conflicts and changed tables of TiDB, and a part of it that has too much to do.
        | 8002 | 8022 | 8028 | 9003 | 9004 | 9007 => Code::Busy,
        // Interrupted, or above the server's own time limits.
        1028 | 1317 | 1969 | 3024
        // A regular expression that MySQL gives up to search.
        | 3698 | 3699 | 3700 => Code::Timeout,
        // No such table, column, function, routine or sequence; an illegal mix of collations; a view that is broken, or
        // whose definer does not exist; no `FULLTEXT` index over the searched columns, or no table that could have one.
        1051 | 1054 | 1109 | 1146 | 1191 | 1214 | 1267 | 1270 | 1271 | 1305 | 1356 | 1449 | 1932 | 4091 => {
            Code::SchemaMismatch
        }
        // A missing privilege for a table, column, routine or operation.
        1142 | 1143 | 1227 | 1370 => Code::Forbidden,
        // A login that is refused, locked or expired, or must be encrypted; a database that is refused or does not
        // exist.
        1043 | 1044 | 1045 | 1049 | 1129 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118
        | 3159 | 3955 | 4151
        // Too many connections, statements, threads or transactions; out of memory or disk space.
        | 1021 | 1037 | 1038 | 1040 | 1041 | 1114 | 1135 | 1203 | 1206 | 1226 | 1461 | 1637
        // Network errors.
        | 1042 | 1080 | 1081 | 1152 | 1154..=1161 | 1184
        // A server that is starting, stopping, offline, without a quorum, or read-only.
        | 1047 | 1053 | 1077 | 1079 | 1290 | 1836 | 1927 | 2002 | 2003 | 2005 | 2006 | 2013 | 2055
        | 3032 | 3100 | 3168 | 3169 | 4031
        // Parts of TiDB that do not answer, or a limit of its memory.
        | 8175 | 9001 | 9002 | 9005 => Code::Unavailable,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_number_is_to_a_client() {
        let cases = [
            (1205, Code::Busy),
            (1213, Code::Busy),
            (1020, Code::Busy),
            (1412, Code::Busy),
            (1317, Code::Timeout),
            (1969, Code::Timeout),
            (3024, Code::Timeout),
            (3699, Code::Timeout),
            (1040, Code::Unavailable),
            (1043, Code::Unavailable),
            (1159, Code::Unavailable),
            (1290, Code::Unavailable),
            (1461, Code::Unavailable),
            (1698, Code::Unavailable),
            (1820, Code::Unavailable),
            (1862, Code::Unavailable),
            (3032, Code::Unavailable),
            (3118, Code::Unavailable),
            (3159, Code::Unavailable),
            (4151, Code::Unavailable),
            (3572, Code::Busy),
            (9007, Code::Busy),
            (9005, Code::Unavailable),
            (1449, Code::SchemaMismatch),
            (1932, Code::SchemaMismatch),
            (1045, Code::Unavailable),
            (1049, Code::Unavailable),
            (2013, Code::Unavailable),
            (1146, Code::SchemaMismatch),
            (1054, Code::SchemaMismatch),
            (1191, Code::SchemaMismatch),
            (1142, Code::Forbidden),
            (1365, Code::Internal),
        ];
        for (number, code) in cases {
            assert_eq!(code_of(number), code, "{number}");
        }
    }
}
