//! Computed columns of the things, as the oracle computes them, and filters of them.

use proptest::{collection::vec, prelude::*, sample::select};
use sea_query::{Expr, ExprTrait as _, Func};
use tower_rest::{Cell, Model, Type};

use super::{DECIMALS, Filter, Row, TEXTS, decimal, filter_of, in_list, lower};

/// A JSON document, with what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doc {
    pub(super) text: &'static str,
    kind: Option<&'static str>,
    size: Option<i64>,
    keys: &'static [&'static str],
}

const fn doc(
    text: &'static str,
    kind: Option<&'static str>,
    size: Option<i64>,
    keys: &'static [&'static str],
) -> Doc {
    Doc {
        text,
        kind,
        size,
        keys,
    }
}

pub(super) const DOCS: &[Doc] = &[
    doc(
        r#"{"kind":"a","size":1}"#,
        Some("a"),
        Some(1),
        &["kind", "size"],
    ),
    doc(
        r#"{"kind":"A","size":-2}"#,
        Some("A"),
        Some(-2),
        &["kind", "size"],
    ),
    doc(
        r#"{"kind":"é\"\\x","size":300}"#,
        Some("é\"\\x"),
        Some(300),
        &["kind", "size"],
    ),
    doc(r#"{"kind":5,"size":"5"}"#, None, None, &["kind", "size"]),
    doc(
        r#"{"kind":"","size":2.5}"#,
        Some(""),
        None,
        &["kind", "size"],
    ),
    doc(
        r#"{"kind":null,"other":[1]}"#,
        None,
        None,
        &["kind", "other"],
    ),
    doc(r#"{"k\u0069nd":"null"}"#, Some("null"), None, &["kind"]),
    doc("[\"kind\"]", None, None, &[]),
    doc("\"size\"", None, None, &[]),
    doc("{}", None, None, &[]),
];

/// The price of a thing without a decimal.
const DEAR: (&str, i64) = ("7.25", 725);

pub(super) fn with_computed(model: Model) -> Model {
    model
        .computed("next", Type::INTEGER, |table| table.column("number").add(1))
        .computed("name", Type::Text, |table| {
            Func::coalesce([table.column("text"), Expr::val("ab")]).into()
        })
        .computed("big", Type::Boolean, |table| table.column("number").gt(0))
        .computed("price", Type::Decimal, |table| {
            Func::coalesce([table.column("decimal"), Expr::val(DEAR.0)]).into()
        })
        .json_path("kind", "doc", "$.kind", Type::Text)
        .json_path("size", "doc", "$.size", Type::INTEGER)
}

impl Row {
    pub(super) fn next(&self) -> Option<i64> {
        self.number.map(|number| number + 1)
    }

    pub(super) fn name(&self) -> &'static str {
        self.text.unwrap_or("ab")
    }

    pub(super) fn big(&self) -> Option<bool> {
        self.number.map(|number| number > 0)
    }

    pub(super) fn price(&self) -> (&'static str, i64) {
        self.decimal.map_or(DEAR, |text| (text, decimal(text)))
    }

    pub(super) fn kind(&self) -> Option<&'static str> {
        self.doc.and_then(|doc| doc.kind)
    }

    pub(super) fn size(&self) -> Option<i64> {
        self.doc.and_then(|doc| doc.size)
    }

    /// The cells of the computed columns, and the document's before them.
    pub(super) fn computed(&self) -> [Cell<'static>; 7] {
        [
            self.doc.map_or(Cell::Null, |doc| Cell::Json(doc.text)),
            self.next().map_or(Cell::Null, Cell::Integer),
            Cell::Text(self.name()),
            self.big().map_or(Cell::Null, Cell::Boolean),
            Cell::Decimal(self.price().0),
            self.kind().map_or(Cell::Null, Cell::Text),
            self.size().map_or(Cell::Null, Cell::Integer),
        ]
    }
}

/// A filter of a computed column, or of the document that some are computed from.
pub(super) fn filter() -> impl Strategy<Value = Filter> {
    let number = || -3_i64..5;
    let size = || select(vec![1_i64, -2, 300, 0]);
    let text = || select(TEXTS);
    let kind = || select(vec!["a", "A", "", "null", "é\"\\x", "5"]);
    let show_text = |text: &&'static str| (*text).to_owned();
    let show_number = i64::to_string;
    prop_oneof![
        filter_of("next", number(), show_number, |row, value| row.next()
            == Some(*value)),
        filter_of("next__gte", number(), show_number, |row, value| row
            .next()
            .is_some_and(|own| own >= *value)),
        filter_of(
            "next__isnull",
            any::<bool>(),
            bool::to_string,
            |row, null| row.next().is_none() == *null
        ),
        filter_of("name", text(), show_text, |row, value| row.name() == *value),
        filter_of(
            "name__in",
            vec(text(), 0..5),
            |list| in_list(list),
            |row, list| list.contains(&row.name())
        ),
        filter_of("name__lt", text(), show_text, |row, value| row
            .name()
            .as_bytes()
            < value.as_bytes()),
        filter_of("name__icontains", text(), show_text, |row, value| lower(
            row.name()
        )
        .contains(&lower(value))),
        filter_of("name__startswith", text(), show_text, |row, value| row
            .name()
            .starts_with(value)),
        filter_of(
            "name__regex",
            text(),
            |text| format!("^{}$", regex::escape(text)),
            |row, text| row.name() == *text
        ),
        filter_of("big", any::<bool>(), bool::to_string, |row, value| row
            .big()
            == Some(*value)),
        filter_of(
            "price",
            select(DECIMALS),
            |(text, _)| (*text).to_owned(),
            |row, (_, value)| row.price().1 == *value
        ),
        filter_of(
            "price__gte",
            select(DECIMALS),
            |(text, _)| (*text).to_owned(),
            |row, (_, value)| row.price().1 >= *value
        ),
        filter_of("kind", kind(), show_text, |row, value| row.kind()
            == Some(*value)),
        filter_of("kind__iexact", kind(), show_text, |row, value| row
            .kind()
            .is_some_and(|own| lower(own) == lower(value))),
        filter_of("size__lte", size(), show_number, |row, value| row
            .size()
            .is_some_and(|own| own <= *value)),
        filter_of(
            "size__in",
            vec(size(), 0..4),
            |list| in_list(list),
            |row, list| row.size().is_some_and(|own| list.contains(&own))
        ),
        filter_of(
            "doc__has_key",
            select(vec!["kind", "size", "other", "Kind", ""]),
            show_text,
            |row, key| row.doc.is_some_and(|doc| doc.keys.contains(key))
        ),
    ]
}
