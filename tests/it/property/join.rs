//! The oracle: which rows are related, which a query selects and in what order, and the objects that show them. It knows
//! rows in memory and the words of the contract.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json, json};

use super::{
    lower,
    query::{Filter, Lookup, Order, Path, Query, Test},
    world::{By, Cell, Relation, Row, Table, Value, World},
};

/// How many rows of a relation an answer embeds.
const EMBEDDED: usize = 100;

/// The rows a row leads to by a relation, in the order of their key, each once.
pub(super) fn related<'w>(world: &'w World, row: &Row, relation: &Relation) -> Vec<&'w Row> {
    let leads = |other: &Row| match relation.by {
        By::Columns(here, there) => row.get(here).is_some() && row.get(here) == other.get(there),
        By::Pairs => world.pairs.iter().any(|(car, tag)| match relation.from {
            Table::Cars => row.number("car_id") == *car && other.number("tag_id") == *tag,
            _ => row.number("tag_id") == *tag && other.number("car_id") == *car,
        }),
    };
    world.of(relation.to).filter(|other| leads(other)).collect()
}

/// Whether a query selects a row: its filters hold, and each of its groups.
pub(super) fn selects(world: &World, row: &Row, query: &Query) -> bool {
    let all = |filters: &[&Filter]| all_hold(world, row, filters);
    let filters: Vec<&Filter> = query.filters.iter().collect();
    all(&filters) && query.groups.iter().all(|group| group.holds(&all))
}

/// Whether filters hold for a row: what is not negated meets along its relations, what is negated holds for none.
fn all_hold(world: &World, row: &Row, filters: &[&Filter]) -> bool {
    let (negated, positive): (Vec<_>, Vec<_>) = filters
        .iter()
        .map(|filter| (filter.path.as_slice(), *filter))
        .partition(|(_, filter)| filter.negated);
    meet(world, row, &positive) && negated.iter().all(|one| !meet(world, row, &[*one]))
}

