//! Faults of filters through relations, and their texts.

use super::{
    check, check_filters, check_words, read,
    world::{CARS, DEPOTS, condition, places},
};
use crate::params::{Format, Limits, list};

#[test]
fn what_no_relation_offers_is_refused() {
    check_filters(
        CARS,
        &[
            ("owner__nmae=A", "owner__nmae:unknown_parameter"),
            ("owner__=A", "owner__:unknown_parameter"),
            ("owner__city=A", "owner__city:unknown_parameter"),
            ("owner__pin=1", "owner__pin:unknown_parameter"),
            ("owner__name__gtee=A", "owner__name__gtee:unknown_lookup"),
            (
                "owner__name__in__in=A",
                "owner__name__in__in:unknown_lookup",
            ),
            ("owner__boss__gt=3", "owner__boss__gt:unknown_lookup"),
            (
                "owner__born=x&owner__nmae!=A",
                "owner__born:invalid_value owner__nmae!:unknown_parameter",
            ),
            (
                "owner__boss__boss=3",
                "owner_id>Owner(boss_id>Owner(boss_id=3))",
            ),
            (
                "owner__boss__boss__boss__boss__name=A",
                "owner__boss__boss__boss__boss__name:limit_exceeded",
            ),
            (
                "owner__boss__boss__boss__cars__isnull=true",
                "owner__boss__boss__boss__cars__isnull:limit_exceeded",
            ),
            (
                "owner__boss__boss__boss__cars=1",
                "owner__boss__boss__boss__cars:limit_exceeded",
            ),
            ("utm_x=1&tags__label=a", "tag_id<Tag(label=a)"),
        ],
    );
    check_words(
        CARS,
        &[
            (
                "owner__nmae=A",
                "cars has no filter `owner__nmae`; did you mean `owner__name`?",
            ),
            (
                "owner__nmae__gte=A",
                "cars has no filter `owner__nmae__gte`; did you mean `owner__name`?",
            ),
            (
                "owner__boss__nam=A",
                "cars has no filter `owner__boss__nam`; did you mean `owner__boss__name`?",
            ),
            (
                "ownr__name=A",
                "cars has no filter `ownr__name`; did you mean `owner`?",
            ),
            ("owner__pina=1", "cars has no filter `owner__pina`"),
            ("owner__ciy=1", "cars has no filter `owner__ciy`"),
            ("garag=1", "cars has no filter `garag`"),
            ("owner__city=A", "cars cannot be filtered by `owner__city`"),
            ("garage__name=A", "cars cannot be filtered by `garage`"),
            (
                "owner__gt=7",
                "`owner` is a relation and has no lookup `gt`; its lookups are `exact`, `in`, `isnull`",
            ),
            (
                "depot=1",
                "`depot` is a relation whose rows no single value names and has no lookup `exact`; its lookups are `isnull`",
            ),
            (
                "owner__name__gtee=A",
                "`owner__name` is of type text and has no lookup `gtee`; did you mean `gte`? Its lookups are `exact`, `iexact`, `in`, `gt`, `gte`, `lt`, `lte`, `range`, `contains`, `icontains`, `startswith`, `istartswith`, `endswith`, `iendswith`, `isnull`",
            ),
            (
                "owner__born=2014-01-02",
                "`owner__born` is `2014-01-02`, but takes a timestamp; days are compared by `owner__born__date`, as in `owner__born__date__gte=2014-01-02`",
            ),
            (
                "owner__boss__gt=x&make=A",
                "`owner__boss` is a relation and has no lookup `gt`; its lookups are `exact`, `in`, `isnull`",
            ),
            (
                "parts=",
                "`parts` is ``, but takes a value, since it is of type integer; rows without one are `parts__isnull=true`",
            ),
            (
                "owner__boss__boss__boss__boss__name=A",
                "`owner__boss__boss__boss__boss__name` goes through more relations than are followed: at most 4",
            ),
        ],
    );
    check_words(
        DEPOTS,
        &[
            (
                "id=x",
                "`id` is `x`, but takes a key as links have it: 2 parts split by commas, each percent-encoded",
            ),
            (
                "id__gt=x",
                "`id` is a key of 2 columns and has no lookup `gt`; its lookups are `exact`, `in`",
            ),
        ],
    );
}

#[test]
fn filters_through_relations_have_the_limits_of_their_list() {
    let mut places = places();
    places.0[CARS].limits = Limits::default().filters(2).items(2).relations(1);
    places.0[DEPOTS].limits = Limits::default().items(4);
    let model = places.0[CARS].model.clone();
    let rows = [
        (
            "owner__name=A&owner__name=B&owner__name=C",
            "owner__name:limit_exceeded",
        ),
        ("owner__name__in=A,B,C", "owner__name__in:limit_exceeded"),
        ("owner__name=A&tags__label=b&make=c", "make:limit_exceeded"),
        ("owner__boss=3", "owner_id>Owner(boss_id=3)"),
        ("owner__boss__name=A", "owner__boss__name:limit_exceeded"),
        ("ordering=owner__boss__name", "ordering:limit_exceeded"),
    ];
    check(&rows, |query| {
        read(&places, CARS, query, |params| {
            condition(&params.filter, &model)
        })
    });
    let rows = [
        ("id=a,1&id=b,2", "(land=a & no=1 | land=b & no=2)"),
        ("id=a,1&id=b,2&id=c,3", "id:limit_exceeded"),
        ("id__in=\"a,1\",\"b,2\",\"c,3\"", "id__in:limit_exceeded"),
    ];
    let model = places.0[DEPOTS].model.clone();
    check(&rows, |query| {
        read(&places, DEPOTS, query, |params| {
            condition(&params.filter, &model)
        })
    });
}

#[test]
fn no_name_is_a_riddle_whose_answer_is_hidden() {
    const NAMES: [&str; 12] = [
        "", "owner", "boss", "parts", "name", "isnull", "gtt", "pni", "secre", "for_sal", "ciyt",
        "garag",
    ];
    let places = places();
    let mut sent: Vec<String> = vec![String::new()];
    for length in 1..=3 {
        let longer = sent.iter().flat_map(|before| {
            let join = if length == 1 { "" } else { "__" };
            NAMES.map(|name| format!("{before}{join}{name}"))
        });
        sent = longer.collect();
        for name in &sent {
            for query in [format!("{name}=1"), format!("ordering={name}")] {
                let Err(error) = list(&query, &places.0[CARS], &places, Format::Json, None) else {
                    continue;
                };
                for fault in error.parameter_faults() {
                    for hidden in ["pin", "secret", "for_sale", "city", "garage`"] {
                        assert!(!fault.detail.contains(hidden), "{query}: {}", fault.detail);
                    }
                }
            }
        }
    }
}
