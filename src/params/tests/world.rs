//! Places for the tests to read query strings against (cars, their owners, parts, tags and depots), and texts of what
//! was read.

use std::sync::Arc;

use sea_query::{ColumnDef, Table, TableCreateStatement};

use crate::{
    cell::Value,
    model::{Column, ColumnNumber, Join, Junction, Model, nth},
    params::{
        Count, CountChoices, Lookup, Offer, Order, Pages, PlaceIndex, Selection, Served, Step,
        ToOne, World, is_comparable, place_at, summaries::Summaries,
    },
    predicate::{Anchor, Matching, Operator, Predicate},
};

pub(super) const CARS: usize = 0;
pub(super) const OWNERS: usize = 1;
pub(super) const PARTS: usize = 2;
pub(super) const TAGS: usize = 3;
pub(super) const DEPOTS: usize = 4;

/// The offers of all places. The row filter of parts hides those that are not for sale.
pub(super) struct Places(pub(super) Vec<Offer>);

impl World for Places {
    fn offer(&self, place: PlaceIndex) -> Option<&Offer> {
        place.item(&self.0)
    }

    fn row_filter(&self, place: PlaceIndex) -> Predicate {
        if place != place_at(PARTS) {
            return Predicate::All(Vec::new());
        }
        let for_sale = column(&self.0[PARTS].model, "for_sale");
        Predicate::compare(for_sale, Operator::Equal, Value::Boolean(true))
    }
}

/// Returns the offer of every place, with its relations resolved.
pub(super) fn places() -> Places {
    let models = [cars(), owners(), parts(), tags(), depots()];
    let one = |name: &str, here: usize, columns: &[&str], place: usize| {
        let keys = models[place].key();
        let on = columns.iter().zip(keys);
        let on = on.map(|(name, key)| (column(&models[here], name), *key));
        served(name, &models[place], place, false, on.collect())
    };
    let many = |name: &str, here: usize, place: usize, columns: &[&str]| {
        let keys = models[here].key();
        let on = columns.iter().zip(keys);
        let on = on.map(|(name, key)| (*key, column(&models[place], name)));
        served(name, &models[place], place, true, on.collect())
    };
    let mut garage = one("garage", CARS, &["garage_id"], OWNERS);
    (garage.filtered, garage.ordered) = (false, false);
    let relations = [
        vec![
            one("owner", CARS, &["owner_id"], OWNERS),
            one("sold__by", CARS, &["seller_id"], OWNERS),
            one("engine", CARS, &["engine_id"], PARTS),
            one("depot", CARS, &["depot_land", "depot_no"], DEPOTS),
            garage,
            many("parts", CARS, PARTS, &["car_id"]),
            tagged(&models),
        ],
        vec![
            one("boss", OWNERS, &["boss_id"], OWNERS),
            many("cars", OWNERS, CARS, &["owner_id"]),
        ],
        vec![
            one("car", PARTS, &["car_id"], CARS),
            one("maker", PARTS, &["maker_id"], OWNERS),
        ],
        Vec::new(),
        vec![many("cars", DEPOTS, CARS, &["depot_land", "depot_no"])],
    ];
    let labels = ["cars", "owners", "parts", "tags", "depots"];
    let offers = models.iter().zip(labels).zip(relations);
    let mut offers: Vec<Offer> = offers
        .map(|((model, label), relations)| offer(label, model, relations))
        .collect();
    // Of an owner the city is neither filtered nor ordered by.
    let city = column(&offers[OWNERS].model, "city");
    let lookups = city.item_mut(&mut offers[OWNERS].lookups);
    lookups.expect("those of the city").clear();
    let orderable = city.item_mut(&mut offers[OWNERS].orderable);
    *orderable.expect("that of the city") = false;
    for place in [OWNERS, DEPOTS] {
        offers[place].id_member = Some("id".to_owned());
    }
    Places(offers)
}

fn cars() -> Model {
    let numbers = [
        "year",
        "owner_id",
        "seller_id",
        "engine_id",
        "garage_id",
        "depot_no",
    ];
    let texts = ["make", "secret", "depot_land", "owner__nick"];
    let mut table = table("cars", &["car_id"], &numbers, &texts);
    table.col(ColumnDef::new("built").date_time());
    Model::from_table("Car", &table).column("secret", Column::hidden)
}

fn owners() -> Model {
    let texts = ["name", "nick", "city", "pin"];
    let mut table = table("owners", &["owner_id"], &["boss_id"], &texts);
    table.col(ColumnDef::new("born").date_time());
    Model::from_table("Owner", &table).column("pin", Column::hidden)
}

