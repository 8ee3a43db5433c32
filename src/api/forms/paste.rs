//! New rows from a pasted table, whose first line names the columns.

use http::Response;

use super::{
    super::{Request, Shared},
    SentForm, for_programs, is_about_the_form, page,
    stored::require_parent,
};
use crate::{
    body::Body,
    cell::Value,
    error::{Error, Result, Where},
    model::ColumnNumber,
    payload::{Content, FieldRow, is_required},
    place::Place,
    representation::{PasteFault, PasteForm, PastedCell, Problem},
    response,
    route::Located,
};

impl Shared {
    /// Returns the page where a table is pasted.
    pub(super) async fn pasting(
        &self,
        found: &Located<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        require_parent(&entered, found, request.head).await?;
        let given = entered.given_columns(found.place);
        let form = PasteForm {
            columns: names(self.place(found.place)?, &given),
            ..PasteForm::default()
        };
        let document = self
            .writers
            .html()
            .paste_form(&form, &self.around(request))?;
        Ok(page(document, None))
    }

    /// Shows the rows of a pasted table, or inserts all of them if they have been shown.
    pub(super) async fn paste_by(
        &self,
        found: &Located<'_>,
        sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let text = sent.field("table").unwrap_or_default().to_owned();
        let (names, rows) = table(&text);
        let given = self.entered(found, request).await?;
        let given = given.given_columns(found.place);
        let mut form = PasteForm {
            text,
            rows: cells(&rows),
            names,
            columns: self::names(place, &given),
            ..PasteForm::default()
        };
        if sent.added("insert").is_none() || rows.is_empty() {
            let document = self
                .writers
                .html()
                .paste_form(&form, &self.around(request))?;
            return Ok(page(document, None));
        }
        let content = Content::Rows(field_rows(place, &form.names, &rows), true);
        let as_program = for_programs(request, request.head);
        let error = match self.create(found, content.into(), &as_program).await {
            Ok(_) => return Ok(response::see_other(&self.around(request).uri)),
            Err(error) if is_about_the_form(&error) => error,
            Err(error) => return Err(error),
        };
        set_faults(&mut form, &error);
        form.problem = Some(Problem::of(&error));
        let document = self
            .writers
            .html()
            .paste_form(&form, &self.around(request))?;
        Ok(page(document, Some(&error)))
    }
}

/// Returns the names of the columns that a table may have, the required ones first. `given` are set by the path.
fn names<'p>(place: &'p Place, given: &[(ColumnNumber, Option<Value>)]) -> Vec<&'p str> {
    let model = place.model();
    let columns = model.numbered();
    let is_given = |number: ColumnNumber| given.iter().any(|(column, _)| *column == number);
    let columns = columns
        .filter(|(number, column)| column.is_member() && !column.read_only && !is_given(*number));
    let mut columns: Vec<_> = columns.collect();
    columns.sort_by_key(|(number, column)| !is_required(model, *number, column));
    columns
        .into_iter()
        .map(|(_, column)| column.name())
        .collect()
}

/// Splits a table into the names in its first line and the rows below. A tab in the first line separates cells, else a
/// comma does.
fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter);
    let mut reader = reader.from_reader(text.as_bytes());
    let records = reader.records().filter_map(std::result::Result::ok);
    let mut rows = records.map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
    let names = rows.next().unwrap_or_default();
    let names = names.iter().map(|name| name.trim().to_owned());
    (names.collect(), rows.collect())
}

fn cells(rows: &[Vec<String>]) -> Vec<Vec<PastedCell>> {
    let cell = |text: &String| PastedCell {
        text: text.clone(),
        fault: None,
    };
    rows.iter()
        .map(|row| row.iter().map(cell).collect())
        .collect()
}

/// Returns the fields of each row. An empty cell is left out where the column has a default or may be null.
fn field_rows(place: &Place, names: &[String], rows: &[Vec<String>]) -> Vec<FieldRow> {
    let model = place.model();
    let is_optional = |name: &str| {
        let column = model.member(name).and_then(|number| model.at(number));
        column.is_some_and(|column| column.nullable || column.default.is_some())
    };
    let row = |row: &Vec<String>| {
        let fields = row.iter().enumerate().filter_map(|(at, text)| {
            // A cell beyond the named columns is a fault, since nothing says what it is.
            let name = names.get(at).map_or("", String::as_str);
            let is_kept = !text.is_empty() || !(is_optional(name) || name.is_empty());
            is_kept.then(|| (name.to_owned(), Some(text.clone())))
        });
        fields.collect()
    };
    rows.iter().map(row).collect()
}

/// Puts each fault of an error into the cell that it is about, and lists all of them.
fn set_faults(form: &mut PasteForm<'_>, error: &Error) {
    for fault in error.parameter_faults() {
        let (row, column) = match &fault.at {
            Where::Pointer(pointer) => position(pointer),
            Where::Parameter(_) => (None, None),
        };
        let at = column.as_ref();
        let at = at.and_then(|column| form.names.iter().position(|name| name == column));
        let cell = row
            .zip(at)
            .and_then(|(row, at)| form.rows.get_mut(row)?.get_mut(at));
        let value = cell.map(|cell| {
            cell.fault = Some(fault.detail.clone());
            cell.text.clone()
        });
        form.faults.push(PasteFault {
            row: row.map(|row| row + 1),
            column: column.filter(|column| !column.is_empty()),
            value,
            detail: fault.detail.clone(),
        });
    }
}

/// Returns the row and the column of the cell that a pointer such as `/3/year` names.
fn position(pointer: &str) -> (Option<usize>, Option<String>) {
    let pointer = pointer.strip_prefix('/').unwrap_or(pointer);
    let (row, member) = match pointer.split_once('/') {
        Some((row, member)) => (row, Some(member)),
        None => (pointer, None),
    };
    let member = member.map(|member| member.replace("~1", "/").replace("~0", "~"));
    (row.parse().ok(), member)
}
