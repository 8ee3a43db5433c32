//! The answer about a row that a client has deleted.

use crate::params::key_in_a_path;

/// Returns the JSON object of a deleted row, of which only the key in its path is known, such as `{"id":7}`.
pub(super) fn object(path: &str) -> String {
    let key = key_in_a_path(path);
    let number = key.parse::<i64>().ok().map(|number| number.to_string());
    let id = match number {
        Some(number) if number == key => number,
        _ => serde_json::Value::from(key).to_string(),
    };
    format!("{{\"id\":{id}}}")
}

#[test]
fn a_key_is_a_number_or_a_text() {
    for (path, expected) in [
        ("/cars/7", r#"{"id":7}"#),
        ("/api/cars/-7/", r#"{"id":-7}"#),
        ("/cars/007", r#"{"id":"007"}"#),
        ("/cars/~~a%2Fb%22", r#"{"id":"~a/b\""}"#),
        ("/cars/~", r#"{"id":""}"#),
    ] {
        assert_eq!(object(path), expected);
    }
}
