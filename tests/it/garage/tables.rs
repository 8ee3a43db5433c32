//! The tables of the garage, as the APIs see them and as they are created.

use sea_query::{ColumnDef, ForeignKey, Index, Table, TableCreateStatement};
use tower_rest::{Database, Model, ViewSet};

use crate::databases::{Fresh, Kind};

/// A foreign key: columns here, the other table, its columns.
type Foreign = (
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
);

/// A new database of a kind with every table of the garage and its rows.
pub(crate) async fn database_on(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    for (_, table) in ALL {
        fresh.create(&table()).await;
    }
    fresh.execute(include_str!("rows.sql")).await;
    let own = match kind {
        Kind::Sqlite => include_str!("rows.sqlite.sql"),
        Kind::Postgres => include_str!("rows.postgres.sql"),
        Kind::MySql => include_str!("rows.mysql.sql"),
    };
    fresh.execute(own).await;
    fresh
}

/// The model of a table, under the name it is known by.
pub(crate) fn model(name: &str) -> Model {
    let found = ALL.iter().find(|(model, _)| *model == name);
    let (_, table) = found.unwrap_or_else(|| panic!("no model is called {name}"));
    Model::from_table(name, &table())
}

/// The plain viewset of a model.
pub(crate) fn viewset(name: &str, db: &Database) -> ViewSet {
    ViewSet::new(model(name)).database(db)
}

