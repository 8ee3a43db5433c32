//! Items that cannot be choices.

use tower_rest::Choices;

#[derive(Choices)]
enum Data {
    Plain,
    Tuple(i64),
    Named { size: i64 },
}

#[derive(Choices)]
struct Struct;

#[derive(Choices)]
enum Generic<T> {
    One(T),
}

#[derive(Choices)]
enum Empty {}

#[derive(Choices)]
#[model(rename_all = "Title Case")]
enum Case {
    One,
}

#[derive(Choices)]
#[model(rename_all = "lowercase", table = "x")]
enum Same {
    #[model(rename = "two", hidden)]
    One,
    Two,
}

fn main() {}
