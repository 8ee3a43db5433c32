//! Links in objects as JSON.

use std::sync::Arc;

use super::ObjectWriter;
use crate::{
    cell::{Cell, Rows},
    model::nth,
    representation::{
        CellIndex, IntegersAsText, ListUri, Members, ObjectUri, Objects, RelationView, UriStep,
    },
};

/// Writes a row with its own link and the link of a list, which begin with the URI `start`.
fn written(start: &str) -> serde_json::Value {
    let position = CellIndex::of(nth(0), &[nth(0)]).expect("the one column");
    let objects = Objects {
        members: Arc::new(Members {
            columns: vec!["a\"b".to_owned()],
            relations: vec!["parts".to_owned()],
            ..Members::default()
        }),
        href: Some(ObjectUri {
            start: Some(start.to_owned()),
            steps: vec![UriStep {
                before: String::new(),
                key: vec![position],
                reserved: Arc::new([]),
            }],
            end: "/",
            guards: Vec::new(),
        }),
        shows_href: true,
        id: None,
        columns: vec![(nth(0), position)],
        relations: vec![(
            0,
            RelationView::List(ListUri {
                start: None,
                path: "/parts/".to_owned(),
                query: Vec::new(),
                rest: String::new(),
            }),
        )],
        integers_as_text: IntegersAsText::None,
        most_bytes: usize::MAX,
    };
    let rows = Rows::new(1, [[Cell::Text("x\"y")]]);
    let row = rows.get(0).expect("the one row");
    let mut out = Vec::new();
    ObjectWriter::of(&objects).write(row, 0, &[], b"", &mut out);
    serde_json::from_slice(&out).expect("JSON")
}

#[test]
fn links_are_escaped_where_they_begin_with_what_json_escapes() {
    for start in ["http://test/cars/", "http://test/q\"\\/cars/"] {
        let expected = serde_json::json!({
            "href": format!("{start}x%22y/"),
            "a\"b": "x\"y",
            "parts": format!("{start}x%22y/parts/"),
        });
        assert_eq!(written(start), expected);
    }
}