type Named = (&'static str, fn() -> TableCreateStatement);

const ALL: &[Named] = &[
    ("Owner", || {
        let columns = [int("owner_id"), text("name"), text("city")];
        table("owners", columns, &["owner_id"], &[])
    }),
    ("Person", || {
        table(
            "people",
            [int("person_id"), text("name")],
            &["person_id"],
            &[],
        )
    }),
    ("Car", || {
        let columns = [
            int("car_id"),
            text("make"),
            int("year"),
            int("owner_id"),
            int("seller_id"),
            int("buyer_id"),
        ];
        let foreign: [Foreign; 3] = [
            (&["owner_id"], "owners", &["owner_id"]),
            (&["seller_id"], "people", &["person_id"]),
            (&["buyer_id"], "people", &["person_id"]),
        ];
        table("cars", columns, &["car_id"], &foreign)
    }),
    ("Part", || {
        let columns = [int("car_id"), int("part_no"), text("kind"), int("weight")];
        let foreign: [Foreign; 1] = [(&["car_id"], "cars", &["car_id"])];
        table("parts", columns, &["car_id", "part_no"], &foreign)
    }),
    ("Tool", || {
        let columns = [int("car_id"), int("part_no"), int("tool_no"), text("name")];
        let foreign: [Foreign; 1] = [(&["car_id", "part_no"], "parts", &["car_id", "part_no"])];
        table(
            "tools",
            columns,
            &["car_id", "part_no", "tool_no"],
            &foreign,
        )
    }),
    ("Repair", || {
        let columns = [int("repair_id"), int("car_id"), int("part_no"), int("cost")];
        let foreign: [Foreign; 1] = [(&["car_id", "part_no"], "parts", &["car_id", "part_no"])];
        table("repairs", columns, &["repair_id"], &foreign)
    }),
    ("Piece", || {
        let columns = [int("part_id"), text("kind"), int("car_id")];
        let foreign: [Foreign; 1] = [(&["car_id"], "cars", &["car_id"])];
        table("pieces", columns, &["part_id"], &foreign)
    }),
    ("Gadget", || {
        let columns = [int("tool_id"), text("name"), int("part_id")];
        let foreign: [Foreign; 1] = [(&["part_id"], "pieces", &["part_id"])];
        table("gadgets", columns, &["tool_id"], &foreign)
    }),
    ("Loan", || {
        let columns = [int("loan_id"), int("car_id")];
        let foreign: [Foreign; 1] = [(&["car_id"], "cars", &["car_id"])];
        table("loans", columns, &["loan_id"], &foreign)
    }),
    ("Tag", || {
        table("tags", [int("tag_id"), text("label")], &["tag_id"], &[])
    }),
    ("CarTag", || {
        let foreign: [Foreign; 2] = [
            (&["car_id"], "cars", &["car_id"]),
            (&["tag_id"], "tags", &["tag_id"]),
        ];
        let columns = [int("car_id"), int("tag_id")];
        table("car_tags", columns, &["car_id", "tag_id"], &foreign)
    }),
    ("Employee", || {
        let columns = [int("employee_id"), text("name"), int("boss_id")];
        let foreign: [Foreign; 1] = [(&["boss_id"], "employees", &["employee_id"])];
        table("employees", columns, &["employee_id"], &foreign)
    }),
    ("Node", || {
        let foreign: [Foreign; 1] = [(&["parent_id"], "nodes", &["node_id"])];
        let columns = [int("node_id"), int("parent_id")];
        table("nodes", columns, &["node_id"], &foreign)
    }),
    ("Department", || {
        let columns = [int("department_id"), text("name"), int("head_id")];
        let foreign: [Foreign; 1] = [(&["head_id"], "workers", &["worker_id"])];
        table("departments", columns, &["department_id"], &foreign)
    }),
    ("Worker", || {
        let columns = [int("worker_id"), text("name"), int("department_id")];
        let foreign: [Foreign; 1] = [(&["department_id"], "departments", &["department_id"])];
        table("workers", columns, &["worker_id"], &foreign)
    }),
    ("Lot", || {
        table("lots", [int("lot_id"), text("name")], &["lot_id"], &[])
    }),
    ("Space", || {
        let foreign: [Foreign; 1] = [(&["lot_id"], "lots", &["lot_id"])];
        let columns = [int("space_id"), int("lot_id")];
        table("spaces", columns, &["space_id"], &foreign)
    }),
    ("Article", || {
        let slug = ColumnDef::new("slug").string().unique_key().to_owned();
        let columns = [int("article_id"), slug, text("title")];
        table("articles", columns, &["article_id"], &[])
    }),
    ("Comment", || {
        let foreign: [Foreign; 1] = [(&["article_id"], "articles", &["article_id"])];
        let columns = [int("comment_id"), int("article_id"), text("words")];
        table("comments", columns, &["comment_id"], &foreign)
    }),
    ("Mark", || {
        let columns = [text("a"), text("b"), int("n")];
        table("marks", columns, &["a", "b"], &[])
    }),
    ("Memo", || {
        let foreign: [Foreign; 1] = [(&["a", "b"], "marks", &["a", "b"])];
        let columns = [text("a"), text("b"), int("memo_no"), text("words")];
        table("memos", columns, &["a", "b", "memo_no"], &foreign)
    }),
    ("Mixed", || {
        let columns = [
            ColumnDef::new("uid").uuid().to_owned(),
            ColumnDef::new("raw").blob().to_owned(),
            ColumnDef::new("day").date().to_owned(),
            int("n"),
            text("word"),
            int("value"),
        ];
        table("mixed", columns, &["uid", "raw", "day", "n", "word"], &[])
    }),
    ("Cell", || {
        let columns = [int("row"), int("col"), text("words")];
        table("cells", columns, &["col", "row"], &[])
    }),
    ("Party", || {
        let columns = [int("party_id"), int("pk1"), text("pk2"), text("name")];
        table("parties", columns, &["party_id", "pk1", "pk2"], &[])
    }),
    ("Contract", || {
        let foreign: [Foreign; 1] = [PARTY];
        let columns = [
            int("party_id"),
            int("pk1"),
            text("pk2"),
            int("contract_no"),
            text("kind"),
        ];
        let key = ["party_id", "pk1", "pk2", "contract_no"];
        table("contracts", columns, &key, &foreign)
    }),
    ("Invoice", || {
        let foreign: [Foreign; 1] = [PARTY];
        let columns = [
            int("invoice_id"),
            int("party_id"),
            int("pk1"),
            text("pk2"),
            int("amount"),
        ];
        table("invoices", columns, &["invoice_id"], &foreign)
    }),
    ("Account", || {
        let columns = [text("bank"), int("number"), text("holder")];
        table("accounts", columns, &["bank", "number"], &[])
    }),
    ("CarSeat", || {
        let columns = [text("hall"), int("car_seat_id"), text("side")];
        table("car_seats", columns, &["hall", "car_seat_id"], &[])
    }),
    ("Vault", || {
        let columns = [text("keeper"), int("vault_id"), text("what")];
        table("vaults", columns, &["keeper", "vault_id"], &[])
    }),
    ("Device", || {
        let columns = [int("device_id"), text("tenant"), text("name")];
        table("devices", columns, &["device_id"], &[])
    }),
    // Columns whose names mean something else in a query string.
    ("Oddity", || {
        let columns = [
            int("odd_id"),
            int("page"),
            text("owner__name"),
            int("owner_id"),
        ];
        let foreign: [Foreign; 2] = [
            (&["page"], "lots", &["lot_id"]),
            (&["owner_id"], "owners", &["owner_id"]),
        ];
        table("oddities", columns, &["odd_id"], &foreign)
    }),
    ("Reading", || {
        let foreign: [Foreign; 1] = [(&["device_id"], "devices", &["device_id"])];
        let columns = [int("reading_id"), int("device_id"), int("degrees")];
        table("readings", columns, &["reading_id"], &foreign)
    }),
];

const PARTY: Foreign = (
    &["party_id", "pk1", "pk2"],
    "parties",
    &["party_id", "pk1", "pk2"],
);

fn int(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).string().to_owned()
}

fn table<const N: usize>(
    name: &'static str,
    columns: [ColumnDef; N],
    key: &[&'static str],
    foreign: &[Foreign],
) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in columns {
        table.col(&mut column);
    }
    let mut index = Index::create();
    for column in key {
        index.col(*column);
    }
    table.primary_key(&mut index);
    for (here, other, there) in foreign {
        let mut key = ForeignKey::create();
        key.from_tbl(name).to_tbl(*other);
        for (here, there) in here.iter().zip(*there) {
            key.from_col(*here).to_col(*there);
        }
        table.foreign_key(&mut key);
    }
    table
}
