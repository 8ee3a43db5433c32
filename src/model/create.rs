//! The statement that creates a model's table, for demos, tests and migrations.

use sea_query::{
    Alias, ColumnDef, ColumnType, Expr, ForeignKey, ForeignKeyCreateStatement, Index, IntoIden,
    StringLen, Table, TableCreateStatement,
};

use super::{Column, DefaultValue, Model, Relation, fitting::shown, table::DECIMAL_TEXT};
use crate::cell::{Type, Value};

/// The type and the collation with which a database declares a column. A `None` as the type keeps the model's; as the
/// collation, it declares none.
type OverriddenType = (Option<ColumnType>, Option<&'static str>);

impl Model {
    /// Returns the statement that creates the table: its columns with their types, defaults and comments, its key,
    /// uniques of one column and foreign keys.
    ///
    /// [`from_table`](Self::from_table) reads the same model from the statement. The column that
    /// [`pk_field`](Self::pk_field) names gets a unique constraint. The statement has no checks and no further indexes,
    /// which a model does not know, and no foreign keys of relations whose target columns are not declared. The columns
    /// of a table definition keep their declared types. A decimal of a declared struct gets the type `decimal_text`, in
    /// which SQLite keeps every digit.
    ///
    /// ```
    /// use sea_query::SqliteQueryBuilder;
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::Model;
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string_len(40).not_null()).to_owned();
    /// # let car = Model::from_table("Car", &table);
    /// assert_eq!(
    ///     car.create_table().to_string(SqliteQueryBuilder),
    ///     r#"CREATE TABLE "cars" ( "car_id" integer NOT NULL PRIMARY KEY, "make" varchar(40) NOT NULL )"#
    /// );
    /// ```
    #[must_use]
    pub fn create_table(&self) -> TableCreateStatement {
        self.create_table_with(&|_, _| (None, None))
    }

    /// Returns the statement that creates the table, with a database's own types and collations. `declares` returns
    /// both for a column; its second argument says whether the column is unique or part of a key or foreign key.
    pub(crate) fn create_table_with(
        &self,
        declares: &dyn Fn(&Column, bool) -> OverriddenType,
    ) -> TableCreateStatement {
        let mut table = Table::create();
        let name = Alias::new(self.table());
        match self.schema() {
            Some(schema) => table.table((Alias::new(schema), name)),
            None => table.table(name),
        };
        if let Some(text) = self.describes() {
            table.comment(text);
        }
        let stored = self
            .numbered()
            .filter(|(_, column)| column.computed.is_none());
        for (number, column) in stored {
            let is_key = self.primary_key().contains(&number) || self.key() == [number];
            let leads = self.relations().iter();
            let mut leads = leads.flat_map(|relation| &relation.columns);
            let is_indexed = is_key || column.unique || leads.any(|leading| *leading == number);
            let (ty, collation) = declares(column, is_indexed);
            let mut definition = definition(column, ty);
            if let Some(collation) = collation {
                definition.extra(format!("COLLATE {collation}"));
            }
            if self.primary_key() == [number] {
                definition.primary_key();
            } else if column.unique || self.key() == [number] {
                definition.unique_key();
            }
            table.col(definition);
        }
        if self.primary_key().len() > 1 {
            let mut key = Index::create();
            for column in self
                .primary_key()
                .iter()
                .filter_map(|number| self.at(*number))
            {
                key.col(Alias::new(&column.sql));
            }
            table.primary_key(&mut key);
        }
        let known = |relation: &&Relation| !relation.references.is_empty();
        for relation in self.relations().iter().filter(known) {
            table.foreign_key(&mut self.foreign_key(relation));
        }
        table
    }

    fn foreign_key(&self, relation: &Relation) -> ForeignKeyCreateStatement {
        let mut foreign_key = ForeignKey::create();
        foreign_key.from_tbl(Alias::new(self.table()));
        let target = Alias::new(&relation.table);
        match &relation.schema {
            Some(schema) => foreign_key.to_tbl((Alias::new(schema), target)),
            None => foreign_key.to_tbl(target),
        };
        let columns = relation.columns.iter();
        for column in columns.filter_map(|number| self.at(*number)) {
            foreign_key.from_col(Alias::new(&column.sql));
        }
        for column in &relation.references {
            foreign_key.to_col(Alias::new(column));
        }
        foreign_key
    }
}

fn definition(column: &Column, ty: Option<ColumnType>) -> ColumnDef {
    let name = Alias::new(&column.sql);
    let declared = ty.or_else(|| column.declared.clone());
    let mut definition = match declared.or_else(|| declaration(column)) {
        Some(ty) => ColumnDef::new_with_type(name, ty),
        None => ColumnDef::new(name),
    };
    if !column.nullable {
        definition.not_null();
    }
    match &column.default {
        Some(DefaultValue::Value(value)) => drop(definition.default(constant(value))),
        Some(DefaultValue::Sql(expression)) => drop(definition.default(expression.clone())),
        None => {}
    }
    if let Some(text) = &column.description {
        definition.comment(text);
    }
    definition
}

/// Returns the type to declare for a column that no table definition gave a type; `None` for [`Type::Other`], whose
/// values have any type.
fn declaration(column: &Column) -> Option<ColumnType> {
    let length = column.max_length.map_or(StringLen::None, StringLen::N);
    Some(match &column.ty {
        Type::Boolean => ColumnType::Boolean,
        Type::Integer { bits, signed } => integer(*bits, *signed),
        Type::Float => ColumnType::Double,
        Type::Decimal => ColumnType::Custom(DECIMAL_TEXT.into_iden()),
        Type::Text => ColumnType::String(length),
        Type::Enum(members) => ColumnType::Enum {
            name: Alias::new(&column.sql).into_iden(),
            variants: members
                .iter()
                .map(|member| Alias::new(member).into_iden())
                .collect(),
        },
        Type::Bytes if column.max_length.is_some() => ColumnType::VarBinary(length),
        Type::Bytes => ColumnType::Blob,
        Type::Date => ColumnType::Date,
        Type::Time => ColumnType::Time,
        Type::Timestamp => ColumnType::DateTime,
        Type::ZonedTimestamp => ColumnType::TimestampWithTimeZone,
        Type::Uuid => ColumnType::Uuid,
        Type::Json => ColumnType::Json,
        Type::Other => return None,
    })
}

const fn integer(bits: u8, signed: bool) -> ColumnType {
    match (bits, signed) {
        (8, true) => ColumnType::TinyInteger,
        (16, true) => ColumnType::SmallInteger,
        (32, true) => ColumnType::Integer,
        (8, false) => ColumnType::TinyUnsigned,
        (16, false) => ColumnType::SmallUnsigned,
        (32, false) => ColumnType::Unsigned,
        (_, true) => ColumnType::BigInteger,
        (_, false) => ColumnType::BigUnsigned,
    }
}

/// Returns a value, such as a default, as a constant in the SQL of the statement.
fn constant(value: &Value) -> Expr {
    match value {
        Value::Boolean(value) => Expr::val(*value),
        Value::Integer(number) => Expr::val(*number),
        Value::Unsigned(number) => Expr::val(*number),
        Value::Float(number) => Expr::val(*number),
        Value::Bytes(bytes) => Expr::val(bytes.clone()),
        Value::Decimal(text) | Value::Text(text) => Expr::val(text.clone()),
        value => Expr::val(shown(value)),
    }
}
