//! The conditions that filters become: through relations, on one related row or on several, with row filters, by whole
//! keys.

use super::{
    check_filters,
    world::{CARS, DEPOTS, OWNERS},
};

#[test]
fn a_to_one_relation_by_one_column_is_that_column() {
    check_filters(
        CARS,
        &[
            ("", "all"),
            ("owner=7", "owner_id=7"),
            ("owner=7&owner=8", "owner_id in 7|8"),
            ("owner!=7&owner!=8", "!(owner_id in 7|8)"),
            ("owner__exact=7", "owner_id=7"),
            ("owner__in=7,8", "owner_id in 7|8"),
            ("owner__in=", "(none)"),
            ("owner__in!=7", "!(owner_id=7)"),
            ("owner__isnull=true", "owner_id is null"),
            ("owner__isnull=false", "!(owner_id is null)"),
            ("owner__isnull!=true", "!(owner_id is null)"),
            ("sold__by=7", "seller_id=7"),
            ("owner=7&owner_id=8", "owner_id=8 & owner_id=7"),
            ("owner=x", "owner:invalid_value"),
            ("owner=", "owner:invalid_value"),
            ("owner__gt=7", "owner__gt:unknown_lookup"),
            ("owner__in__in=7", "owner__in__in:unknown_lookup"),
            ("owner__in=7&owner__in=8", "owner__in:repeated"),
            ("garage=7", "garage:unknown_parameter"),
            ("garage__name=A", "garage__name:unknown_parameter"),
            ("garage__isnull=true", "garage__isnull:unknown_parameter"),
        ],
    );
}

#[test]
fn a_to_one_relation_by_several_columns_is_there_or_not() {
    check_filters(
        CARS,
        &[
            (
                "depot__isnull=true",
                "(depot_land is null | depot_no is null)",
            ),
            (
                "depot__isnull=false",
                "!((depot_land is null | depot_no is null))",
            ),
            ("depot=de,1", "depot:unknown_lookup"),
            ("depot__in=de", "depot__in:unknown_lookup"),
            ("depot__town=Ulm", "depot_land+depot_no>Depot(town=Ulm)"),
            (
                "depot__id=de,1",
                "depot_land+depot_no>Depot(land=de & no=1)",
            ),
        ],
    );
}

#[test]
fn a_filter_goes_through_relations() {
    check_filters(
        CARS,
        &[
            ("owner__name=Bob", "owner_id>Owner(name=Bob)"),
            ("owner__name!=Bob", "!(owner_id>Owner(name=Bob))"),
            ("owner__name__contains=o", "owner_id>Owner(name Inside o)"),
            ("owner__name__in=A,B", "owner_id>Owner(name in A|B)"),
            ("owner__name=A&owner__name=B", "owner_id>Owner(name in A|B)"),
            (
                "owner__name!=A&owner__name!=B",
                "!(owner_id>Owner(name in A|B))",
            ),
            (
                "owner__born__year=1990",
                "owner_id>Owner(born>=1990-01-01T00:00:00 & born<1991-01-01T00:00:00)",
            ),
            (
                "owner__born__month__in=6,7",
                "owner_id>Owner(Month(born) in 6|7)",
            ),
            ("owner__owner_id=7", "owner_id>Owner(owner_id=7)"),
            ("owner__id=7", "owner_id>Owner(owner_id=7)"),
            ("owner__boss=3", "owner_id>Owner(boss_id=3)"),
            (
                "owner__boss__isnull=true",
                "!(owner_id>Owner(!(boss_id is null)))",
            ),
            (
                "owner__boss__isnull!=true",
                "owner_id>Owner(!(boss_id is null))",
            ),
            (
                "owner__boss__name=Eve",
                "owner_id>Owner(boss_id>Owner(name=Eve))",
            ),
            ("sold__by__name=Bob", "seller_id>Owner(name=Bob)"),
            (
                "owner__name=A&sold__by__name=B",
                "owner_id>Owner(name=A) & seller_id>Owner(name=B)",
            ),
            ("owner__nick=x", "owner__nick=x"),
            ("owner__nick__in=x,y", "owner__nick in x|y"),
            ("sold__by__nick=x", "seller_id>Owner(nick=x)"),
            ("tags__in=3,4", "tag_id<Tag(in=3,4)"),
            ("tags=3", "tag_id<Tag(tag_id=3)"),
        ],
    );
}

