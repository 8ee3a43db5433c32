//! Orderings through relations and by whole keys.

use super::{
    check, check_words, read,
    world::{CARS, DEPOTS, orders, places},
};
use crate::params::{ListParams, term};

#[test]
fn a_list_is_ordered_through_to_one_relations() {
    let places = places();
    let check_orders = |place: usize, rows: &[(&str, &str)]| {
        let model = &places.0[place].model;
        let show = |params: &ListParams| orders(&params.order, model);
        check(rows, |terms| {
            read(&places, place, &format!("ordering={terms}"), show)
        });
    };
    check_orders(
        CARS,
        &[
            ("owner__name", "owner_id>Owner.name, car_id"),
            (
                "-owner__boss__name,year",
                "-owner_id>Owner.boss_id>Owner.name, year, car_id",
            ),
            ("owner__id", "owner_id>Owner.owner_id, car_id"),
            (
                "-depot__id",
                "-depot_land+depot_no>Depot.land, -depot_land+depot_no>Depot.no, car_id",
            ),
            ("engine__kind", "engine_id>Part[for_sale=true].kind, car_id"),
            (
                "sold__by__name,owner__name",
                "seller_id>Owner.name, owner_id>Owner.name, car_id",
            ),
            ("owner__nick", "owner__nick, car_id"),
            (
                "owner_id,owner__owner_id",
                "owner_id, owner_id>Owner.owner_id, car_id",
            ),
            ("owner__name,-owner__name", "ordering:repeated"),
            ("owner__id,owner__owner_id", "ordering:repeated"),
            ("owner", "ordering:unknown_field"),
            ("owner__", "ordering:unknown_field"),
            ("owner__nmae", "ordering:unknown_field"),
            ("owner__city", "ordering:unknown_field"),
            ("owner__pin", "ordering:unknown_field"),
            ("garage__name", "ordering:unknown_field"),
            ("parts", "ordering:unknown_field"),
            ("parts__kind", "ordering:unknown_field"),
            ("owner__cars__make", "ordering:unknown_field"),
            (
                "owner__boss__boss__boss__boss__name",
                "ordering:limit_exceeded",
            ),
        ],
    );
    check_orders(
        DEPOTS,
        &[
            ("id", "land, no"),
            ("-id", "-land, -no"),
            ("no,id", "ordering:repeated"),
            ("-town", "-town, land, no"),
        ],
    );
    check_words(
        CARS,
        &[
            (
                "ordering=owner__nmae",
                "cars has no field `owner__nmae`; did you mean `owner__name`?",
            ),
            (
                "ordering=owner__city",
                "cars cannot be ordered by `owner__city`; it can be ordered by `owner__owner_id`, `owner__boss_id`, `owner__name`, `owner__nick`, `owner__born`, `owner__id`",
            ),
            (
                "ordering=engine",
                "cars cannot be ordered by the relation `engine` itself; it can be ordered by `engine__part_id`, `engine__car_id`, `engine__maker_id`, `engine__kind`",
            ),
            (
                "ordering=parts__kind",
                "cars cannot be ordered by `parts__kind`: a row may have several `parts`, so it has no one place by them",
            ),
            (
                "ordering=garage__name",
                "cars cannot be ordered through the relation `garage`",
            ),
        ],
    );
}

#[test]
fn a_default_order_goes_through_relations_as_the_request_may_see_them() {
    let mut places = places();
    let default = term(&places.0[CARS], "-engine__kind", &[], &places.0);
    places.0[CARS].default_order = default.expect("an order");
    let model = places.0[CARS].model.clone();
    let order = read(&places, CARS, "", |params| orders(&params.order, &model));
    assert_eq!(order, "-engine_id>Part[for_sale=true].kind, car_id");
    let refused = term(&places.0[CARS], "parts__kind", &[], &places.0);
    assert!(refused.is_err_and(|words| words.contains("several `parts`")));
    let before = places.0[CARS].default_order.as_slice();
    let again = term(&places.0[CARS], "engine__kind", before, &places.0);
    assert_eq!(
        again,
        Err("`engine__kind` is named more than once".to_owned())
    );
}
