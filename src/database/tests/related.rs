//! Conditions on related rows.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(found: &str, expected: &Expect) {
    expected.assert_eq(&found.replace(", ", "\n"));
}

fn filtered(model: &Model, filter: Predicate) -> Readable {
    Readable::List(List {
        filter,
        ..list(model, Vec::new())
    })
}

/// Returns the first column of the rows that match a filter.
#[track_caller]
fn first(world: &World, model: &Model, filter: Predicate) -> String {
    let mut list = list(model, Vec::new());
    list.filter = filter;
    list.columns = vec![nth(0)];
    world.read(model, Readable::List(list))
}

#[test]
fn a_condition_on_related_rows_selects_a_row_once() {
    let world = World::new();
    let (boss, team) = (world.person(), world.team());
    let people = |filter| first(&world, &world.people, filter);
    assert_eq!(people(related(&boss, is(NAME, "Ann"))), "2, 3");
    assert_eq!(
        people(related(&team, any())),
        "1, 2",
        "Ann has two people, and is there once"
    );
    assert_eq!(people(related(&team, any()).negated_if(true)), "3, 4");
    assert_eq!(
        people(related(&boss, is(NAME, "Ann")).negated_if(true)),
        "1, 4",
        "also who has no boss"
    );
    let not_ann = is(NAME, "Ann").negated_if(true);
    assert_eq!(
        people(related(&boss, not_ann)),
        "4",
        "there is a boss, who is another"
    );
    let bosses_boss = related(&boss, related(&boss, is(NAME, "Ann")));
    assert_eq!(people(bosses_boss.clone()), "4");
    assert_eq!(people(bosses_boss.negated_if(true)), "1, 2, 3");
    let both = Predicate::Any(vec![
        related(&boss, is(NAME, "Bob")),
        related(&team, is(NAME, "Bob")),
    ]);
    assert_eq!(people(both), "1, 4");
    let there_and_back = related(
        &team,
        Predicate::All(vec![is(NAME, "Cid"), related(&boss, is(NAME, "Ann"))]),
    );
    assert_eq!(people(there_and_back), "1");
}

