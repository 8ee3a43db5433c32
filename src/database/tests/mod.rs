//! Reads on a real SQLite database with a few rows, and the text form of results in which they are compared.

mod keys;
mod lists;
mod plans;
mod related;

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;
use sea_query::{ColumnDef, Index, SqliteQueryBuilder, Table, TableCreateStatement};

use super::{
    reading::{NextStep, Query, Reading},
    sqlite::{failure::Failure, fetch::fetch},
};
use crate::{
    cell::{BODY_BYTES, Cell, Rows, Value, write_text},
    error::Code,
    model::{ColumnNumber, Join, Junction, Model, nth},
    operation::{List, Outcome, Readable, Related, Retrieve, Wanted},
    params::{self, Count, Order, Paging, Position},
    predicate::{Operator, Predicate},
    statement::{Plans, SqliteDialect, Statement},
};

/// A database of people, who have a boss and live in a town, and of cars, which have owners, parts and tags.
struct World {
    sqlite: Connection,
    plans: Arc<Plans>,
    people: Model,
    towns: Model,
    cars: Model,
    parts: Model,
    tags: Model,
}

/// The key column of `people` and of `cars`, by which both are ordered.
const ID: ColumnNumber = nth(0);
const NAME: ColumnNumber = nth(1);
const BOSS: ColumnNumber = nth(2);
const TOWN: ColumnNumber = nth(3);
const MAKE: ColumnNumber = nth(0);
const NUMBER: ColumnNumber = nth(1);
const OWNER: ColumnNumber = nth(2);

fn tables() -> [TableCreateStatement; 6] {
    let create = |name: &'static str| Table::create().table(name).to_owned();
    let key = |name: &'static str| ColumnDef::new(name).integer().primary_key().to_owned();
    let town = ColumnDef::new("town")
        .string()
        .extra("COLLATE NOCASE")
        .to_owned();
    let pair = ["make", "number"];
    [
        create("people")
            .col(key("id"))
            .col(ColumnDef::new("name").string().not_null())
            .col(ColumnDef::new("boss_id").integer())
            .col(town)
            .to_owned(),
        create("towns")
            .col(ColumnDef::new("name").string().not_null().primary_key())
            .col(ColumnDef::new("size").integer())
            .to_owned(),
        create("cars")
            .col(ColumnDef::new("make").string().not_null())
            .col(ColumnDef::new("number").integer().not_null())
            .col(ColumnDef::new("owner_id").integer())
            .primary_key(Index::create().col(pair[0]).col(pair[1]))
            .to_owned(),
        create("parts")
            .col(key("id"))
            .col(ColumnDef::new("make").string())
            .col(ColumnDef::new("number").integer())
            .to_owned(),
        create("tags")
            .col(key("id"))
            .col(ColumnDef::new("label").string())
            .to_owned(),
        create("car_tags")
            .col(ColumnDef::new("make").string())
            .col(ColumnDef::new("number").integer())
            .col(ColumnDef::new("tag").integer())
            .to_owned(),
    ]
}

const ROWS: &str = "
    INSERT INTO people VALUES (1, 'Ann', NULL, 'Rome'), (2, 'Bob', 1, 'ROME'), (3, 'Cid', 1, NULL), (4, 'Dan', 2, 'Ulm');
    INSERT INTO towns VALUES ('Rome', 3), ('ROME', 9), ('Ulm', NULL), ('Bonn', 1);
    INSERT INTO cars VALUES ('Fiat', 1, 1), ('Fiat', 2, 2), ('Opel', 1, 1), ('Saab', 1, NULL), ('fiat', 1, 9);
    INSERT INTO parts VALUES (1, 'Fiat', 1), (2, 'Fiat', 1), (3, 'Fiat', 1), (4, 'Opel', 1), (5, 'Opel', NULL), (6, 'fiat', 1);
    INSERT INTO tags VALUES (1, 'red'), (2, 'old'), (3, 'loud');
    INSERT INTO car_tags VALUES ('Fiat', 1, 2), ('Fiat', 1, 1), ('Fiat', 1, 2), ('Fiat', 1, 2), ('Opel', 1, 2), ('Opel', NULL, 3);
    CREATE INDEX bosses ON people (boss_id);
    CREATE INDEX owners ON cars (owner_id);
    CREATE INDEX parted ON parts (make, number);
    CREATE INDEX tagged ON car_tags (make, number, tag);
    CREATE INDEX tagging ON car_tags (tag);";

