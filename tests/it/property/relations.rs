//! Random rows of several tables and random queries through their relations, compared with a join in memory.

use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value as Json;
use tower_rest::Api;
use tracing::{Level, instrument::WithSubscriber};

use super::{
    config, get,
    join::{Shape, Shown, list, object, related, segment},
    query::{Choices, Query, choices},
    rows::{Crowd, worlds},
    walk,
    world::{RELATIONS, Relation, Row, Table, Value, World, served},
};
use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::ask,
};

/// The lists that are asked for: of a table, or of what a row leads to.
#[derive(Clone, Copy, Debug)]
enum Place {
    Top(Table),
    Under(&'static Relation, i64),
}

const TOP: [Table; 4] = [Table::Cities, Table::Owners, Table::Cars, Table::Tags];

fn places() -> impl Strategy<Value = Place> {
    let nested = RELATIONS.iter().filter(|relation| relation.is_nested());
    prop_oneof![
        2 => proptest::sample::select(&TOP[..]).prop_map(Place::Top),
        1 => (proptest::sample::select(nested.collect::<Vec<_>>()), 1_i64..10)
            .prop_map(|(relation, key)| Place::Under(relation, key)),
    ]
}

impl Place {
    fn table(self) -> Table {
        match self {
            Self::Top(table) => table,
            Self::Under(relation, _) => relation.to,
        }
    }

    fn path(self) -> String {
        match self {
            Self::Top(table) => format!("/{}/", table.name()),
            Self::Under(relation, key) => {
                format!("/{}/{key}/{}/", relation.from.name(), relation.name)
            }
        }
    }

    /// Its rows, if there is a row they are under.
    fn rows(self, world: &World) -> Option<Vec<&Row>> {
        match self {
            Self::Top(table) => Some(world.of(table).collect()),
            Self::Under(relation, key) => {
                let parent = world
                    .of(relation.from)
                    .find(|row| row.key() == [Some(Value::Number(key))])?;
                Some(related(world, parent, relation))
            }
        }
    }

    /// One of its rows, as it is shown here.
    fn shown(self, row: &Row) -> Shown<'_> {
        let last = row.key().last().expect("a key");
        Shown {
            row,
            path: self.path() + &segment(last) + "/",
            is_top: matches!(self, Self::Top(_)),
        }
    }
}

/// Every page of a list forwards and backwards, against the rows that are expected.
async fn check_list(api: &Api, world: &World, place: Place, query: &Query, size: usize) {
    let path = format!("{}?{}", place.path(), query.text());
    let Some(rows) = place.rows(world) else {
        assert_eq!(ask(api, &path).await.status, 404, "{path}");
        return;
    };
    let rows = list(world, rows, query);
    // A crowd is not walked row by row.
    let size = size + rows.len() / 8;
    let first = format!("{path}&page_size={size}");
    let objects: Vec<Json> = rows
        .iter()
        .map(|row| object(world, &place.shown(row), query, Shape::Listed))
        .collect();
    let pages: Vec<Json> = if objects.is_empty() {
        vec![Json::Array(Vec::new())]
    } else {
        objects.chunks(size).map(Json::from).collect()
    };
    let forwards = walk(api, &first, "next").await;
    let mut backwards = walk(api, &format!("{first}&page=last"), "previous").await;
    backwards.reverse();
    for (walked, way) in [(forwards, "forwards"), (backwards, "backwards")] {
        let counted = walked.iter().all(|page| page["count"] == objects.len());
        assert!(counted, "{} rows {way}: {first}", objects.len());
        let results: Vec<_> = walked
            .into_iter()
            .map(|mut page| page["results"].take())
            .collect();
        assert_eq!(results, pages, "{way}: {first}");
    }
}

/// One object, if it is there.
async fn check_object(api: &Api, world: &World, place: Place, which: Index, query: &Query) {
    let query = query.of_object();
    let all: Vec<&Row> = world.of(place.table()).collect();
    if all.is_empty() {
        return;
    }
    let shown = place.shown(all[which.index(all.len())]);
    let asked = format!("{}?{}", shown.path, query.text());
    let rows = place.rows(world).unwrap_or_default();
    match rows
        .into_iter()
        .find(|row| place.shown(row).path == shown.path)
    {
        None => assert_eq!(ask(api, &asked).await.status, 404, "{asked}"),
        Some(row) => {
            let expected = object(world, &place.shown(row), &query, Shape::Alone);
            assert_eq!(get(api, &asked).await, expected, "{asked}");
        }
    }
}

/// A place, what is asked there, the size of a page, and one of its rows.
type Asked = (Place, Choices, usize, Index);

async fn check(db: &Fresh, api: &Api, world: &World, asked: &[Asked]) {
    world.store(db).await;
    for (place, choices, size, which) in asked {
        let query = choices.of(place.table());
        check_list(api, world, *place, &query, *size).await;
        check_object(api, world, *place, *which, &query).await;
    }
}

