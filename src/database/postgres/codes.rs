//! Which error code clients get for an error of PostgreSQL.

use sqlx::error::DatabaseError;

use crate::error::Code;

/// Whether the transaction may succeed if it is run again: after a serialization failure or a deadlock.
pub(in crate::database) fn is_conflict(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("40001" | "40P01"))
}

/// Returns the error code for an SQLSTATE of PostgreSQL, such as `57014`, given the `context` that the error reports:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(in crate::database) fn code_of(code: &str, context: &str) -> Code {
    match code {
        // A stored value that a view cannot cast. If a value of the request caused the error, the context contains its
        // parameter, such as `$1`. If the error arose in a function that a view calls, the context contains the
        // function's text in quotes.
        "22P02" if !context.contains('$') || context.contains('"') => Code::Internal,
        // Stopped; a regular expression that is too complex.
        "57014" | "2201B" => Code::Timeout,
        "55P03" | "55006" | "40001" | "40P01" | "72000" => Code::Busy,
        // No such table, column, type, function or schema, or one of another kind; a removed member of an enum; a
        // materialized view that is not populated.
        "42P01" | "42703" | "42704" | "42725" | "42804" | "42809" | "42846" | "42883" | "3F000"
        | "22P02" | "22P03" | "55000" => Code::SchemaMismatch,
        "42501" => Code::Forbidden,
        // No such database; a transaction that exceeded its time limit; a foreign server that cannot be reached.
        "3D000" | "25P03" | "25P04" | "40003" | "HV00L" | "HV00M" | "HV00N" | "HV00P" => {
            Code::Unavailable
        }
        // Errors of shutdown, connection, resources, login, system and configuration.
        _ if ["57P", "08", "53", "28", "58", "F0"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Code::Unavailable
        }
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_state_is_to_a_client() {
        let cases = [
            ("57014", Code::Timeout),
            ("2201B", Code::Timeout),
            ("57P01", Code::Unavailable),
            ("08006", Code::Unavailable),
            ("53300", Code::Unavailable),
            ("28P01", Code::Unavailable),
            ("3D000", Code::Unavailable),
            // A GET action that writes is a mistake of the program.
            ("25006", Code::Internal),
            ("40001", Code::Busy),
            ("40P01", Code::Busy),
            ("58030", Code::Unavailable),
            ("HV00N", Code::Unavailable),
            ("42704", Code::SchemaMismatch),
            ("42P01", Code::SchemaMismatch),
            ("42703", Code::SchemaMismatch),
            // A materialized view that is not populated.
            ("55000", Code::SchemaMismatch),
            ("42501", Code::Forbidden),
            ("22012", Code::Internal),
        ];
        for (state, code) in cases {
            assert_eq!(code_of(state, ""), code, "{state}");
        }
        // A removed member of an enum, and a text in a table that a view casts.
        let of_a_request = "unnamed portal parameter $1 = '...'";
        assert_eq!(code_of("22P02", of_a_request), Code::SchemaMismatch);
        assert_eq!(code_of("22P02", ""), Code::Internal);
    }
}