impl World {
    fn new() -> Self {
        let sqlite = Connection::open_in_memory().expect("a database");
        let tables = tables();
        for table in &tables {
            let sql = table.to_string(SqliteQueryBuilder);
            sqlite.execute_batch(&sql).expect("a table");
        }
        sqlite.execute_batch(ROWS).expect("rows");
        let [people, towns, cars, parts, tags, _] = &tables;
        Self {
            sqlite,
            plans: Arc::default(),
            people: Model::from_table("Person", people),
            towns: Model::from_table("Town", towns),
            cars: Model::from_table("Car", cars),
            parts: Model::from_table("Part", parts),
            tags: Model::from_table("Tag", tags),
        }
    }

    /// Returns the join from a car to its owner, or from a person to the boss.
    fn person(&self) -> Arc<Join> {
        one(&self.people, &[(BOSS, ID)])
    }

    fn town(&self) -> Arc<Join> {
        one(&self.towns, &[(TOWN, nth(0))])
    }

    fn people_of_town(&self) -> Arc<Join> {
        many(&self.people, &[(nth(0), TOWN)])
    }

    fn team(&self) -> Arc<Join> {
        many(&self.people, &[(ID, BOSS)])
    }

    fn cars_of_person(&self) -> Arc<Join> {
        many(&self.cars, &[(ID, OWNER)])
    }

    fn parts_of_car(&self) -> Arc<Join> {
        many(&self.parts, &[(MAKE, nth(1)), (NUMBER, nth(2))])
    }

    fn tags_of_car(&self) -> Arc<Join> {
        let named = |name: &str| name.to_owned();
        Arc::new(Join {
            target: self.tags.clone(),
            many: true,
            on: Vec::new(),
            junction: Some(Junction {
                schema: None,
                table: named("car_tags"),
                here: vec![(MAKE, named("make")), (NUMBER, named("number"))],
                there: vec![(nth(0), named("tag"))],
            }),
        })
    }

    fn cars_of_tag(&self) -> Arc<Join> {
        let named = |name: &str| name.to_owned();
        Arc::new(Join {
            target: self.cars.clone(),
            many: true,
            on: Vec::new(),
            junction: Some(Junction {
                schema: None,
                table: named("car_tags"),
                here: vec![(nth(0), named("tag"))],
                there: vec![(MAKE, named("make")), (NUMBER, named("number"))],
            }),
        })
    }

    fn reading(&self, model: &Model, ask: Readable) -> Reading {
        let question = Query {
            model: model.clone(),
            ask,
            time_limit: Duration::from_secs(1),
            counter: None,
        };
        Reading::new(question, Arc::clone(&self.plans), &SqliteDialect)
    }

    /// Runs a reading (the statements for one answer); returns its statements, each with its name in the log, and the
    /// answer.
    fn steps(
        &self,
        model: &Model,
        ask: Readable,
    ) -> (Vec<(String, Statement)>, Result<Outcome, Failure>) {
        let mut reading = self.reading(model, ask);
        let mut steps = Vec::new();
        let mut step = reading.statement().map(NextStep::Run);
        let outcome = loop {
            match step {
                Err(error) => break Err(error.into()),
                Ok(NextStep::Done(outcome)) => break Ok(outcome),
                Ok(NextStep::Run(statement)) => {
                    let (operation, model) = reading.names();
                    steps.push((format!("{operation} {model}"), statement.clone()));
                    match fetch(&self.sqlite, &statement, statement.begin_write(), &mut 0) {
                        Ok(fetched) => step = reading.next(fetched),
                        Err(failure) => break Err(failure),
                    }
                }
            }
        };
        (steps, outcome)
    }

    /// Returns the rows of a page or an object, with their related rows, as text.
    #[track_caller]
    fn read(&self, model: &Model, ask: Readable) -> String {
        let (_, outcome) = self.steps(model, ask);
        shown(&outcome.expect("an outcome"))
    }

    /// Returns the names, in the log, of the statements of a reading.
    fn names(&self, model: &Model, ask: Readable) -> Vec<String> {
        let (steps, _) = self.steps(model, ask);
        steps.into_iter().map(|(name, _)| name).collect()
    }

