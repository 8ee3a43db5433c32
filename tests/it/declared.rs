//! The tables of the fixture, declared: structs of the same models, and that the two ways describe the same.

use tower_rest::{Choices, Date, Model, Time, Timestamp};

#[derive(Model)]
struct Owner {
    #[model(key)]
    owner_id: i32,
    name: String,
    city: Option<String>,
}

/// Cars
#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i32,
    make: String,
    model: String,
    year: Option<i32>,
    #[model(type = "decimal")]
    price: Option<String>,
    sold: bool,
    built: Option<Timestamp>,
    #[model(hidden)]
    secret: Option<String>,
    notes: Option<String>,
    #[model(one(Owner))]
    owner_id: Option<i32>,
}

#[derive(Choices)]
#[model(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
    Blue,
}

#[derive(Model)]
#[model(table = "types")]
struct Everything {
    #[model(key)]
    id: i64,
    whole: Option<i64>,
    small: Option<i8>,
    flag: Option<bool>,
    float: Option<f64>,
    #[model(type = "decimal")]
    amount: Option<String>,
    word: Option<String>,
    colour: Option<Colour>,
    raw: Option<Vec<u8>>,
    day: Option<Date>,
    hour: Option<Time>,
    local: Option<Timestamp>,
    #[model(type = "zoned timestamp")]
    zoned: Option<Timestamp>,
    #[model(timestamp_format = "T")]
    local_t: Option<Timestamp>,
    #[model(timestamp_format = "offset")]
    zoned_offset: Option<chrono::DateTime<chrono::Utc>>,
    #[model(timestamp_format = "millis")]
    zoned_millis: Option<time::OffsetDateTime>,
    uid: Option<uuid::Uuid>,
    /// sixteen bytes
    #[model(uuid_format = "bytes")]
    uid_blob: Option<uuid::Uuid>,
    doc: Option<serde_json::Value>,
    #[model(type = "other")]
    misc: Option<Vec<u8>>,
}

#[derive(Model)]
struct Text {
    #[model(key)]
    name: String,
    n: Option<i32>,
}

#[derive(Model)]
struct Uid {
    #[model(key)]
    uid: uuid::Uuid,
    n: Option<i32>,
}

#[derive(Model)]
struct Blob {
    #[model(key)]
    raw: Vec<u8>,
    n: Option<i32>,
}

#[derive(Model)]
struct Day {
    #[model(key)]
    day: chrono::NaiveDate,
    n: Option<i32>,
}

#[derive(Model)]
#[model(table = "decimals")]
struct Amount {
    #[model(key, type = "decimal")]
    amount: String,
    n: Option<i32>,
}

#[derive(Model)]
#[model(table = "order by \"x\"; --")]
struct Odd {
    #[model(key)]
    group: i32,
    #[model(column = "sp ace")]
    space: Option<String>,
    #[model(column = "qu\"ote")]
    quote: Option<String>,
    page: Option<i32>,
    a: Option<time::Date>,
    #[model(column = "a__year")]
    a_year: Option<i32>,
    #[model(column = "a__b")]
    a_b: Option<String>,
    #[model(column = "ünï")]
    uni: Option<String>,
    #[model(column = "mark!")]
    mark: Option<String>,
    total: Option<i32>,
}

macro_rules! numbers {
    ($($name:ident $table:literal $model:literal;)+) => {
        $(
            #[derive(Model)]
            #[model(table = $table, name = $model)]
            struct $name {
                #[model(key)]
                id: i32,
                tie: Option<i32>,
            }
        )+
    };
}

numbers! {
    Numbers "numbers" "Number";
    Nothing "nothing" "Number";
    Single "single" "Number";
    Ghosts "ghosts" "Ghost";
}

#[derive(Model)]
struct Node {
    #[model(key)]
    id: i32,
    #[model(one(Self))]
    parent_id: Option<i32>,
}

#[derive(Model)]
#[model(table = "drifted")]
struct Drifted {
    #[model(key)]
    id: i32,
    kept: Option<i32>,
    dropped: Option<i32>,
}

/// The declared model of a table of the fixture.
pub(crate) fn model(table: &str) -> Model {
    match table {
        "owners" => Model::of::<Owner>(),
        "cars" => Model::of::<Car>(),
        "types" => Model::of::<Everything>(),
        "texts" => Model::of::<Text>(),
        "uids" => Model::of::<Uid>(),
        "blobs" => Model::of::<Blob>(),
        "days" => Model::of::<Day>(),
        "decimals" => Model::of::<Amount>(),
        "order by \"x\"; --" => Model::of::<Odd>(),
        "numbers" => Model::of::<Numbers>(),
        "nothing" => Model::of::<Nothing>(),
        "single" => Model::of::<Single>(),
        "ghosts" => Model::of::<Ghosts>(),
        "nodes" => Model::of::<Node>(),
        "drifted" => Model::of::<Drifted>(),
        table => panic!("`{table}` is not declared"),
    }
}
