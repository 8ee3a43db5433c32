//! Whether what a list shows of each column is found by asking for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, value::RawValue};

use super::files::{Visit, say};
use crate::sweep::encoded;

/// No value, in JSON.
const NULL: &str = "null";
/// How many rows are read to be compared.
const PAGE: usize = 100;
/// How many values of a column are asked for.
const VALUES: usize = 4;
/// A longer text is more than a filter takes.
const LONGEST: usize = 4096;
/// A longer text is more than `contains` takes.
const LONGEST_PATTERN: usize = 256;

/// A column of a list that can be asked for.
struct Column<'a> {
    place: &'a str,
    name: &'a str,
    /// How many rows the list has.
    rows: i64,
}

/// Looks at every column of a list, until it is late.
pub(super) async fn check(visit: &mut Visit, place: &str) {
    let described = visit.describe(place).await;
    let Some(list) = visit.get(&format!("{place}?page_size=1")).await else {
        return;
    };
    let Some(rows) = list["count"].as_i64() else {
        // A total that takes longer than a second is not given.
        say(&format!(
            "{place}: its rows are not counted, nor its values asked for"
        ));
        return;
    };
    let texts = |value: &Value| -> BTreeSet<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let orderings = texts(&described["orderings"]);
    for filter in described["filters"].as_array().into_iter().flatten() {
        if visit.is_late() {
            return;
        }
        let name = filter["name"].as_str().expect("a name");
        let column = Column { place, name, rows };
        let lookups = texts(&filter["lookups"]);
        let Some(shown) = column.shown(visit, "").await else {
            continue;
        };
        column.nulls(visit, &shown).await;
        if lookups.contains("exact") {
            column.values(visit, &shown, &lookups).await;
        }
        if orderings.contains(name) {
            column.orders(visit).await;
        }
    }
}

/// The first cells of a column that a query finds, and how many there are.
struct Shown {
    /// Each in JSON, as it was sent.
    cells: Vec<String>,
    count: i64,
}

impl Shown {
    fn is_whole(&self) -> bool {
        usize::try_from(self.count).is_ok_and(|count| count == self.cells.len())
    }

    fn having(&self, cell: &str) -> i64 {
        let number = self.cells.iter().filter(|other| *other == cell).count();
        i64::try_from(number).expect("a number of rows")
    }
}

