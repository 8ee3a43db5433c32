//! Columns of well-known schemas: secrets, and columns that only look like secrets.

use super::*;

/// Checks whether a column looks secret in a table whose other columns, all texts, are `beside`.
fn check(table: &str, column: &Column, beside: &str, expected: bool) {
    let beside = beside.split_whitespace();
    let beside = beside.map(|name| Column::new(name.to_owned(), Type::Text, true));
    let found = Table {
        name: table.to_owned(),
        columns: beside.chain([column.clone()]).collect(),
        ..Table::default()
    };
    let name = &column.sql;
    assert_eq!(looks_secret(&found, column), expected, "{table}.{name}");
}

/// Checks columns as [`check`] does, from lines of `table: columns | other columns`.
fn check_all(lines: &str, expected: bool) {
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let (table, columns) = line.split_once(": ").expect("a table");
        let (columns, beside) = columns.split_once(" | ").unwrap_or((columns, ""));
        for name in columns.split_whitespace() {
            let column = Column::new(name.to_owned(), Type::Text, true);
            check(table.trim(), &column, beside, expected);
        }
    }
}

#[test]
fn secrets_of_well_known_schemas_look_secret() {
    check_all(
        "
        auth_user: password
        authtoken_token: key | created user_id
        django_session: session_key session_data | expire_date
        oauth2_provider_grant: code code_challenge | redirect_uri
        oauth2_provider_accesstoken: token
        oauth2_provider_application: client_secret
        otp_totp_totpdevice: key
        otp_static_statictoken: token
        socialaccount_socialtoken: token token_secret
        account_emailconfirmation: key
        knox_authtoken: digest token_key
        rest_framework_api_key_apikey: hashed_key
        mfa_authenticator: data
        invitations_invitation: key
        users: encrypted_password reset_password_token confirmation_token unlock_token otp_secret otp_backup_codes
        users: remember_token two_factor_secret two_factor_recovery_codes api_key apiKey API-Key PasswordHash pw_hash
        users: hashed_password password_salt pin passcode verification_code bearer jwt tokens sign_in_token
        sessions: session_id data | created_at updated_at data
        sessions: id payload | payload last_activity
        session: sid sess | expire sess
        password_resets: token code
        password_reset_tokens: token
        personal_access_tokens: token
        wp_users: user_pass user_activation_key
        wp_posts: post_password
        wp_signups: activation_key
        credential: secret_data credential_data value salt
        client: secret registration_token
        offline_user_session: data user_session_id | data
        broker_link: token
        auth_users: recovery_token email_change_token_new reauthentication_token phone_change_token
        refresh_tokens: token
        mfa_factors: secret
        mfa_challenges: otp_code
        flow_state: auth_code provider_access_token provider_refresh_token
        one_time_tokens: token_hash
        oauth_clients: client_secret_hash
        Account: refresh_token access_token id_token
        Session: sessionToken
        VerificationToken: token
        Authenticator: credentialID
        user: user_password user_newpassword user_token user_email_token
        bot_passwords: bp_token bp_password
        oathauth_devices: oad_data
        user_auth_tokens: auth_token prev_auth_token
        user_api_keys: key key_hash
        api_keys: key hash key_hash
        user_second_factors: second_factor_secret
        user: passwd salt rands | passwd
        access_token: token_hash token_salt
        oauth2_authorization_code: code
        two_factor: secret scratch_salt scratch_hash scratch_token
        session: key data | data expiry
        webauthn_credential: credential_id
        secret: data
        action_runner: token_hash
        accounts: private_key
        oauth_access_grants: token
        session_activations: session_id
        web_push_subscriptions: key_auth key_p256dh
        invites: code token
        integrations: webhook_secret signing_key
        recovery_codes: code
        wallets: mnemonic seed_phrase
        cards: cvv cvc
        people: ssn
        keys: pgp_private_key ssh_private_key
        ",
        true,
    );
}

