//! Fields that cannot be keys.

use tower_rest::Model;

#[derive(Model)]
struct None {
    make: String,
}

#[derive(Model)]
struct Nullable {
    #[model(key)]
    id: Option<i64>,
}

#[derive(Model)]
struct Float {
    #[model(key)]
    id: f64,
}

#[derive(Model)]
struct Json {
    #[model(key)]
    id: serde_json::Value,
}

#[derive(Model)]
struct Said {
    #[model(key, type = "json")]
    id: String,
}

#[derive(Model)]
struct Hidden {
    #[model(key, hidden)]
    id: i64,
}

fn main() {}
