//! Defaults that are not of their column's type.

use tower_rest::{Date, Model};

#[derive(Model)]
struct Car {
    #[model(key)]
    id: i64,
    #[model(default = 1)]
    sold: bool,
    #[model(default = "four")]
    doors: i32,
    #[model(default = 1)]
    length: Option<f64>,
    #[model(default = false)]
    make: String,
    #[model(default = 0.5, type = "decimal")]
    price: String,
    #[model(default = "raw")]
    raw: Vec<u8>,
    #[model(default = "2014-01-02")]
    built: Date,
    #[model(default = "none", default_sql = "'none'")]
    notes: String,
}

fn main() {}