#[test]
fn keys_are_equal_byte_for_byte() {
    let world = World::new();
    let town = world.town();
    let people = |filter| first(&world, &world.people, filter);
    let towns = |filter| first(&world, &world.towns, filter);
    assert_eq!(people(related(&town, is(nth(0), "Rome"))), "1");
    assert_eq!(people(related(&town, is(nth(0), "ROME"))), "2");
    let living = world.people_of_town();
    assert_eq!(towns(related(&living, is(NAME, "Bob"))), "ROME");
    assert_eq!(towns(related(&living, any()).negated_if(true)), "Bonn");
    let ask = Readable::List(list(&world.towns, vec![wanted(&living, Vec::new())]));
    check(
        &world.read(&world.towns, ask),
        &expect![[r#"
        Bonn.1 {-}
        ROME.9 {2.Bob.1.ROME}
        Rome.3 {1.Ann..Rome}
        Ulm. {4.Dan.2.Ulm}"#]],
    );
    let ask = Readable::List(list(&world.people, vec![wanted(&town, Vec::new())]));
    check(
        &world.read(&world.people, ask),
        &expect![[r#"
        1.Ann..Rome {Rome.3}
        2.Bob.1.ROME {ROME.9}
        3.Cid.1. {-}
        4.Dan.2.Ulm {Ulm.}"#]],
    );
}

#[test]
fn conditions_pass_junctions_and_keys_of_several_columns() {
    let world = World::new();
    let mut cars = list(&world.cars, Vec::new());
    cars.filter = related(&world.tags_of_car(), is(nth(1), "old"));
    assert_eq!(
        world.read(&world.cars, Readable::List(cars)),
        "Fiat.1.1, Opel.1.1"
    );
    let cars = filtered(&world.cars, related(&world.parts_of_car(), any()));
    assert_eq!(
        world.read(&world.cars, cars),
        "Fiat.1.1, Opel.1.1, fiat.1.9"
    );
    let cars = filtered(
        &world.cars,
        related(&world.tags_of_car(), any()).negated_if(true),
    );
    assert_eq!(world.read(&world.cars, cars), "Fiat.2.2, Saab.1., fiat.1.9");
    let tags = filtered(
        &world.tags,
        related(&world.cars_of_tag(), related(&world.parts_of_car(), any())),
    );
    assert_eq!(world.read(&world.tags, tags), "1.red, 2.old");
}

#[test]
fn every_relation_is_one_statement_and_rows_find_their_own() {
    let world = World::new();
    let all = || {
        vec![
            wanted(
                &one(&world.people, &[(OWNER, ID)]),
                vec![
                    wanted(&world.person(), Vec::new()),
                    wanted(&world.cars_of_person(), Vec::new()),
                ],
            ),
            wanted(&world.parts_of_car(), Vec::new()),
            wanted(
                &world.tags_of_car(),
                vec![wanted(&world.cars_of_tag(), Vec::new())],
            ),
        ]
    };
    let ask = || Readable::List(list(&world.cars, all()));
    check(
        &world.read(&world.cars, ask()),
        &expect![[r#"
        Fiat.1.1 {1.Ann..Rome {- | Fiat.1.1
        Opel.1.1} | 1.Fiat.1
        2.Fiat.1
        3.Fiat.1 | 1.red {Fiat.1.1}
        2.old {Fiat.1.1
        Opel.1.1}}
        Fiat.2.2 {2.Bob.1.ROME {1.Ann..Rome | Fiat.2.2} | - | -}
        Opel.1.1 {1.Ann..Rome {- | Fiat.1.1
        Opel.1.1} | 4.Opel.1 | 2.old {Fiat.1.1
        Opel.1.1}}
        Saab.1. {- | - | -}
        fiat.1.9 {- | 6.fiat.1 | -}"#]],
    );
    assert_eq!(
        world.names(&world.cars, ask()),
        [
            "list Car",
            "related Person",
            "related Part",
            "related Tag",
            "related Person",
            "related Car",
            "related Car"
        ]
    );
    let mut car = list(&world.cars, all());
    car.filter = Predicate::All(vec![is(MAKE, "Opel")]);
    check(
        &world.read(&world.cars, Readable::List(car)),
        &expect![[r#"
        Opel.1.1 {1.Ann..Rome {- | Fiat.1.1
        Opel.1.1} | 4.Opel.1 | 2.old {Fiat.1.1
        Opel.1.1}}"#]],
    );
}

#[test]
fn an_object_has_related_rows_as_a_row_of_a_list_has() {
    let world = World::new();
    let related = || {
        vec![
            wanted(&world.team(), vec![wanted(&world.team(), Vec::new())]),
            wanted(&world.person(), Vec::new()),
        ]
    };
    let ask = |key| object(&world.people, key, related());
    check(
        &world.read(&world.people, ask(1)),
        &expect![[r#"
        1.Ann..Rome {2.Bob.1.ROME {4.Dan.2.Ulm}
        3.Cid.1. {-} | -}"#]],
    );
    assert_eq!(
        world.names(&world.people, ask(1)),
        ["retrieve Person", "related Person", "related Person"],
        "nobody is the boss of Ann"
    );
    assert_eq!(
        world.names(&world.people, ask(3)),
        ["retrieve Person", "related Person", "related Person"]
    );
    assert_eq!(world.read(&world.people, ask(9)), "none");
    assert_eq!(world.names(&world.people, ask(9)), ["retrieve Person"]);
}

#[test]
fn nothing_is_asked_where_no_row_leads_anywhere() {
    let world = World::new();
    let mut ann = list(
        &world.people,
        vec![wanted(
            &world.person(),
            vec![wanted(&world.person(), Vec::new())],
        )],
    );
    ann.filter = is(NAME, "Ann");
    assert_eq!(
        world.read(&world.people, Readable::List(ann.clone())),
        "1.Ann..Rome {-}"
    );
    assert_eq!(
        world.names(&world.people, Readable::List(ann.clone())),
        ["list Person"]
    );
    ann.filter = is(NAME, "nobody");
    assert_eq!(
        world.names(&world.people, Readable::List(ann.clone())),
        ["list Person"]
    );
    let (_, outcome) = world.steps(&world.people, Readable::List(ann));
    let Ok(Outcome::Page(page)) = outcome else {
        panic!("a page")
    };
    let [related] = &*page.related else {
        panic!("one relation")
    };
    assert_eq!(
        related.related.len(),
        1,
        "what is wanted is there, if empty"
    );
}

#[test]
fn only_rows_that_may_be_seen_are_related() {
    let world = World::new();
    let mut team = wanted(&world.team(), Vec::new());
    team.condition = related(&world.town(), any()).negated_if(true);
    let mut boss = wanted(&world.person(), Vec::new());
    boss.condition = is(NAME, "Bob");
    let ask = Readable::List(list(&world.people, vec![team, boss]));
    check(
        &world.read(&world.people, ask),
        &expect![[r#"
        1.Ann..Rome {3.Cid.1. | -}
        2.Bob.1.ROME {- | -}
        3.Cid.1. {- | -}
        4.Dan.2.Ulm {- | 2.Bob.1.ROME}"#]],
    );
}

#[test]
fn many_rows_are_cut_and_say_so() {
    let world = World::new();
    let limited = |most| Wanted {
        most,
        ..wanted(
            &world.parts_of_car(),
            vec![wanted(
                &one(&world.cars, &[(nth(1), MAKE), (nth(2), NUMBER)]),
                Vec::new(),
            )],
        )
    };
    let fiat = |most| {
        let mut list = list(&world.cars, vec![limited(most)]);
        list.filter = Predicate::All(vec![
            is(MAKE, "Fiat"),
            Predicate::compare(NUMBER, Operator::Equal, Value::Integer(1)),
        ]);
        list
    };
    for (most, expected) in [(1, "+"), (2, "+"), (3, "")] {
        let found = world.read(&world.cars, Readable::List(fiat(most)));
        assert_eq!(
            found.matches("Fiat.1 {").count(),
            usize::try_from(most).expect("few"),
            "{found}"
        );
        assert_eq!(found.contains(" +"), !expected.is_empty(), "{found}");
    }
    let mut all = fiat(2);
    all.filter = any();
    check(
        &world.read(&world.cars, Readable::List(all)),
        &expect![[r#"
        Fiat.1.1 {1.Fiat.1 {Fiat.1.1}
        2.Fiat.1 {Fiat.1.1} +}
        Fiat.2.2 {-}
        Opel.1.1 {4.Opel.1 {Opel.1.1}}
        Saab.1. {-}
        fiat.1.9 {6.fiat.1 {fiat.1.9}}"#]],
    );
    let mut tags = wanted(&world.tags_of_car(), Vec::new());
    tags.most = 1;
    let ask = Readable::List(list(&world.cars, vec![tags]));
    check(
        &world.read(&world.cars, ask),
        &expect![[r#"
        Fiat.1.1 {1.red +}
        Fiat.2.2 {-}
        Opel.1.1 {2.old}
        Saab.1. {-}
        fiat.1.9 {-}"#]],
    );
}

#[test]
fn an_answer_that_would_embed_too_much_is_refused() {
    let world = World::new();
    let parts = |most, most_in_all| {
        let parts = Wanted {
            most,
            most_in_all,
            ..wanted(&world.parts_of_car(), Vec::new())
        };
        Readable::List(list(&world.cars, vec![parts]))
    };
    assert_eq!(
        world.read(&world.cars, parts(10, 5)).matches('{').count(),
        5
    );
    let (code, words) = world.refusal(&world.cars, parts(10, 4));
    assert_eq!(code, Code::LimitExceeded);
    assert!(words.contains("rows of Part: at most 4 in all"), "{words}");
    assert_eq!(
        world.read(&world.cars, parts(1, 3)).matches(" +").count(),
        1,
        "what is cut is not counted"
    );
    assert_eq!(
        world.refusal(&world.cars, parts(1, 2)).0,
        Code::LimitExceeded
    );
    let nested = |most_in_all| {
        let boss = Wanted {
            most_in_all,
            ..wanted(&world.person(), Vec::new())
        };
        let team = wanted(&world.team(), vec![boss]);
        Readable::List(list(&world.people, vec![team]))
    };
    assert!(world.read(&world.people, nested(3)).contains("Ann"));
    assert_eq!(
        world.refusal(&world.people, nested(2)).0,
        Code::LimitExceeded,
        "two are shown, one of them twice"
    );
}
