//! Parameters of operations: keys in paths, the query string, and headers.

use serde_json::json;

use super::{
    document::ParameterObject,
    schema::{SchemaObject, of_part},
};
use crate::{
    describe::aggregates,
    model::Column,
    params::{
        Count, FilterValue, Format, Formats, Lookup, Offer, OfferedFilter, Parameter, Reads, Shows,
    },
    place::Place,
    question::Question,
    viewset::Writes,
};

/// The header that tells how far a database with replicas has come.
pub(super) const READ_AFTER: &str = "Read-After";

/// Returns a parameter of the query string.
fn query(name: &str, description: String, schema: SchemaObject) -> ParameterObject {
    let is_list = schema.types.first() == Some(&"array");
    ParameterObject {
        name: name.to_owned(),
        place: "query",
        description: Some(description),
        required: false,
        explode: is_list.then_some(false),
        schema,
    }
}

fn header(name: &str, description: &str, schema: SchemaObject) -> ParameterObject {
    ParameterObject {
        name: name.to_owned(),
        place: "header",
        description: Some(description.to_owned()),
        required: false,
        explode: None,
        schema,
    }
}

/// Returns the parameter of a part of a key in a path.
pub(super) fn of_key(name: &str, column: &Column) -> ParameterObject {
    let mut schema = SchemaObject::of_text(column);
    let is_text = schema.types == ["string"] && schema.one_of.is_empty();
    if is_text && schema.format.is_none() {
        schema.min_length = Some(1);
    }
    ParameterObject {
        name: name.to_owned(),
        place: "path",
        description: column.description.clone(),
        required: true,
        explode: None,
        schema,
    }
}

/// Returns `format`, the parameter that chooses the format of an answer.
pub(super) fn format(formats: &Formats, shows: Shows) -> ParameterObject {
    let names = formats.offered(shows).map(|format| formats.name(format));
    let words = Parameter::Format.meaning().to_owned();
    query(
        Parameter::Format.name(),
        words,
        SchemaObject::one_of_texts(names),
    )
}

/// Returns the reserved parameters that a kind of request takes of a place.
pub(super) fn reserved(place: &Place, reads: Reads, shows: Shows) -> Vec<ParameterObject> {
    let offer = &place.offer;
    let offered = Parameter::of(reads).filter(|parameter| offer.offers(*parameter));
    let each = offered.filter_map(|parameter| {
        if parameter == Parameter::Format {
            return Some(format(&offer.formats, shows));
        }
        let schema = value(offer, parameter)?;
        Some(query(
            parameter.name(),
            parameter.meaning().to_owned(),
            schema,
        ))
    });
    each.collect()
}

