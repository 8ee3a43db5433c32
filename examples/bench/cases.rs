//! What is asked.

use crate::{
    data::{CARS, COMMON, ORDERS, RARE, order, rare},
    http::Request,
};

/// One kind of request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The requests, one of which is picked at random each time.
    pub(crate) requests: fn() -> Vec<Request>,
    /// Whether another process writes rows meanwhile.
    pub(crate) beside_a_writer: bool,
}

/// How many rows a request of case H inserts.
pub(crate) const BULK: u32 = 500;

/// Asked of every contender.
pub(crate) const CASES: [Case; 8] = [
    Case {
        name: "A",
        what: "one row by its key",
        requests: one_row,
        beside_a_writer: false,
    },
    Case {
        name: "B",
        what: "25 rows and a count of 10,000",
        requests: common,
        beside_a_writer: false,
    },
    Case {
        name: "D",
        what: "25 rows and a count of 100",
        requests: || {
            let makes = (0..RARE).map(rare);
            makes
                .map(|make| Request::get(&format!("/api/cars/?make={make}")))
                .collect()
        },
        beside_a_writer: false,
    },
    Case {
        name: "C",
        what: "900 to 1000 rows, not counted",
        // So many different lists that few of those who ask at the same time ask the very same.
        requests: || {
            let sizes = 900..=1000;
            sizes
                .map(|size| Request::get(&format!("/api/uncounted/?page_size={size}")))
                .collect()
        },
        beside_a_writer: false,
    },
    // After those that only read, for what it leaves behind in the tables.
    Case {
        name: "W",
        what: "as B, while rows are written",
        requests: common,
        beside_a_writer: true,
    },
    Case {
        name: "E",
        what: "one row is created",
        requests: || {
            let orders = (0..1000).map(order);
            orders
                .map(|order| Request::post("/api/orders/", &order))
                .collect()
        },
        beside_a_writer: false,
    },
    Case {
        name: "F",
        what: "one row is patched",
        // So many rows that two requests seldom wait for the same one, and so many values that a request seldom sets
        // the value that is there: a database that sees no change writes nothing.
        requests: || {
            let changes = (0..100_000_u32).map(|n| (n * 7919 % (ORDERS / 2) + 1, n % 97));
            changes
                .map(|(key, quantity)| {
                    let change = serde_json::json!({ "quantity": quantity });
                    Request::patch(&format!("/api/orders/{key}/"), &change)
                })
                .collect()
        },
        beside_a_writer: false,
    },
    Case {
        name: "H",
        what: "500 rows are created at once",
        requests: || {
            let bodies = (0..10).map(|body| (0..BULK).map(move |row| order(body * BULK + row)));
            bodies
                .map(|orders| Request::post("/api/orders/", &orders.collect()))
                .collect()
        },
        beside_a_writer: false,
    },
];

fn one_row() -> Vec<Request> {
    let keys = (1..=10_000_u32).map(|n| n * 7919 % CARS + 1);
    keys.map(|key| Request::get(&format!("/api/cars/{key}/")))
        .collect()
}

/// The first twelve pages of makes of 10,000 cars.
fn common() -> Vec<Request> {
    let page = |make, page| Request::get(&format!("/api/cars/?make={make}&page={page}"));
    let pages = |make| (1..=12).map(move |number| page(make, number));
    COMMON.iter().flat_map(pages).collect()
}

/// The name in `--cases` of the web pages.
pub(crate) const WEB_PAGES: char = 'P';

/// Asked of ours: the same URLs as JSON and, below each, as web pages.
pub(crate) const AS_WEB_PAGES: [Case; 4] = [
    Case {
        name: "25 rows and a count of 10,000",
        what: "JSON",
        requests: common,
        beside_a_writer: false,
    },
    Case {
        name: "25 rows and a count of 10,000",
        what: "web page",
        requests: || {
            let lists = common().into_iter();
            lists.map(|list| Request::web_page(&list.path)).collect()
        },
        beside_a_writer: false,
    },
    Case {
        name: "one row by its key",
        what: "JSON",
        requests: one_row,
        beside_a_writer: false,
    },
    Case {
        name: "one row by its key",
        what: "web page",
        requests: || {
            let rows = one_row().into_iter();
            rows.map(|row| Request::web_page(&row.path)).collect()
        },
        beside_a_writer: false,
    },
];

pub(crate) const LAST: &str = "/api/cars/?page=last";
pub(crate) const BEFORE_LAST: &str = "/api/cars/?page=3999";
pub(crate) const LAST_ROWS: &str = "/api/uncounted/?ordering=-car_id";
pub(crate) const BEFORE_LAST_ROWS: &str = "/api/uncounted/?ordering=-car_id&page=2";
pub(crate) const MIDDLE: &str = "/api/cars/?page=2000";
pub(crate) const MIDDLE_UNCOUNTED: &str = "/api/uncounted/?page=2000";

/// Asked of ours: the pages of the whole list. The first of each four is what the others are measured against.
pub(crate) const PAGES: [Case; 8] = [
    Case {
        name: "page 1",
        what: "not counted",
        requests: || vec![Request::get("/api/uncounted/")],
        beside_a_writer: false,
    },
    Case {
        name: "page 2000 of 4000",
        what: "not counted",
        requests: || vec![Request::get(MIDDLE_UNCOUNTED)],
        beside_a_writer: false,
    },
    Case {
        name: "rows of `page=last`",
        what: "not counted",
        requests: || vec![Request::get(LAST_ROWS)],
        beside_a_writer: false,
    },
    Case {
        name: "rows of its `previous`",
        what: "not counted",
        requests: || vec![Request::get(BEFORE_LAST_ROWS)],
        beside_a_writer: false,
    },
    Case {
        name: "page 1",
        what: "counted",
        requests: || vec![Request::get("/api/cars/")],
        beside_a_writer: false,
    },
    Case {
        name: "page 2000 of 4000",
        what: "counted",
        requests: || vec![Request::get(MIDDLE)],
        beside_a_writer: false,
    },
    Case {
        name: "`page=last`",
        what: "counted",
        requests: || vec![Request::get(LAST)],
        beside_a_writer: false,
    },
    Case {
        name: "its `previous`",
        what: "counted",
        requests: || vec![Request::get(BEFORE_LAST)],
        beside_a_writer: false,
    },
];
