//! Cities, owners, cars, parts and tags: random rows of them that dangle, repeat and lead back to themselves, and the API
//! that serves them.

use std::{
    fmt::{self, Write as _},
    sync::LazyLock,
};

use proptest::{collection::vec, option, prelude::*, sample::select};
use sea_query::{
    ColumnDef, ForeignKey, Index, SqliteQueryBuilder, Table as Statement, TableCreateStatement,
};
use tower_rest::{Api, Database, Model, Router, ViewSet};

use super::literal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Cities,
    Owners,
    Cars,
    Parts,
    Tags,
}

/// What a cell holds where it is not null. Texts are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Number(i64),
    Text(&'static str),
}

pub(super) type Cell = Option<Value>;

/// The cells in the order of the table's columns.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) table: Table,
    pub(super) cells: Vec<Cell>,
}

/// Every row, those of a table in the order of its key.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) rows: Vec<Row>,
    /// A car and a tag, as often as the junction says so.
    pub(super) pairs: Vec<(i64, i64)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) from: Table,
    pub(super) name: &'static str,
    pub(super) to: Table,
    pub(super) many: bool,
    pub(super) by: By,
}

/// How two rows are found to be related.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum By {
    /// This column here holds what that one there does.
    Columns(&'static str, &'static str),
    /// The junction pairs them.
    Pairs,
}

const fn one(
    from: Table,
    name: &'static str,
    here: &'static str,
    to: Table,
    there: &'static str,
) -> Relation {
    let by = By::Columns(here, there);
    Relation {
        from,
        name,
        to,
        many: false,
        by,
    }
}

const fn many(from: Table, name: &'static str, to: Table, by: By) -> Relation {
    Relation {
        from,
        name,
        to,
        many: true,
        by,
    }
}

pub(super) static RELATIONS: LazyLock<Vec<Relation>> = LazyLock::new(|| {
    use Table::{Cars, Cities, Owners, Parts, Tags};
    vec![
        many(Cities, "owners", Owners, By::Columns("city_id", "city_id")),
        one(Owners, "city", "city_id", Cities, "city_id"),
        many(Owners, "cars", Cars, By::Columns("owner_id", "owner_id")),
        one(Cars, "owner", "owner_id", Owners, "owner_id"),
        one(Cars, "replaces", "replaces_id", Cars, "car_id"),
        many(
            Cars,
            "replaced_by",
            Cars,
            By::Columns("car_id", "replaces_id"),
        ),
        many(Cars, "parts", Parts, By::Columns("car_id", "car_id")),
        many(Cars, "tags", Tags, By::Pairs),
        one(Parts, "car", "car_id", Cars, "car_id"),
        many(Tags, "cars", Cars, By::Pairs),
    ]
});

impl Relation {
    /// Whether its rows are served under those of the top-level place they are related to.
    pub(super) fn is_nested(&self) -> bool {
        let names = (self.from.name(), self.name);
        [("owners", "cars"), ("cars", "parts"), ("cars", "tags")].contains(&names)
    }
}

impl Table {
    pub(super) const ALL: [Self; 5] = [
        Self::Cities,
        Self::Owners,
        Self::Cars,
        Self::Parts,
        Self::Tags,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cities => "cities",
            Self::Owners => "owners",
            Self::Cars => "cars",
            Self::Parts => "parts",
            Self::Tags => "tags",
        }
    }

    pub(super) const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Cities => &["city_id", "name"],
            Self::Owners => &["owner_id", "name", "city_id"],
            Self::Cars => &["car_id", "make", "year", "owner_id", "replaces_id"],
            Self::Parts => &["car_id", "part_no", "kind", "price"],
            Self::Tags => &["tag_id", "word"],
        }
    }

    pub(super) fn key(self) -> &'static [&'static str] {
        let parts = if self == Self::Parts { 2 } else { 1 };
        self.columns().split_at(parts).0
    }

    pub(super) fn is_text(column: &str) -> bool {
        ["city_id", "name", "make", "kind", "word"].contains(&column)
    }

    pub(super) fn relations(self) -> impl Iterator<Item = &'static Relation> {
        RELATIONS
            .iter()
            .filter(move |relation| relation.from == self)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<_> = self.cells.iter().map(written).collect();
        write!(f, "{} ({})", self.table.name(), cells.join(", "))
    }
}

impl Row {
    pub(super) fn get(&self, column: &str) -> &Cell {
        let columns = self.table.columns();
        let at = columns.iter().position(|other| *other == column);
        &self.cells[at.unwrap_or_else(|| panic!("{:?} has no {column}", self.table))]
    }

    pub(super) fn number(&self, column: &str) -> i64 {
        match self.get(column) {
            Some(Value::Number(number)) => *number,
            other => panic!("{column} is {other:?}"),
        }
    }

