//! Cities, owners, cars, parts and tags: their tables, how their rows are related, and the API that serves them.

use std::{
    fmt::{self, Write as _},
    sync::LazyLock,
};

use sea_query::{
    ColumnDef, Expr, ExprTrait as _, ForeignKey, Func, Index, Table as Statement,
    TableCreateStatement,
};
use tower_rest::{Api, Model, Router, SourceTable, Type, ViewSet};

use super::{limits, literal};
use crate::databases::{Fresh, Kind};

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

    /// The columns, of which the last is computed in all tables but that of cities.
    pub(super) const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Cities => &["city_id", "name"],
            Self::Owners => &["owner_id", "name", "city_id", "known_as"],
            Self::Cars => &[
                "car_id",
                "make",
                "year",
                "owner_id",
                "replaces_id",
                "doubled",
            ],
            Self::Parts => &["car_id", "part_no", "kind", "price", "worth"],
            Self::Tags => &["tag_id", "word", "known_as"],
        }
    }

    pub(super) fn key(self) -> &'static [&'static str] {
        let parts = if self == Self::Parts { 2 } else { 1 };
        self.columns().split_at(parts).0
    }

    pub(super) fn is_text(column: &str) -> bool {
        ["city_id", "name", "make", "kind", "word", "known_as"].contains(&column)
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

    /// Appends the cell of the computed column.
    pub(super) fn compute(&mut self) {
        let or = |column: &str, other: Value| self.get(column).clone().or(Some(other));
        let computed = match self.table {
            Table::Cities => return,
            Table::Owners => or("name", Value::Text("b")),
            Table::Cars => match self.get("year") {
                Some(Value::Number(year)) => Some(Value::Number(year * 2 - 1)),
                _ => None,
            },
            Table::Parts => or("price", Value::Number(self.number("part_no"))),
            Table::Tags => or("word", Value::Text("é")),
        };
        self.cells.push(computed);
    }

    /// The cells that are stored.
    fn stored(&self) -> &[Cell] {
        let computed = usize::from(self.table != Table::Cities);
        &self.cells[..self.table.columns().len() - computed]
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

impl World {
    pub(super) fn of(&self, table: Table) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.table == table)
    }

    /// Puts these rows where any others were.
    pub(super) async fn store(&self, db: &Fresh) {
        let mut sql = "BEGIN; DELETE FROM car_tags;".to_owned();
        for table in Table::ALL {
            write!(sql, "DELETE FROM {};", table.name()).expect("text");
        }
        for row in &self.rows {
            let table = row.table;
            let cells: Vec<_> = row.stored().iter().map(written).collect();
            let values = cells.join(", ");
            write!(sql, "INSERT INTO {} VALUES ({values});", table.name()).expect("text");
        }
        for (car, tag) in &self.pairs {
            write!(sql, "INSERT INTO car_tags VALUES ({car}, {tag});").expect("text");
        }
        sql.push_str("COMMIT");
        db.execute(&sql).await;
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
    let model = Model::from_table(name, &table);
    let or = |name: &'static str, other: &'static str| {
        move |table: &SourceTable<'_>| Func::coalesce([table.column(name), Expr::val(other)]).into()
    };
    match which {
        Table::Cities => model,
        Table::Owners => model.computed("known_as", Type::Text, or("name", "b")),
        Table::Cars => model.computed("doubled", Type::INTEGER, |table| {
            table.column("year").mul(2).sub(1)
        }),
        Table::Parts => model.computed("worth", Type::INTEGER, |table| {
            Func::coalesce([table.column("price"), table.column("part_no")]).into()
        }),
        Table::Tags => model.computed("known_as", Type::Text, or("word", "é")),
    }
}

/// The empty tables, and `/cities/`, `/owners/`, `/owners/{}/cars/`, `/cars/`, `/cars/{}/parts/`, `/cars/{}/tags/` and
/// `/tags/`.
pub(super) async fn served(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh
        .execute("CREATE TABLE car_tags (car_id integer, tag_id integer)")
        .await;
    for table in Table::ALL {
        fresh.create(&created(table)).await;
    }
    let db = &fresh.db;
    let viewset = |model: Model| {
        ViewSet::new(model)
            .database(db)
            .groups()
            .regex()
            .limits(limits())
    };
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
    (fresh, api)
}
