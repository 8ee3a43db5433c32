//! The schemas of a place's objects: as they are read, and as bodies create, replace and change them.

use super::{
    entries::Entries,
    names::{TakenNames, pascal, singular},
    schema::{SchemaObject, map_of, of_value},
};
use crate::{
    cell::Type,
    link::Template,
    model::{Column, ColumnNumber},
    params::{Count, PlaceIndex, Served, ToOne},
    payload::{Verb, is_required, refused, sets},
    place::Place,
    representation::{IntegersAsText, Members},
};

/// The names of the schemas of one place.
#[derive(Clone, Debug)]
pub(super) struct ObjectNames {
    /// An object as answers show it.
    pub(super) read: String,
}

impl ObjectNames {
    /// Returns the names of every place's schemas, in the order of the places.
    pub(super) fn of_all(places: &[Place], taken: &mut TakenNames) -> Vec<Self> {
        let unnamed = || Self {
            read: String::new(),
        };
        let mut all: Vec<Self> = places.iter().map(|_| unnamed()).collect();
        // The list of all objects of a model has the plain name; those below other lists take longer ones.
        let each = || places.iter().enumerate();
        let on_top = each().filter(|(_, place)| place.nesting.is_none());
        let below = each().filter(|(_, place)| place.nesting.is_some());
        for (at, place) in on_top.chain(below) {
            let model = place.model();
            let own = match model.name() == model.table() {
                true => singular(&pascal(model.name())),
                false => pascal(model.name()),
            };
            let own = if own.is_empty() {
                "Object".to_owned()
            } else {
                own
            };
            let above = place
                .nesting
                .as_ref()
                .and_then(|nesting| nesting.parent.item(&all));
            let below = above.map(|above| format!("{}{own}", above.read));
            let endings = ["", "Page", "Create", "Replace", "Patch"];
            let read = taken.take([own].into_iter().chain(below), &endings);
            if let Some(names) = all.get_mut(at) {
                names.read = read;
            }
        }
        all
    }

    /// Returns the names of the schemas of single objects.
    pub(super) fn all(&self) -> [String; 4] {
        let input = |verb| self.input(verb);
        let [create, replace, change] = [Verb::Create, Verb::Replace, Verb::Change].map(input);
        [self.read.clone(), create, replace, change]
    }

    pub(super) fn page(&self) -> String {
        format!("{}Page", self.read)
    }

    pub(super) fn input(&self, verb: Verb) -> String {
        let form = match verb {
            Verb::Create => "Create",
            Verb::Replace => "Replace",
            Verb::Change => "Patch",
        };
        format!("{}{form}", self.read)
    }
}

/// The schemas of the objects of all places.
pub(super) struct ObjectSchemas<'a> {
    pub(super) places: &'a [Place],
    pub(super) names: &'a [ObjectNames],
}

