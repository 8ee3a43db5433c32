//! Relations with missing arguments, or by fields that do not exist.

use tower_rest::Model;

#[derive(Model)]
struct Owner {
    #[model(key)]
    id: i64,
}

#[derive(Model)]
#[model(one(Owner))]
#[model(one(Owner, by = "ownr_id"))]
#[model(one(Owner, by = 7))]
#[model(one(Owner, by = ()))]
#[model(one(owner: Owner, by = "owner_id"))]
#[model(one(Owner, through = "cars", by = "owner_id"))]
#[model(many(Owner, by = "id"))]
#[model(many(first: Owner))]
#[model(many(second: Owner, through = "pairs", by = "car_id"))]
#[model(many(third: Owner, by = "id", to = "id"))]
#[model(many(fourth: Owner, by = "no name"))]
#[model(many(fifth: Owner, name = "x", by = "id"))]
#[model(many(sixth: Owner, through = 7, by = "id", to = "id"))]
#[model(many(make: Owner, by = "id"))]
#[model(many(seller: Owner, by = "id"))]
#[model(many(href: Owner, by = "id"))]
struct Car {
    #[model(key)]
    id: i64,
    make: String,
    #[model(one(Owner, by = "owner_id"))]
    owner_id: i64,
    #[model(one(Owner, name = "seller"))]
    seller_id: i64,
}

fn main() {}
