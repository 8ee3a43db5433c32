//! What each request must be answered, and what it changes, by rows in memory.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::tables::{Column, NESTED, TABLES, Table, Type, link, table};

pub(super) type Row = BTreeMap<&'static str, Json>;

/// A request of a tenant.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) tenant: i64,
    pub(super) method: &'static str,
    /// The table, and the owner in the path of the nested place.
    pub(super) table: &'static str,
    pub(super) below: Option<i64>,
    /// The key in the path; `None` for the list.
    pub(super) key: Option<String>,
    /// What a list is filtered by.
    pub(super) filter: Option<(&'static str, Json)>,
    pub(super) body: Option<Map<String, Json>>,
}

/// What a request must be answered.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// The status, and the body.
    Shown(u16, Json),
    /// 201: the body, and `Location`.
    Created(Json, String),
    Gone,
    /// The status, and the pointers with their codes, or the code. Where several keys are broken at once, a database
    /// chooses which one it tells.
    Refused(u16, Vec<Vec<String>>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) rows: BTreeMap<&'static str, Vec<Row>>,
}

/// What a body asks for.
#[derive(Default)]
struct Input {
    sets: Row,
    /// Members that must be as they are shown.
    echoes: Vec<(String, Json)>,
    faults: Vec<String>,
    unlinked: Vec<(String, &'static Column)>,
}

fn refused(status: u16, faults: impl IntoIterator<Item = String>) -> Answer {
    let mut faults: Vec<_> = faults.into_iter().collect();
    faults.sort();
    Answer::Refused(status, vec![faults])
}

fn no_such() -> Answer {
    refused(404, ["not_found".to_owned()])
}

impl Request {
    fn table(&self) -> &'static Table {
        table(self.table)
    }

    /// The column that the path gives.
    fn given(&self) -> Option<(&'static str, Json)> {
        Some((NESTED.2, json!(self.below?)))
    }

    fn is_fixed(&self, column: &Column) -> bool {
        let is_key = self.table().key.contains(&column.name);
        let given = self.given();
        (is_key && self.method != "POST") || given.is_some_and(|(name, _)| name == column.name)
    }

    pub(super) fn path(&self) -> String {
        let table = self.table;
        let list = match self.below {
            None => format!("/{table}/"),
            Some(owner) => format!("/{}/{owner}/{table}/", NESTED.0),
        };
        match (&self.key, &self.filter) {
            (Some(key), _) => format!("{list}{key}/"),
            (None, Some((name, Json::String(text)))) => format!("{list}?{name}={text}"),
            (None, Some((name, value))) => format!("{list}?{name}={value}"),
            (None, None) => list,
        }
    }
}

/// The text of a row's key.
pub(super) fn key_of(table: &Table, row: &Row) -> String {
    let parts: Vec<_> = table.key.iter().map(|part| row[part].to_string()).collect();
    parts.join(",")
}

/// Whether a column takes a value, which is not null.
fn takes(column: &Column, value: &Json) -> bool {
    match column.ty {
        Type::Boolean => value.is_boolean(),
        Type::Integer => value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        Type::Text(most) => value
            .as_str()
            .is_some_and(|text| text.chars().count() <= most && !text.contains('\0')),
    }
}

/// The key that a link to a row of a table names.
fn linked(table: &str, link: &str) -> Option<Json> {
    let path = link.strip_prefix("http://test").unwrap_or(link);
    let key = path
        .strip_prefix(&format!("/{table}/"))?
        .trim_end_matches('/');
    let number = key.parse::<i32>().ok()?;
    (number.to_string() == key).then(|| json!(number))
}

impl World {
    pub(super) fn of(&self, table: &str) -> &[Row] {
        self.rows.get(table).map_or(&[], Vec::as_slice)
    }

    fn is_visible(&self, table: &str, tenant: i64, key: &Json) -> bool {
        let mut rows = self.of(table).iter();
        rows.any(|row| row["id"] == *key && row["tenant"] == tenant)
    }

    /// The rows that a request sees in its place; `None` if the path leads nowhere.
    fn seen(&self, request: &Request) -> Option<Vec<&Row>> {
        if let Some(owner) = request.below
            && !self.is_visible(NESTED.0, request.tenant, &json!(owner))
        {
            return None;
        }
        let given = request.given();
        let rows = self.of(request.table).iter().filter(|row| {
            row["tenant"] == request.tenant
                && given
                    .as_ref()
                    .is_none_or(|(name, value)| row[name] == *value)
        });
        Some(rows.collect())
    }