impl ObjectSchemas<'_> {
    /// Returns a reference to the schema of the objects of a place.
    pub(super) fn of_place(&self, at: PlaceIndex) -> SchemaObject {
        at.item(self.names)
            .map_or_else(SchemaObject::default, |names| SchemaObject::to(&names.read))
    }

    /// Returns the schema of an object as answers show it.
    pub(super) fn read(&self, place: &Place) -> SchemaObject {
        let offer = &place.offer;
        let mut members = Entries::default();
        let mut always = Vec::new();
        if offer.has_objects() {
            let may_lack = |column: &ColumnNumber| {
                let column = offer.model.at(*column);
                column.is_none_or(|column| column.nullable)
            };
            let href = SchemaObject::uri().described("The URI of the object.");
            // An object that another one embeds has no URI if its own columns do not say its path.
            let canonical = place.canonical.as_ref().map(Template::columns);
            let has_path = canonical.is_some_and(|mut columns| !columns.any(|it| may_lack(&it)));
            let is_missing = !has_path || offer.url_key.iter().any(may_lack);
            let href = match is_missing {
                true => href.or_null(),
                false => href,
            };
            members.push("href", href);
        }
        if let Some(name) = &offer.id_member {
            let key = match offer.url_key.as_slice() {
                [only] => offer.model.at(*only),
                _ => None,
            };
            let is_number = |column: &&Column| matches!(column.ty, Type::Integer { .. });
            let schema = key.filter(is_number).map(|key| shown(key, place));
            members.push(name, schema.unwrap_or_else(SchemaObject::text));
        }
        for column in offer.model.columns().iter().filter(|column| !column.hidden) {
            members.push(column.name(), shown(column, place));
            always.push(column.name().to_owned());
        }
        for (at, relation) in offer.relations.iter().enumerate() {
            members.push(&relation.name, self.relation(at, relation, place));
        }
        // A client that selects members by `fields` gets no others.
        let is_whole = offer.fixed_fields && !offer.links_only;
        SchemaObject {
            description: offer.model.describes().map(str::to_owned),
            required: if is_whole { always } else { Vec::new() },
            ..SchemaObject::object(members, false)
        }
    }

    /// Returns the schema of a relation's member in answers.
    fn relation(&self, at: usize, relation: &Served, place: &Place) -> SchemaObject {
        let object = self.of_place(relation.place);
        let is_linked = place
            .links
            .get(at)
            .is_some_and(|link| link.object.is_some());
        if relation.join.many {
            let some = SchemaObject::whole_object([
                ("next", SchemaObject::uri().or_null()),
                ("results", SchemaObject::list(object)),
            ]);
            let links = SchemaObject::list(SchemaObject::uri());
            return SchemaObject::any(vec![links, SchemaObject::uri(), some]).or_null().described(
                "Links to the related objects or to their list; with `expand`, the first of the objects themselves.",
            );
        }
        let target = relation.place.item(self.places);
        let key = target.and_then(|target| relation.key_here(&target.offer.url_key));
        let key = key.and_then(|key| place.offer.model.at(key));
        let otherwise = match relation.shape {
            ToOne::Key => key.map(|key| shown(key, place)),
            ToOne::Link => is_linked.then(SchemaObject::uri),
            ToOne::Object => None,
        };
        let words = match relation.shape {
            ToOne::Key => "The key of the related object; with `expand`, the object itself.",
            ToOne::Link => "The link to the related object; with `expand`, the object itself.",
            ToOne::Object => "The related object.",
        };
        let any = otherwise.into_iter().chain([object]);
        SchemaObject::any(any.collect()).or_null().described(words)
    }

    /// Returns the schema of a body by which a place creates, replaces or changes an object.
    pub(super) fn input(&self, place: &Place, verb: Verb) -> SchemaObject {
        self.input_below(place, verb, 0)
    }

    fn input_below(&self, place: &Place, verb: Verb, depth: usize) -> SchemaObject {
        let offer = &place.offer;
        let (mut members, mut required) = (Entries::default(), Vec::new());
        for (number, column) in offer.model.numbered() {
            let takes = column.is_member()
                && sets(verb, offer, number, column)
                && !is_given(place, number)
                && refused(column).is_none();
            if !takes {
                continue;
            }
            let is_needed = match verb {
                Verb::Create => is_required(&offer.model, number, column),
                Verb::Replace => is_required(&offer.model, number, column) && !column.write_only,
                Verb::Change => false,
            };
            if is_needed {
                required.push(column.name().to_owned());
            }
            let mut schema = as_input(column, offer.integers_as_text);
            // A PATCH leaves out what it does not set, so that its members have no defaults.
            schema.default = match verb {
                Verb::Create | Verb::Replace => column.shown_default().and_then(of_value),
                Verb::Change => None,
            };
            members.push(column.name(), schema);
        }
        for relation in &offer.relations {
            if let Some(schema) = self.relation_input(relation, (place, verb), depth) {
                members.push(&relation.name, schema);
            }
        }
        SchemaObject {
            required,
            ..SchemaObject::object(members, true)
        }
    }

    /// Returns the schema of a relation's member in a body; `None` if the body does not set it.
    fn relation_input(
        &self,
        relation: &Served,
        (place, verb): (&Place, Verb),
        depth: usize,
    ) -> Option<SchemaObject> {
        if relation.is_set_by_columns() {
            let mut here = relation.join.here();
            let is_fixed = here.any(|number| {
                let column = place.offer.model.at(number);
                is_given(place, number)
                    || column.is_none_or(|column| !sets(verb, &place.offer, number, column))
            });
            let target = &relation.join.target;
            let key = relation.join.there().next().and_then(|key| target.at(key));
            let otherwise = match relation.shape {
                ToOne::Link => None,
                ToOne::Key => key.map(|key| as_input(key, place.offer.integers_as_text)),
                ToOne::Object => {
                    let href = Entries::from_iter([("href".to_owned(), SchemaObject::uri())]);
                    Some(SchemaObject {
                        required: vec!["href".to_owned()],
                        ..SchemaObject::object(href, false)
                    })
                }
            };
            let words = "The related object: its link, instead of the columns that refer to it.";
            let link = match otherwise {
                None => SchemaObject::uri(),
                Some(otherwise) => SchemaObject::any(vec![SchemaObject::uri(), otherwise]),
            };
            let link = link.or_null();
            return (!is_fixed).then(|| link.described(words));
        }
        if relation.pairs.is_some() {
            let mut there = relation.join.there();
            let key = there.next().filter(|_| there.next().is_none());
            let key = key.and_then(|key| relation.join.target.at(key));
            let key = key.map(|key| as_input(key, place.offer.integers_as_text));
            let items = [SchemaObject::uri()].into_iter().chain(key);
            let all = SchemaObject {
                max_items: Some(place.offer.limits.linked_rows() as u64),
                ..SchemaObject::list(SchemaObject::any(items.collect()))
            };
            return Some(all.described("The links or keys of all related objects."));
        }
        let child = relation.inline?.item(self.places)?;
        // Rows may be created with their parents to any depth; a place that leads to itself would go on forever.
        (verb == Verb::Create && depth < 4).then(|| SchemaObject {
            max_items: Some(place.offer.limits.bulk_rows as u64),
            ..SchemaObject::list(self.input_below(child, verb, depth + 1))
        })
    }
}

