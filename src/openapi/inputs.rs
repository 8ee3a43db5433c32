//! Schemas of the values that requests may send: in filters, keys and bodies, by the rules of columns.

use serde_json::Value as Json;

use super::schema::{SchemaObject, of_value};
use crate::{cell::Type, model::Column};

impl SchemaObject {
    /// Returns the schema of the values of a column that a filter or a key in a URL may have.
    pub(super) fn of_text(column: &Column) -> Self {
        let mut schema = Self::of_stored_type(column);
        if matches!(column.ty, Type::Integer { .. }) {
            schema.bound(column.integers());
        }
        if column.ty == Type::Decimal {
            schema.pattern = Some(DIGITS.to_owned());
        }
        schema
    }

    /// Returns the schema of the values that a body may set a column to, with the column's rules.
    pub(super) fn of_input(column: &Column) -> Self {
        let mut schema = Self::of_stored_type(column);
        match &column.ty {
            Type::Integer { .. } => {
                let range = column.storage.range;
                schema.bound(range.unwrap_or_else(|| column.integers()));
            }
            Type::Decimal => {
                schema.types = vec!["string", "number"];
                schema.pattern = Some(digits(column));
            }
            Type::Text => {
                schema.min_length = column.rules.min_length.map(u64::from);
                schema.max_length = column.max_length.map(u64::from);
            }
            Type::Bytes => {
                let encoded = |bytes: u32| u64::from(bytes).div_ceil(3) * 4;
                schema.max_length = column.max_length.map(encoded);
            }
            Type::Boolean
            | Type::Float
            | Type::Enum(_)
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid
            | Type::Json
            | Type::Other => {}
        }
        schema.description.clone_from(&column.description);
        schema.rule(column);
        if column.nullable {
            schema = schema.or_null();
        }
        schema.write_only = column.write_only;
        schema
    }

    fn bound(&mut self, (least, greatest): (i128, i128)) {
        self.minimum = i64::try_from(least).ok().map(Json::from);
        let greatest = u64::try_from(greatest).map(Json::from);
        self.maximum = greatest.ok();
    }

    /// Adds the rules that the program sets on the values of a column. What no keyword says is said in words.
    fn rule(&mut self, column: &Column) {
        let rules = &column.rules;
        let mut words = Vec::new();
        let is_number = matches!(column.ty, Type::Integer { .. } | Type::Float);
        for (limit, keyword, name) in [
            (&rules.least, &mut self.minimum, "at least"),
            (&rules.greatest, &mut self.maximum, "at most"),
        ] {
            match limit {
                Some(limit) if is_number => *keyword = of_value(limit),
                Some(limit) => words.push(format!("{name} {}", limit.as_cell())),
                None => {}
            }
        }
        if let Some(values) = &rules.one_of {
            self.one_of = values.iter().filter_map(of_value).collect();
        }
        for form in &rules.forms {
            match (form.pattern(), form.format()) {
                (Some(pattern), _) if self.pattern.is_none() && is_portable(pattern) => {
                    self.pattern = Some(pattern.to_owned());
                }
                (Some(pattern), _) => words.push(format!("matches `{pattern}`")),
                (None, Some("url")) => self.format = Some("uri"),
                (None, format) => self.format = format,
            }
        }
        if rules.not_blank {
            match self.pattern {
                None => self.pattern = Some("\\S".to_owned()),
                Some(_) => words.push("not blank".to_owned()),
            }
        }
        if !words.is_empty() {
            let before = self.description.take().map(|text| format!("{text} "));
            let words = words.join(", ");
            self.description = Some(format!("{}({words})", before.unwrap_or_default()));
        }
    }
}

/// A decimal number in plain digits.
const DIGITS: &str = "^-?[0-9]+(\\.[0-9]+)?$";

/// Returns the pattern of the decimal numbers that a column stores exactly.
fn digits(column: &Column) -> String {
    let Some(digits) = column.storage.digits else {
        return DIGITS.to_owned();
    };
    let scale = u16::try_from(digits.scale).unwrap_or_default();
    match (digits.precision.checked_sub(scale), scale) {
        (Some(whole @ 1..), 0) if digits.scale == 0 => format!("^-?[0-9]{{1,{whole}}}$"),
        (Some(whole @ 1..), 1..) => format!("^-?[0-9]{{1,{whole}}}(\\.[0-9]{{1,{scale}}})?$"),
        _ => DIGITS.to_owned(),
    }
}

/// Whether a regular expression means the same in ECMAScript, as far as its characters tell.
fn is_portable(pattern: &str) -> bool {
    let foreign = [
        "(?", "\\A", "\\z", "\\p", "\\P", "\\h", "\\x{", "[[", "&&", "--", "~~",
    ];
    !foreign
        .iter()
        .any(|text| pattern.replace("(?:", "(").contains(text))
}
