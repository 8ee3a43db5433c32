//! The pages of forms: one row, the payload of an action, a pasted table, and the question before a deletion.

use askama::Template;

use super::{
    super::{
        context::PageContext,
        form::{ActForm, LookUpForm, Meanwhile, PasteForm, RowField, RowForm},
        problem::Problem,
    },
    choices::choices,
    fault_text::FaultText,
    object::ObjectPage,
};
use crate::{
    cell::{Type, Value},
    model::{Column, TextForm},
};

/// The list above a pasted table has no more faults than this; the others stand in their cells.
const MOST_FAULTS: usize = 20;

/// The main part of the page of a form for one row.
#[derive(Debug, Template)]
#[template(path = "row_form.html", config = "src/representation/html/askama.toml")]
pub(super) struct RowFormPage<'a> {
    pub(super) title: String,
    form: &'a RowForm<'a>,
    fields: Vec<FieldView<'a>>,
    /// The texts of faults that belong to no field.
    others: Vec<&'a str>,
    uri: &'a str,
}

/// A field of a form, as HTML.
#[derive(Debug)]
struct FieldView<'a> {
    id: String,
    name: &'a str,
    input: FieldInput,
    /// The values that the field takes, in words.
    hint: String,
    field: &'a RowField<'a>,
}

/// The element by which a value is given.
#[derive(Debug)]
enum FieldInput {
    Choice(Vec<(String, bool)>),
    Area { code: bool },
    Line(LineInput),
}

/// An input element of one line.
#[derive(Debug)]
struct LineInput {
    kind: &'static str,
    least: Option<String>,
    greatest: Option<String>,
    step: Option<&'static str>,
    most_characters: Option<u32>,
}

/// The main part of the page of a form for an action.
#[derive(Debug, Template)]
#[template(path = "act_form.html", config = "src/representation/html/askama.toml")]
pub(super) struct ActFormPage<'a> {
    pub(super) form: &'a ActForm<'a>,
    pub(super) uri: &'a str,
    /// The page of the object or list that the action is on.
    pub(super) back: Option<&'a str>,
}

/// The main part of the page where a table is pasted.
#[derive(Debug, Template)]
#[template(
    path = "paste_form.html",
    config = "src/representation/html/askama.toml"
)]
pub(super) struct PasteFormPage<'a> {
    pub(super) form: &'a PasteForm<'a>,
    pub(super) uri: &'a str,
}

/// The main part of the page on which a row is looked up.
#[derive(Debug, Template)]
#[template(path = "look_up.html", config = "src/representation/html/askama.toml")]
pub(super) struct LookUpPage<'a> {
    pub(super) form: &'a LookUpForm<'a>,
    pub(super) uri: &'a str,
}

/// The main part of the page that asks whether a row is to be deleted.
#[derive(Debug, Template)]
#[template(path = "deletion.html", config = "src/representation/html/askama.toml")]
pub(super) struct DeletionPage<'a> {
    pub(super) object: ObjectPage<'a>,
    pub(super) tag: &'a str,
    pub(super) problem: Option<&'a Problem<'a>>,
    pub(super) uri: &'a str,
}

impl PasteFormPage<'_> {
    /// Returns how many faults the list at the top leaves out.
    fn more_faults(&self) -> usize {
        self.form.faults.len().saturating_sub(MOST_FAULTS)
    }
}

impl<'a> RowFormPage<'a> {
    pub(super) fn of(form: &'a RowForm<'a>, context: &'a PageContext<'_>) -> Self {
        let fields = form.fields.iter().enumerate();
        let fields: Vec<_> = fields
            .map(|(at, field)| FieldView::of(at, field, form.is_new))
            .collect();
        let shown = |pointer: &str| {
            let name = pointer.strip_prefix('/').unwrap_or(pointer);
            fields.iter().any(|field| field.name == name)
        };
        let faults = form.problem.iter().flat_map(|problem| &problem.errors);
        let others = faults.filter(|fault| !fault.pointer.is_some_and(shown));
        let what = context
            .place
            .as_ref()
            .map_or("", |place| place.offer.model.name());
        let key = context.trail.last().map_or("", |crumb| &crumb.text);
        Self {
            title: match form.is_new {
                true => format!("New {what}"),
                false => format!("Edit {what} {key}"),
            },
            others: others.map(|fault| fault.detail).collect(),
            form,
            fields,
            uri: &context.uri,
        }
    }

    /// Returns what is wrong with the whole form, if no single fault says it.
    fn whole(&self) -> Option<&str> {
        let problem = self.form.problem.as_ref()?;
        problem.errors.is_empty().then_some(&problem.detail)
    }

    fn action(&self) -> String {
        let name = if self.form.is_new { "create" } else { "edit" };
        format!("{}?_form={name}", self.uri)
    }
}

impl<'a> FieldView<'a> {
    fn of(at: usize, field: &'a RowField<'a>, is_new: bool) -> Self {
        let column = field.column;
        Self {
            id: format!("field-{at}"),
            name: column.name(),
            input: FieldInput::of(field),
            hint: hint(column, is_new),
            field,
        }
    }

    /// Whether the browser is told that the field must not be empty. An empty text may be a value.
    fn must_be_filled(&self) -> bool {
        let column = self.field.column;
        self.field.is_required && (column.ty != Type::Text || column.rules.not_blank)
    }