/// Whether the path or the request determines a column's value.
fn is_given(place: &Place, number: ColumnNumber) -> bool {
    let by_parent = place.nesting.iter().flat_map(|nesting| nesting.join.here());
    let by_request = place
        .given
        .iter()
        .flat_map(|given| given.columns.iter().copied());
    by_parent.chain(by_request).any(|given| given == number)
}

/// Returns the schema of a column's member in answers.
fn shown(column: &Column, place: &Place) -> SchemaObject {
    let mut schema = SchemaObject::of_column(column);
    let is_wide = Members::is_wide(column);
    match place.integers_as_text {
        IntegersAsText::Wide if is_wide => {
            for ty in &mut schema.types {
                *ty = if *ty == "integer" { "string" } else { ty };
            }
            schema.pattern = Some(WHOLE.to_owned());
        }
        IntegersAsText::Large if is_wide => {
            schema.types.insert(0, "string");
            schema.pattern = Some(WHOLE.to_owned());
        }
        IntegersAsText::None | IntegersAsText::Large | IntegersAsText::Wide => {}
    }
    schema.read_only = column.read_only;
    schema
}

fn as_input(column: &Column, integers_as_text: bool) -> SchemaObject {
    let mut schema = SchemaObject::of_input(column);
    if integers_as_text && matches!(column.ty, Type::Integer { .. }) {
        schema.types.insert(0, "string");
        schema.pattern = Some(WHOLE.to_owned());
    }
    schema
}

/// A whole number as a text.
const WHOLE: &str = "^-?[0-9]+$";

/// Returns the schema of a page of a list of objects.
pub(super) fn page(place: &Place, object: SchemaObject) -> SchemaObject {
    let pages = place.offer.pages;
    let number = || SchemaObject::whole(0).or_null();
    let mut members = Entries::default();
    let mut required: Vec<String> = ["next", "previous", "results"].map(str::to_owned).into();
    if pages.numbered || pages.windows {
        members.push(
            "count",
            number().described("The number of rows of the list, if it is known."),
        );
        if pages.count != Count::Exact || pages.counts().next().is_some() {
            let words = "What `count` is, if it is not exact.";
            let values = SchemaObject::one_of_texts(["at_least", "estimated"]);
            members.push("count_is", values.described(words));
        }
    }
    if pages.windows {
        members.push("limit", SchemaObject::whole(0));
        members.push("offset", SchemaObject::whole(0));
    }
    if pages.numbered {
        members.push("page", number());
        members.push("page_size", SchemaObject::whole(0));
        members.push("pages", number());
    }
    let is_only_numbered = pages.numbered && !pages.windows && !pages.cursors;
    if is_only_numbered {
        required.extend(["count", "page", "page_size", "pages"].map(str::to_owned));
    }
    members.push(
        "next",
        SchemaObject::text().or_null().described("The next page."),
    );
    members.push(
        "previous",
        SchemaObject::text().or_null().described("The page before."),
    );
    members.push("results", SchemaObject::list(object));
    if !place.offer.summaries.facets.is_empty() {
        members.push("facets", facets());
        let cut = SchemaObject::list(SchemaObject::text());
        members.push(
            "facets_cut",
            cut.described("The facets that have more values."),
        );
    }
    SchemaObject {
        required,
        ..SchemaObject::object(members, false)
    }
}

fn facets() -> SchemaObject {
    let counted = SchemaObject::whole_object([
        ("value", SchemaObject::default()),
        ("count", SchemaObject::whole(0)),
    ]);
    map_of(SchemaObject::list(counted))
        .described("The values of each column of `facet`, with the number of rows that have them.")
}

/// Returns the schema of an answer with the number of changed rows.
pub(super) fn count(member: &str) -> SchemaObject {
    SchemaObject::whole_object([(member, SchemaObject::whole(0))])
}
