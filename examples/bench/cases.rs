//! What is asked.

use crate::data::{CARS, COMMON, RARE, rare};

/// One kind of request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The requests, one of which is picked at random each time.
    pub(crate) paths: fn() -> Vec<String>,
    /// Whether rows are written meanwhile.
    pub(crate) writes: bool,
}

/// Asked of every contender.
pub(crate) const CASES: [Case; 5] = [
    Case {
        name: "A",
        what: "one row by its key",
        paths: || {
            let keys = (1..=10_000_u32).map(|n| n * 7919 % CARS + 1);
            keys.map(|key| format!("/api/cars/{key}/")).collect()
        },
        writes: false,
    },
    Case {
        name: "B",
        what: "25 rows and a count of 10,000",
        paths: common,
        writes: false,
    },
    Case {
        name: "D",
        what: "25 rows and a count of 100",
        paths: || {
            let makes = (0..RARE).map(rare);
            makes
                .map(|make| format!("/api/cars/?make={make}"))
                .collect()
        },
        writes: false,
    },
    Case {
        name: "C",
        what: "900 to 1000 rows, not counted",
        // So many different lists that few of those who ask at the same time ask the very same.
        paths: || {
            let sizes = 900..=1000;
            sizes
                .map(|size| format!("/api/uncounted/?page_size={size}"))
                .collect()
        },
        writes: false,
    },
    // The last, for what it leaves behind in the tables.
    Case {
        name: "W",
        what: "as B, while rows are written",
        paths: common,
        writes: true,
    },
];

/// The first twelve pages of makes of 10,000 cars.
fn common() -> Vec<String> {
    let pages = |make| (1..=12).map(move |page| format!("/api/cars/?make={make}&page={page}"));
    COMMON.iter().flat_map(pages).collect()
}

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
        paths: || vec!["/api/uncounted/".to_owned()],
        writes: false,
    },
    Case {
        name: "page 2000 of 4000",
        what: "not counted",
        paths: || vec![MIDDLE_UNCOUNTED.to_owned()],
        writes: false,
    },
    Case {
        name: "rows of `page=last`",
        what: "not counted",
        paths: || vec![LAST_ROWS.to_owned()],
        writes: false,
    },
    Case {
        name: "rows of its `previous`",
        what: "not counted",
        paths: || vec![BEFORE_LAST_ROWS.to_owned()],
        writes: false,
    },
    Case {
        name: "page 1",
        what: "counted",
        paths: || vec!["/api/cars/".to_owned()],
        writes: false,
    },
    Case {
        name: "page 2000 of 4000",
        what: "counted",
        paths: || vec![MIDDLE.to_owned()],
        writes: false,
    },
    Case {
        name: "`page=last`",
        what: "counted",
        paths: || vec![LAST.to_owned()],
        writes: false,
    },
    Case {
        name: "its `previous`",
        what: "counted",
        paths: || vec![BEFORE_LAST.to_owned()],
        writes: false,
    },
];
