//! The conditions that groups of filters become, and where their faults are.

use super::{
    check, check_filters, check_words, read,
    world::{CARS, OWNERS, condition, places},
};
use crate::params::{Format, Limits, list};

#[test]
fn groups_combine_filters_and_each_other() {
    check_filters(
        CARS,
        &[
            ("or=(make=Fiat,year__gte=2010)", "(year>=2010 | make=Fiat)"),
            ("and=(make=Fiat,year__gte=2010)", "year>=2010 & make=Fiat"),
            ("not=(make=Fiat)", "!(make=Fiat)"),
            ("not=(make=Fiat,year=1)", "!(year=1 & make=Fiat)"),
            ("not=(make!=Fiat)", "make=Fiat"),
            (
                "or=(make=Fiat,and(year__gte=2010,year__lt=2015))",
                "(make=Fiat | year>=2010 & year<2015)",
            ),
            (
                "or=(make!=Fiat,not(year=1,or(year=2,year=3)))",
                "(!(make=Fiat) | !(year=1 & (year=2 | year=3)))",
            ),
            (
                "not=(year=3)&make=A&or=(year=1,year=2)",
                "make=A & (year=1 | year=2) & !(year=3)",
            ),
            ("or=(make=A,make=B)", "(make=A | make=B)"),
            ("or=(make=B,year=1)", "(year=1 | make=B)"),
            ("or=(make!=A,make!=B)", "(!(make=A) | !(make=B))"),
            ("and=(make!=A,make!=B)", "!(make in A|B)"),
            ("or=(make%21%3DA,make=B)", "(make=B | !(make=A))"),
        ],
    );
}

#[test]
fn a_value_is_quoted_as_an_item_of_a_list() {
    check_filters(
        CARS,
        &[
            ("or=(make=\"a,b\")", "(make=a,b)"),
            ("or=(make=\"a\"\"(b)\",year=1)", "(year=1 | make=a\"(b))"),
            ("or=(make=a\"b\")", "(make=a\"b\")"),
            ("or=(make=\"\"\"a\"\"\")", "(make=\"a\")"),
            ("or=(make=a=b)", "(make=a=b)"),
            ("or=(make=,year=1)", "(year=1 | make=)"),
            ("or=(make=\"\")", "(make=)"),
            ("or=(make__in=(A,B),year=1)", "(year=1 | make in A|B)"),
            ("or=(make__in=(A,\"B,(C)\"))", "(make in A|B,(C))"),
            ("or=(make__in=A)", "(make=A)"),
            ("or=(make__in=\"A,B\")", "(make=A,B)"),
            ("or=(make__in=())", "((none))"),
            ("or=(make__in=)", "((none))"),
            ("or=(year__range=(1,2))", "(year>=1 & year<=2)"),
            ("or=(year__range!=(1,))", "(!(year>=1))"),
            ("or=(\"make__in=A,B\",year=1)", "(year=1 | make in A|B)"),
            ("or=(\"make__in=\"\"A,B\"\",C\")", "(make in A,B|C)"),
            ("or=(\"make!=a)\")", "(!(make=a)))"),
            ("or=(make=%22a%2Cb%22,year=1)", "(year=1 | make=a,b)"),
            ("or=(make= A ,year=1)", "(year=1 | make= A )"),
            (
                "or=(depot__id=\"de,1\")",
                "(depot_land+depot_no>Depot(land=de & no=1))",
            ),
        ],
    );
}

#[test]
fn filters_of_one_and_meet_in_one_related_row() {
    let sale = "car_id<Part(for_sale=true)";
    check_filters(
        CARS,
        &[
            (
                "and=(parts__kind=a,parts__part_id=1)",
                "car_id<Part(part_id=1 & kind=a & for_sale=true)",
            ),
            (
                "parts__kind=a&and=(parts__part_id=1)",
                "car_id<Part(kind=a & for_sale=true) & car_id<Part(part_id=1 & for_sale=true)",
            ),
            (
                "and=(parts__kind=a,and(parts__part_id=1))",
                "car_id<Part(kind=a & for_sale=true) & car_id<Part(part_id=1 & for_sale=true)",
            ),
            (
                "not=(parts__kind=a,parts__part_id=1)",
                "!(car_id<Part(part_id=1 & kind=a & for_sale=true))",
            ),
            (
                "and=(parts__kind=a,parts__part_id!=1)",
                "car_id<Part(kind=a & for_sale=true) & !(car_id<Part(part_id=1 & for_sale=true))",
            ),
            (
                "or=(parts__kind=a,parts__part_id=1)",
                "(car_id<Part(part_id=1 & for_sale=true) | car_id<Part(kind=a & for_sale=true))",
            ),
            ("or=(parts__isnull=false)", &format!("({sale})")),
            ("or=(parts__isnull=true)", &format!("(!({sale}))")),
            (
                "or=(owner__isnull=true,year=1)",
                "(year=1 | owner_id is null)",
            ),
        ],
    );
}

