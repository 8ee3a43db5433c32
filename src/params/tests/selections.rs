//! Selections of members, by `fields` and `expand`.

use super::{
    check, check_words, read, shown,
    world::{CARS, PARTS, places, selection},
};
use crate::params::{ListParams, Shows, object};

const CAR: &str = "href car_id year owner_id seller_id engine_id garage_id depot_no make depot_land owner__nick built";
const OWNER: &str = "href id owner_id boss_id name nick city born boss";
const PART: &str = "href part_id car_id maker_id kind";

#[test]
fn objects_are_shown_with_what_is_asked_and_what_is_expanded() {
    let places = places();
    let one = "owner sold__by engine depot garage";
    let rows = [
        ("", format!("{CAR} {one}")),
        ("fields=make,owner,href", "href make owner".to_owned()),
        ("fields=parts", "fields:unknown_field".to_owned()),
        (
            "fields=make,parts&expand=tags",
            "fields:unknown_field".to_owned(),
        ),
        (
            "fields=make,tags&expand=tags",
            "make tags{href tag_id label in}".to_owned(),
        ),
        (
            "fields=make&expand=tags",
            "make tags{href tag_id label in}".to_owned(),
        ),
        (
            "expand=parts",
            format!("{CAR} {one} parts{{{PART} car maker}}"),
        ),
        (
            "fields=make&expand=parts.maker,parts",
            format!("make parts{{{PART} car maker{{{OWNER}}}}}"),
        ),
        (
            "fields=make&expand=parts,parts.maker",
            format!("make parts{{{PART} car maker{{{OWNER}}}}}"),
        ),
        (
            "fields=make&expand=tags,owner",
            format!("make owner{{{OWNER}}} tags{{href tag_id label in}}"),
        ),
        (
            "fields=make&expand=owner.cars",
            format!("make owner{{{OWNER} cars{{{CAR} {one}}}}}"),
        ),
        (
            "fields=make&expand=owner.boss",
            format!("make owner{{{OWNER}{{{OWNER}}}}}"),
        ),
        (
            "fields=make&expand=garage",
            format!("make garage{{{OWNER}}}"),
        ),
        (
            "fields=make&expand=sold__by",
            format!("make sold__by{{{OWNER}}}"),
        ),
        ("expand=parts,parts", "expand:repeated".to_owned()),
        ("expand=parts&expand=parts", "expand:repeated".to_owned()),
        ("expand=owner.boss.boss", "expand:limit_exceeded".to_owned()),
        ("expand=prats", "expand:unknown_field".to_owned()),
        ("expand=make", "expand:unknown_field".to_owned()),
        ("expand=owner.", "expand:unknown_field".to_owned()),
        ("expand=.owner", "expand:unknown_field".to_owned()),
        ("expand=owner.make", "expand:unknown_field".to_owned()),
        ("expand=", "expand:invalid_value".to_owned()),
        ("expand=owner,", "expand:invalid_value".to_owned()),
        (
            "expand=zzz,yyy&fields=zzz",
            "expand:unknown_field expand:unknown_field fields:unknown_field".to_owned(),
        ),
        ("expand!=owner", "expand!:unknown_parameter".to_owned()),
    ];
    let cars = &places.0[CARS];
    for (query, expected) in &rows {
        check(&[(query, expected)], |query| {
            read(&places, CARS, query, |params| {
                selection(&params.selection, cars, &places)
            })
        });
    }
    let objects = [
        ("", format!("{CAR} {one} parts tags")),
        ("fields=parts,make", "make parts".to_owned()),
        (
            "fields=make&expand=tags",
            "make tags{href tag_id label in}".to_owned(),
        ),
        ("owner__name=A", "owner__name:unknown_parameter".to_owned()),
        ("expand=zzz", "expand:unknown_field".to_owned()),
    ];
    for (query, expected) in &objects {
        check(&[(query, expected)], |query| {
            let read = object(query, cars, &places, Shows::Rows);
            shown(read.map(|selected| selection(&selected, cars, &places)))
        });
    }
}

#[test]
fn what_cannot_be_shown_is_said_in_words() {
    check_words(
        CARS,
        &[
            (
                "fields=parts",
                "`parts` is shown in lists when it is expanded: add `expand=parts`",
            ),
            (
                "expand=prats",
                "cars has no relation `prats`; did you mean `parts`?",
            ),
            (
                "expand=owner.bos",
                "cars has no relation `owner.bos`; did you mean `owner.boss`?",
            ),
            (
                "expand=owner.zzzz",
                "cars has no relation `owner.zzzz`; its relations are `owner.boss`, `owner.cars`",
            ),
            ("expand=tags.zzzz", "cars has no relation `tags.zzzz`"),
            (
                "expand=owner.name",
                "`owner.name` is a column, not a relation, so it cannot be expanded",
            ),
            (
                "expand=owner.boss.boss",
                "`owner.boss.boss` expands deeper than is shown: at most 2 relations",
            ),
        ],
    );
}

#[test]
fn fixed_fields_and_links_may_be_expanded() {
    let mut places = places();
    places.0[PARTS].fixed_fields = true;
    places.0[PARTS].links_only = true;
    let parts = &places.0[PARTS];
    let show = |params: &ListParams| selection(&params.selection, parts, &places);
    let maker = format!("href maker{{{OWNER}}}");
    let rows = [
        ("", "href"),
        ("expand=maker", &maker),
        ("fields=kind", "fields:not_supported"),
    ];
    check(&rows, |query| read(&places, PARTS, query, show));
}
