//! Attributes that contradict each other about who sets a column and who reads it.

use tower_rest::Model;

#[derive(Model)]
struct Account {
    #[model(key, write_only)]
    id: i64,
    #[model(read_only, write_only)]
    password: String,
    #[model(create_only, read_only)]
    name: String,
    #[model(hidden, write_only)]
    pin: i32,
}

fn main() {}
