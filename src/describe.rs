//! Descriptions of what URLs serve: the answers to OPTIONS.

use crate::{
    action::Action,
    cell::Type,
    model::{Column, ColumnNumber, DefaultValue, TextForm},
    params::{Count, Offer, Parameter},
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
        filters: visible()
            .filter_map(|(number, column)| Some((column, number.item(&offer.lookups)?)))
            .filter(|(_, lookups)| !lookups.is_empty())
            .map(|(column, lookups)| FilterDescription {
                name: column.name(),
                lookups: lookups.iter().map(|lookup| lookup.suffix()).collect(),
            })
            .collect(),
        groups: match offer.groups {
            true => Parameter::GROUPS.map(Parameter::name).into(),
            false => Vec::new(),
        },
        orderings: visible()
            .filter(|(number, _)| orderable(*number))
            .map(|(_, column)| column.name())
            .collect(),
        search: offer.search.iter().filter_map(name_of).collect(),
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

/// Returns the description of a column, as one that no request must send.
fn column(column: &Column) -> ColumnDescription<'_> {
    let default = column.default.as_ref().filter(|_| !column.write_only);
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
        default: default.and_then(constant),
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

/// Returns the value of a default that is a constant; `None` for one that the database computes.
fn constant(default: &DefaultValue) -> Option<Constant<'_>> {
    match default {
        DefaultValue::Value(value) => Some(Constant(value)),
        DefaultValue::Sql(_) => None,
    }
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