    /// Asks a question that must fail, and returns the code and message of its error.
    #[track_caller]
    fn refusal(&self, model: &Model, ask: Readable) -> (Code, String) {
        let (_, outcome) = self.steps(model, ask);
        let error = outcome.expect_err("a refusal").into_error();
        (error.code(), error.to_string())
    }
}

fn one(target: &Model, on: &[(ColumnNumber, ColumnNumber)]) -> Arc<Join> {
    let (target, on) = (target.clone(), on.to_vec());
    Arc::new(Join {
        target,
        many: false,
        on,
        junction: None,
    })
}

fn many(target: &Model, on: &[(ColumnNumber, ColumnNumber)]) -> Arc<Join> {
    let (target, on) = (target.clone(), on.to_vec());
    Arc::new(Join {
        target,
        many: true,
        on,
        junction: None,
    })
}

/// Returns a wanted relation with all related rows, all columns of their model, and the nested relations `related`.
fn wanted(join: &Arc<Join>, related: Vec<Wanted>) -> Wanted {
    Wanted {
        join: Arc::clone(join),
        condition: Predicate::All(Vec::new()),
        columns: columns(&join.target),
        most: 10,
        most_in_all: 100,
        related,
    }
}

fn columns(model: &Model) -> Vec<ColumnNumber> {
    model.numbered().map(|(number, _)| number).collect()
}

fn list(model: &Model, related: Vec<Wanted>) -> List {
    let order = model.key().iter().map(|column| by(&[], *column)).collect();
    let paging = Paging {
        position: Position::Page(1),
        size: 10,
        count: Count::Exact,
        offers_exact: false,
        deepest: 1000,
    };
    List {
        related,
        ..List::new(Predicate::All(Vec::new()), order, columns(model), paging)
    }
}

fn by(through: &[Arc<Join>], column: ColumnNumber) -> Order {
    Order {
        through: through.iter().map(params::Step::open).collect(),
        column,
        descending: false,
    }
}

fn object(model: &Model, key: i64, related: Vec<Wanted>) -> Readable {
    Readable::Retrieve(Retrieve {
        also: Vec::new(),
        most_bytes: usize::MAX,
        condition: Predicate::is_key(ID, Value::Integer(key)),
        columns: columns(model),
        related,
        locks: false,
    })
}

fn related(join: &Arc<Join>, condition: Predicate) -> Predicate {
    Predicate::Related {
        join: Arc::clone(join),
        condition: Box::new(condition),
    }
}

fn is(column: ColumnNumber, text: &str) -> Predicate {
    Predicate::compare(column, Operator::Equal, Value::Text(text.to_owned()))
}

fn any() -> Predicate {
    Predicate::All(Vec::new())
}

/// Returns an answer as text, such as `Fiat.1.2 {1.Ann + | -}`: cells, and in braces each relation's rows, with a plus
/// if there are more.
fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Page(page) | Outcome::Groups(page) => {
            tree(&page.rows, 0..page.rows.len(), &page.related)
        }
        Outcome::Object(Some(object)) => tree(&object.rows, 0..object.rows.len(), &object.related),
        Outcome::Object(None) => "none".to_owned(),
        Outcome::Created(_)
        | Outcome::Updated(_)
        | Outcome::Deleted(_)
        | Outcome::UpdatedMany(_)
        | Outcome::DeletedMany(_) => panic!("a reading writes nothing"),
    }
}

fn tree(rows: &Rows, range: std::ops::Range<usize>, related: &[Related]) -> String {
    let each = range.map(|at| {
        let row = rows.get(at).expect("a row");
        let cells: Vec<_> = row.cells().map(text).collect();
        let of = related.iter().map(|related| {
            let (range, more) = related.of.get(at).expect("one entry a row").clone();
            let more = if more { " +" } else { "" };
            tree(&related.rows, range, &related.related) + more
        });
        let of: Vec<_> = of.collect();
        let of = if of.is_empty() {
            String::new()
        } else {
            format!(" {{{}}}", of.join(" | "))
        };
        cells.join(".") + &of
    });
    let each: Vec<_> = each.collect();
    if each.is_empty() {
        "-".to_owned()
    } else {
        each.join(", ")
    }
}

fn text(cell: Cell<'_>) -> String {
    let mut text = Vec::new();
    write_text(cell, BODY_BYTES, &mut text);
    String::from_utf8(text).expect("a text")
}
