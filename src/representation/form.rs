//! Forms of the web pages, by which people write rows.

use super::problem::Problem;
use crate::model::Column;

/// A form for one row.
#[derive(Debug)]
pub(crate) struct RowForm<'a> {
    /// Whether the form creates a row; if not, it changes one.
    pub(crate) is_new: bool,
    pub(crate) fields: Vec<RowField<'a>>,
    /// The `ETag` of the row that the form shows.
    pub(crate) tag: Option<String>,
    /// Why the form was refused when it was sent.
    pub(crate) problem: Option<Problem<'a>>,
    /// Whether the row was changed by somebody else meanwhile.
    pub(crate) is_conflict: bool,
}

/// A field of a form, for one column.
#[derive(Debug)]
pub(crate) struct RowField<'a> {
    pub(crate) column: &'a Column,
    pub(crate) is_required: bool,
    pub(crate) value: String,
    /// The fault of the value that was sent.
    pub(crate) fault: Option<String>,
    /// The digest of what the field has in the row that the form changes, by which it is known later whether anything was
    /// typed.
    pub(crate) shown: Option<String>,
    /// What somebody else did to the value since the form was opened.
    pub(crate) meanwhile: Option<Meanwhile>,
    /// The name of the model of the rows that the column refers to, if they can be looked up.
    pub(crate) refers_to: Option<&'a str>,
}

/// What somebody else did to a value while a form was filled in.
#[derive(Debug)]
pub(crate) enum Meanwhile {
    /// The value that is stored now is another one than the field has.
    Differs(String),
    /// The field has the value that is stored now, since nothing was typed into it.
    TakenOver,
}

/// A form for the payload of an action.
#[derive(Debug)]
pub(crate) struct ActForm<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) payload: String,
    pub(crate) problem: Option<Problem<'a>>,
    /// The status and the body of the action's answer.
    pub(crate) answer: Option<(u16, String)>,
}

/// A pasted table, whose rows become new ones.
#[derive(Debug, Default)]
pub(crate) struct PasteForm<'a> {
    pub(crate) text: String,
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<PastedCell>>,
    pub(crate) problem: Option<Problem<'a>>,
    pub(crate) faults: Vec<PasteFault>,
    /// The names of columns that a table may have, the required ones first.
    pub(crate) columns: Vec<&'a str>,
}

/// A fault of a pasted table, and where it is.
#[derive(Debug)]
pub(crate) struct PasteFault {
    /// The number of the row, from 1.
    pub(crate) row: Option<usize>,
    pub(crate) column: Option<String>,
    /// The text of the cell, if the table has it.
    pub(crate) value: Option<String>,
    pub(crate) detail: String,
}

/// A cell of a pasted table, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PastedCell {
    pub(crate) text: String,
    pub(crate) fault: Option<String>,
}

/// The page on which the row that a column refers to is looked up.
#[derive(Debug)]
pub(crate) struct LookUpForm<'a> {
    /// The form that was left for this page: `create` or `edit`.
    pub(crate) action: &'a str,
    pub(crate) column: &'a str,
    pub(crate) model: &'a str,
    pub(crate) search: String,
    /// Whether rows can be searched for.
    pub(crate) is_searched: bool,
    pub(crate) names: Vec<&'a str>,
    pub(crate) rows: Vec<FoundRow>,
    pub(crate) previous: Option<u64>,
    pub(crate) next: Option<u64>,
    /// The fields of the form that was left, as they were typed.
    pub(crate) typed: &'a [(String, String)],
    /// What else goes along with the form that was left.
    pub(crate) kept: Vec<String>,
}

/// A row that a column may refer to.
#[derive(Debug)]
pub(crate) struct FoundRow {
    pub(crate) key: String,
    pub(crate) cells: Vec<String>,
}