/// Returns the schema of a reserved parameter's value; `None` if the offer has no use for it.
fn value(offer: &Offer, parameter: Parameter) -> Option<SchemaObject> {
    let pages = offer.pages;
    let most = offer.limits.items as u64;
    let names = |numbers: &[_]| -> Vec<String> {
        let columns = numbers.iter().filter_map(|number| offer.model.at(*number));
        columns.map(|column| column.name().to_owned()).collect()
    };
    // Some generated clients send every default: one that another way to ask for pages refuses is none.
    let is_only_way = !pages.export && !(pages.windows && (pages.numbered || pages.cursors));
    let size = || SchemaObject {
        maximum: Some(json!(pages.largest)),
        default: is_only_way.then(|| json!(pages.size)),
        description: (!is_only_way).then(|| format!("A page has {} rows by default.", pages.size)),
        ..SchemaObject::whole(1)
    };
    Some(match parameter {
        Parameter::Page => {
            let number = pages.numbered.then(|| SchemaObject::whole(1));
            let last = (pages.numbered).then_some("last");
            let words = last.into_iter().chain(pages.export.then_some("all"));
            let words: Vec<_> = words.collect();
            if words.is_empty() {
                return None;
            }
            SchemaObject::any(
                number
                    .into_iter()
                    .chain([SchemaObject::one_of_texts(words)])
                    .collect(),
            )
        }
        Parameter::PageSize | Parameter::Limit => size(),
        Parameter::Offset => SchemaObject::whole(0),
        Parameter::Cursor | Parameter::Search | Parameter::Or | Parameter::And | Parameter::Not => {
            SchemaObject::text()
        }
        Parameter::Ordering | Parameter::SortBy => orderings(offer),
        Parameter::Fields => several(SchemaObject::one_of_texts(offer.members()), most),
        Parameter::Expand => {
            let relations = offer.relations.iter().map(|relation| &relation.name);
            let deeper = beginnings(offer.relations.iter().map(|one| &*one.name), "\\.");
            several(either(SchemaObject::one_of_texts(relations), deeper), most)
        }
        Parameter::Facet => {
            let facets = names(&offer.summaries.facets);
            several(
                SchemaObject::one_of_texts(facets),
                offer.limits.facets as u64,
            )
        }
        Parameter::Aggregate => {
            let terms = SchemaObject::one_of_texts(aggregates(offer));
            several(terms, offer.limits.aggregates as u64)
        }
        Parameter::GroupBy => {
            let grouped = offer.relations.iter().filter(|relation| relation.grouped);
            let deeper = beginnings(grouped.map(|relation| &*relation.name), "__");
            let own = SchemaObject::one_of_texts(names(&offer.summaries.groups));
            several(either(own, deeper), offer.limits.aggregates as u64)
        }
        Parameter::Count => SchemaObject::one_of_texts(pages.counts().map(Count::name)),
        Parameter::Format | Parameter::Form => return None,
    })
}

fn orderings(offer: &Offer) -> SchemaObject {
    let rank = offer.has_relevance().then_some(crate::params::SEARCH_RANK);
    let names = offer.orderings().chain(rank);
    let terms = names.flat_map(|name| [name.to_owned(), format!("-{name}")]);
    let ordered = offer
        .relations
        .iter()
        .filter(|one| one.ordered && !one.join.many);
    let deeper = beginnings(ordered.map(|relation| &*relation.name), "__");
    let most = offer.limits.ordering_terms as u64;
    several(either(SchemaObject::one_of_texts(terms), deeper), most)
}

/// Returns the schema of a list with commas between its items.
fn several(items: SchemaObject, most: u64) -> SchemaObject {
    SchemaObject {
        max_items: Some(most),
        ..SchemaObject::list(items)
    }
}

/// Returns the schema of names that go on after one of these and a separator; `None` if there are none.
fn beginnings<'n>(names: impl Iterator<Item = &'n str>, separator: &str) -> Option<SchemaObject> {
    let escaped = |name: &str| {
        let chars = name
            .chars()
            .flat_map(|char| match char.is_alphanumeric() || char == '_' {
                true => vec![char],
                false => vec!['\\', char],
            });
        chars.collect::<String>()
    };
    let names: Vec<_> = names.map(escaped).collect();
    let pattern = format!("^-?({}){separator}.", names.join("|"));
    (!names.is_empty()).then(|| SchemaObject {
        pattern: Some(pattern),
        ..SchemaObject::text()
    })
}

fn either(one: SchemaObject, other: Option<SchemaObject>) -> SchemaObject {
    match (one.one_of.is_empty(), other) {
        (false, None) => one,
        (true, Some(other)) => other,
        (false, Some(other)) => SchemaObject::any(vec![one, other]),
        (true, None) => SchemaObject::text(),
    }
}

/// Returns the parameters of the filters of a place, each with its key in the components.
pub(super) fn filters(offer: &Offer) -> Vec<ParameterObject> {
    let filters = offer.filters();
    let most = offer.limits.items as u64;
    filters
        .iter()
        .map(|filter| of_filter(filter, most))
        .collect()
}