fn parts() -> Model {
    let mut table = table("parts", &["part_id"], &["car_id", "maker_id"], &["kind"]);
    table.col(ColumnDef::new("for_sale").boolean());
    Model::from_table("Part", &table).column("for_sale", Column::hidden)
}

fn tags() -> Model {
    Model::from_table("Tag", &table("tags", &["tag_id"], &[], &["label", "in"]))
}

fn depots() -> Model {
    let mut table = Table::create();
    let land = ColumnDef::new("land").string().not_null().to_owned();
    let no = ColumnDef::new("no").integer().not_null().to_owned();
    let key = sea_query::Index::create().col("land").col("no").to_owned();
    table
        .table("depots")
        .col(land)
        .col(no)
        .primary_key(&mut key.clone());
    Model::from_table("Depot", table.col(ColumnDef::new("town").string()))
}

fn table(
    name: &'static str,
    keys: &[&'static str],
    numbers: &[&'static str],
    texts: &[&'static str],
) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    for key in keys {
        table.col(ColumnDef::new(*key).integer().primary_key());
    }
    for number in numbers {
        table.col(ColumnDef::new(*number).integer());
    }
    for text in texts {
        table.col(ColumnDef::new(*text).string());
    }
    table
}

fn tagged(models: &[Model]) -> Served {
    let mut served = served("tags", &models[TAGS], TAGS, true, Vec::new());
    served.join = Arc::new(Join {
        target: models[TAGS].clone(),
        many: true,
        on: Vec::new(),
        junction: Some(Junction {
            schema: None,
            table: "car_tags".to_owned(),
            here: vec![(nth(0), "car_id".to_owned())],
            there: vec![(nth(0), "tag_id".to_owned())],
        }),
    });
    served
}

fn served(
    name: &str,
    target: &Model,
    place: usize,
    many: bool,
    on: Vec<(ColumnNumber, ColumnNumber)>,
) -> Served {
    Served {
        name: name.to_owned(),
        join: Arc::new(Join {
            target: target.clone(),
            many,
            on,
            junction: None,
        }),
        place: place_at(place),
        shape: ToOne::Link,
        filtered: true,
        ordered: true,
        grouped: true,
        pairs: None,
        inline: None,
    }
}

fn offer(label: &str, model: &Model, relations: Vec<Served>) -> Offer {
    let lookups = |column: &Column| {
        let every = Lookup::ALL.iter().map(|(lookup, ..)| *lookup);
        let suited =
            every.filter(|lookup| !column.hidden && lookup.suits(column) && !lookup.is_pattern());
        suited.collect()
    };
    let columns = model.columns().iter();
    let visible = || {
        let visible = model.numbered().filter(|(_, column)| !column.hidden);
        visible.map(|(number, _)| number)
    };
    Offer {
        label: label.to_owned(),
        model: model.clone(),
        lookups: columns.clone().map(lookups).collect(),
        orderable: columns
            .map(|column| !column.hidden && is_comparable(&column.ty))
            .collect(),
        default_order: Vec::new(),
        search: Vec::new(),
        full_text: None,
        groups: true,
        summaries: Summaries {
            facets: visible().collect(),
            aggregates: Some(visible().collect()),
            groups: visible().collect(),
            through_relations: true,
        },
        pages: Pages {
            size: 25,
            largest: 1000,
            fixed: false,
            count: Count::Exact,
            choices: CountChoices::default(),
            numbered: true,
            cursors: false,
            windows: false,
            headers: false,
            export: false,
        },
        limits: crate::params::Limits::default(),
        formats: Arc::default(),
        ignored: vec!["utm_*".to_owned()],
        lenient: false,
        integers_as_text: false,
        id_member: None,
        url_key: model.key().to_vec(),
        is_single: false,
        relations,
        links_only: false,
        camel_case: false,
        fixed_fields: false,
    }
}

fn column(model: &Model, sql: &str) -> ColumnNumber {
    let found = model.numbered().find(|(_, column)| column.sql == sql);
    found.map(|(number, _)| number).expect("a column")
}

fn name(model: &Model, column: ColumnNumber) -> &str {
    model.at(column).expect("a column").name()
}

/// Returns a condition as one line: `make=Fiat & owner_id>Owner(name=Bob)`, where `>` leads to one row and `<` to many.
pub(super) fn condition(condition: &Predicate, model: &Model) -> String {
    let each = |all: &[Predicate], between: &str, none: &str| match all {
        [] => none.to_owned(),
        all => {
            let shown: Vec<_> = all.iter().map(|one| self::condition(one, model)).collect();
            shown.join(between)
        }
    };
    match condition {
        Predicate::All(all) => each(all, " & ", "all"),
        Predicate::Any(any) => format!("({})", each(any, " | ", "none")),
        Predicate::Not(inner) => format!("!({})", self::condition(inner, model)),
        Predicate::Compare {
            column,
            operator,
            value,
        } => {
            let operator = match operator {
                Operator::Equal => "=",
                Operator::Less => "<",
                Operator::LessOrEqual => "<=",
                Operator::Greater => ">",
                Operator::GreaterOrEqual => ">=",
            };
            format!("{}{operator}{}", name(model, *column), text(value))
        }
        Predicate::In { column, values } => {
            let values: Vec<_> = values.iter().map(text).collect();
            format!("{} in {}", name(model, *column), values.join("|"))
        }
        Predicate::Key { column, part } => format!("{} is {}", name(model, *column), text(part)),
        Predicate::Null { column } => format!("{} is null", name(model, *column)),
        Predicate::Text {
            column,
            matching,
            text,
        } => {
            let Matching { place, ignore_case } = matching;
            let how = if *place == Anchor::Whole {
                "is".to_owned()
            } else {
                format!("{place:?}")
            };
            let case = if *ignore_case { "~" } else { "" };
            format!("{} {how}{case} {text}", name(model, *column))
        }
        Predicate::FullText(search) => format!(
            "{} {:?}",
            if search.every { "every" } else { "any" },
            search.terms
        ),
        Predicate::Pattern { column, pattern } => {
            format!("{} matches {pattern:?}", name(model, *column))
        }
        Predicate::Array {
            column,
            operator,
            items,
        } => {
            let items: Vec<_> = items.iter().map(text).collect();
            format!("{} {operator:?} {}", name(model, *column), items.join("|"))
        }
        Predicate::HasKey { column, key } => format!("{} has {key}", name(model, *column)),
        Predicate::DatePart {
            column,
            part,
            operator,
            value,
        } => {
            format!("{part:?}({}) {operator:?} {value}", name(model, *column))
        }
        Predicate::PartIn {
            column,
            part,
            values,
        } => {
            let values: Vec<_> = values.iter().map(text).collect();
            format!("{part:?}({}) in {}", name(model, *column), values.join("|"))
        }
        Predicate::Related { join, condition } => {
            let inner = self::condition(condition, &join.target);
            format!("{}({inner})", lead(join, model))
        }
    }
}

fn lead(join: &Join, model: &Model) -> String {
    let here: Vec<_> = join.here().map(|column| name(model, column)).collect();
    let there: Vec<_> = join
        .there()
        .map(|column| name(&join.target, column))
        .collect();
    let columns = if join.many { there } else { here }.join("+");
    let mark = if join.many { "<" } else { ">" };
    format!("{columns}{mark}{}", join.target.name())
}

fn text(value: &Value) -> String {
    let mut out = Vec::new();
    crate::cell::write_text(value.as_cell(), crate::cell::BODY_BYTES, &mut out);
    String::from_utf8(out).expect("a text")
}

/// Returns an order as one line: `-owner_id>Owner.name, car_id`, with row filters in brackets.
pub(super) fn orders(orders: &[Order], model: &Model) -> String {
    let one = |order: &Order| {
        let (mut text, mut at) = (String::new(), model);
        if order.descending {
            text.push('-');
        }
        for Step {
            join, row_filter, ..
        } in &order.through
        {
            text += &lead(join, at);
            at = &join.target;
            if *row_filter != Predicate::All(Vec::new()) {
                text += &format!("[{}]", condition(row_filter, at));
            }
            text.push('.');
        }
        text + name(at, order.column)
    };
    orders.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Returns a selection of members as one line: `href make owner parts{href part_id …}`.
pub(super) fn selection(selection: &Selection, offer: &Offer, world: &Places) -> String {
    let href = selection.href.then(|| "href".to_owned());
    let id = selection.id.then(|| "id".to_owned());
    let columns = selection.columns.iter();
    let columns = columns.map(|column| name(&offer.model, *column).to_owned());
    let relations = selection.relations.iter().map(|at| {
        let served = &offer.relations[*at];
        let mut expansions = selection.expand.iter();
        match expansions.find(|expansion| expansion.relation == *at) {
            Some(expansion) => {
                let target = world.offer(served.place).expect("a place");
                let inner = self::selection(&expansion.selection, target, world);
                format!("{}{{{inner}}}", served.name)
            }
            None => served.name.clone(),
        }
    });
    let members = href.into_iter().chain(id).chain(columns).chain(relations);
    members.collect::<Vec<_>>().join(" ")
}