    pub(super) fn key(&self) -> &[Cell] {
        &self.cells[..self.table.key().len()]
    }
}

/// Texts that differ in case only, and ones that a pattern would read otherwise.
const TEXTS: &[&str] = &["a", "A", "ab", "AB", "b", "é", "%", "_", ""];

/// Keys of cities that must be written otherwise in a path or a list.
pub(super) const CITIES: &[&str] = &["Rome", "ROME", "a,b", "~", "", "é/x"];

/// Few, so that they are found.
pub(super) fn texts() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => select(&TEXTS[..3]), 1 => select(TEXTS)]
}

fn text() -> impl Strategy<Value = Cell> {
    option::weighted(0.8, texts().prop_map(Value::Text))
}

/// Keys go from 1 to 8, so that 9 always dangles; few are led to by many.
fn key_of_a_row() -> impl Strategy<Value = i64> {
    prop_oneof![2 => 1_i64..4, 1 => 1_i64..10]
}

fn reference() -> impl Strategy<Value = Cell> {
    option::weighted(0.85, key_of_a_row().prop_map(Value::Number))
}

fn numbered(rows: Vec<Vec<Cell>>, table: Table, holes: &[bool]) -> Vec<Row> {
    let keys = (1..).map(|key| Some(Value::Number(key)));
    let all = keys.zip(rows).map(|(key, mut cells)| {
        cells.insert(0, key);
        Row { table, cells }
    });
    let kept = all
        .zip(holes.iter().cycle())
        .filter(|(_, hole)| !**hole)
        .map(|(row, _)| row);
    kept.collect()
}

/// A hundred and more rows that one row leads to: more than an answer embeds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crowd {
    Owners,
    Cars,
    Parts,
    Tags,
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let city = option::weighted(0.7, select(CITIES).prop_map(Value::Text));
    let number = || option::weighted(0.8, (0_i64..4).prop_map(Value::Number));
    let owner = (text(), city).prop_map(|(name, city)| vec![name, city]);
    let car = (text(), number(), reference(), reference())
        .prop_map(|(make, year, owner, replaces)| vec![make, year, owner, replaces]);
    let part = (key_of_a_row(), text(), number());
    let crowd = (
        select(vec![Crowd::Owners, Crowd::Cars, Crowd::Parts, Crowd::Tags]),
        99_i64..=203,
    );
    (
        vec(text(), CITIES.len()),
        vec(owner, 0..9),
        vec(car, 0..9),
        vec(part, 0..24),
        vec(text(), 0..9),
        vec((key_of_a_row(), key_of_a_row()), 0..20),
        vec(proptest::bool::weighted(0.2), 5),
        option::weighted(0.08, crowd),
    )
        .prop_map(
            |(cities, owners, cars, parts, words, pairs, holes, crowd)| {
                let mut rows = cities_of(cities, &holes);
                rows.extend(numbered(owners, Table::Owners, &holes));
                rows.extend(numbered(cars, Table::Cars, &holes));
                rows.extend(parts_of(parts));
                let words = words.into_iter().map(|word| vec![word]).collect();
                rows.extend(numbered(words, Table::Tags, &holes));
                let mut world = World { rows, pairs };
                if let Some((crowd, count)) = crowd {
                    world.add(crowd, count);
                }
                world
                    .rows
                    .sort_by(|left, right| left.key().cmp(right.key()));
                world
            },
        )
}

fn cities_of(names: Vec<Cell>, holes: &[bool]) -> Vec<Row> {
    let kept = CITIES.iter().zip(names).zip(holes.iter().cycle());
    kept.filter(|(_, hole)| !**hole)
        .map(|((key, name), _)| Row {
            table: Table::Cities,
            cells: vec![Some(Value::Text(key)), name],
        })
        .collect()
}

/// Each car counts its parts from 1.
fn parts_of(parts: Vec<(i64, Cell, Cell)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (car, kind, price) in parts {
        let before = rows
            .iter()
            .filter(|row| row.number("car_id") == car)
            .count();
        let part_no = i64::try_from(before).expect("a few") + 1;
        rows.push(Row {
            table: Table::Parts,
            cells: vec![
                Some(Value::Number(car)),
                Some(Value::Number(part_no)),
                kind,
                price,
            ],
        });
    }
    rows
}

