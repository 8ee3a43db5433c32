//! Items that cannot be models: all but structs with named fields and no parameters.

use tower_rest::Model;

#[derive(Model)]
enum Colour {
    Red,
}

#[derive(Model)]
struct Pair(i64, String);

#[derive(Model)]
struct Unit;

#[derive(Model)]
struct Empty {}

#[derive(Model)]
union Both {
    number: i64,
    other: u64,
}

#[derive(Model)]
struct Generic<T> {
    #[model(key)]
    id: T,
}

#[derive(Model)]
struct Borrowed<'a> {
    #[model(key)]
    id: &'a str,
}

fn main() {}