fn of_filter(filter: &OfferedFilter<'_>, most: u64) -> ParameterObject {
    let OfferedFilter {
        name,
        subject,
        lookup,
        takes,
        goes_on,
    } = filter;
    let schema = match takes {
        FilterValue::One(column) => SchemaObject::of_text(column),
        FilterValue::Several(column) | FilterValue::Items(column) => {
            several(SchemaObject::of_text(column), most)
        }
        FilterValue::Range => SchemaObject {
            pattern: Some(",".to_owned()),
            ..SchemaObject::text()
        },
        FilterValue::Key | FilterValue::Text => SchemaObject::text(),
        FilterValue::Boolean => SchemaObject::of_type("boolean"),
        FilterValue::Part(part) => of_part(*part),
    };
    let all = Lookup::ALL.iter().find(|(known, ..)| known == lookup);
    let meaning = all.map_or("", |(_, _, words)| words);
    let mut words = format!("`{subject}`: {meaning}.");
    if *lookup == Lookup::Exact {
        words.push_str(&format!(
            " A `!` after the name of a filter negates it: `{name}!=…`."
        ));
    }
    if matches!(takes, FilterValue::Part(_)) {
        let after = Lookup::AFTER_A_PART.iter().map(|one| one.suffix());
        let after: Vec<_> = after.collect();
        words.push_str(&format!(
            " A further lookup may follow, `__` before it: {}.",
            after.join(", ")
        ));
    }
    if *goes_on {
        words.push_str(&format!(
            " Filters of the related rows follow the name: `{subject}__…`."
        ));
    }
    query(name, words, schema)
}

/// Returns `If-None-Match`, the header by which a client asks for an answer that it does not have.
pub(super) fn if_none_match() -> ParameterObject {
    header(
        "If-None-Match",
        "The `ETag` of the answer that the client has.",
        SchemaObject::text(),
    )
}

/// Returns the headers that an operation reads.
pub(super) fn headers(question: Question<'_>, place: &Place) -> Vec<ParameterObject> {
    let tags = |name, words| header(name, words, SchemaObject::text());
    let matches = |words| tags("If-Match", words);
    let writes = place.writes;
    let mut headers = Vec::new();
    match question {
        Question::List(_) | Question::Retrieve(..) | Question::Document => {
            headers.push(if_none_match());
            if place.has_replicas() {
                let words =
                    "The `Read-After` of an earlier answer: rows are not older than that one.";
                headers.push(tags(READ_AFTER, words));
            }
        }
        Question::Update(..) | Question::Delete(..) => {
            let words =
                "The `ETag` of the object as the client knows it: the change is made to no other.";
            headers.push(ParameterObject {
                required: writes.requires_if_match,
                ..matches(words)
            });
        }
        Question::Root
        | Question::Docs(_)
        | Question::Describe(_)
        | Question::Create(_)
        | Question::UpdateMany(_)
        | Question::DeleteMany(_)
        | Question::Filter(_)
        | Question::Form(..)
        | Question::Submit(..)
        | Question::Act(..) => {}
    }
    if question.written().is_some() {
        let creates = matches!(question, Question::Create(_));
        headers.push(prefer(writes, creates && place.upsert.is_some()));
        if place.idempotency.principal.is_some() {
            let words = "A text in quotes: a request that is sent again with it gets the first answer again.";
            headers.push(tags("Idempotency-Key", words));
        }
    }
    headers
}

fn prefer(writes: Writes, upserts: bool) -> ParameterObject {
    let mut words = "Preferences: `return=minimal` for an answer without a body, `handling=strict` to refuse what is not \
                     honoured"
        .to_owned();
    if writes.dry_runs {
        words.push_str(", `tx=rollback` for a dry run");
    }
    if upserts {
        words.push_str(
            ", `resolution=merge-duplicates` or `resolution=ignore-duplicates` for rows that are there",
        );
    }
    header("Prefer", &format!("{words}."), SchemaObject::text())
}

/// Returns the media types of the formats in which an answer is offered.
pub(super) fn media_types(
    formats: &Formats,
    shows: Shows,
) -> impl Iterator<Item = (Format, String)> {
    let offered = formats.offered(shows);
    offered.map(|format| (format, formats.essence(format).to_owned()))
}
