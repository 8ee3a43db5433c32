//! The detection of secret columns by the names of the column, of its table and of the table's other columns.
//!
//! 1. A name is split into words: `PasswordHash`, `password_hash` and `password-hash` have the same two words.
//! 2. Some names are secret in any table; others, such as `key`, only in tables whose names speak of tokens, sessions,
//!    codes and the like.
//! 3. Facts about a secret, such as `token_prefix` or `password_algorithm`, are not secret. Nor is the hash of public
//!    content.

#[cfg(test)]
mod tests;

use crate::{catalog::Table, cell::Type, model::Column};

/// Texts that make a column secret in any table if its name contains them. The name is searched without separators:
/// `api_key` contains `apikey`.
const PARTS: [&str; 43] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "credential",
    "apikey",
    "privatekey",
    "privkey",
    "accesskey",
    "activationkey",
    "sessionkey",
    "signingkey",
    "encryptionkey",
    "recoverykey",
    "masterkey",
    "hmackey",
    "authkey",
    "hashedkey",
    "resetkey",
    "confirmationkey",
    "sessionid",
    "sessiondata",
    "recoverycode",
    "backupcode",
    "scratchcode",
    "verificationcode",
    "confirmationcode",
    "activationcode",
    "authcode",
    "authorizationcode",
    "authenticationcode",
    "logincode",
    "accesscode",
    "securitycode",
    "invitecode",
    "invitationcode",
    "resetcode",
    "devicecode",
    "onetimecode",
    "magiclink",
    "seedphrase",
    "keyauth",
];

/// Words that make the name of a column secret in any table.
const WORDS: [&str; 16] = [
    "pass", "pw", "otp", "totp", "hotp", "mfa", "cvv", "cvv2", "cvc", "ssn", "pin", "jwt",
    "bearer", "mnemonic", "rands", "p256dh",
];

/// Last words in the names of secrets that consist of digits, so that a column of numbers is secret as well.
const DIGITS: [&str; 6] = ["otp", "cvv", "cvv2", "cvc", "ssn", "passcode"];

/// Last words of the names of facts about a secret, as in `token_prefix`. Such columns are not secret themselves.
const FACTS: [&str; 41] = [
    "prefix",
    "type",
    "kind",
    "class",
    "count",
    "length",
    "algorithm",
    "algo",
    "alg",
    "at",
    "on",
    "date",
    "time",
    "timestamp",
    "expires",
    "expiry",
    "expiration",
    "changed",
    "name",
    "label",
    "title",
    "description",
    "scope",
    "scopes",
    "format",
    "policy",
    "version",
    "status",
    "state",
    "enabled",
    "required",
    "strength",
    "method",
    "uri",
    "url",
    "endpoint",
    "eight",
    "four",
    "symbol",
    "address",
    "number",
];

/// Words that make a column secret if its name also has the word `hash`, `salt` or `digest`, as in `session_hash`.
const HASHED: [&str; 12] = [
    "key", "code", "codes", "auth", "login", "session", "recovery", "reset", "scratch", "user",
    "verifier", "pepper",
];

/// Texts within the names of tables that hold secrets.
const HOLDERS: [&str; 24] = [
    "token",
    "apikey",
    "accesskey",
    "session",
    "oauth",
    "oidc",
    "otp",
    "mfa",
    "twofactor",
    "2fa",
    "recoverycode",
    "backupcode",
    "verification",
    "confirmation",
    "passwordreset",
    "resetpassword",
    "invitation",
    "webauthn",
    "passkey",
    "credential",
    "authenticator",
    "authorizationcode",
    "magiclink",
    "oathauth",
];

/// Whole words in the names of tables that hold secrets.
const HOLDER_WORDS: [&str; 7] = [
    "invite",
    "secret",
    "reset",
    "signup",
    "activation",
    "u2f",
    "authcode",
];

/// Columns that only a table of OAuth grants has, whatever its name. Such a table holds secrets.
const GRANT: [&str; 3] = ["redirect_uri", "code_challenge", "code_verifier"];

/// Last words in the names of columns that are secret in a table that holds secrets.
const HELD: [&str; 10] = [
    "key",
    "code",
    "codes",
    "digest",
    "hash",
    "salt",
    "challenge",
    "verifier",
    "seed",
    "auth",
];

/// Texts within the names of tables in which each row as a whole is a secret, such as a session.
const WHOLE: [&str; 8] = [
    "apikey",
    "session",
    "mfa",
    "secret",
    "credential",
    "authenticator",
    "oathauth",
    "recoverycode",
];

/// Last words in the names of columns that hold the whole secret, such as the session, in a table that [`WHOLE`]
/// describes.
const CONTENT: [&str; 7] = ["data", "payload", "value", "sess", "sid", "blob", "parent"];

/// Columns that show that a table `sessions` holds the sessions of browsers, and not those of a conference.
const BROWSED: [&str; 9] = [
    "payload",
    "data",
    "sess",
    "last_activity",
    "user_agent",
    "ip_address",
    "expire",
    "expires",
    "session_data",
];

/// Columns that show that the tokens in a table are words of a text, and not secrets.
const LINGUISTIC: [&str; 9] = [
    "lemma",
    "pos",
    "upos",
    "pos_tag",
    "stem",
    "sentence",
    "sentence_id",
    "corpus_id",
    "document_id",
];

