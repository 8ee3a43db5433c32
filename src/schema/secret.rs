//! Which columns look secret, by the words in their names and in their tables': passwords, tokens, keys and the like.
//!
//! 1. A name is read as words, split at what is no letter or digit and at capitals: `apiKey`, `API_KEY`, `api key`.
//! 2. Some words are secret wherever they stand, some beside others, and some in tables whose rows are secrets: `key` is
//!    one in `authtoken_token`, not in `translations`.
//! 3. A name that says something about a secret is none: `password_changed_at`, `token_type`, `has_password`.

use crate::{cell::Type, model::Column};

/// Runs of letters that are secret wherever they stand, without what stands between the words.
const RUNS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "authkey",
    "encryptionkey",
    "signingkey",
    "activationkey",
    "activationcode",
    "sessionkey",
    "sessionid",
    "sessiondata",
    "verificationcode",
    "confirmationcode",
    "recoverycode",
    "backupcode",
    "resetcode",
    "resetkey",
    "codeverifier",
];

/// Words that are secret wherever they stand alone.
const WORDS: &[&str] = &[
    "pass", "pw", "pin", "otp", "totp", "hotp", "mfa", "cvv", "cvc", "ssn", "token", "tokens",
    "salt", "bearer", "jwt", "pgp", "jti",
];

/// Last words of names that say something about a secret, or something else.
const ABOUT: &[&str] = &[
    "at",
    "on",
    "date",
    "time",
    "type",
    "kind",
    "count",
    "length",
    "name",
    "label",
    "prefix",
    "hint",
    "question",
    "url",
    "uri",
    "endpoint",
    "algorithm",
    "alg",
    "method",
    "version",
    "status",
    "state",
    "enabled",
    "required",
    "expires",
    "expiry",
    "expired",
    "policy",
    "limit",
    "usage",
    "scope",
];

/// First words of names that ask something about a secret.
const ASKED: &[&str] = &["has", "is", "needs", "require", "requires"];

/// Words beside `hash` that make it one of a secret: a hash of a content is none.
const HASHED: &[&str] = &[
    "pw", "pass", "user", "auth", "login", "pin", "account", "member", "key",
];

/// Words of tables whose rows are secrets: of tokens, sessions, grants, devices, resets and the like.
const TABLES: &[&str] = &[
    "token",
    "tokens",
    "authtoken",
    "apitoken",
    "accesstoken",
    "refreshtoken",
    "apikey",
    "apikeys",
    "session",
    "sessions",
    "grant",
    "grants",
    "credential",
    "credentials",
    "device",
    "devices",
    "totpdevice",
    "staticdevice",
    "statictoken",
    "mfa",
    "otp",
    "totp",
    "webauthn",
    "passkey",
    "passkeys",
    "authenticator",
    "authenticators",
    "reset",
    "resets",
    "invitation",
    "invitations",
    "invite",
    "invites",
    "verification",
    "verifications",
    "confirmation",
    "confirmations",
    "emailconfirmation",
    "secret",
    "secrets",
    "subscriptions",
    "recovery",
    "twofactor",
];

/// Words of the columns that hold the secrets of such tables, at the end of a name or before `auth`.
const HELD: &[&str] = &[
    "key",
    "keys",
    "code",
    "codes",
    "data",
    "value",
    "payload",
    "digest",
    "hash",
    "session",
    "sid",
    "sess",
    "challenge",
    "verifier",
    "selector",
    "auth",
];

/// Words beside `key` that make it no secret.
const PUBLIC: &[&str] = &[
    "public",
    "foreign",
    "primary",
    "sort",
    "natural",
    "translation",
    "cache",
    "message",
    "object",
];

/// Tells whether a column of a table looks secret. Numbers, days and the like are not.
pub(super) fn looks_secret(table: &str, column: &Column) -> bool {
    let is_held_in_text = matches!(
        column.ty,
        Type::Text | Type::Bytes | Type::Json | Type::Uuid | Type::Other
    );
    is_held_in_text && is_secret_name(table, &column.sql)
}

fn is_secret_name(table: &str, column: &str) -> bool {
    let words = words(column);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let first = words.first().map_or("", String::as_str);
    let last = words.last().map_or("", String::as_str);
    if ASKED.contains(&first) || (words.len() > 1 && ABOUT.contains(&last)) {
        return false;
    }
    let letters = words.concat();
    if RUNS.iter().any(|run| letters.contains(run)) || has(WORDS) {
        return true;
    }
    if matches!(last, "hash" | "digest") || has(&["hashed"]) {
        return has(HASHED);
    }
    HELD.contains(&last) && holds_secrets(table) && !has(PUBLIC)
}

