//! The tables that random requests write, as data: from it come their SQL, what a body may hold and what is shown.

use serde_json::{Value as Json, json};
use tower_rest::{Api, Condition, Error, Head, Router, Schema, ViewSet};

use crate::databases::{Fresh, Kind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Integer,
    Boolean,
    /// Of at most so many characters.
    Text(usize),
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    /// As SQL, which is JSON as well.
    pub(super) default: Option<&'static str>,
    /// The relation to one that the column is the key of: its name, and the table it refers to.
    pub(super) to: Option<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) key: &'static [&'static str],
    pub(super) unique: &'static [&'static str],
    /// The relations to many: the name, the table whose rows refer to this one, and by which column.
    pub(super) many: &'static [(&'static str, &'static str, &'static str)],
}

const fn column(name: &'static str, ty: Type) -> Column {
    Column {
        name,
        ty,
        nullable: false,
        default: None,
        to: None,
    }
}

impl Column {
    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    const fn default(mut self, sql: &'static str) -> Self {
        self.default = Some(sql);
        self
    }

    const fn to(mut self, relation: &'static str, table: &'static str) -> Self {
        self.to = Some((relation, table));
        self
    }

    /// What a row has that is written without the column.
    pub(super) fn absent(&self) -> Json {
        let default = self.default.map(serde_json::from_str);
        default.map_or(Json::Null, |value| value.expect("JSON"))
    }
}

/// Every table; a row is seen by the tenant in its column `tenant`.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "owners",
        columns: &[
            column("id", Type::Integer),
            column("tenant", Type::Integer),
            column("code", Type::Text(5)),
            column("name", Type::Text(5)).nullable(),
        ],
        key: &["id"],
        unique: &["code"],
        many: &[
            ("cars_by_owner", "cars", "owner_id"),
            ("cars_by_seller", "cars", "seller_id"),
        ],
    },
    Table {
        name: "cars",
        columns: &[
            column("id", Type::Integer),
            column("tenant", Type::Integer),
            column("owner_id", Type::Integer).to("owner", "owners"),
            column("seller_id", Type::Integer)
                .nullable()
                .to("seller", "owners"),
            column("make", Type::Text(5)),
            column("year", Type::Integer).nullable().default("2000"),
            column("sold", Type::Boolean).default("false"),
        ],
        key: &["id"],
        unique: &[],
        many: &[("spots", "spots", "car_id")],
    },
    Table {
        name: "spots",
        columns: &[
            column("hall", Type::Integer),
            column("bay", Type::Integer),
            column("tenant", Type::Integer),
            column("car_id", Type::Integer).nullable().to("car", "cars"),
            column("note", Type::Text(5)).nullable(),
        ],
        key: &["hall", "bay"],
        unique: &["car_id"],
        many: &[],
    },
];

/// The table below owners, at `/owners/{id}/cars/`: its rows have the owner's key in the column.
pub(super) const NESTED: (&str, &str, &str) = ("owners", "cars", "owner_id");

pub(super) fn table(name: &str) -> &'static Table {
    let mut tables = TABLES.iter();
    tables.find(|table| table.name == name).expect("a table")
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column that a relation to one is the link of.
    pub(super) fn relation(&self, name: &str) -> Option<&'static Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| column.to.is_some_and(|(relation, _)| relation == name))
    }

    fn sql(&self) -> String {
        let columns = self.columns.iter().map(|column| {
            let ty = match column.ty {
                Type::Integer => "integer".to_owned(),
                Type::Boolean => "boolean".to_owned(),
                Type::Text(most) => format!("varchar({most})"),
            };
            let null = if column.nullable { "" } else { " NOT NULL" };
            let default = column.default.map(|sql| format!(" DEFAULT {sql}"));
            format!("{} {ty}{null}{}", column.name, default.unwrap_or_default())
        });
        let unique = self.unique.iter().map(|name| format!("UNIQUE ({name})"));
        let references = self.columns.iter().filter_map(|column| {
            let (_, table) = column.to?;
            let name = column.name;
            Some(format!("FOREIGN KEY ({name}) REFERENCES {table} (id)"))
        });
        let key = [format!("PRIMARY KEY ({})", self.key.join(", "))];
        let parts: Vec<_> = columns.chain(key).chain(unique).chain(references).collect();
        format!("CREATE TABLE {} ({})", self.name, parts.join(", "))
    }
}

/// An API whose requests see the rows of the tenant in `x-tenant`, and one that sees all.
pub(super) async fn open(kind: Kind) -> (Fresh, Api, Api) {
    let fresh = kind.fresh().await;
    let sql: Vec<_> = TABLES.iter().map(Table::sql).collect();
    fresh.execute(&sql.join("; ")).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let of_tenant = |head: &Head| {
        let tenant = head.header("x-tenant")?.parse::<i64>();
        let wrong = |_| Error::new(tower_rest::Code::Forbidden, "no such tenant");
        Ok(Condition::column("tenant").eq(tenant.map_err(wrong)?))
    };
    let set = |name: &str| {
        let model = schema.model(name).expect("a table").clone();
        let set = ViewSet::new(model).database(&fresh.db).writable();
        set.page_size(1000).scope(of_tenant)
    };
    let owners = set("owners").nest_by("cars", "owner", set("cars"));
    let router = Router::new()
        .register("owners", owners)
        .register("cars", set("cars"))
        .register("spots", set("spots"));
    let api = router
        .build()
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    let all = Router::of(schema.clone()).build();
    (
        fresh,
        api,
        all.unwrap_or_else(|error| panic!("{kind}: {error}")),
    )
}

/// The link of a row.
pub(super) fn link(table: &str, key: &str) -> Json {
    json!(format!("http://test/{table}/{key}/"))
}
