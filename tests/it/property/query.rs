//! Random queries through relations: filters, orderings, expansions and fields, by the names a client sends.

use std::collections::BTreeSet;

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

use super::{
    encoded,
    group::{Group, groups, quoted},
    in_list,
    rows::{CITIES, texts},
    world::{By, Relation, Table, Value},
};

pub(super) type Path = Vec<&'static Relation>;

/// A filter as sent, and what it asks of the row at the end of its path.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// Without `!`.
    pub(super) name: String,
    pub(super) negated: bool,
    /// Each in a pair of its own.
    pub(super) sent: Vec<String>,
    pub(super) path: Path,
    pub(super) test: Test,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Compare(&'static str, Lookup, Vec<Value>),
    /// Whether a column is null.
    Null(&'static str, bool),
    /// Whether a relation leads nowhere.
    Nowhere(&'static Relation, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    Exact,
    In,
    Gt,
    Gte,
    Lt,
    Lte,
    Range,
    Iexact,
    Contains,
    Icontains,
    Startswith,
    Iendswith,
    Regex,
}

impl Lookup {
    const EQUAL: &[Self] = &[Self::Exact, Self::Exact, Self::In];
    const NUMBER: &[Self] = &[
        Self::Exact,
        Self::Exact,
        Self::In,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Range,
    ];
    const TEXT: &[Self] = &[
        Self::Exact,
        Self::Exact,
        Self::In,
        Self::Gt,
        Self::Lte,
        Self::Range,
        Self::Iexact,
        Self::Contains,
        Self::Icontains,
        Self::Startswith,
        Self::Iendswith,
        Self::Regex,
    ];

    fn name(self) -> String {
        format!("__{self:?}").to_lowercase()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) path: Path,
    pub(super) column: &'static str,
    pub(super) falling: bool,
}

/// What is asked of a list of one table's rows.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) filters: Vec<Filter>,
    pub(super) groups: Vec<Group<Filter>>,
    pub(super) orders: Vec<Order>,
    pub(super) expand: Vec<Path>,
    pub(super) fields: Option<BTreeSet<&'static str>>,
}

/// Choices that become a query once the table is known.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    filters: Vec<FilterChoice>,
    groups: Vec<Group<FilterChoice>>,
    /// The way all the filters go.
    focus: Option<Index>,
    orders: Vec<(Index, bool)>,
    expand: Vec<Index>,
    fields: Option<Vec<Index>>,
}

#[derive(Clone, Debug)]
struct FilterChoice {
    target: Index,
    lookup: Index,
    numbers: Vec<i64>,
    texts: Vec<&'static str>,
    cities: Vec<&'static str>,
    yes: bool,
    null: bool,
    negated: bool,
}

pub(super) fn choices() -> impl Strategy<Value = Choices> {
    let filter = (
        any::<Index>(),
        any::<Index>(),
        vec(prop_oneof![2 => 0_i64..4, 1 => -1_i64..10], 2..5),
        vec(texts(), 2..5),
        vec(select(CITIES), 2..5),
        any::<bool>(),
        proptest::bool::weighted(0.15),
        proptest::bool::weighted(0.3),
    )
        .prop_map(
            |(target, lookup, numbers, texts, cities, yes, null, negated)| FilterChoice {
                target,
                lookup,
                numbers,
                texts,
                cities,
                yes,
                null,
                negated,
            },
        )
        .boxed();
    (
        vec(filter.clone(), 0..4),
        groups(filter),
        option::of(any::<Index>()),
        prop_oneof![Just(Vec::new()), vec(any::<(Index, bool)>(), 0..4)],
        prop_oneof![Just(Vec::new()), vec(any::<Index>(), 1..4)],
        option::weighted(0.2, vec(any::<Index>(), 1..5)),
    )
        .prop_map(|(filters, groups, focus, orders, expand, fields)| Choices {
            filters,
            groups,
            focus,
            orders,
            expand,
            fields,
        })
}

