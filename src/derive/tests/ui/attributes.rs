//! Attributes that are unknown, misplaced, repeated, or in the wrong form.

use tower_rest::Model;

#[derive(Model)]
#[model(tabel = "cars")]
#[model(table = "cars", table = "automobiles")]
#[model(hidden)]
#[model(schema)]
#[model(name = "")]
#[model(description = 7)]
#[model]
#[model(one)]
#[model(many(: Car))]
struct Car {
    #[model(key = true)]
    id: i64,
    #[model(hiden)]
    make: String,
    #[model(table = "cars")]
    year: i32,
    #[model(unique, unique)]
    vin: String,
    #[model(rename = rank)]
    rank: i32,
    #[model(max_length = "40")]
    notes: String,
    #[model(default)]
    doors: i32,
    #[model(column "colour")]
    color: String,
}

fn main() {}
