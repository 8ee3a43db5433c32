//! Relations of lists: related rows of a page, parents, orders.

use super::*;
use crate::{
    database::sqlite::{counts::Counts, fetch::run},
    error::Error,
    operation::Parent,
};

#[test]
fn related_rows_follow_a_page_however_it_is_read() {
    let world = World::new();
    let boss = || vec![wanted(&world.person(), Vec::new())];
    let mut list = list(&world.people, boss());
    (list.paging.position, list.paging.size) = (Position::Last, 3);
    assert_eq!(
        world.read(&world.people, Readable::List(list.clone())),
        "4.Dan.2.Ulm {2.Bob.1.ROME}"
    );
    assert_eq!(
        world.names(&world.people, Readable::List(list.clone())),
        ["list Person", "list Person", "related Person"]
    );
    (list.paging.position, list.paging.size) = (Position::Last, 2);
    assert_eq!(
        world.read(&world.people, Readable::List(list.clone())),
        "3.Cid.1. {1.Ann..Rome}, 4.Dan.2.Ulm {2.Bob.1.ROME}"
    );
    (list.paging.position, list.paging.count) = (Position::Page(1), Count::Off);
    let (steps, outcome) = world.steps(&world.people, Readable::List(list));
    assert_eq!(
        shown(&outcome.expect("a page")),
        "1.Ann..Rome {-}, 2.Bob.1.ROME {1.Ann..Rome}"
    );
    let (_, related) = steps.last().expect("a statement");
    let keys: Vec<_> = related
        .values
        .iter()
        .filter(|value| matches!(value, Value::Integer(_)))
        .collect();
    assert_eq!(
        keys,
        [&Value::Integer(1)],
        "the row that tells of another page leads nowhere"
    );
}

#[test]
fn a_list_is_there_if_its_parent_is() {
    let world = World::new();
    let under = |boss: i64, name: &str| {
        let mut list = list(&world.people, Vec::new());
        list.filter = Predicate::is_key(BOSS, Value::Integer(boss));
        let is_seen = Predicate::All(vec![
            Predicate::is_key(ID, Value::Integer(boss)),
            is(NAME, name),
        ]);
        list.parent = Some(Parent {
            model: world.people.clone(),
            condition: is_seen,
        });
        Readable::List(list)
    };
    assert_eq!(world.read(&world.people, under(2, "Bob")), "4.Dan.2.Ulm");
    assert_eq!(
        world.read(&world.people, under(4, "Dan")),
        "-",
        "a parent without children has an empty list"
    );
    assert_eq!(
        world.names(&world.people, under(2, "Bob")),
        ["parent Person", "list Person"]
    );
    assert_eq!(
        world.names(&world.people, under(9, "Bob")),
        ["parent Person"]
    );
    assert_eq!(
        world.refusal(&world.people, under(9, "Bob")),
        (Code::NotFound, Error::no_such_object().to_string())
    );
    assert_eq!(
        world.refusal(&world.people, under(2, "Ann")).0,
        Code::NotFound
    );
}

#[test]
fn rows_are_ordered_by_what_they_lead_to_with_nulls_last() {
    let world = World::new();
    let (town, own) = ([world.person(), world.town()], [world.town()]);
    let order = |through: &[Arc<Join>], column, descending, size, number| {
        let mut list = list(&world.people, Vec::new());
        list.columns = vec![ID];
        list.order.insert(
            0,
            Order {
                descending,
                ..by(through, column)
            },
        );
        (list.paging.size, list.paging.position) = (size, number);
        world.read(&world.people, Readable::List(list))
    };
    let whole =
        |through, column, descending| order(through, column, descending, 10, Position::Page(1));
    // The bosses: none, Ann, Ann, Bob; their towns have 3, 3 and 9 inhabitants.
    assert_eq!(whole(&town[..1], NAME, false), "2, 3, 4, 1");
    assert_eq!(whole(&town[..1], NAME, true), "1, 4, 2, 3");
    assert_eq!(whole(&town, nth(1), false), "2, 3, 4, 1");
    assert_eq!(whole(&town, nth(1), true), "1, 4, 2, 3");
    // The inhabitants of the own towns: 3, 9, no town, and null.
    assert_eq!(whole(&own, nth(1), false), "1, 2, 3, 4");
    assert_eq!(whole(&own, nth(1), true), "3, 4, 2, 1");
    assert_eq!(
        order(&town, nth(1), false, 3, Position::Last),
        "1",
        "the reversed order is the same list"
    );
    assert_eq!(order(&town, nth(1), true, 1, Position::Page(4)), "3");
}

#[test]
fn a_reading_is_one_snapshot_that_can_be_stopped_and_done_again() {
    let world = World::new();
    let ask = || {
        Readable::List(list(
            &world.people,
            vec![wanted(&world.person(), Vec::new())],
        ))
    };
    assert!(world.reading(&world.people, ask()).needs_snapshot());
    assert!(
        !world
            .reading(
                &world.people,
                Readable::List(list(&world.people, Vec::new()))
            )
            .needs_snapshot()
    );
    let whole = world.read(&world.people, ask());
    let mut reading = world.reading(&world.people, ask());
    let stopped = run(
        &world.sqlite,
        &mut reading,
        &|| true,
        &mut Counts::default(),
    );
    assert!(
        matches!(stopped, Err(Failure::Over)),
        "before the related rows are read"
    );
    reading.restart();
    let again = run(
        &world.sqlite,
        &mut reading,
        &|| false,
        &mut Counts::default(),
    )
    .expect("an outcome");
    assert_eq!(shown(&again), whole);
    assert!(world.sqlite.is_autocommit(), "no transaction is left open");
}
