//! Models from the table definition of a migration: a sea-query `CREATE TABLE` statement.

use std::sync::Arc;

use sea_query::{
    ColumnDef, ColumnType, Expr, StringLen, TableCreateStatement, TableName, TableRef,
    Value as SqlValue,
};

use super::{
    Column, DefaultValue, Digits, Elements, Model, ModelInner, Relation, Storage,
    column_number::{ColumnNumber, numbered},
    fitting::{fits, fitting},
    next_id,
};
use crate::cell::{Type, Value};

/// The declared type of a decimal number in SQLite. It has text affinity, so that every digit is kept.
pub(super) const DECIMAL_TEXT: &str = "decimal_text";

impl Model {
    /// Describes a model by the statement that creates its table: name, columns, types, nullability, key, foreign keys,
    /// uniques, lengths, defaults and comments.
    ///
    /// Mistakes, such as a missing table name or a foreign key on unknown columns, are reported together by `build()`.
    pub fn from_table(name: &str, statement: &TableCreateStatement) -> Self {
        let mut mistakes = Vec::new();
        let (schema, table) = match statement.get_table_name().and_then(parts) {
            Some(parts) => parts,
            None => {
                mistakes.push(format!("{name}: the definition names no table"));
                (None, String::new())
            }
        };
        let columns: Vec<Column> = statement.get_columns().iter().map(column).collect();
        if columns.is_empty() {
            mistakes.push(format!("{name}: the definition of `{table}` has no column"));
        }
        let mut inner = ModelInner {
            id: next_id(),
            name: name.to_owned(),
            schema,
            table,
            description: statement.get_comment().cloned(),
            columns,
            key: Vec::new(),
            primary: Vec::new(),
            keyless: None,
            relations: Vec::new(),
            many: Vec::new(),
            indexes: None,
            mistakes,
        };
        inner.read_indexes(statement);
        inner.read_foreign_keys(statement);
        Self::from_inner(inner)
    }
}

impl ModelInner {
    fn read_indexes(&mut self, statement: &TableCreateStatement) {
        for (number, definition) in numbered(statement.get_columns()) {
            if definition.get_column_spec().primary_key {
                self.key.push(number);
            }
        }
        for index in statement.get_indexes() {
            let columns: Vec<ColumnNumber> = index
                .get_index_spec()
                .get_column_names()
                .iter()
                .filter_map(|name| self.position(name))
                .collect();
            if index.is_primary_key() {
                self.key.clone_from(&columns);
            }
            if index.is_unique_key() {
                for number in &columns {
                    if let Some(column) = number.item_mut(&mut self.columns) {
                        column.storage.held = true;
                        column.unique |= columns.len() == 1;
                    }
                }
            }
        }
        for number in &self.key {
            if let Some(column) = number.item_mut(&mut self.columns) {
                column.nullable = false;
                column.unique |= self.key.len() == 1;
            }
        }
    }

    fn read_foreign_keys(&mut self, statement: &TableCreateStatement) {
        for foreign_key in statement.get_foreign_key_create_stmts() {
            let foreign_key = foreign_key.get_foreign_key();
            let columns = foreign_key.get_columns();
            let positions: Vec<ColumnNumber> = columns
                .iter()
                .filter_map(|name| self.position(name))
                .collect();
            let Some((schema, table)) = foreign_key.get_ref_table().and_then(parts) else {
                continue;
            };
            if positions.len() != columns.len() {
                self.mistakes.push(format!(
                    "{}: a foreign key to `{table}` is on columns the table lacks: {}",
                    self.name,
                    columns.join(", ")
                ));
                continue;
            }
            self.relations.push(Relation {
                name: None,
                columns: positions,
                schema,
                table,
                references: foreign_key.get_ref_columns(),
                inherited: false,
            });
        }
    }
}

fn parts(table: &TableRef) -> Option<(Option<String>, String)> {
    match table {
        TableRef::Table(TableName(schema, name), _) => Some((
            schema.as_ref().map(|schema| schema.1.to_string()),
            name.to_string(),
        )),
        _ => None,
    }
}

fn column(definition: &ColumnDef) -> Column {
    let spec = definition.get_column_spec();
    let declared = definition.get_column_type();
    let ty = declared.map_or(Type::Other, column_type);
    Column {
        unique: spec.unique,
        // The database computes the values of a generated column.
        read_only: spec.generated.is_some(),
        max_length: declared.and_then(length),
        default: spec
            .default
            .as_ref()
            .and_then(|default| default_value(&ty, default)),
        description: spec.comment.clone(),
        declared: declared.cloned(),
        storage: Storage {
            decimal_text: declared.is_some_and(is_decimal_text),
            single: matches!(declared, Some(ColumnType::Float)),
            digits: match declared {
                Some(ColumnType::Decimal(Some((precision, scale)))) => {
                    let precision = u16::try_from(*precision).ok();
                    let scale = i16::try_from(*scale).ok();
                    precision
                        .zip(scale)
                        .map(|(precision, scale)| Digits { precision, scale })
                }
                _ => None,
            },
            loose: matches!(declared, Some(ColumnType::Char(_))),
            array: match declared {
                Some(ColumnType::Array(element)) => Some(elements(element)),
                _ => None,
            },
            jsonb: matches!(declared, Some(ColumnType::JsonBinary)),
            ..Storage::default()
        },
        element: declared.and_then(element),
        ..Column::new(
            definition.get_column_name(),
            ty,
            spec.nullable.unwrap_or(true),
        )
    }
}

