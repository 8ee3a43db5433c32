//! Names that clash, or that a URL cannot contain.

use tower_rest::Model;

#[derive(Model)]
struct Stored {
    #[model(key)]
    id: i64,
    #[model(column = "id")]
    other: i64,
    make: String,
    #[model(column = "make")]
    maker: String,
}

#[derive(Model)]
struct Shown {
    #[model(key)]
    id: i64,
    make: String,
    #[model(rename = "make")]
    maker: String,
    href: String,
    #[model(rename = "a,b")]
    comma: String,
    #[model(rename = "-x")]
    minus: String,
}

#[derive(Model)]
struct Handles {
    #[model(key)]
    id: i64,
    make: String,
    Make: String,
}

fn main() {}