    /// Answers a request, and does what it asks.
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        match (request.method, &request.key) {
            ("GET", None) => self.list(request),
            ("GET", Some(_)) => match self.find(request) {
                Some(row) => Answer::Shown(200, self.object(request, row)),
                None => no_such(),
            },
            ("POST", _) => self.create(request),
            ("DELETE", _) => self.delete(request),
            _ => self.update(request),
        }
    }

    fn find(&self, request: &Request) -> Option<&Row> {
        let (rows, table) = (self.seen(request)?, request.table());
        let key = request.key.as_ref().expect("a key");
        rows.into_iter().find(|row| key_of(table, row) == *key)
    }

    fn list(&self, request: &Request) -> Answer {
        let Some(mut rows) = self.seen(request) else {
            return no_such();
        };
        let table = request.table();
        rows.retain(|row| {
            let filter = request.filter.as_ref();
            filter.is_none_or(|(name, value)| row[name] == *value)
        });
        let key = |row: &&Row| {
            table
                .key
                .iter()
                .map(|part| row[part].as_i64())
                .collect::<Vec<_>>()
        };
        rows.sort_by_key(key);
        let results: Vec<_> = rows.iter().map(|row| Self::shown(request, row)).collect();
        Answer::Shown(200, json!({"count": rows.len(), "results": results}))
    }

    /// A row as lists show it.
    fn shown(request: &Request, row: &Row) -> Json {
        let table = request.table();
        let key = key_of(table, row);
        let list = Request {
            key: None,
            filter: None,
            ..request.clone()
        }
        .path();
        let mut shown = Map::new();
        shown.insert("href".to_owned(), json!(format!("http://test{list}{key}/")));
        for column in table.columns {
            let value = &row[column.name];
            shown.insert(column.name.to_owned(), value.clone());
            if let Some((relation, table)) = column.to {
                let target = match value {
                    Json::Null => Json::Null,
                    key => link(table, &key.to_string()),
                };
                shown.insert(relation.to_owned(), target);
            }
        }
        Json::Object(shown)
    }

    /// A row as an object.
    fn object(&self, request: &Request, row: &Row) -> Json {
        let mut shown = Self::shown(request, row);
        for (relation, many, by) in request.table().many {
            let mut rows: Vec<_> = self.of(many).iter().collect();
            rows.retain(|child| child["tenant"] == request.tenant && child[by] == row["id"]);
            let key = |child: &&Row| {
                let parts = table(many).key.iter();
                parts.map(|part| child[part].as_i64()).collect::<Vec<_>>()
            };
            rows.sort_by_key(key);
            let links = rows
                .iter()
                .map(|child| link(many, &key_of(table(many), child)));
            shown[*relation] = links.collect();
        }
        shown
    }

    fn create(&mut self, request: &Request) -> Answer {
        let input = input(request);
        if !input.faults.is_empty() {
            return refused(400, input.faults);
        }
        if self.seen(request).is_none() {
            return no_such();
        }
        let mut row: Row = BTreeMap::new();
        for column in request.table().columns {
            let set = input.sets.get(column.name).cloned();
            row.insert(column.name, set.unwrap_or_else(|| column.absent()));
        }
        if let Some((name, value)) = request.given() {
            row.insert(name, value);
        }
        if let Err(refusal) = self.check(request, &input.sets, &row, None) {
            return refusal;
        }
        self.rows
            .entry(request.table)
            .or_default()
            .push(row.clone());
        let shown = self.object(request, &row);
        let location = shown["href"].as_str().expect("a link").to_owned();
        Answer::Created(shown, location)
    }

    fn update(&mut self, request: &Request) -> Answer {
        let input = input(request);
        if !input.faults.is_empty() {
            return refused(400, input.faults);
        }
        let Some(before) = self.find(request).cloned() else {
            return no_such();
        };
        let shown = self.object(request, &before);
        let differ = input
            .echoes
            .iter()
            .filter(|(name, sent)| shown[name] != *sent);
        let faults: Vec<_> = differ
            .map(|(name, _)| format!("/{name} read_only"))
            .collect();
        if !faults.is_empty() {
            return refused(400, faults);
        }
        let mut row = before.clone();
        row.extend(input.sets.clone());
        if let Err(refusal) = self.check(request, &input.sets, &row, Some(&before)) {
            return refusal;
        }
        let rows = self.rows.get_mut(request.table).expect("rows");
        *rows
            .iter_mut()
            .find(|other| **other == before)
            .expect("a row") = row.clone();
        Answer::Shown(200, self.object(request, &row))
    }

    /// Whether a row may be written: what it refers to, which keys it has, and who sees it.
    fn check(
        &self,
        request: &Request,
        sets: &Row,
        row: &Row,
        before: Option<&Row>,
    ) -> Result<(), Answer> {
        let (table, tenant) = (request.table(), request.tenant);
        let strangers = table.columns.iter().filter(|column| {
            let Some((_, to)) = column.to else {
                return false;
            };
            let set = sets.get(column.name).filter(|key| !key.is_null());
            set.is_some_and(|key| !self.is_visible(to, tenant, key))
        });
        let strangers: Vec<_> = strangers
            .map(|column| format!("/{} invalid_value", column.name))
            .collect();
        if !strangers.is_empty() {
            return Err(refused(400, strangers));
        }
        let keys = [table.key].into_iter().chain(table.unique.chunks(1));
        let others = || {
            self.of(request.table)
                .iter()
                .filter(|other| Some(*other) != before)
        };
        let taken = keys.filter(|key| {
            let is_null = key.iter().any(|part| row[part].is_null());
            !is_null && others().any(|other| key.iter().all(|part| other[part] == row[part]))
        });
        let taken: Vec<Vec<_>> = taken
            .map(|key| {
                let mut parts: Vec<_> = key.iter().map(|part| format!("/{part} unique")).collect();
                parts.sort();
                parts
            })
            .collect();
        if !taken.is_empty() {
            return Err(Answer::Refused(409, taken));
        }
        match row["tenant"] == tenant {
            true => Ok(()),
            false => Err(refused(403, ["outside_scope".to_owned()])),
        }
    }

    fn delete(&mut self, request: &Request) -> Answer {
        let Some(row) = self.find(request).cloned() else {
            return no_such();
        };
        let is_referred = TABLES.iter().any(|child| {
            let keys = child.columns.iter();
            let mut keys =
                keys.filter(|column| column.to.is_some_and(|(_, to)| to == request.table));
            keys.any(|key| {
                self.of(child.name)
                    .iter()
                    .any(|other| other[key.name] == row["id"])
            })
        });
        if is_referred {
            return refused(409, ["foreign_key".to_owned()]);
        }
        let rows = self.rows.get_mut(request.table).expect("rows");
        rows.retain(|other| *other != row);
        Answer::Gone
    }
}