/// Returns the column that one element of an array of any number of dimensions would be.
fn element(declared: &ColumnType) -> Option<Arc<Column>> {
    let ColumnType::Array(inner) = declared else {
        return None;
    };
    match (elements(inner), &**inner) {
        (Elements::ByType, ColumnType::Array(_)) => element(inner),
        (Elements::ByType, inner) => {
            let definition = ColumnDef::new_with_type("", inner.clone());
            Some(Arc::new(column(&definition)))
        }
        (Elements::AsTexts | Elements::AsJson, _) => None,
    }
}

fn elements(declared: &ColumnType) -> Elements {
    match (declared, column_type(declared)) {
        // The text of a `money` value contains a currency sign, which depends on the locale.
        (ColumnType::Money(_), _) | (_, Type::Other | Type::Enum(_)) => Elements::AsTexts,
        (_, _) => Elements::ByType,
    }
}

const fn length(declared: &ColumnType) -> Option<u32> {
    match declared {
        ColumnType::Char(length) => *length,
        ColumnType::String(StringLen::N(length))
        | ColumnType::VarBinary(StringLen::N(length))
        | ColumnType::Binary(length) => Some(*length),
        _ => None,
    }
}

/// Returns a column's default as a value of its type where possible, else as an SQL expression; `None` for a null.
fn default_value(ty: &Type, default: &Expr) -> Option<DefaultValue> {
    let expression = || DefaultValue::Sql(default.clone());
    let Expr::Value(value) = default else {
        return Some(expression());
    };
    let value = match value.clone() {
        SqlValue::Bool(value) => value.map(Value::Boolean),
        SqlValue::TinyInt(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::SmallInt(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::Int(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::BigInt(number) => number.map(Value::Integer),
        SqlValue::TinyUnsigned(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::SmallUnsigned(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::Unsigned(number) => number.map(|number| Value::Integer(number.into())),
        SqlValue::BigUnsigned(number) => number.map(Value::Unsigned),
        SqlValue::Float(number) => number.map(|number| Value::Float(number.into())),
        SqlValue::Double(number) => number.map(Value::Float),
        SqlValue::String(text) => text.map(Value::Text),
        SqlValue::Bytes(bytes) => bytes.map(Value::Bytes),
        _ => return Some(expression()),
    };
    let value = fitting(ty, value?);
    Some(if fits(ty, &value) {
        DefaultValue::Value(value)
    } else {
        expression()
    })
}

fn is_decimal_text(declared: &ColumnType) -> bool {
    matches!(declared, ColumnType::Custom(name) if name.to_string().eq_ignore_ascii_case(DECIMAL_TEXT))
}

fn column_type(declared: &ColumnType) -> Type {
    use ColumnType as Sql;
    let integer = |bits, signed| Type::Integer { bits, signed };
    match declared {
        Sql::Char(_) | Sql::String(_) | Sql::Text => Type::Text,
        Sql::TinyInteger => integer(8, true),
        Sql::SmallInteger => integer(16, true),
        Sql::Integer => integer(32, true),
        Sql::BigInteger => integer(64, true),
        Sql::TinyUnsigned => integer(8, false),
        Sql::SmallUnsigned | Sql::Year => integer(16, false),
        Sql::Unsigned => integer(32, false),
        Sql::BigUnsigned => integer(64, false),
        Sql::Float | Sql::Double => Type::Float,
        Sql::Decimal(_) | Sql::Money(_) => Type::Decimal,
        Sql::DateTime | Sql::Timestamp => Type::Timestamp,
        Sql::TimestampWithTimeZone => Type::ZonedTimestamp,
        Sql::Time => Type::Time,
        Sql::Date => Type::Date,
        Sql::Blob | Sql::Binary(_) | Sql::VarBinary(_) => Type::Bytes,
        Sql::Boolean => Type::Boolean,
        Sql::Json | Sql::JsonBinary | Sql::Array(_) => Type::Json,
        Sql::Uuid => Type::Uuid,
        Sql::Enum { variants, .. } => {
            let members: Vec<String> = variants.iter().map(ToString::to_string).collect();
            Type::Enum(Arc::from(members))
        }
        declared if is_decimal_text(declared) => Type::Decimal,
        _ => Type::Other,
    }
}