/// The end of a filter's name, after the relations it goes through.
#[derive(Clone, Copy)]
enum End {
    Column(&'static str),
    Relation(&'static Relation),
}

/// Every way through at most `most` relations, the empty one first.
fn paths(from: Table, most: usize, to_one: bool) -> Vec<Path> {
    let mut all = vec![Path::new()];
    let mut at = 0;
    while let Some(path) = all.get(at).cloned() {
        at += 1;
        if path.len() < most {
            let end = path.last().map_or(from, |relation| relation.to);
            let next = end.relations().filter(|next| !(to_one && next.many));
            all.extend(next.map(|next| {
                let mut path = path.clone();
                path.push(next);
                path
            }));
        }
    }
    all
}

fn end(from: Table, path: &Path) -> Table {
    path.last().map_or(from, |relation| relation.to)
}

fn named(path: &Path, last: &str) -> String {
    let relations = path.iter().map(|relation| relation.name);
    relations.chain([last]).collect::<Vec<_>>().join("__")
}

/// Whatever can be filtered by: the columns at the end of each path, and the relations themselves.
fn targets(from: Table) -> Vec<(Path, End)> {
    let mut targets = Vec::new();
    for path in paths(from, 2, false) {
        let table = end(from, &path);
        let columns = table.columns().iter().copied().map(End::Column);
        let asked = path.len();
        // Through a relation to many it looks at the rows there, through one to one at the column here.
        let relations = table
            .relations()
            .filter(|relation| !relation.many || asked < 2);
        let ends = columns.chain(relations.map(End::Relation));
        targets.extend(ends.map(|end| (path.clone(), end)));
    }
    targets
}

impl Choices {
    pub(super) fn of(&self, table: Table) -> Query {
        let mut query = Query {
            filters: Vec::new(),
            groups: Vec::new(),
            orders: Vec::new(),
            expand: Vec::new(),
            fields: None,
        };
        self.choose_filters(table, &mut query);
        self.choose_orders(table, &mut query);
        let ways = paths(table, 2, false);
        for choice in &self.expand {
            let path = choice.get(&ways[1..]);
            if !query.expand.contains(path) {
                query.expand.push(path.clone());
            }
        }
        let to_one = table.relations().filter(|relation| !relation.many);
        let mut members: Vec<_> = to_one.map(|relation| relation.name).collect();
        members.extend(table.columns().iter().chain(&["href"]));
        query.fields = self
            .fields
            .as_ref()
            .map(|choices| choices.iter().map(|choice| *choice.get(&members)).collect());
        query
    }

    /// Of two filters that would be one list or a repetition, one stays.
    fn choose_filters(&self, table: Table, query: &mut Query) {
        let mut targets = targets(table);
        if let Some(focus) = self.focus {
            let ways = paths(table, 2, false);
            let focus = focus.get(&ways[1..]);
            targets.retain(|(path, _)| path == focus);
        }
        for choice in &self.filters {
            let (path, end) = choice.target.get(&targets);
            let filter = choice.filter(path, *end);
            let same =
                |other: &Filter| other.name == filter.name && other.negated == filter.negated;
            if !query.filters.iter().any(same) {
                query.filters.push(filter);
            }
        }
        let make = |choice: &FilterChoice| {
            let (path, end) = choice.target.get(&targets);
            choice.filter(path, *end).into_one()
        };
        let same =
            |one: &Filter, other: &Filter| one.name == other.name && one.negated == other.negated;
        let groups = self.groups.iter();
        query.groups = groups.map(|group| group.map(&make, &same)).collect();
    }

    fn choose_orders(&self, table: Table, query: &mut Query) {
        let mut columns = Vec::new();
        for path in paths(table, 2, true) {
            for column in end(table, &path).columns() {
                // The collation of an owner's city is none of this test's.
                if end(table, &path) != Table::Owners || *column != "city_id" {
                    columns.push((path.clone(), *column));
                }
            }
        }
        for (choice, falling) in &self.orders {
            let (path, column) = choice.get(&columns);
            let same = |other: &Order| other.path == *path && other.column == *column;
            if !query.orders.iter().any(same) {
                let (path, falling) = (path.clone(), *falling);
                query.orders.push(Order {
                    path,
                    column,
                    falling,
                });
            }
        }
    }
}

impl Filter {
    /// The filter as one pair: several equalities are a list.
    fn into_one(mut self) -> Self {
        if let Test::Compare(_, lookup @ Lookup::Exact, values) = &mut self.test
            && self.sent.len() > 1
        {
            *lookup = Lookup::In;
            self.name += &lookup.name();
            self.sent = vec![listed(values)];
        }
        self
    }

    /// The filter as an item of a group; in quotes as a whole if it is negated and has a list.
    fn in_group(&self) -> String {
        let mark = if self.negated { "!" } else { "" };
        let value = self.sent.concat();
        let is_list = matches!(self.test, Test::Compare(_, Lookup::In | Lookup::Range, _));
        let name = format!("{}{mark}=", self.name);
        if is_list && self.negated {
            return quoted(&(name + &value));
        }
        if is_list {
            return format!("{name}({value})");
        }
        if value.starts_with('"') || value.contains([',', '(', ')']) {
            return name + &quoted(&value);
        }
        name + &value
    }
}

impl FilterChoice {
    fn filter(&self, path: &Path, end: End) -> Filter {
        let (mut path, negated) = (path.clone(), self.negated);
        let (name, (suffix, sent, test)) = match end {
            End::Column(column) if self.null => (
                named(&path, column),
                self.is_null(Test::Null(column, self.yes)),
            ),
            End::Column(column) => (named(&path, column), self.compare(column, lookups(column))),
            // No one value names a part.
            End::Relation(relation)
                if relation.many && (self.null || relation.to == Table::Parts) =>
            {
                let test = Test::Nowhere(relation, self.yes);
                (named(&path, relation.name), self.is_null(test))
            }
            End::Relation(relation) if relation.many => {
                let name = named(&path, relation.name);
                path.push(relation);
                (name, self.compare(relation.to.key()[0], Lookup::EQUAL))
            }
            End::Relation(relation) => {
                let name = named(&path, relation.name);
                let By::Columns(here, _) = relation.by else {
                    panic!("{relation:?} is by a column");
                };
                if self.null {
                    (name, self.is_null(Test::Null(here, self.yes)))
                } else {
                    (name, self.compare(here, Lookup::EQUAL))
                }
            }
        };
        Filter {
            name: name + &suffix,
            negated,
            sent,
            path,
            test,
        }
    }

    fn is_null(&self, test: Test) -> (String, Vec<String>, Test) {
        ("__isnull".to_owned(), vec![self.yes.to_string()], test)
    }

    fn compare(&self, column: &'static str, lookups: &[Lookup]) -> (String, Vec<String>, Test) {
        let lookup = *self.lookup.get(lookups);
        let values: Vec<_> = match column {
            "city_id" => self.cities.iter().map(|text| Value::Text(text)).collect(),
            column if Table::is_text(column) => {
                self.texts.iter().map(|text| Value::Text(text)).collect()
            }
            _ => self.numbers.iter().copied().map(Value::Number).collect(),
        };
        let count = match lookup {
            Lookup::Range => 2,
            Lookup::Exact if self.yes => values.len(),
            Lookup::In => values.len() - usize::from(self.yes),
            _ => 1,
        };
        let values = &values[..count];
        let (suffix, sent) = match lookup {
            Lookup::Exact => (String::new(), values.iter().map(shown).collect()),
            Lookup::In | Lookup::Range => (lookup.name(), vec![listed(values)]),
            Lookup::Regex => {
                let escaped = values.iter().map(|value| regex::escape(&shown(value)));
                (lookup.name(), escaped.collect())
            }
            _ => (lookup.name(), values.iter().map(shown).collect()),
        };
        (suffix, sent, Test::Compare(column, lookup, values.to_vec()))
    }
}

fn lookups(column: &str) -> &'static [Lookup] {
    match column {
        // How its collation orders cities is none of this test's.
        "city_id" => Lookup::EQUAL,
        column if Table::is_text(column) => Lookup::TEXT,
        _ => Lookup::NUMBER,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => (*text).to_owned(),
    }
}

fn listed(values: &[Value]) -> String {
    if matches!(values, [Value::Text(_), ..]) {
        return in_list(&values.iter().map(shown).collect::<Vec<_>>());
    }
    values.iter().map(shown).collect::<Vec<_>>().join(",")
}

impl Query {
    /// The query as sent, each pair with a `&` before it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Filter {
            name,
            negated,
            sent,
            ..
        } in &self.filters
        {
            let mark = if *negated { "!" } else { "" };
            for value in sent {
                text += &format!("&{name}{mark}={}", encoded(value));
            }
        }
        for group in &self.groups {
            text += &format!("&{}", group.pair(&Filter::in_group));
        }
        let terms = self.orders.iter().map(|order| {
            let sign = if order.falling { "-" } else { "" };
            sign.to_owned() + &named(&order.path, order.column)
        });
        let expanded = self.expand.iter().map(|path| {
            let names: Vec<_> = path.iter().map(|relation| relation.name).collect();
            names.join(".")
        });
        let fields = self.fields.iter().flatten().map(|&name| name.to_owned());
        let lists = [
            ("ordering", terms.collect::<Vec<_>>()),
            ("expand", expanded.collect()),
            ("fields", fields.collect()),
        ];
        for (name, list) in lists {
            if !list.is_empty() {
                text += &format!("&{name}={}", list.join(","));
            }
        }
        text
    }

    /// What one object can be asked: to be expanded, and cut to fields.
    pub(super) fn of_object(&self) -> Self {
        Self {
            filters: Vec::new(),
            groups: Vec::new(),
            orders: Vec::new(),
            ..self.clone()
        }
    }
}
