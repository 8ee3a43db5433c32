//! Rules that a column cannot have.

use tower_rest::Model;

#[derive(Model)]
struct Car {
    #[model(key)]
    id: i64,
    #[model(length = 1..=4)]
    doors: i32,
    #[model(length = 40)]
    make: String,
    #[model(range = 1886..2100)]
    year: i32,
    #[model(range = ..=1)]
    sold: bool,
    #[model(email, not_blank)]
    price: f64,
    #[model(pattern = "[0-9]")]
    number: i64,
    #[model(one_of = "red")]
    colour: String,
}

fn main() {}
