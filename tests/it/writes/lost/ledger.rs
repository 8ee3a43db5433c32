//! What clients were told of their writes, compared with the rows that are there.

use std::collections::BTreeMap;

use tower_rest::Database;

use crate::databases::Kind;

/// What a client was told of a request to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A 2xx: it must be there.
    Done,
    /// A failure other than `outcome_unknown`, or no server to ask: it must be absent.
    NotDone,
    /// `outcome_unknown`, a connection that was lost, or nothing, since the client left: it is there or absent.
    Unknown,
}

/// One request to write an order.
#[derive(Debug)]
pub(super) struct Step {
    /// What the order has afterwards; `None` if it is deleted.
    pub(super) n: Option<i64>,
    pub(super) told: Told,
}

/// Every request about one order, in order; nothing follows one whose outcome is unknown.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) steps: Vec<Step>,
}

impl Order {
    /// What the order has, as far as answers told.
    pub(super) fn now(&self) -> Option<i64> {
        let mut done = self.steps.iter().rev();
        done.find(|step| step.told == Told::Done)?.n
    }

    /// Whether its client goes on to another order.
    pub(super) fn is_over(&self) -> bool {
        let last = self.steps.last();
        last.is_some_and(|step| match step.told {
            Told::Done => step.n.is_none(),
            Told::NotDone => false,
            Told::Unknown => true,
        })
    }

    /// What the trail of the order may be.
    fn trails(&self) -> Vec<Vec<Option<i64>>> {
        let done = self.steps.iter().filter(|step| step.told == Told::Done);
        let done: Vec<_> = done.map(|step| step.n).collect();
        let unknown = self.steps.iter().find(|step| step.told == Told::Unknown);
        let more = unknown.map(|step| [&*done, &[step.n]].concat());
        [Some(done), more].into_iter().flatten().collect()
    }
}

/// The tables: each change of an order leaves a row in its trail, in the same transaction, by a trigger.
pub(super) fn tables(kind: Kind) -> String {
    let (serial, triggers) = match kind {
        Kind::Sqlite => ("integer PRIMARY KEY AUTOINCREMENT", SQLITE),
        Kind::Postgres => ("bigserial PRIMARY KEY", POSTGRES),
        Kind::MySql => ("bigint AUTO_INCREMENT PRIMARY KEY", MYSQL),
    };
    format!(
        "CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, n bigint NOT NULL, note varchar(40)); \
         CREATE TABLE trail (seq {serial}, order_id bigint NOT NULL, n bigint); {triggers}"
    )
}

const SQLITE: &str = "\
    CREATE TRIGGER made AFTER INSERT ON orders BEGIN INSERT INTO trail (order_id, n) VALUES (NEW.id, NEW.n); END; \
    CREATE TRIGGER changed AFTER UPDATE ON orders BEGIN INSERT INTO trail (order_id, n) VALUES (NEW.id, NEW.n); END; \
    CREATE TRIGGER gone AFTER DELETE ON orders BEGIN INSERT INTO trail (order_id, n) VALUES (OLD.id, NULL); END";

const POSTGRES: &str = "\
    CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        IF TG_OP = 'DELETE' THEN INSERT INTO trail (order_id, n) VALUES (OLD.id, NULL); \
        ELSE INSERT INTO trail (order_id, n) VALUES (NEW.id, NEW.n); END IF; RETURN NULL; END $$; \
    CREATE TRIGGER follows AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION follow()";

const MYSQL: &str = "\
    CREATE TRIGGER made AFTER INSERT ON orders FOR EACH ROW INSERT INTO trail (order_id, n) VALUES (NEW.id, NEW.n); \
    CREATE TRIGGER changed AFTER UPDATE ON orders FOR EACH ROW INSERT INTO trail (order_id, n) VALUES (NEW.id, NEW.n); \
    CREATE TRIGGER gone AFTER DELETE ON orders FOR EACH ROW INSERT INTO trail (order_id, n) VALUES (OLD.id, NULL)";

/// The rows that are there: orders, and the trail of each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    orders: BTreeMap<i64, Option<i64>>,
    trails: BTreeMap<i64, Vec<Option<i64>>>,
}

impl Found {
    pub(super) async fn on(db: &Database) -> Self {
        let mut found = Self::default();
        for (id, n) in pairs(db, "SELECT order_id, n FROM trail ORDER BY seq").await {
            found.trails.entry(id).or_default().push(n);
        }
        found.orders = pairs(db, "SELECT id, n FROM orders")
            .await
            .into_iter()
            .collect();
        found
    }

    /// Everything that the rows contradict: what was lost, torn or done in spite of the answer.
    pub(super) fn contradictions(&self, ledger: &[Order]) -> Vec<String> {
        let none = Vec::new();
        let mut wrong = Vec::new();
        for order in ledger {
            let trail = self.trails.get(&order.id).unwrap_or(&none);
            let n = self.orders.get(&order.id).copied().flatten();
            let is_whole = trail.last().copied().flatten() == n;
            if !is_whole || !order.trails().contains(trail) {
                wrong.push(format!("{order:?}: found {n:?} with the trail {trail:?}"));
            }
        }
        let known: std::collections::BTreeSet<_> = ledger.iter().map(|order| order.id).collect();
        let nobodys = self.trails.keys().chain(self.orders.keys());
        let nobodys = nobodys.filter(|id| !known.contains(id));
        wrong.extend(nobodys.map(|id| format!("nobody wrote the order {id}")));
        wrong
    }
}

async fn pairs(db: &Database, sql: &'static str) -> Vec<(i64, Option<i64>)> {
    let found = match (db.sqlite_pool(), db.postgres_pool(), db.mysql_pool()) {
        (Some(pool), _, _) => sqlx::query_as(sql).fetch_all(pool).await,
        (_, Some(pool), _) => sqlx::query_as(sql).fetch_all(pool).await,
        (_, _, Some(pool)) => sqlx::query_as(sql).fetch_all(pool).await,
        (None, None, None) => panic!("a pool"),
    };
    found.unwrap_or_else(|error| panic!("{sql}: {error}"))
}