#[test]
fn what_is_no_group_is_refused() {
    check_filters(
        CARS,
        &[
            ("or=", "or:invalid_value"),
            ("or=()", "or:invalid_value"),
            ("or=make=A", "or:invalid_value"),
            ("or=(make=A", "or:invalid_value"),
            ("or=(make=A))", "or:invalid_value"),
            ("or=(make=A)x", "or:invalid_value"),
            ("or=(make=A,)", "or:invalid_value"),
            ("or=(,make=A)", "or:invalid_value"),
            ("or=(and())", "or:invalid_value"),
            ("or=(make=A,xor(year=1))", "or:invalid_value"),
            ("or=(and=(make=A))", "or:invalid_value"),
            ("or=(make=\"A)", "or:invalid_value"),
            ("or=(make=\"A\"B)", "or:invalid_value"),
            ("or=(make__in=(A)B)", "or:invalid_value"),
            ("or=(make__in=(A,(B)))", "or:invalid_value"),
            ("or=(make__in=(A,,B))", "or:invalid_value"),
            ("or=(make__in=(\"A\"B))", "or:invalid_value"),
            ("or=(make=(A))", "or:invalid_value"),
            ("or=(make=A(B))", "or:invalid_value"),
            (
                "or=(year=x,make__in=(A,))",
                "or:invalid_value or:invalid_value",
            ),
            ("or=(secret=1)", "or:unknown_parameter"),
            ("or=(page=1)", "or:unknown_parameter"),
            ("or=(or=1)", "or:unknown_parameter"),
            (
                "or=(year__gtee=1,yaer=2)",
                "or:unknown_lookup or:unknown_parameter",
            ),
            ("or=(utm_x=1)", "or:unknown_parameter"),
            ("or!=(make=A)", "or!:unknown_parameter"),
            ("or=(make=A)&or=(year=1)", "or:repeated"),
            ("and=(make=A,make=B)", "and:repeated"),
            ("and=(make=A,make__exact=B)", "and:repeated"),
            ("not=(make=A,make=B)", "not:repeated"),
            ("and=(year__gt=1,year__gt=2)", "and:repeated"),
            ("or=(year__gt=1,year__gt=2)", "(year>1 | year>2)"),
            (
                "or=(x=1)&yaer=1&and=(y=1)",
                "or:unknown_parameter yaer:unknown_parameter and:unknown_parameter",
            ),
        ],
    );
}

#[test]
fn a_fault_says_its_place() {
    check_words(
        CARS,
        &[
            (
                "or=(make=Fiat,yaer=1)",
                "`or`: at character 12, cars has no filter `yaer`; did you mean `year`?",
            ),
            (
                "or=(make=%C5%A0koda,and(year=x))",
                "`or`: at character 17, `year` is `x`, but takes a whole number from -2147483648 to 2147483647",
            ),
            (
                "or=(make=A",
                "`or`: at character 8, the text ends, but a group is not closed by `)`",
            ),
            (
                "not=(make=A)+",
                "`not`: at character 9, the group has ended, but more text follows",
            ),
            (
                "or=(make=A,,year=1)",
                "`or`: at character 9, a filter is missing",
            ),
            (
                "or=(make)",
                "`or`: at character 2, `make` has no value: write `make=…`, a list in parentheses, as in `(a,b)`, and a value with \
                 a comma in quotes",
            ),
            (
                "or=make=A",
                "`or`: at character 1, a group begins with `(`, as in `or=(make=Fiat,year=2010)`",
            ),
            (
                "or=(ro(make=A))",
                "`or`: at character 2, `ro` is no group; did you mean `or`? Groups are `or(…)`, `and(…)` and `not(…)`",
            ),
            (
                "or=(and=(make=A))",
                "`or`: at character 5, a group inside another has no `=`: write `and(…)`",
            ),
            (
                "or=(make=\"A)",
                "`or`: at character 7, a quote is not closed by another; inside it, `\"\"` is a quote",
            ),
            (
                "and=(make=A,make=B)",
                "`and`: at character 9, `make` is given more than once where all must hold; for one of several \
                 values write `make__in=(…)`",
            ),
            (
                "or=(make=(A,B))",
                "`or`: at character 2, `make` takes one value; only `in`, `range` and the lookups of arrays take a list in parentheses",
            ),
            (
                "or=(pages=1)",
                "`or`: at character 2, cars has no filter `pages`; did you mean `parts` or `tags`?",
            ),
            (
                "or=(page=1)",
                "`or`: at character 2, `page` is a parameter, not a filter",
            ),
        ],
    );
}

#[test]
fn groups_have_limits() {
    let places = places();
    let mut offer = places.0[CARS].clone();
    offer.limits = Limits::default().filters(3).group_depth(2).items(2);
    let rows = [
        ("or=(and(make=A))", "(make=A)"),
        ("or=(and(or(make=A)))", "or:limit_exceeded"),
        ("or=(year=1,year=2,year=3)", "(year=1 | year=2 | year=3)"),
        ("or=(year=1,year=2,year=3,year=4)", "or:limit_exceeded"),
        (
            "or=(year=1,year=2)&and=(make=A,year=1)",
            "and:limit_exceeded",
        ),
        ("or=(year=1,year=2)&make=A&year=1", "year:limit_exceeded"),
        ("or=(make__in=(A,B,C))", "or:limit_exceeded"),
        ("or=(make__in=(A,B))", "(make in A|B)"),
    ];
    check(&rows, |query| {
        super::shown(
            list(query, &offer, &places, Format::Json, None)
                .map(|params| condition(&params.filter, &offer.model)),
        )
    });
}

/// A filter that is ignored inside a group would make of `or` what was not asked.
#[test]
fn a_lenient_viewset_refuses_unknown_filters_of_groups() {
    let mut places = places();
    places.0[OWNERS].lenient = true;
    let model = places.0[OWNERS].model.clone();
    let rows = [
        ("nmae=A", "all"),
        ("or=(nmae=A,name=B)", "or:unknown_parameter"),
    ];
    check(&rows, |query| {
        read(&places, OWNERS, query, |params| {
            condition(&params.filter, &model)
        })
    });
}