/// Words in the names of tables of people, who may log in.
const PEOPLE: [&str; 13] = [
    "user", "account", "member", "auth", "login", "admin", "customer", "staff", "people", "person",
    "employee", "profile", "card",
];

/// Whether a column looks secret in its table. Dates, booleans and most numbers do not look secret, such as
/// `token_count` and `password_changed_at`.
pub(super) fn looks_secret(table: &Table, column: &Column) -> bool {
    let name = SpokenName::of(&column.sql);
    match column.ty {
        Type::Text | Type::Bytes | Type::Json | Type::Uuid | Type::Other => {
            !name.is_fact() && (name.is_secret(table) || name.is_held_in(table, column))
        }
        Type::Integer { .. } | Type::Decimal | Type::Float => name.is_secret_number(table),
        Type::Boolean
        | Type::Enum(_)
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp => false,
    }
}

/// The name of a column or a table, split into words: `api_key` is `api` and `key`.
struct SpokenName {
    words: Vec<String>,
    /// The words, joined without separators: `apikey`.
    letters: String,
}

impl SpokenName {
    fn of(name: &str) -> Self {
        let words = words(name);
        let letters = words.concat();
        Self { words, letters }
    }

    fn has(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.letters.contains(part))
    }

    fn has_word(&self, known: &[&str]) -> bool {
        self.words.iter().any(|word| known.contains(&word.as_str()))
    }

    /// Whether a word of the name is one of `known`, or its plural.
    fn has_one(&self, known: &[&str]) -> bool {
        self.words.iter().any(|word| {
            let one = word.strip_suffix('s').unwrap_or(word);
            known.contains(&word.as_str()) || known.contains(&one)
        })
    }

    fn ends_in(&self, known: &[&str]) -> bool {
        self.words
            .last()
            .is_some_and(|word| known.contains(&word.as_str()))
    }

    /// Whether the name is that of a fact about a secret, such as `token_prefix`, or of a public key.
    fn is_fact(&self) -> bool {
        let is_public = self.has_word(&["public"]) && self.has(&["key"]);
        is_public || (self.words.len() > 1 && self.ends_in(&FACTS))
    }

    fn is_secret(&self, table: &Table) -> bool {
        self.has(&PARTS)
            || self.has_word(&WORDS)
            || self.words.iter().any(|word| is_kept_secret(word))
            || self.is_token(table)
            || self.is_hash_of_secret(table)
    }

    /// Whether the name is that of access tokens, and not of the words of a text.
    fn is_token(&self, table: &Table) -> bool {
        let is_token = |word: &String| word.contains("token") && !word.contains("tokeni");
        let of_text =
            has_column(table, &LINGUISTIC) || (self.letters == "tokens" && !is_of_people(table));
        self.words.iter().any(is_token) && !of_text
    }

    fn is_hash_of_secret(&self, table: &Table) -> bool {
        if !self.has_word(&["hash", "salt", "digest"]) {
            return false;
        }
        self.has_word(&HASHED) || (self.words.len() == 1 && is_of_people(table))
    }

    /// Whether the column is secret only because its table holds secrets, as `code` is in a table `invitations`.
    fn is_held_in(&self, table: &Table, column: &Column) -> bool {
        let holder = Self::of(&table.name);
        let is_grant = has_column(table, &GRANT);
        let holds = is_grant || holder.has(&HOLDERS) || holder.has_one(&HOLDER_WORDS);
        let is_browsed = || has_column(table, &BROWSED);
        let is_session = holder.has(&["session"]);
        if is_session && !is_browsed() && self.words.len() == 1 {
            // The table has no column of browser sessions, so its sessions may be those of a conference, whose `code`
            // is not secret.
            return self.ends_in(&["key"]);
        }
        let names_session =
            is_session && is_browsed() && self.letters == "id" && column.ty == Type::Text;
        let holds_whole = holder.has(&WHOLE) && self.ends_in(&CONTENT);
        let of_text = has_column(table, &LINGUISTIC);
        !of_text && (names_session || holds_whole || (holds && self.ends_in(&HELD)))
    }

    fn is_secret_number(&self, table: &Table) -> bool {
        let is_code = self.has(&PARTS) && self.ends_in(&["code", "password", "passcode"]);
        let is_pin = self.ends_in(&["pin"]) && is_of_people(table);
        is_code || is_pin || self.ends_in(&DIGITS)
    }
}

/// Whether a word contains `secret`, except in `secretary`.
fn is_kept_secret(word: &str) -> bool {
    word.replace("secretar", "").contains("secret")
}

fn is_of_people(table: &Table) -> bool {
    SpokenName::of(&table.name).has_one(&PEOPLE)
        || table
            .columns
            .iter()
            .any(|column| SpokenName::of(&column.sql).has(&["password", "passwd", "pwd"]))
}

fn has_column(table: &Table, names: &[&str]) -> bool {
    let is_among = |column: &Column| {
        let name = words(&column.sql).join("_");
        names.contains(&name.as_str())
    };
    table.columns.iter().any(is_among)
}

/// Returns the words of a name in lower case. A word begins after a character that is neither letter nor digit, or with
/// a capital letter.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins = char.is_uppercase()
            && before.is_some_and(|one| {
                !one.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if begins || !char.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && char.is_alphanumeric()
        {
            word.extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
