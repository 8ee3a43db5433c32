//! Mistakes that only the compiler can find: types that do not match, and handles that do not exist.

use tower_rest::{Choices, Database, Model, ViewSet};

#[derive(Model)]
struct Owner {
    #[model(key)]
    id: i64,
    name: String,
}

#[derive(Choices)]
enum Colour {
    Red,
}

struct Weight;
struct Plain;

#[derive(Model)]
#[model(many(parts: Part, by = "car"))]
#[model(many(spares: Part, by = "name"))]
#[model(one(Order, by = ("shop_id"), name = "order"))]
#[model(many(owners: Owner, through = Plain, by = "car_id", to = "owner_id"))]
struct Car {
    #[model(key)]
    id: i64,
    weight: Weight,
    #[model(default = Colour::Blue)]
    colour: Colour,
    #[model(one(Owner))]
    owner_id: String,
    #[model(one(Plain))]
    plain_id: i64,
    shop_id: i64,
}

#[derive(Model)]
struct Part {
    #[model(key)]
    id: i64,
    car_id: Option<i64>,
    name: String,
}

#[derive(Model)]
struct Order {
    #[model(key)]
    shop_id: i64,
    #[model(key)]
    number: i64,
}

fn viewsets(db: &Database) {
    let _ = ViewSet::of::<Plain>(db);
    let _ = ViewSet::of::<Owner>(db).filters((Owner::NAME, Owner::NAEM));
    let _ = ViewSet::of::<Owner>(db).filters(7);
}

fn main() {}