/// Tells whether the rows of a table are secrets.
fn holds_secrets(table: &str) -> bool {
    let words = words(table);
    let pairs = words.windows(2).map(<[String]>::concat);
    let mut all = words.iter().cloned().chain(pairs);
    all.any(|word| TABLES.contains(&word.as_str()))
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let chars: Vec<char> = name.chars().collect();
    for (at, char) in chars.iter().copied().enumerate() {
        if char.is_alphanumeric() {
            let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
            let is_capital = char.is_uppercase()
                && (before.is_lowercase() || (before.is_uppercase() && next_is_small));
            let small = char.to_lowercase();
            match words.last_mut() {
                Some(word) if before.is_alphanumeric() && !is_capital => word.extend(small),
                _ => words.push(small.collect()),
            }
        }
        before = char;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `table.column`, as well-known applications have them.
    const SECRET: &str = "auth_user.password authtoken_token.key django_session.session_key django_session.session_data \
        oauth2_provider_grant.code oauth2_provider_accesstoken.token oauth2_provider_refreshtoken.token \
        oauth2_provider_application.client_secret otp_totp_totpdevice.key otp_static_statictoken.token \
        account_emailconfirmation.key socialaccount_socialtoken.token socialaccount_socialtoken.token_secret \
        rest_framework_api_key_apikey.hashed_key users.encrypted_password users.reset_password_token \
        users.confirmation_token users.unlock_token users.remember_token users.otp_secret users.password_digest \
        sessions.session_id sessions.data personal_access_tokens.token password_resets.token wp_users.user_pass \
        wp_users.user_activation_key user.user_password user.user_token user.user_newpassword user.user_email_token \
        credential.secret_data credential.credential_data identities.access_token refresh_tokens.token \
        one_time_tokens.token_hash sessions.refresh_token mfa_factors.secret mfa_challenges.otp_code account.access_token \
        account.refresh_token account.id_token session.sessionToken VerificationToken.token users.password_hash \
        users.salt users.auth_token user_auth_tokens.auth_token api_keys.key api_key.key ApiKey.key apiKeys.value \
        access_token.token access_token.token_hash access_token.token_salt user.passwd user.salt two_factor.secret \
        two_factor.scratch_salt oauth_access_tokens.token oauth_applications.secret oauth_access_grants.token \
        oauth_access_grants.code web_push_subscriptions.key_auth users.pw_hash members.passwordHash staff.pin cards.cvv \
        people.ssn invites.token invitations.code webauthn_credentials.challenge settings.api_key config.private_key \
        users.apiSecret clients.client_secret_hash hooks.signing_key logins.bearer keys.encryption_key \
        sessions.sid sessions.sess session.payload";

    const SHOWN: &str = "image.file_hash embed.hash pages.content_path_hash commits.hash blocks.block_hash files.content_hash \
        keys.token_prefix translations.key settings.key i18n.message_key permission.codename countries.country_code \
        addresses.postal_code addresses.zip posts.pinned devices.name device.model users.compass albums.passenger \
        posts.hashtag posts.keywords products.code orders.code currency.code rows.primary_key keys.public_key \
        users.password_changed_at users.has_password users.password_hint tokens.token_type sessions.started \
        sessions.user_agent session.state invitations.email grants.amount grants.title device.serial metadata.data \
        events.payload cars.notes notes.signature albums.title tracks.composer posts.slug users.name users.email \
        recipes.key_ingredient files.path media.description categories.translation_key caches.cache_key \
        songs.key words.tokenizer lines.region sessions.id devices.id stations.pins fish.salty resets.reason";

    #[test]
    fn a_column_looks_secret_by_its_name_and_its_table() {
        let mut wrong = Vec::new();
        for (names, expected) in [(SECRET, true), (SHOWN, false)] {
            for name in names.split_whitespace() {
                let (table, column) = name.split_once('.').expect("a table and a column");
                let column = Column::new(column.to_owned(), Type::Text, true);
                if looks_secret(table, &column) != expected {
                    wrong.push((name, expected));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn numbers_and_days_are_no_secrets() {
        let integer = Type::Integer {
            bits: 64,
            signed: true,
        };
        for (name, ty) in [
            ("password_changed_at", Type::Timestamp),
            ("has_password", Type::Boolean),
            ("token", integer),
        ] {
            let column = Column::new(name.to_owned(), ty, true);
            assert!(!looks_secret("users", &column), "{name}");
        }
        for ty in [Type::Bytes, Type::Uuid, Type::Json] {
            let column = Column::new("token".to_owned(), ty, true);
            assert!(looks_secret("users", &column));
        }
    }
}