impl Column<'_> {
    async fn shown(&self, visit: &mut Visit, query: &str) -> Option<Shown> {
        let (place, name) = (self.place, encoded(self.name));
        let path = format!("{place}?fields={name}&page_size={PAGE}&{query}");
        let body = visit.body(path.trim_end_matches('&')).await?;
        let list: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&body).ok()?;
        let rows: Vec<BTreeMap<String, Box<RawValue>>> =
            serde_json::from_str(list.get("results")?.get()).ok()?;
        let cells = rows.iter().map(|row| row[self.name].get().to_owned());
        Some(Shown {
            cells: cells.collect(),
            count: list.get("count")?.get().parse().ok()?,
        })
    }

    /// Checks that a query finds so many rows.
    async fn finds(&self, visit: &mut Visit, query: &str, expected: i64) -> Option<Shown> {
        let found = self.shown(visit, query).await?;
        if found.count != expected {
            let words = format!(
                "{}?{query}: {} rows, not {expected}",
                self.place, found.count
            );
            visit.fault(&words);
        }
        Some(found)
    }

    /// Checks that null is what SQL has as null, and nothing else.
    async fn nulls(&self, visit: &mut Visit, shown: &Shown) {
        let name = encoded(self.name);
        let Some(nulls) = self.shown(visit, &format!("{name}__isnull=true")).await else {
            return;
        };
        let others = self.rows - nulls.count;
        self.finds(visit, &format!("{name}__isnull=false"), others)
            .await;
        let as_null = shown.having(NULL);
        if as_null > nulls.count || (shown.is_whole() && as_null != nulls.count) {
            let words = format!(
                "{}: {as_null} of `{}` are shown as null, {} found",
                self.place, self.name, nulls.count
            );
            visit.fault(&words);
        }
        if let Some((rows, values)) = visit.counted(self.place, self.name).await
            && (rows, rows - values) != (self.rows, nulls.count)
        {
            let words = format!(
                "{}: `{}` is null in {} of {} rows, by SQL in {} of {rows}",
                self.place,
                self.name,
                nulls.count,
                self.rows,
                rows - values
            );
            visit.fault(&words);
        }
    }

    /// Checks that values are found by themselves, and the other rows by their negation.
    async fn values(&self, visit: &mut Visit, shown: &Shown, lookups: &BTreeSet<String>) {
        let name = encoded(self.name);
        let mut known: Vec<&String> = Vec::new();
        for cell in shown.cells.iter().filter(|cell| *cell != NULL) {
            if known.len() < VALUES && !known.contains(&cell) {
                known.push(cell);
            }
        }
        for cell in known {
            let text = text_of(cell);
            if text.len() > LONGEST || text.contains('\0') {
                continue;
            }
            let query = format!("{name}__exact={}", encoded(&text));
            let Some(same) = self.shown(visit, &query).await else {
                continue;
            };
            let among = shown.having(cell);
            let differing = same.cells.iter().find(|other| *other != cell);
            let is_short = same.count < among || (shown.is_whole() && same.count != among);
            if differing.is_some() || is_short {
                let (place, count) = (self.place, same.count);
                let words = format!(
                    "{place}?{query}: {count} rows and {differing:?}, but {among} are shown"
                );
                visit.fault(&words);
            }
            let others = self.rows - same.count;
            let negated = format!("{name}__exact!={}", encoded(&text));
            self.finds(visit, &negated, others).await;
            let item = encoded(&format!("\"{}\"", text.replace('"', "\"\"")));
            let listed = format!("{name}__in={item},{item}");
            self.finds(visit, &listed, same.count).await;
            if lookups.contains("contains") && text.len() <= LONGEST_PATTERN {
                self.contains(visit, &text, same.count).await;
            }
        }
    }

    /// Checks that a text is found by its middle, too.
    async fn contains(&self, visit: &mut Visit, text: &str, least: i64) {
        let letters: Vec<char> = text.chars().collect();
        let quarter = letters.len() / 4;
        let middle: String = letters[quarter..letters.len() - quarter].iter().collect();
        let query = format!("{}__contains={}", encoded(self.name), encoded(&middle));
        let Some(found) = self.shown(visit, &query).await else {
            return;
        };
        let without = found
            .cells
            .iter()
            .find(|cell| !text_of(cell).contains(&middle));
        if found.count < least || without.is_some() {
            let (place, count) = (self.place, found.count);
            let words = format!("{place}?{query}: {count} rows of {least} and {without:?}");
            visit.fault(&words);
        }
    }

    /// Checks that both orders have every row, and that one is the other reversed.
    async fn orders(&self, visit: &mut Visit) {
        let name = encoded(self.name);
        let up = self
            .finds(visit, &format!("ordering={name}"), self.rows)
            .await;
        let down = self
            .finds(visit, &format!("ordering=-{name}"), self.rows)
            .await;
        let (Some(up), Some(mut down)) = (up, down) else {
            return;
        };
        down.cells.reverse();
        // A collation may take texts for equal that differ in case.
        let folded = |shown: &Shown| -> Vec<String> {
            let cells = shown.cells.iter();
            cells.map(|cell| cell.to_lowercase()).collect()
        };
        if up.is_whole() && folded(&up) != folded(&down) {
            let words = format!("{}: `{}` is ordered in two ways", self.place, self.name);
            visit.fault(&words);
        }
    }
}

/// A cell as a filter takes it.
fn text_of(cell: &str) -> String {
    serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned())
}