#[test]
fn conditions_on_one_relation_meet_in_one_row_and_negated_ones_stand_apart() {
    check_filters(
        CARS,
        &[
            (
                "owner__nick=x&owner__name=A&owner__born__isnull=true",
                "owner__nick=x & !(owner_id>Owner(!(born is null))) & owner_id>Owner(name=A)",
            ),
            (
                "owner__boss__name=E&owner__name=A",
                "owner_id>Owner(name=A & boss_id>Owner(name=E))",
            ),
            (
                "owner__boss__name=E&owner__boss=3",
                "owner_id>Owner(boss_id=3 & boss_id>Owner(name=E))",
            ),
            ("tags__label=a&tags=3", "tag_id<Tag(label=a & tag_id=3)"),
            (
                "tags__label=a&tags__label__contains=b",
                "tag_id<Tag(label=a & label Inside b)",
            ),
            (
                "tags__label=a&tags__label!=b",
                "tag_id<Tag(label=a) & !(tag_id<Tag(label=b))",
            ),
            (
                "tags__label!=a&tags__tag_id!=3",
                "!(tag_id<Tag(tag_id=3)) & !(tag_id<Tag(label=a))",
            ),
            (
                "tags__tag_id!=3&tags__label!=a",
                "!(tag_id<Tag(tag_id=3)) & !(tag_id<Tag(label=a))",
            ),
            (
                "tags__label=a&make=Fiat&owner__name=A",
                "make=Fiat & owner_id>Owner(name=A) & tag_id<Tag(label=a)",
            ),
            (
                "owner__name=A&tags__label=a&make=Fiat",
                "make=Fiat & owner_id>Owner(name=A) & tag_id<Tag(label=a)",
            ),
        ],
    );
}

#[test]
fn what_a_request_may_not_see_of_a_place_does_not_exist() {
    check_filters(
        CARS,
        &[
            (
                "parts__kind=brake",
                "car_id<Part(kind=brake & for_sale=true)",
            ),
            (
                "parts__kind!=brake",
                "!(car_id<Part(kind=brake & for_sale=true))",
            ),
            ("parts__isnull=true", "!(car_id<Part(for_sale=true))"),
            ("parts__isnull=false", "car_id<Part(for_sale=true)"),
            ("parts__isnull!=true", "car_id<Part(for_sale=true)"),
            ("parts=3", "car_id<Part(part_id=3 & for_sale=true)"),
            (
                "parts__in=3,4",
                "car_id<Part(part_id in 3|4 & for_sale=true)",
            ),
            (
                "parts=3&parts=4",
                "car_id<Part(part_id in 3|4 & for_sale=true)",
            ),
            ("parts!=3", "!(car_id<Part(part_id=3 & for_sale=true))"),
            ("parts__maker=5", "car_id<Part(maker_id=5 & for_sale=true)"),
            (
                "parts__maker__name=A",
                "car_id<Part(maker_id>Owner(name=A) & for_sale=true)",
            ),
            (
                "parts__maker__name!=A&parts__kind=b",
                "car_id<Part(kind=b & for_sale=true) & !(car_id<Part(maker_id>Owner(name=A) & for_sale=true))",
            ),
            ("engine__kind=V8", "engine_id>Part(kind=V8 & for_sale=true)"),
            ("tags__isnull=true", "!(tag_id<Tag(all))"),
            ("parts__gt=3", "parts__gt:unknown_lookup"),
            ("parts=x", "parts:invalid_value"),
            ("parts__isnull=yes", "parts__isnull:invalid_value"),
            (
                "parts__isnull=true&parts__isnull=false",
                "parts__isnull:repeated",
            ),
            ("parts__for_sale=true", "parts__for_sale:unknown_parameter"),
        ],
    );
    check_filters(
        OWNERS,
        &[
            (
                "cars__parts__kind=b",
                "owner_id<Car(car_id<Part(kind=b & for_sale=true))",
            ),
            (
                "cars__parts__isnull=true",
                "owner_id<Car(!(car_id<Part(for_sale=true)))",
            ),
            (
                "cars__parts__isnull!=true",
                "!(owner_id<Car(!(car_id<Part(for_sale=true))))",
            ),
            ("id=7&owner_id=8", "owner_id=8 & owner_id=7"),
        ],
    );
}

#[test]
fn a_key_of_several_columns_is_named_whole() {
    check_filters(
        DEPOTS,
        &[
            ("id=de,1", "land=de & no=1"),
            ("id=d%252Ce,1", "land=d,e & no=1"),
            ("id=~,1", "land= & no=1"),
            ("id!=de,1", "!(land=de & no=1)"),
            ("id=de,1&id=fr,2", "(land=de & no=1 | land=fr & no=2)"),
            ("id=de,1&id=de,1", "land=de & no=1"),
            (
                "id__in=\"de,1\",\"fr,2\"",
                "(land=de & no=1 | land=fr & no=2)",
            ),
            ("id__in=", "(none)"),
            ("id=de", "id:invalid_value"),
            ("id=de,01", "id:invalid_value"),
            ("id=de,1,2", "id:invalid_value"),
            ("id__in=de,1", "id__in:invalid_value"),
            ("id__gt=de,1", "id__gt:unknown_lookup"),
            ("id__isnull=true", "id__isnull:unknown_lookup"),
            ("land=de", "land=de"),
            ("cars=1", "depot_land+depot_no<Car(car_id=1)"),
        ],
    );
}
