//! SQLite's query plans of the statements: they are prepared once, and use the indexes on foreign keys.

use rusqlite::StatementStatus;

use super::*;
use crate::{
    database::sqlite::{counts::Counts, fetch::run},
    operation::Parent,
};

/// Returns a list that asks for every kind of relation.
fn every_way(world: &World) -> List {
    let owner = one(&world.people, &[(OWNER, ID)]);
    let mut list = list(
        &world.cars,
        vec![
            wanted(&owner, vec![wanted(&world.team(), Vec::new())]),
            wanted(&world.parts_of_car(), Vec::new()),
            wanted(&world.tags_of_car(), Vec::new()),
        ],
    );
    list.order.insert(0, by(&[owner, world.town()], nth(1)));
    list.filter = related(&world.parts_of_car(), any())
        .negated_if(true)
        .negated_if(true);
    list.parent = Some(Parent {
        model: world.people.clone(),
        condition: Predicate::is_key(ID, Value::Integer(1)),
    });
    list
}

#[test]
fn a_statement_is_prepared_once_whatever_its_values_are() {
    let world = World::new();
    world.sqlite.set_prepared_statement_cache_capacity(100);
    let asks = || {
        let list = every_way(&world);
        let mut back = list.clone();
        back.paging.position = Position::Last;
        let mut smaller = list.clone();
        smaller.paging.size = 1;
        let mut uncounted = smaller.clone();
        uncounted.paging.count = Count::Off;
        let mut first = list.clone();
        first.related.iter_mut().for_each(|wanted| wanted.most = 1);
        [list, back, smaller, uncounted, first].map(Readable::List)
    };
    let mut texts = Vec::new();
    for ask in asks().into_iter().chain(asks()).chain(asks()) {
        run(
            &world.sqlite,
            &mut world.reading(&world.cars, ask.clone()),
            &|| false,
            &mut Counts::default(),
        )
        .expect("an outcome");
        let (steps, _) = world.steps(&world.cars, ask);
        texts.extend(
            steps
                .into_iter()
                .map(|(_, statement)| statement.plan.sql.clone()),
        );
    }
    texts.sort();
    texts.dedup();
    assert!(texts.len() > 10, "{texts:#?}");
    for sql in texts {
        let prepared = world
            .sqlite
            .prepare_cached(&sql)
            .expect("the cached statement");
        assert!(prepared.get_status(StatementStatus::Run) >= 3, "{sql}");
        assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}

#[test]
fn three_rows_and_four_share_their_statements() {
    let world = World::new();
    let statements = |size| {
        let mut list = list(&world.cars, vec![wanted(&world.parts_of_car(), Vec::new())]);
        list.paging.size = size;
        let (steps, _) = world.steps(&world.cars, Readable::List(list));
        steps
            .into_iter()
            .map(|(_, statement)| statement.plan.sql.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(statements(3), statements(4));
    assert_ne!(statements(4), statements(5));
}

/// Returns SQLite's query plan of the last statement of a reading (the statements for one answer).
#[track_caller]
fn plan(world: &World, model: &Model, ask: Readable) -> String {
    let (steps, _) = world.steps(model, ask);
    let (_, statement) = steps.last().expect("a statement");
    let mut explained = world
        .sqlite
        .prepare(&format!("EXPLAIN QUERY PLAN {}", statement.plan.sql))
        .expect("a plan");
    let mut rows = explained.raw_query();
    let mut details = Vec::new();
    while let Some(row) = rows.next().expect("a plan") {
        details.push(row.get::<_, String>(3).expect("a detail"));
    }
    details.join("\n")
}

#[track_caller]
fn check(plan: &str, served: &[&str]) {
    for search in served {
        assert!(plan.contains(search), "no `{search}` in\n{plan}");
    }
}

/// Returns SQLite's query plan of a list with a filter.
#[track_caller]
fn plan_of(world: &World, model: &Model, filter: Predicate) -> String {
    let mut list = list(model, Vec::new());
    list.filter = filter;
    plan(world, model, Readable::List(list))
}

#[test]
fn indexes_serve_conditions_on_related_rows() {
    let world = World::new();
    let indexed = world.people.clone().with_indexes(&[&[ID], &[BOSS]]);
    let team = related(&many(&indexed, &[(ID, BOSS)]), any());
    for negated in [false, true] {
        check(
            &plan_of(&world, &world.people, team.clone().negated_if(negated)),
            &["INDEX bosses (boss_id=?)"],
        );
    }
    let boss = related(&world.person(), is(NAME, "Ann"));
    check(
        &plan_of(&world, &world.people, boss),
        &["INTEGER PRIMARY KEY (rowid=?)"],
    );
    let town = related(&world.town(), any());
    for negated in [false, true] {
        check(
            &plan_of(&world, &world.people, town.clone().negated_if(negated)),
            &["sqlite_autoindex_towns_1 (name=?)"],
        );
    }
}

#[test]
fn keys_that_no_index_is_known_to_find_are_listed_once() {
    let world = World::new();
    let (team, tags) = (
        related(&world.team(), any()),
        related(&world.tags_of_car(), any()),
    );
    for negated in [false, true] {
        check(
            &plan_of(&world, &world.people, team.clone().negated_if(negated)),
            &["INDEX bosses"],
        );
        check(
            &plan_of(&world, &world.cars, tags.clone().negated_if(negated)),
            &["LIST SUBQUERY", "SCAN j1"],
        );
    }
    let red = related(
        &world.tags_of_car(),
        Predicate::is_key(ID, Value::Integer(1)),
    );
    check(
        &plan_of(&world, &world.cars, red),
        &["INDEX tagging (tag=?)"],
    );
}

/// Returns the tables that SQLite's query plan reads in full for every row of another table.
fn read_again(world: &World, sql: &str) -> Vec<String> {
    let mut explained = world
        .sqlite
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .expect("a plan");
    let mut rows = explained.raw_query();
    let mut steps: Vec<(i64, i64, String)> = Vec::new();
    while let Some(row) = rows.next().expect("a plan") {
        let number = |at| row.get(at).expect("a number");
        steps.push((number(0), number(1), row.get(3).expect("a detail")));
    }
    let is_repeated = |mut parent: i64| {
        while let Some((_, above, words)) = steps.iter().find(|(id, ..)| *id == parent) {
            if words.starts_with("CORRELATED") {
                return true;
            }
            // SQLite computes a list subquery once.
            if words.starts_with("LIST SUBQUERY") {
                return false;
            }
            parent = *above;
        }
        false
    };
    let whole = steps
        .iter()
        .filter(|(_, parent, words)| words.starts_with("SCAN") && is_repeated(*parent));
    whole.map(|(_, _, words)| words.clone()).collect()
}

#[test]
fn no_table_is_read_whole_for_every_row_of_another() {
    let world = World::new();
    let indexes = "DROP INDEX bosses; DROP INDEX owners; DROP INDEX parted; DROP INDEX tagged; DROP INDEX tagging";
    world.sqlite.execute_batch(indexes).expect("no indexes");
    let named = |name| is(NAME, name);
    let cars = |condition| related(&world.cars_of_person(), condition);
    let filters = [
        (&world.people, related(&world.team(), named("Ann"))),
        (&world.people, related(&world.team(), cars(any()))),
        (
            &world.people,
            related(&world.person(), cars(is(MAKE, "Fiat"))),
        ),
        (&world.people, cars(related(&world.parts_of_car(), any()))),
        (
            &world.people,
            cars(related(&world.tags_of_car(), named("red"))),
        ),
        (&world.people, cars(any().negated_if(true))),
        (&world.cars, related(&world.parts_of_car(), any())),
        (&world.cars, related(&world.tags_of_car(), named("red"))),
        (
            &world.tags,
            related(&world.cars_of_tag(), related(&world.parts_of_car(), any())),
        ),
        (&world.towns, related(&world.people_of_town(), named("Ann"))),
    ];
    for (model, filter) in filters {
        for negated in [false, true] {
            for number in [Position::Page(1), Position::Last] {
                let mut list = list(model, Vec::new());
                list.filter = filter.clone().negated_if(negated);
                list.paging.position = number;
                let (steps, _) = world.steps(model, Readable::List(list));
                assert!(!steps.is_empty());
                for (_, statement) in steps {
                    let sql = &statement.plan.sql;
                    assert_eq!(read_again(&world, sql), [""; 0], "{sql}");
                }
            }
        }
    }
    let again =
        "SELECT id FROM people WHERE (SELECT number FROM cars WHERE owner_id = people.id) > 0";
    assert_ne!(read_again(&world, again), [""; 0], "the test sees one");
}

#[test]
fn indexes_serve_related_rows() {
    let world = World::new();
    let of = |model: &Model, join: &Arc<Join>, most, size| {
        let related = Wanted {
            most,
            ..wanted(join, Vec::new())
        };
        let mut list = list(model, vec![related]);
        list.paging.size = size;
        plan(&world, model, Readable::List(list))
    };
    let people = &world.people;
    check(
        &of(people, &world.person(), 10, 10),
        &["INTEGER PRIMARY KEY (rowid=?)"],
    );
    check(
        &of(people, &world.town(), 10, 10),
        &["sqlite_autoindex_towns_1 (name=?)"],
    );
    check(
        &of(people, &world.team(), 10, 10),
        &["INDEX bosses (boss_id=?)"],
    );
    let first = of(people, &world.team(), 10, 1);
    check(&first, &["INDEX bosses (boss_id=?)"]);
    assert!(
        !first.contains("TEMP B-TREE"),
        "the index has the order of the key too:\n{first}"
    );
    check(
        &of(&world.cars, &world.parts_of_car(), 10, 10),
        &["INDEX parted (make=? AND number=?)"],
    );
    check(
        &of(&world.cars, &world.parts_of_car(), 10, 1),
        &["INDEX parted (make=? AND number=?)"],
    );
    let tags = of(&world.cars, &world.tags_of_car(), 10, 10);
    check(
        &tags,
        &[
            "INDEX tagged (make=? AND number=?)",
            "SEARCH tags USING INTEGER PRIMARY KEY",
        ],
    );
    let tags = of(&world.cars, &world.tags_of_car(), 10, 1);
    check(
        &tags,
        &[
            "INDEX tagged (make=? AND number=?)",
            "SEARCH tags USING INTEGER PRIMARY KEY",
        ],
    );
    check(
        &of(&world.tags, &world.cars_of_tag(), 10, 10),
        &["INDEX tagging (tag=?)", "SEARCH cars USING"],
    );
}

#[test]
fn an_index_serves_the_order_by_related_rows() {
    let world = World::new();
    let mut list = list(&world.people, Vec::new());
    list.order
        .insert(0, by(&[world.person(), world.town()], nth(1)));
    let plan = plan(&world, &world.people, Readable::List(list));
    check(
        &plan,
        &[
            "SEARCH r1 USING INTEGER PRIMARY KEY",
            "SEARCH r2 USING INDEX",
        ],
    );
}