#[test]
fn answers_through_relations_are_those_of_a_join_in_memory() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let (db, api) = runtime.block_on(served(kind));
        let asked = (places(), choices(), 1_usize..6, any::<Index>());
        proptest!(config(kind, 300), |(world in worlds(), asked in vec(asked, 3))| {
            runtime.block_on(check(&db, &api, &world, &asked));
        });
    }
}

/// Rome, and as many owners, cars and tags as that, and parts of the first car. Each leads to some row in every way.
fn fleet(count: i64) -> World {
    let (rome, number) = (Some(Value::Text("Rome")), |at| Some(Value::Number(at)));
    let row = |table, cells| {
        let mut row = Row { table, cells };
        row.compute();
        row
    };
    let mut world = World {
        rows: vec![row(Table::Cities, vec![rome.clone(), None])],
        pairs: Vec::new(),
    };
    for at in 1..=count {
        let key = number(at);
        let car = vec![key.clone(), None, None, key.clone(), key.clone()];
        world.rows.extend([
            row(Table::Owners, vec![key.clone(), None, rome.clone()]),
            row(Table::Cars, car),
            row(Table::Parts, vec![number(1), key.clone(), None, None]),
            row(Table::Tags, vec![key, None]),
        ]);
        world.pairs.push((at, at));
    }
    world
}

#[tokio::test]
async fn an_answer_takes_one_statement_for_each_relation_whatever_its_rows() {
    let (db, api) = served(Kind::Sqlite).await;
    for count in [1, 10, 100] {
        fleet(count).store(&db).await;
        for (path, statements) in [
            ("/cars/?", 1),
            (
                "/cars/?expand=owner.city,parts,tags.cars,replaces,replaced_by",
                8,
            ),
            (
                "/cars/?expand=owner.cars&parts__kind!=x&ordering=owner__city__name",
                3,
            ),
            ("/owners/?expand=cars.parts,city.owners", 5),
            ("/tags/?expand=cars.tags", 3),
            // The parent before, that it is there.
            ("/cars/1/parts/?expand=car.owner", 4),
        ] {
            let path = format!("{path}&page_size=100");
            let log = Log::default();
            let list = get(&api, &path).with_subscriber(listening(&log)).await;
            assert_eq!(list["count"], count, "{path}");
            let log = log.up_to(Level::DEBUG);
            let run = log.matches("DEBUG statement model=").count();
            assert_eq!(run, statements, "{count} rows: {path}\n{log}");
        }
    }
}

#[tokio::test]
async fn what_an_answer_does_not_embed_is_where_its_next_leads() {
    let (db, api) = served(Kind::Sqlite).await;
    for (crowd, path, name) in [
        (Crowd::Owners, "/cities/Rome/", "owners"),
        (Crowd::Cars, "/owners/1/", "cars"),
        (Crowd::Cars, "/cars/1/", "replaced_by"),
        (Crowd::Parts, "/cars/1/", "parts"),
        (Crowd::Tags, "/cars/1/", "tags"),
    ] {
        let mut world = fleet(1);
        world.add(crowd, 150);
        world.store(&db).await;
        let links = get(&api, path).await[name].take();
        let first = get(&api, &format!("{path}?expand={name}")).await[name].take();
        let Some(next) = first["next"].as_str() else {
            panic!("no list has the rest of {path}?expand={name}");
        };
        let rest = get(
            &api,
            next.strip_prefix("http://test").expect("a complete URI"),
        )
        .await;
        assert_eq!(rest["next"], Json::Null, "{next}");
        let results = [&first, &rest].map(|list| list["results"].as_array().expect("results"));
        assert_eq!(results[0].len(), 100, "{path}?expand={name}");
        // The list keeps the path it came by, so the same row may have another link there.
        let key = |link: &Json| {
            let link = link.as_str().expect("a link").trim_end_matches('/');
            link.rsplit('/').next().map(str::to_owned)
        };
        let rows = results.into_iter().flatten();
        let found: Vec<_> = rows.map(|row| key(&row["href"])).collect();
        let linked: Vec<_> = links.as_array().expect("links").iter().map(key).collect();
        assert_eq!(found, linked, "{next}");
    }
}

/// The tags of a car are asked for where they are not nested in its place.
#[tokio::test]
async fn pairs_that_an_answer_does_not_embed_are_in_a_filtered_list() {
    let from = |table: Table, name| {
        let mut relations = table.relations();
        let relation = relations.find(|relation| relation.name == name);
        relation.expect("a relation")
    };
    let tags = from(Table::Cars, "tags");
    for kind in Kind::reachable().await {
        let (db, api) = served(kind).await;
        let mut world = fleet(1);
        world.add(Crowd::Tags, 101);
        world.store(&db).await;
        for expand in [vec![tags], vec![tags, from(Table::Tags, "cars")]] {
            let query = Query {
                filters: Vec::new(),
                groups: Vec::new(),
                orders: Vec::new(),
                expand: vec![expand],
                fields: None,
            };
            let place = Place::Under(from(Table::Owners, "cars"), 1);
            check_list(&api, &world, place, &query, 1).await;
        }
    }
}