    /// Returns the identifiers of the elements that describe the field.
    fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let fault = self
            .field
            .fault
            .as_ref()
            .map(|_| format!("{}-fault", self.id));
        let theirs = self
            .field
            .meanwhile
            .as_ref()
            .map(|_| format!("{}-theirs", self.id));
        let all = [fault, theirs, hint].into_iter().flatten();
        all.collect::<Vec<_>>().join(" ")
    }
}

impl FieldInput {
    fn of(field: &RowField<'_>) -> Self {
        let (column, value) = (field.column, field.value.as_str());
        if let Some(mut choices) = listed(column).or_else(|| choices(&column.ty)) {
            let may_be_empty = column.nullable || !field.is_required || value.is_empty();
            if may_be_empty {
                choices.insert(0, String::new());
            }
            if !choices.iter().any(|choice| choice == value) {
                choices.push(value.to_owned());
            }
            let choices = choices.into_iter();
            return Self::Choice(choices.map(|one| (one.clone(), one == value)).collect());
        }
        let rules = &column.rules;
        let bound = |value: &Option<Value>| value.as_ref().map(|value| value.as_cell().to_string());
        let mut line = LineInput {
            kind: "text",
            least: None,
            greatest: None,
            step: None,
            most_characters: None,
        };
        match &column.ty {
            Type::Json => return Self::Area { code: true },
            Type::Text => {
                let is_long = column.max_length.is_none_or(|most| most > 255);
                let has_form = !rules.forms.is_empty();
                if value.contains(['\n', '\r'])
                    || value.len() > 120
                    || (is_long && !has_form && is_prose(column))
                {
                    return Self::Area { code: false };
                }
                line.most_characters = column.max_length;
                line.kind = match rules.forms.iter().find_map(TextForm::format) {
                    // A browser takes the spaces around these away.
                    Some("email") if value.trim() == value => "email",
                    Some("url") if value.trim() == value => "url",
                    Some(_) | None => "text",
                };
            }
            Type::Integer { bits, signed } => {
                line.kind = "number";
                line.step = Some("1");
                let (least, greatest) = Type::bounds(*bits, *signed);
                line.least = bound(&rules.least).or(Some(least.to_string()));
                line.greatest = bound(&rules.greatest).or(Some(greatest.to_string()));
            }
            // A browser empties a number input that cannot hold its value, such as `Infinity`.
            Type::Float | Type::Decimal if value.is_empty() || is_plain_number(value) => {
                line.kind = "number";
                line.step = Some("any");
                line.least = bound(&rules.least);
                line.greatest = bound(&rules.greatest);
            }
            // A browser empties a date input that cannot hold its value, such as `infinity`.
            Type::Date if value.is_empty() || is_plain_date(value) => line.kind = "date",
            Type::Date
            | Type::Float
            | Type::Decimal
            | Type::Boolean
            | Type::Enum(_)
            | Type::Bytes
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid
            | Type::Other => {}
        }
        Self::Line(line)
    }
}

/// Whether the name of a text column says that it holds whole sentences.
fn is_prose(column: &Column) -> bool {
    let name = column.name().to_ascii_lowercase();
    let words = [
        "note",
        "description",
        "comment",
        "text",
        "body",
        "content",
        "summary",
        "bio",
        "remark",
        "message",
    ];
    words.iter().any(|word| name.contains(word))
}

fn is_plain_number(value: &str) -> bool {
    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
    is_number && value.ends_with(|last: char| last.is_ascii_digit()) && !value.starts_with('+')
}

fn is_plain_date(value: &str) -> bool {
    let parts: Vec<_> = value.split('-').map(str::len).collect();
    parts == [4, 2, 2]
        && !value.starts_with("0000")
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Returns the values that a column takes, if its rules list them.
fn listed(column: &Column) -> Option<Vec<String>> {
    let values = column.rules.one_of.as_ref()?.iter();
    Some(values.map(|value| value.as_cell().to_string()).collect())
}

/// Returns what a field takes, in words.
fn hint(column: &Column, is_new: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(column.description.clone());
    let form = match column.ty {
        Type::ZonedTimestamp => Some("a moment in UTC, as in 2014-01-02T03:04:05Z"),
        Type::Timestamp => Some("a day and a time, as in 2014-01-02T03:04:05"),
        Type::Time => Some("a time, as in 03:04:05"),
        Type::Json => Some("a JSON document"),
        Type::Bytes => Some("bytes, in base64"),
        Type::Uuid => Some("a UUID"),
        Type::Boolean
        | Type::Integer { .. }
        | Type::Float
        | Type::Decimal
        | Type::Text
        | Type::Enum(_)
        | Type::Date
        | Type::Other => None,
    };
    parts.extend(form.map(str::to_owned));
    if let Some(pattern) = column.rules.forms.iter().find_map(TextForm::pattern) {
        parts.push(format!("matches {pattern}"));
    }
    if column.write_only && !is_new {
        parts.push("it is not shown; left empty, it stays as it is".to_owned());
    }
    if column.nullable {
        parts.push("empty means null".to_owned());
    } else if is_new && column.default.is_some() {
        parts.push("empty means the default".to_owned());
    }
    parts.join("; ")
}
