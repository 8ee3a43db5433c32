//! Random rows of the world: they dangle, repeat, tie and lead back to themselves, and now and then a hundred lead to one.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::world::{Cell, Row, Table, Value, World};

/// Texts that differ in case only, and ones that a pattern would read otherwise.
const TEXTS: &[&str] = &["a", "A", "ab", "AB", "b", "é", "%", "_", "(,)", ""];

/// Keys of cities that must be written otherwise in a path or a list.
pub(super) const CITIES: &[&str] = &["Rome", "ROME", "a,b", "~", "", "é/x"];

/// Few, so that they are found.
pub(super) fn texts() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => select(&TEXTS[..3]), 1 => select(TEXTS)]
}

fn text() -> impl Strategy<Value = Cell> {
    option::weighted(0.8, texts().prop_map(Value::Text))
}

/// Keys go from 1 to 8, so that 9 always dangles; few are led to by many.
fn key_of_a_row() -> impl Strategy<Value = i64> {
    prop_oneof![2 => 1_i64..4, 1 => 1_i64..10]
}

fn reference() -> impl Strategy<Value = Cell> {
    option::weighted(0.85, key_of_a_row().prop_map(Value::Number))
}

fn numbered(rows: Vec<Vec<Cell>>, table: Table, holes: &[bool]) -> Vec<Row> {
    let keys = (1..).map(|key| Some(Value::Number(key)));
    let all = keys.zip(rows).map(|(key, mut cells)| {
        cells.insert(0, key);
        Row { table, cells }
    });
    let kept = all
        .zip(holes.iter().cycle())
        .filter(|(_, hole)| !**hole)
        .map(|(row, _)| row);
    kept.collect()
}

/// A hundred and more rows that one row leads to: more than an answer embeds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crowd {
    Owners,
    Cars,
    Parts,
    Tags,
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let city = option::weighted(0.7, select(CITIES).prop_map(Value::Text));
    let number = || option::weighted(0.8, (0_i64..4).prop_map(Value::Number));
    let owner = (text(), city).prop_map(|(name, city)| vec![name, city]);
    let car = (text(), number(), reference(), reference())
        .prop_map(|(make, year, owner, replaces)| vec![make, year, owner, replaces]);
    let part = (key_of_a_row(), text(), number());
    let crowd = (
        select(vec![Crowd::Owners, Crowd::Cars, Crowd::Parts, Crowd::Tags]),
        99_i64..=203,
    );
    (
        vec(text(), CITIES.len()),
        vec(owner, 0..9),
        vec(car, 0..9),
        vec(part, 0..24),
        vec(text(), 0..9),
        vec((key_of_a_row(), key_of_a_row()), 0..20),
        vec(proptest::bool::weighted(0.2), 5),
        option::weighted(0.08, crowd),
    )
        .prop_map(
            |(cities, owners, cars, parts, words, pairs, holes, crowd)| {
                let mut rows = cities_of(cities, &holes);
                rows.extend(numbered(owners, Table::Owners, &holes));
                rows.extend(numbered(cars, Table::Cars, &holes));
                rows.extend(parts_of(parts));
                let words = words.into_iter().map(|word| vec![word]).collect();
                rows.extend(numbered(words, Table::Tags, &holes));
                rows.iter_mut().for_each(Row::compute);
                let mut world = World { rows, pairs };
                if let Some((crowd, count)) = crowd {
                    world.add(crowd, count);
                }
                world
                    .rows
                    .sort_by(|left, right| left.key().cmp(right.key()));
                world
            },
        )
}

fn cities_of(names: Vec<Cell>, holes: &[bool]) -> Vec<Row> {
    let kept = CITIES.iter().zip(names).zip(holes.iter().cycle());
    kept.filter(|(_, hole)| !**hole)
        .map(|((key, name), _)| Row {
            table: Table::Cities,
            cells: vec![Some(Value::Text(key)), name],
        })
        .collect()
}

/// Each car counts its parts from 1.
fn parts_of(parts: Vec<(i64, Cell, Cell)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (car, kind, price) in parts {
        let before = rows
            .iter()
            .filter(|row| row.number("car_id") == car)
            .count();
        let part_no = i64::try_from(before).expect("a few") + 1;
        rows.push(Row {
            table: Table::Parts,
            cells: vec![
                Some(Value::Number(car)),
                Some(Value::Number(part_no)),
                kind,
                price,
            ],
        });
    }
    rows
}

impl World {
    /// Rows that lead to the first city, owner or car.
    pub(super) fn add(&mut self, crowd: Crowd, count: i64) {
        let word = |number: i64| {
            let at = usize::try_from(number).expect("a count") % TEXTS.len();
            Some(Value::Text(TEXTS[at]))
        };
        let number = |number| Some(Value::Number(number));
        for at in 1..=count {
            let key = 100 + at;
            let (table, cells) = match crowd {
                Crowd::Owners => (
                    Table::Owners,
                    vec![number(key), word(at), Some(Value::Text("Rome"))],
                ),
                Crowd::Cars => (
                    Table::Cars,
                    vec![number(key), word(at), number(at % 3), number(1), number(1)],
                ),
                Crowd::Parts => (
                    Table::Parts,
                    vec![number(1), number(key), word(at), number(at % 3)],
                ),
                Crowd::Tags => {
                    self.pairs.extend([(1, key), (1, key)]);
                    (Table::Tags, vec![number(key), word(at)])
                }
            };
            let mut row = Row { table, cells };
            row.compute();
            self.rows.push(row);
        }
    }
}
