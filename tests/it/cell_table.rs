//! The table `cells` of a key and one more column, and the checks of transactions that both kinds of server share.

use http::Method;
use sea_query::{ColumnDef, Table};
use serde_json::json;
use tower_rest::{Act, Action, Api, Code, Database, Error, Model, Reply, Result, ViewSet};

use crate::{
    actions::call,
    databases::{Fresh, Kind},
    server::{ask, cells},
};

/// Serves the table with a column `cell` of the given definition.
pub(crate) fn viewset(db: &Database, column: &mut ColumnDef) -> ViewSet {
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(column)
        .to_owned();
    ViewSet::new(Model::from_table("Cell", &table)).database(db)
}

/// Creates the table anew with a row for each value, whose keys count from 1.
pub(crate) async fn create(fresh: &Fresh, ty: &str, values: &[&str]) {
    let rows = (1..).zip(values);
    let rows: Vec<_> = rows.map(|(id, value)| format!("({id}, {value})")).collect();
    let mode = match fresh.kind {
        Kind::MySql => "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'; ",
        Kind::Sqlite | Kind::Postgres => "",
    };
    let sql = format!(
        "{mode}DROP TABLE IF EXISTS cells; CREATE TABLE cells (id int PRIMARY KEY, cell {ty}); \
         INSERT INTO cells VALUES {}",
        rows.join(", ")
    );
    let created = fresh.db.execute_script(&sql).await;
    created.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// Runs statements in the transaction of an action.
async fn run(act: &Act, kind: Kind, sql: &'static str) -> Result<()> {
    let sql = sqlx::raw_sql(sql);
    match kind {
        Kind::Sqlite => sql
            .execute(&mut *act.transaction.sqlite().await?)
            .await
            .map(drop)?,
        Kind::Postgres => sql
            .execute(&mut *act.transaction.postgres().await?)
            .await
            .map(drop)?,
        Kind::MySql => sql
            .execute(&mut *act.transaction.mysql().await?)
            .await
            .map(drop)?,
    }
    Ok(())
}

/// Reads the only cell in the transaction of an action.
async fn read(act: &Act, kind: Kind) -> Result<i32> {
    let sql = "SELECT cell FROM cells";
    Ok(match kind {
        Kind::Sqlite => {
            let mut sqlite = act.transaction.sqlite().await?;
            sqlx::query_scalar(sql).fetch_one(&mut *sqlite).await?
        }
        Kind::Postgres => {
            let mut postgres = act.transaction.postgres().await?;
            sqlx::query_scalar(sql).fetch_one(&mut *postgres).await?
        }
        Kind::MySql => {
            let mut mysql = act.transaction.mysql().await?;
            sqlx::query_scalar(sql).fetch_one(&mut *mysql).await?
        }
    })
}

/// Returns an action that runs statements and then ends with a result.
pub(crate) fn action(
    kind: Kind,
    method: Method,
    name: &str,
    sql: &'static str,
    result: fn() -> Result<()>,
) -> Action {
    let handler = move |act: Act| async move {
        run(&act, kind, sql).await?;
        result()
    };
    Action::on_collection(name, method, handler)
}

/// Serves a cell with the actions `commit`, `refuse` and `read`, which add 1, 10 and 1,000 to it.
pub(crate) fn counter(fresh: &Fresh) -> ViewSet {
    let (kind, done) = (fresh.kind, || Ok(()));
    let refused = || Err(Error::new(Code::Forbidden, "not today"));
    let [one, ten, thousand] = [
        "UPDATE cells SET cell = cell + 1",
        "UPDATE cells SET cell = cell + 10",
        "UPDATE cells SET cell = cell + 1000",
    ];
    viewset(&fresh.db, ColumnDef::new("cell").integer())
        .action(action(kind, Method::POST, "commit", one, done))
        .action(action(kind, Method::POST, "refuse", ten, refused))
        .action(action(kind, Method::GET, "read", thousand, done))
}

/// Checks the status of each action, and the cell after it.
pub(crate) async fn check_steps(api: &Api, steps: &[(&str, &str, u16, i32)]) {
    for (method, name, status, cell) in steps {
        let answer = call(api, method, &format!("/{name}/"), &[], "").await;
        assert_eq!(answer.status, *status, "{name}: {}", answer.body);
        assert_eq!(cells(api).await, [*cell], "{name}");
    }
}

/// Checks that the action of a GET reads one snapshot, although another connection writes in between.
pub(crate) async fn check_snapshot(fresh: &Fresh, db: &Database) {
    let (kind, other) = (fresh.kind, fresh.db.clone());
    let twice = move |act: Act| {
        let other = other.clone();
        async move {
            let mut seen = Vec::new();
            for _ in 0..2 {
                seen.push(read(&act, kind).await?);
                let write = "UPDATE cells SET cell = cell + 1";
                other.execute_script(write).await?;
            }
            Ok(Reply::json(&seen))
        }
    };
    let api = viewset(db, ColumnDef::new("cell").integer())
        .action(Action::on_collection("twice", Method::GET, twice))
        .build()
        .expect("an API");
    assert_eq!(ask(&api, "/twice/").await.json(), json!([1, 1]));
    assert_eq!(cells(&api).await, [3]);
}
