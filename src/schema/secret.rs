//! Which columns look secret, by their names: those of passwords, tokens, hashes and the like.

use crate::{cell::Type, model::Column};

/// What a name has in it that looks secret, without what stands between its words.
const WORDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "hash",
    "salt",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "activationkey",
    "sessionkey",
];

/// What looks secret as a word of its own, since others end in it: `user_pass`, not `compass`.
const WORD: &str = "pass";

/// Whether a column looks secret. Numbers, days and the like are not: `token_count`, `password_changed_at`.
pub(super) fn looks_secret(column: &Column) -> bool {
    let is_held_in_text = matches!(
        column.ty,
        Type::Text | Type::Bytes | Type::Json | Type::Uuid | Type::Other
    );
    let letters = column.sql.chars().filter(|char| char.is_alphanumeric());
    let name: String = letters.flat_map(char::to_lowercase).collect();
    let mut words = column.sql.split(|char: char| !char.is_alphanumeric());
    let looks_so = WORDS.iter().any(|word| name.contains(word))
        || words.any(|word| word.eq_ignore_ascii_case(WORD));
    is_held_in_text && looks_so
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_looks_secret_by_its_name_and_type() {
        let check = |name: &str, ty: Type, expected| {
            let column = Column::new(name.to_owned(), ty, true);
            assert_eq!(looks_secret(&column), expected, "{name}");
        };
        for name in [
            "password",
            "PasswordHash",
            "api_key",
            "API-Key",
            "reset_token",
            "Private Key",
            "client_secret",
            "salt",
            "user_pass",
            "user_activation_key",
        ] {
            check(name, Type::Text, true);
        }
        check("token", Type::Bytes, true);
        check("token", Type::Uuid, true);
        for (name, ty) in [
            ("password_changed_at", Type::Timestamp),
            ("has_password", Type::Boolean),
            (
                "token_count",
                Type::Integer {
                    bits: 64,
                    signed: true,
                },
            ),
            ("name", Type::Text),
            ("key", Type::Text),
            ("compass", Type::Text),
        ] {
            check(name, ty, false);
        }
    }
}
