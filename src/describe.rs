//! Descriptions of what URLs serve: the answers to OPTIONS.

use crate::{
    action::Action,
    cell::Type,
    model::{Column, ColumnNumber, TextForm},
    params::{AggregateFunction, Count, Offer, Parameter, SEARCH_RANK},
    payload::is_required,
    representation::{
        ActionDescription, ChoiceDescriptions, ColumnDescription, Constant, Description,
        FilterDescription, RootDescription, ViewSetDescription,
    },
};

/// Returns the description of a viewset, without hidden columns, and without write-only ones where no row can be written.
/// `methods` and `actions` are those that the client may use.
pub(crate) fn viewset<'a>(
    offer: &'a Offer,
    creates: bool,
    methods: &[&'a str],
    actions: impl Iterator<Item = &'a Action>,
) -> Description<'a> {
    let model = &offer.model;
    let writes = methods
        .iter()
        .any(|method| matches!(*method, "POST" | "PUT" | "PATCH"));
    let visible = || model.numbered().filter(|(_, column)| !column.hidden);
    let name_of = |number: &ColumnNumber| model.at(*number).map(Column::name);
    let orderable = |number: ColumnNumber| number.item(&offer.orderable) == Some(&true);
    let described = ViewSetDescription {
        name: model.name(),
        description: model.describes(),
        methods: methods.to_vec(),
        columns: model
            .numbered()
            .filter(|(_, column)| !column.hidden || (writes && column.write_only))
            .map(|(number, column)| ColumnDescription {
                required: creates && is_required(model, number, column),
                ..self::column(column)
            })
            .collect(),
        id_member: offer.id_member.as_deref(),
        filters: visible()
            .filter_map(|(number, column)| Some((column, number.item(&offer.lookups)?)))
            .filter(|(_, lookups)| !lookups.is_empty())
            .map(|(column, lookups)| (column.name(), lookups.as_slice()))
            .chain(offer.id_filter())
            .map(|(name, lookups)| FilterDescription {
                name,
                lookups: lookups.iter().map(|lookup| lookup.suffix()).collect(),
            })
            .collect(),
        groups: match offer.groups {
            true => Parameter::GROUPS.map(Parameter::name).into(),
            false => Vec::new(),
        },
        facets: offer.summaries.facets.iter().filter_map(name_of).collect(),
        aggregates: aggregates(offer),
        group_by: {
            let columns = offer.summaries.groups.iter().filter_map(name_of);
            let relations = offer.relations.iter().filter(|relation| relation.grouped);
            columns
                .chain(relations.map(|relation| relation.name.as_str()))
                .collect()
        },
        orderings: visible()
            .filter(|(number, _)| orderable(*number))
            .map(|(_, column)| column.name())
            .chain(offer.id_ordering())
            .chain(offer.has_relevance().then_some(SEARCH_RANK))
            .collect(),
        search: offer.search.iter().filter_map(name_of).collect(),
        full_text: offer.full_text.is_some(),
        relations: offer
            .relations
            .iter()
            .map(|relation| relation.name.as_str())
            .collect(),
        page_size: offer.pages.size,
        max_page_size: if offer.pages.fixed {
            offer.pages.size
        } else {
            offer.pages.largest
        },
        pages: offer.pages.positions(),
        counts: offer.pages.counts().map(Count::name).collect(),
        actions: actions.map(of_a_place).collect(),
    };
    Description::ViewSet(Box::new(described))
}

/// Returns the terms that `aggregate` may have.
pub(crate) fn aggregates(offer: &Offer) -> Vec<String> {
    let Some(columns) = &offer.summaries.aggregates else {
        return Vec::new();
    };
    let columns = columns.iter().filter_map(|number| offer.model.at(*number));
    let terms = columns.flat_map(|column| {
        let functions = AggregateFunction::ALL.into_iter();
        let functions = functions.filter(|(function, _)| function.suits(column));
        functions.map(|(_, name)| format!("{name}({})", column.name()))
    });
    std::iter::once("count".to_owned()).chain(terms).collect()
}

/// Returns the description of a column, as one that no request must send.
fn column(column: &Column) -> ColumnDescription<'_> {
    let rules = &column.rules;
    let mut forms = rules.forms.iter();
    ColumnDescription {
        name: column.name(),
        ty: column.type_name(),
        nullable: column.nullable,
        unique: column.unique,
        read_only: column.read_only,
        write_only: column.write_only,
        create_only: column.create_only,
        required: false,
        min_length: rules.min_length,
        max_length: column.max_length,
        min: rules.least.as_ref().map(Constant),
        max: rules.greatest.as_ref().map(Constant),
        not_blank: rules.not_blank,
        pattern: forms.clone().find_map(TextForm::pattern),
        format: forms.find_map(TextForm::format),
        default: column.shown_default().map(Constant),
        choices: match (&rules.one_of, &column.ty) {
            (Some(values), _) => {
                let values = values.iter().map(Constant);
                Some(ChoiceDescriptions::Values(values.collect()))
            }
            (None, Type::Enum(members)) => Some(ChoiceDescriptions::Members(members)),
            (None, _) => None,
        },
        description: column.description.as_deref(),
    }
}

/// Returns the description of an action.
pub(crate) fn action<'a>(action: &'a Action, methods: &[&'a str]) -> Description<'a> {
    Description::Action(ActionDescription {
        on: None,
        methods: methods.to_vec(),
        ..of_a_place(action)
    })
}

fn of_a_place(action: &Action) -> ActionDescription<'_> {
    ActionDescription {
        name: &action.name,
        description: action.description.as_deref(),
        methods: action.methods().chain(["OPTIONS"]).collect(),
        on: Some(if action.on_object {
            "object"
        } else {
            "collection"
        }),
    }
}

/// Returns the description of the OpenAPI document, given the methods that the client may use there.
pub(crate) fn document<'a>(methods: &[&'a str]) -> Description<'a> {
    Description::Action(ActionDescription {
        name: "OpenAPI document",
        description: Some(
            "What the API serves, for programs: paths, parameters, bodies and answers.",
        ),
        methods: methods.to_vec(),
        on: None,
    })
}

/// Returns the description of the API root, given the methods that the client may use there.
pub(crate) fn root<'a>(
    methods: &[&'a str],
    resources: impl Iterator<Item = &'a str>,
) -> Description<'a> {
    Description::Root(RootDescription {
        name: "API root",
        methods: methods.to_vec(),
        resources: resources.collect(),
    })
}