/// Whether all filters hold of a row, those through one relation of one row there.
fn meet(world: &World, row: &Row, filters: &[(&[&'static Relation], &Filter)]) -> bool {
    let (mut own, mut firsts) = (true, Vec::new());
    for (path, filter) in filters {
        match path {
            path if is_of_nulls(path, filter) => own &= is_null_as_asked(world, row, path, filter),
            [] => own &= holds(world, row, &filter.test),
            [first, ..] if !firsts.contains(first) => firsts.push(*first),
            [..] => {}
        }
    }
    own && firsts.into_iter().all(|first| {
        let through: Vec<_> = filters
            .iter()
            .filter(|(path, filter)| path.first() == Some(&first) && !is_of_nulls(path, filter))
            .map(|(path, filter)| (&path[1..], *filter))
            .collect();
        let there = related(world, row, first);
        there.into_iter().any(|row| meet(world, row, &through))
    })
}

/// Whether a filter asks for a null that a row which is not there has too.
fn is_of_nulls(path: &[&'static Relation], filter: &Filter) -> bool {
    let is_null = matches!(filter.test, Test::Null(..) | Test::Nowhere(..));
    is_null && path.iter().all(|relation| !relation.many)
}

fn is_null_as_asked(world: &World, row: &Row, path: &[&'static Relation], filter: &Filter) -> bool {
    let mut end = Some(row);
    for relation in path {
        end = end.and_then(|row| related(world, row, relation).into_iter().next());
    }
    match (end, &filter.test) {
        (Some(row), test) => holds(world, row, test),
        (None, Test::Null(_, null) | Test::Nowhere(_, null)) => *null,
        (None, Test::Compare(..)) => false,
    }
}

fn holds(world: &World, row: &Row, test: &Test) -> bool {
    match test {
        Test::Null(column, null) => row.get(column).is_none() == *null,
        Test::Nowhere(relation, nowhere) => related(world, row, relation).is_empty() == *nowhere,
        Test::Compare(column, lookup, values) => row
            .get(column)
            .as_ref()
            .is_some_and(|own| compares(own, *lookup, values)),
    }
}

fn compares(own: &Value, lookup: Lookup, values: &[Value]) -> bool {
    let text = |value: &Value| match value {
        Value::Text(text) => (*text).to_owned(),
        Value::Number(number) => panic!("{number} is no text"),
    };
    let folded = |value: &Value| lower(&text(value));
    let any = |test: &dyn Fn(&Value) -> bool| values.iter().any(test);
    match lookup {
        Lookup::Exact | Lookup::In => values.contains(own),
        Lookup::Gt => any(&|value| own > value),
        Lookup::Gte => any(&|value| own >= value),
        Lookup::Lt => any(&|value| own < value),
        Lookup::Lte => any(&|value| own <= value),
        Lookup::Range => *own >= values[0] && *own <= values[1],
        Lookup::Iexact => any(&|value| folded(own) == folded(value)),
        Lookup::Contains | Lookup::Regex => any(&|value| text(own).contains(&text(value))),
        Lookup::Icontains => any(&|value| folded(own).contains(&folded(value))),
        Lookup::Startswith => any(&|value| text(own).starts_with(&text(value))),
        Lookup::Iendswith => any(&|value| folded(own).ends_with(&folded(value))),
    }
}

/// The rows of a list, in its order.
pub(super) fn list<'w>(world: &'w World, rows: Vec<&'w Row>, query: &Query) -> Vec<&'w Row> {
    let mut rows = rows;
    rows.retain(|row| selects(world, row, query));
    rows.sort_by(|left, right| {
        let by = |order: &Order| {
            let (left, right) = (at(world, left, order), at(world, right, order));
            let rising = nulls_largest(left, right);
            if order.falling {
                rising.reverse()
            } else {
                rising
            }
        };
        let asked = query.orders.iter().map(by);
        asked
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| left.key().cmp(right.key()))
    });
    rows
}

/// What a row is ordered by: null where its relations lead nowhere.
fn at<'w>(world: &'w World, row: &'w Row, order: &Order) -> Option<&'w Value> {
    let mut row = row;
    for relation in &order.path {
        row = related(world, row, relation).into_iter().next()?;
    }
    row.get(order.column).as_ref()
}

fn nulls_largest(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    super::nulls_last(left, right, Ord::cmp)
}

/// A row at a place.
pub(super) struct Shown<'w> {
    pub(super) row: &'w Row,
    pub(super) path: String,
    /// Whether it is an object of a top-level place, and so has those nested in it.
    pub(super) is_top: bool,
}

impl<'w> Shown<'w> {
    /// A row where links from anywhere lead.
    fn anywhere(row: &'w Row) -> Self {
        let place = match row.table {
            Table::Parts => format!("/cars/{}/parts/", row.number("car_id")),
            table => format!("/{}/", table.name()),
        };
        Self {
            row,
            path: place + &last(row),
            is_top: row.table != Table::Parts,
        }
    }

    /// A row this one leads to: under it where its model is served nowhere else.
    fn related(&self, relation: &Relation, row: &'w Row) -> Self {
        if !(self.is_top && relation.to == Table::Parts) {
            return Self::anywhere(row);
        }
        Shown {
            row,
            path: format!("{}{}/{}", self.path, relation.name, last(row)),
            is_top: false,
        }
    }

    /// The rows after those that are embedded; none where no list has just the related ones.
    fn rest(&self, relation: &Relation) -> Option<String> {
        let nested = self.is_top && relation.is_nested();
        let list = match relation.by {
            By::Pairs if nested => format!("{}{}/?", self.path, relation.name),
            By::Columns(..) if nested && relation.to == Table::Parts => {
                format!("{}{}/?", self.path, relation.name)
            }
            By::Columns(here, there) if relation.to != Table::Parts => {
                let key = segment(self.row.get(here));
                format!("/{}/?{there}={key}&", relation.to.name())
            }
            By::Pairs => {
                let mut back = relation.to.relations();
                let back = back.find(|back| back.by == By::Pairs && back.to == relation.from)?;
                let key = segment(self.row.key().first().expect("a key"));
                format!("/{}/?{}={key}&", relation.to.name(), back.name)
            }
            By::Columns(..) => return None,
        };
        Some(format!("http://test{list}page_size={EMBEDDED}&page=2"))
    }
}

fn last(row: &Row) -> String {
    segment(row.key().last().expect("a key")) + "/"
}

/// A key in a path.
pub(super) fn segment(key: &Cell) -> String {
    let text = match key {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => (*text).to_owned(),
        None => panic!("no key is null"),
    };
    let escape = if text.is_empty() || text == "." || text == ".." || text.starts_with('~') {
        "~"
    } else {
        ""
    };
    let bytes = text.bytes().map(|byte| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escape.to_owned() + &bytes.collect::<String>()
}

fn uri(path: &str) -> Json {
    format!("http://test{path}").into()
}

fn json_of(cell: &Cell) -> Json {
    match cell {
        Some(Value::Number(number)) => (*number).into(),
        Some(Value::Text(text)) => (*text).into(),
        None => Json::Null,
    }
}

/// Whether rows to many are links where they are not embedded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Listed,
    Alone,
}

/// The object of a row, with what a query expands, cut to its fields.
pub(super) fn object(world: &World, shown: &Shown<'_>, query: &Query, shape: Shape) -> Json {
    let mut object = members(world, shown, &query.expand, shape);
    if let Some(fields) = &query.fields {
        let expanded: Vec<_> = query.expand.iter().map(|path| path[0].name).collect();
        object
            .retain(|name, _| fields.contains(name.as_str()) || expanded.contains(&name.as_str()));
    }
    object.into()
}

fn members(world: &World, shown: &Shown<'_>, expand: &[Path], shape: Shape) -> Map<String, Json> {
    let Shown { row, path, .. } = shown;
    let mut object = Map::new();
    object.insert("href".to_owned(), uri(path));
    for (column, cell) in row.table.columns().iter().zip(&row.cells) {
        object.insert((*column).to_owned(), json_of(cell));
    }
    for relation in row.table.relations() {
        let through = expand.iter().filter(|path| path[0] == relation);
        let deeper: Vec<Path> = through.map(|path| path[1..].to_vec()).collect();
        let value = match (deeper.as_slice(), relation.many) {
            ([_, ..], _) => embedded(world, shown, relation, &deeper),
            ([], false) => link(row, relation),
            ([], true) if shape == Shape::Listed => continue,
            ([], true) => {
                let there = related(world, row, relation).into_iter();
                there
                    .map(|row| uri(&shown.related(relation, row).path))
                    .collect()
            }
        };
        object.insert(relation.name.to_owned(), value);
    }
    object
}

/// The link to one row, by the columns of this one alone.
fn link(row: &Row, relation: &Relation) -> Json {
    let By::Columns(here, _) = relation.by else {
        panic!("{relation:?} is by a column");
    };
    match row.get(here) {
        None => Json::Null,
        key => uri(&format!("/{}/{}/", relation.to.name(), segment(key))),
    }
}

fn embedded(world: &World, from: &Shown<'_>, relation: &Relation, deeper: &[Path]) -> Json {
    let deeper: Vec<Path> = deeper
        .iter()
        .filter(|path| !path.is_empty())
        .cloned()
        .collect();
    let there = related(world, from.row, relation);
    let mut objects = there.iter().map(|row| {
        let shown = from.related(relation, row);
        Json::Object(members(world, &shown, &deeper, Shape::Listed))
    });
    if !relation.many {
        return objects.next().unwrap_or(Json::Null);
    }
    // Nothing is cut off that no list has.
    let rest = from.rest(relation);
    let shown = rest.as_ref().map_or(usize::MAX, |_| EMBEDDED);
    let first: Vec<_> = objects.take(shown).collect();
    let next = (there.len() > EMBEDDED).then_some(rest).flatten();
    json!({"next": next, "results": first})
}
