//! The pages without rows: the API root, descriptions, and errors.

use askama::Template;

use super::{
    super::{
        context::PageContext,
        description::{ChoiceDescriptions, ColumnDescription, Constant, Description},
        problem::Problem,
        writer::Root,
    },
    fault_text::FaultText,
    pager::grouped,
};

/// The main part of the page of the API root.
#[derive(Debug, Template)]
#[template(path = "root.html", config = "src/representation/html/askama.toml")]
pub(super) struct RootPage<'a> {
    title: &'a str,
    root: &'a Root<'a>,
}

impl<'a> RootPage<'a> {
    pub(super) fn of(root: &'a Root<'a>, title: &'a str) -> Self {
        Self { title, root }
    }
}

/// The main part of the page that answers OPTIONS.
#[derive(Debug, Template)]
#[template(
    path = "description.html",
    config = "src/representation/html/askama.toml"
)]
pub(super) struct DescriptionPage<'a> {
    pub(super) title: String,
    description: &'a Description<'a>,
}

impl<'a> DescriptionPage<'a> {
    pub(super) fn of(description: &'a Description<'a>) -> Self {
        let name = match description {
            Description::Root(root) => root.name,
            Description::ViewSet(viewset) => viewset.name,
            Description::Action(action) => action.name,
        };
        Self {
            title: format!("What {name} takes"),
            description,
        }
    }
}

impl ColumnDescription<'_> {
    /// Returns what is true of the column's values, each in words.
    fn facts(&self) -> Vec<String> {
        let number = |name: &str, value: Option<u32>| value.map(|value| format!("{name} {value}"));
        let constant = |name: &str, value: Option<&Constant<'_>>| {
            value.map(|value| format!("{name} {}", value.text()))
        };
        let flag = |name: &str, is_set: bool| is_set.then(|| name.to_owned());
        let facts = [
            flag("required", self.required),
            flag("nullable", self.nullable),
            flag("unique", self.unique),
            flag("read-only", self.read_only),
            flag("write-only", self.write_only),
            flag("only set in new rows", self.create_only),
            flag("not blank", self.not_blank),
            number("at least characters:", self.min_length),
            number("at most characters:", self.max_length),
            constant("at least", self.min.as_ref()),
            constant("at most", self.max.as_ref()),
            self.pattern.map(|pattern| format!("matches {pattern}")),
            self.format.map(|format| format!("is an {format}")),
            constant("default", self.default.as_ref()),
            self.choices
                .as_ref()
                .map(|choices| format!("one of {}", choices.text())),
        ];
        facts.into_iter().flatten().collect()
    }
}

impl ChoiceDescriptions<'_> {
    fn text(&self) -> String {
        match self {
            Self::Members(members) => members.join(", "),
            Self::Values(values) => {
                let values = values.iter().map(Constant::text);
                values.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

impl Constant<'_> {
    fn text(&self) -> String {
        self.0.as_cell().to_string()
    }
}

/// The main part of the page of an error.
#[derive(Debug, Template)]
#[template(path = "problem.html", config = "src/representation/html/askama.toml")]
pub(super) struct ProblemPage<'a> {
    problem: &'a Problem<'a>,
    /// The URI of the page without its parameters, if these are what is wrong.
    clean: Option<&'a str>,
}

impl<'a> ProblemPage<'a> {
    pub(super) fn of(problem: &'a Problem<'a>, context: Option<&'a PageContext<'_>>) -> Self {
        let with_query = context.filter(|context| !context.query.is_empty());
        Self {
            problem,
            clean: with_query.map(|context| context.uri.as_str()),
        }
    }
}
