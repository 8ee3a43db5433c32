//! Declaring computed columns.

use std::cell::RefCell;

use sea_query::{Expr, IntoIden as _};

use super::{
    Column, Columns, Model,
    computed::{Computation, Computed, MARK},
    json_path::JsonPath,
};
use crate::cell::Type;

/// The table whose rows a computed column is computed from, for the function of [`Model::computed`].
#[derive(Debug)]
pub struct SourceTable<'m> {
    model: &'m Model,
    mistakes: RefCell<Vec<String>>,
}

impl SourceTable<'_> {
    /// Returns the expression of a stored column, hidden ones included, qualified by the name or alias that the table has in
    /// a statement.
    ///
    /// If the table has no such column, `build()` says so.
    pub fn column(&self, column: impl Columns) -> Expr {
        self.model.source(column).map_or_else(
            |words| {
                self.mistakes.borrow_mut().push(words);
                Expr::cust("NULL")
            },
            marked,
        )
    }
}

fn marked(column: &Column) -> Expr {
    Expr::col((MARK.to_owned().into_iden(), column.sql.clone().into_iden()))
}

impl Model {
    /// Adds a column that the database computes from the stored columns of each row. Clients see, filter and order by it
    /// as by any other, through relations too, but cannot set it; it may always be null.
    ///
    /// The function is given the table and returns sea-query's expression of a value of the type. Its constants become part
    /// of the statement's text, so it must not contain text from an untrusted source. PostgreSQL, MySQL and MariaDB cast
    /// the value to the type; on SQLite a value of another type is null. An expression that fails, such as a division by
    /// zero on PostgreSQL, fails the answer. An index on the expression can serve its filters.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sea_query::ExprTrait;
    /// use tower_rest::{Database, Model, Type, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     built: i32,
    ///     scrapped: Option<i32>,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let car = Model::of::<Car>().computed("lifetime", Type::INTEGER, |table| {
    ///     table.column(Car::SCRAPPED).sub(table.column(Car::BUILT))
    /// });
    /// let cars = ViewSet::new(car).database(&db); // ?lifetime__gte=20&ordering=-lifetime
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn computed(
        self,
        name: &str,
        ty: Type,
        expression: impl FnOnce(&SourceTable<'_>) -> Expr,
    ) -> Self {
        let table = SourceTable {
            model: &self,
            mistakes: RefCell::default(),
        };
        let by = Computation::Expression(expression(&table));
        let mistakes = table.mistakes.into_inner();
        self.with_computed("computed", name, ty, Some(by), mistakes)
    }

    /// Adds a [computed column](Self::computed) with the value at a path in the documents of a JSON column: members by
    /// `.name` or `."any name"`, items of arrays by `[0]`.
    ///
    /// The type is a text, an integer, a boolean or a decimal. The column is null where the path leads nowhere, to a JSON
    /// null, or to a value of another type: `"5"` and `5.0` are no integers, an array is no text. Every database gives the
    /// same values.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// use tower_rest::{Model, Type};
    /// # let parts = Table::create().table("parts").col(ColumnDef::new("part_id").integer().primary_key())
    /// #     .col(ColumnDef::new("spec").json()).to_owned();
    /// let part = Model::from_table("Part", &parts)
    ///     .json_path("wood", "spec", "$.wood", Type::Text)
    ///     .json_path("first_length", "spec", "$.lengths[0]", Type::Decimal);
    /// assert_eq!(part.columns().len(), 4);
    /// ```
    pub fn json_path(self, name: &str, column: impl Columns, path: &str, ty: Type) -> Self {
        let mut mistakes = Vec::new();
        let by = self.at_path(column, path, &ty);
        let by = by.map_err(|words| mistakes.push(words)).ok();
        self.with_computed("json_path", name, ty, by, mistakes)
    }

    fn at_path(&self, column: impl Columns, path: &str, ty: &Type) -> Result<Computation, String> {
        let column = self.source(column)?;
        if column.ty != Type::Json || column.storage.array.is_some() {
            return Err(format!(
                "`{}` is of type {}, but a path leads into JSON documents",
                column.name,
                column.type_name()
            ));
        }
        if !matches!(
            ty,
            Type::Text | Type::Integer { .. } | Type::Boolean | Type::Decimal
        ) {
            return Err(format!(
                "a path leads to a text, integer, boolean or decimal, not to a value of type {}",
                ty.name()
            ));
        }
        let path = JsonPath::read(path).map_err(|words| format!("`{path}`: {words}"))?;
        Ok(Computation::Member(marked(column), path))
    }

    /// Returns the stored column of this name.
    fn source(&self, column: impl Columns) -> Result<&Column, String> {
        let names = column.names();
        let [name] = names.as_slice() else {
            return Err("one column is named at a time".to_owned());
        };
        let column = self.at(name.find(self)?);
        let column = column.filter(|column| column.computed.is_none());
        column.ok_or_else(|| "a computed column is computed from stored ones".to_owned())
    }

    fn with_computed(
        self,
        method: &str,
        name: &str,
        ty: Type,
        by: Option<Computation>,
        mut mistakes: Vec<String>,
    ) -> Self {
        let same = |column: &Column| column.name == name || column.sql == name;
        if self.columns().iter().any(same) {
            mistakes.push("another column has the name".to_owned());
        }
        self.change(|inner| {
            let model = &inner.name;
            let said = mistakes
                .iter()
                .map(|words| format!("{model}: `.{method}(…)` of `{name}`: {words}"));
            let said: Vec<_> = said.collect();
            inner.mistakes.extend(said);
            let mut column = Column::new(name.to_owned(), ty, true);
            column.read_only = true;
            column.storage.decimal_text = column.ty == Type::Decimal;
            column.computed = by.map(Computed::new);
            inner.columns.push(column);
        })
    }

    /// Returns the name of a computed column; `None` if there are none.
    pub(crate) fn first_computed(&self) -> Option<&str> {
        let mut columns = self.columns().iter();
        let column = columns.find(|column| column.computed.is_some())?;
        Some(&column.name)
    }

    /// Returns the model with the SQL of its computed columns, which `sql` writes for a database.
    pub(crate) fn with_sql(self, mut sql: impl FnMut(&Column, &Computation) -> String) -> Self {
        if self.first_computed().is_none() {
            return self;
        }
        self.change(|inner| {
            for column in &mut inner.columns {
                let text = column
                    .computed
                    .as_ref()
                    .map(|computed| sql(column, computed.by()));
                if let Some((computed, text)) = column.computed.as_mut().zip(text) {
                    computed.keep(&text);
                    // The expression names the collation that compares bytes.
                    column.storage.exact = column.ty == Type::Text;
                }
            }
        })
    }
}
