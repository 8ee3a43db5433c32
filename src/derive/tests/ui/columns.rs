//! Attributes that do not apply to the column's type.

use tower_rest::{Model, Timestamp};

#[derive(Model)]
struct Car {
    #[model(key)]
    id: i64,
    #[model(max_length = 4)]
    year: Option<i32>,
    #[model(max_length = 0)]
    make: String,
    #[model(type = "money")]
    price: String,
    #[model(timestamp_format = "iso")]
    built: Timestamp,
    #[model(timestamp_format = "T")]
    sold: bool,
    #[model(uuid_format = "hex", type = "uuid")]
    serial: String,
    #[model(uuid_format = "bytes")]
    notes: String,
}

fn main() {}