/// Reads the body of a request.
fn input(request: &Request) -> Input {
    let mut input = Input::default();
    let body = request.body.as_ref().expect("a body");
    // A link is read beside what the columns say.
    let is_link = |name: &&String| request.table().relation(name).is_some();
    let (links, columns): (Vec<_>, Vec<_>) = body.keys().partition(is_link);
    for name in columns.into_iter().chain(links) {
        member(request, name, &body[name], &mut input);
    }
    for (relation, column) in std::mem::take(&mut input.unlinked) {
        match input.sets.get(column.name) {
            Some(Json::Null) => {}
            _ if !column.nullable => input.faults.push(format!("/{relation} null")),
            Some(_) => input.faults.push(format!("/{relation} conflicting")),
            None => {
                input.sets.insert(column.name, Json::Null);
            }
        }
    }
    for column in request.table().columns {
        if request.is_fixed(column) || input.sets.contains_key(column.name) {
            continue;
        }
        let relation = column.to.map_or("", |(relation, _)| relation);
        let is_faulty = |fault: &String| {
            let (pointer, _) = fault.split_once(' ').expect("a pointer");
            pointer[1..] == *column.name || (!relation.is_empty() && pointer[1..] == *relation)
        };
        let is_required = !column.nullable && column.default.is_none();
        match (request.method, is_required) {
            ("POST" | "PUT", true) if !input.faults.iter().any(is_faulty) => {
                input.faults.push(format!("/{} required", column.name));
            }
            ("PUT", false) => {
                input.sets.insert(column.name, column.absent());
            }
            _ => {}
        }
    }
    input
}

fn member(request: &Request, name: &str, value: &Json, input: &mut Input) {
    let (table, is_new) = (request.table(), request.method == "POST");
    let given = request.given();
    let mut fault = |code: &str| input.faults.push(format!("/{name} {code}"));
    if let Some(column) = table.column(name) {
        let is_given = given
            .as_ref()
            .is_some_and(|given| *given == (column.name, value.clone()));
        match value {
            _ if request.is_fixed(column) && !is_new => {
                input.echoes.push((name.to_owned(), value.clone()));
            }
            _ if request.is_fixed(column) && is_given => {}
            _ if request.is_fixed(column) => fault("read_only"),
            Json::Null if !column.nullable => fault("null"),
            Json::Null => drop(input.sets.insert(column.name, Json::Null)),
            value if !takes(column, value) => fault("invalid_value"),
            value => drop(input.sets.insert(column.name, value.clone())),
        }
    } else if let Some(column) = table.relation(name) {
        let (_, to) = column.to.expect("a relation");
        let is_fixed = request.is_fixed(column);
        let key = value.as_str().and_then(|text| linked(to, text));
        let is_given = |key: &Json| given.as_ref().is_some_and(|(_, given)| given == key);
        match (value, key) {
            (_, Some(key)) if is_fixed && is_given(&key) => {}
            (Json::Null, _) | (_, Some(_)) if is_fixed && !is_new => {
                input.echoes.push((name.to_owned(), value.clone()));
            }
            (Json::Null, _) | (_, Some(_)) if is_fixed => fault("read_only"),
            (Json::Null, _) => input.unlinked.push((name.to_owned(), column)),
            (_, None) => fault("invalid_value"),
            (_, Some(key)) => match input.sets.get(column.name) {
                Some(before) if *before != key => fault("conflicting"),
                _ => drop(input.sets.insert(column.name, key)),
            },
        }
    } else if name == "href" || table.many.iter().any(|(relation, ..)| *relation == name) {
        match is_new {
            true => fault("read_only"),
            false => input.echoes.push((name.to_owned(), value.clone())),
        }
    } else {
        fault("unknown_field");
    }
}
