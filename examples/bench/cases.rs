//! What is asked.

use crate::data::{CARS, COMMON, RARE};

/// One kind of request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The requests, one of which is picked at random each time.
    pub(crate) paths: fn() -> Vec<String>,
}

/// Asked of every contender.
pub(crate) const CASES: [Case; 4] = [
    Case {
        name: "A",
        what: "one row by its key",
        paths: || {
            let keys = (1..=10_000_u32).map(|n| n * 7919 % CARS + 1);
            keys.map(|key| format!("/api/cars/{key}/")).collect()
        },
    },
    Case {
        name: "B",
        what: "25 rows and a count of 10,000",
        paths: || {
            let makes = COMMON.iter().skip(1);
            makes
                .map(|make| format!("/api/cars/?make={make}"))
                .collect()
        },
    },
    Case {
        name: "D",
        what: "25 rows and a count of 100",
        paths: || vec![format!("/api/cars/?make={RARE}")],
    },
    Case {
        name: "C",
        what: "1000 rows, not counted",
        paths: || vec!["/api/uncounted/?page_size=1000".to_owned()],
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
        paths: || vec!["/api/uncounted/".to_owned()],
    },
    Case {
        name: "page 2000 of 4000",
        what: "not counted",
        paths: || vec![MIDDLE_UNCOUNTED.to_owned()],
    },
    Case {
        name: "rows of `page=last`",
        what: "not counted",
        paths: || vec![LAST_ROWS.to_owned()],
    },
    Case {
        name: "rows of its `previous`",
        what: "not counted",
        paths: || vec![BEFORE_LAST_ROWS.to_owned()],
    },
    Case {
        name: "page 1",
        what: "counted",
        paths: || vec!["/api/cars/".to_owned()],
    },
    Case {
        name: "page 2000 of 4000",
        what: "counted",
        paths: || vec![MIDDLE.to_owned()],
    },
    Case {
        name: "`page=last`",
        what: "counted",
        paths: || vec![LAST.to_owned()],
    },
    Case {
        name: "its `previous`",
        what: "counted",
        paths: || vec![BEFORE_LAST.to_owned()],
    },
];