#[test]
fn what_only_reads_like_a_secret_is_shown() {
    check_all(
        "
        image: file_hash img_sha1
        embed: hash
        wagtailcore_page: content_path_hash url_path
        api_keys: token_prefix name prefix description
        access_token: token_last_eight name
        posts: hashtag keyword keywords compass title slug signature commit_hash
        tickets: passenger passenger_name passport bypass
        recipes: salt pepper sugar
        rocks: basalt
        addresses: country_code postal_code zip zip_code pincode
        notes: pinned pinned_by
        tokens: text token lemma | lemma pos sentence_id
        documents: tokens tokenizer
        people: secretary secretariat
        media_attachments: blurhash
        accounts: public_key
        Authenticator: credentialPublicKey
        public_key: content fingerprint name
        settings: key value
        cache: key value
        countries: code key
        sessions: title code room | title room starts_at
        grants: code amount | amount year
        users: password_algorithm password_changed_at token_type email name
        socialaccount_socialapp: provider client_id name
        contracts: token_symbol token_address
        tags: name
        wp_options: option_name option_value
        author: name key code
        monkey: name
        ",
        false,
    );
}

#[test]
fn only_numbers_that_are_secrets_look_secret() {
    let integer = Type::Integer {
        bits: 64,
        signed: true,
    };
    for (table, name, expected) in [
        ("users", "pin", true),
        ("boards", "pin", false),
        ("cards", "cvv", true),
        ("users", "otp", true),
        ("users", "verification_code", true),
        ("chats", "token_count", false),
        ("users", "session_id", false),
        ("runs", "prompt_tokens", false),
        ("users", "password_id", false),
    ] {
        let column = Column::new(name.to_owned(), integer.clone(), true);
        check(table, &column, "", expected);
    }
    for (name, ty) in [
        ("password_changed_at", Type::Timestamp),
        ("has_password", Type::Boolean),
        ("otp_enabled", Type::Boolean),
    ] {
        check("users", &Column::new(name.to_owned(), ty, true), "", false);
    }
}

#[test]
fn a_name_is_read_in_words() {
    for (name, expected) in [
        ("PasswordHash", "password hash"),
        ("APIKey", "api key"),
        ("api-key id", "api key id"),
        ("USER_PASS", "user pass"),
        ("", ""),
        ("größeÜber", "größe über"),
    ] {
        assert_eq!(words(name).join(" "), expected, "{name}");
    }
}

/// Secret columns of well-known applications, as `table.column`.
const SECRET: &str = "auth_user.password authtoken_token.key django_session.session_key django_session.session_data \
    oauth2_provider_grant.code oauth2_provider_accesstoken.token oauth2_provider_refreshtoken.token \
    oauth2_provider_application.client_secret otp_totp_totpdevice.key otp_static_statictoken.token \
    account_emailconfirmation.key socialaccount_socialtoken.token socialaccount_socialtoken.token_secret \
    rest_framework_api_key_apikey.hashed_key users.encrypted_password users.reset_password_token \
    users.confirmation_token users.unlock_token users.remember_token users.otp_secret users.password_digest \
    sessions.session_id personal_access_tokens.token password_resets.token wp_users.user_pass \
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
    ";

const SHOWN: &str = "image.file_hash embed.hash pages.content_path_hash commits.hash blocks.block_hash files.content_hash \
    keys.token_prefix translations.key settings.key i18n.message_key permission.codename countries.country_code \
    addresses.postal_code addresses.zip posts.pinned devices.name device.model users.compass albums.passenger \
    posts.hashtag posts.keywords products.code orders.code currency.code rows.primary_key keys.public_key \
    users.password_changed_at tokens.token_type sessions.started \
    sessions.user_agent session.state invitations.email grants.amount grants.title device.serial metadata.data \
    events.payload cars.notes notes.signature albums.title tracks.composer posts.slug users.name users.email \
    recipes.key_ingredient files.path media.description categories.translation_key caches.cache_key \
    songs.key words.tokenizer lines.region sessions.id devices.id stations.pins fish.salty resets.reason";

#[test]
fn columns_of_well_known_applications_look_secret() {
    let mut wrong = Vec::new();
    for (names, expected) in [(SECRET, true), (SHOWN, false)] {
        for name in names.split_whitespace() {
            let (table, column) = name.split_once('.').expect("a table and a column");
            let column = Column::new(column.to_owned(), Type::Text, true);
            if looks_secret(&named(table), &column) != expected {
                wrong.push((name, expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn named(table: &str) -> Table {
    Table {
        name: table.to_owned(),
        ..Table::default()
    }
}