impl World {
    pub(super) fn of(&self, table: Table) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.table == table)
    }

    /// Rows that lead to the first city, owner or car.
    pub(super) fn add(&mut self, crowd: Crowd, count: i64) {
        let word = |number: i64| {
            let at = usize::try_from(number).expect("a count") % TEXTS.len();
            Some(Value::Text(TEXTS[at]))
        };
        let number = |number| Some(Value::Number(number));
        for at in 1..=count {
            let key = 100 + at;
            let (table, cells) = match crowd {
                Crowd::Owners => (
                    Table::Owners,
                    vec![number(key), word(at), Some(Value::Text("Rome"))],
                ),
                Crowd::Cars => (
                    Table::Cars,
                    vec![number(key), word(at), number(at % 3), number(1), number(1)],
                ),
                Crowd::Parts => (
                    Table::Parts,
                    vec![number(1), number(key), word(at), number(at % 3)],
                ),
                Crowd::Tags => {
                    self.pairs.extend([(1, key), (1, key)]);
                    (Table::Tags, vec![number(key), word(at)])
                }
            };
            self.rows.push(Row { table, cells });
        }
    }

    /// Puts these rows where any others were.
    pub(super) async fn store(&self, db: &Database) {
        let mut sql = "BEGIN; DELETE FROM car_tags;".to_owned();
        for table in Table::ALL {
            write!(sql, "DELETE FROM {};", table.name()).expect("text");
        }
        for Row { table, cells } in &self.rows {
            let cells: Vec<_> = cells.iter().map(written).collect();
            let values = cells.join(", ");
            write!(sql, "INSERT INTO {} VALUES ({values});", table.name()).expect("text");
        }
        for (car, tag) in &self.pairs {
            write!(sql, "INSERT INTO car_tags VALUES ({car}, {tag});").expect("text");
        }
        sql.push_str("COMMIT");
        db.execute_script(&sql).await.expect("rows");
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => literal(Some(text)),
        None => literal(None),
    }
}

fn table(name: &'static str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Statement::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().to_owned()
}

fn string(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

fn key(mut column: ColumnDef) -> ColumnDef {
    column.not_null().primary_key().to_owned()
}

/// A table as the database has it: no foreign key is held to, and one is compared without regard to case.
fn created(which: Table) -> TableCreateStatement {
    let name = which.name();
    match which {
        Table::Cities => table(name, [key(string("city_id")), string("name")]),
        Table::Owners => {
            let city = string("city_id").extra("COLLATE NOCASE").to_owned();
            table(name, [key(integer("owner_id")), string("name"), city])
        }
        Table::Cars => table(
            name,
            [
                key(integer("car_id")),
                string("make"),
                integer("year"),
                integer("owner_id"),
                integer("replaces_id"),
            ],
        ),
        Table::Parts => table(
            name,
            [
                integer("car_id").not_null().to_owned(),
                integer("part_no").not_null().to_owned(),
                string("kind"),
                integer("price"),
            ],
        )
        .primary_key(Index::create().col("car_id").col("part_no"))
        .to_owned(),
        Table::Tags => table(name, [key(integer("tag_id")), string("word")]),
    }
}

/// The model of a table, as it would be if its foreign keys were declared.
fn model(name: &str, which: Table) -> Model {
    let mut table = created(which);
    let to_one = which
        .relations()
        .filter(|relation| !relation.many && relation.name != "replaces");
    for relation in to_one {
        if let By::Columns(here, there) = relation.by {
            let mut foreign_key = ForeignKey::create();
            foreign_key
                .from(which.name(), here)
                .to(relation.to.name(), there);
            table.foreign_key(&mut foreign_key);
        }
    }
    Model::from_table(name, &table)
}

/// The empty tables, and `/cities/`, `/owners/`, `/owners/{}/cars/`, `/cars/`, `/cars/{}/parts/`, `/cars/{}/tags/` and
/// `/tags/`.
pub(super) async fn served() -> (Database, Api) {
    let db = Database::in_memory().await.expect("a database");
    let mut sql = "CREATE TABLE car_tags (car_id integer, tag_id integer);".to_owned();
    for table in Table::ALL {
        sql += &created(table).to_string(SqliteQueryBuilder);
        sql.push(';');
    }
    db.execute_script(&sql).await.expect("tables");
    let viewset = |model: Model| ViewSet::new(model).database(&db);
    let car = model("Car", Table::Cars)
        .relation("replaces", "replaces_id", "cars")
        .many("replaced_by", "cars", "replaces_id")
        .many_through("tags", "tags", "car_tags", "car_id", "tag_id");
    let tag =
        model("Tag", Table::Tags).many_through("cars", "cars", "car_tags", "tag_id", "car_id");
    let owners =
        viewset(model("Owner", Table::Owners)).nest("cars", viewset(car.clone()).page_size(3));
    let cars = viewset(car)
        .nest("parts", viewset(model("Part", Table::Parts)))
        .nest("tags", viewset(tag.clone()));
    let api = Router::new()
        .register("cities", viewset(model("City", Table::Cities)))
        .register("owners", owners)
        .register("cars", cars)
        .register("tags", viewset(tag))
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    (db, api)
}
