//! Which filters clients may use, and how they combine them.

use super::ViewSet;
use crate::{full_text::FullText, model::Columns, params::Lookup};

impl ViewSet {
    /// Sets the columns clients may filter by, under the names clients use. Default: every visible one.
    pub fn filters(mut self, columns: impl Columns) -> Self {
        self.filters = Some(self.model.read_names("filters", columns));
        self
    }

    /// Sets the lookups of one column's filters. Default: every lookup of its type.
    pub fn lookups(
        mut self,
        column: impl Columns,
        lookups: impl IntoIterator<Item = Lookup>,
    ) -> Self {
        let lookups: Vec<_> = lookups.into_iter().collect();
        for name in self.model.read_names("lookups", column) {
            self.lookups.push((name, lookups.clone()));
        }
        self
    }

    /// Lets clients combine filters in groups: `or=(make=Fiat,year__gte=2010)`, `and=(…)` and `not=(…)`. Default: they are
    /// refused.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string().not_null()).col(ColumnDef::new("year").integer()).to_owned();
    /// # let car = tower_rest::Model::from_table("Car", &table);
    /// # db.execute_script(&db.create_table(&car)).await?;
    /// # db.execute_script("INSERT INTO cars VALUES (1, 'Fiat', 1957), (2, 'Opel', 2012), (3, 'Opel', 1999)").await?;
    /// use http_body_util::{BodyExt, Empty};
    /// use tower::ServiceExt;
    /// use tower_rest::ViewSet;
    ///
    /// let cars = ViewSet::new(car).database(&db).groups().build()?;
    /// let request = http::Request::get("/?or=(make=Fiat,year__gte=2010)&fields=car_id").body(Empty::<bytes::Bytes>::new())?;
    /// let body = cars.oneshot(request).await?.into_body().collect().await?.to_bytes();
    /// assert!(body.ends_with(b"\"results\":[{\"car_id\":1},{\"car_id\":2}]}"));
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    ///
    /// The guide has [more examples](crate::guide::filtering#groups).
    pub fn groups(mut self) -> Self {
        self.groups = true;
        self
    }

    /// Sets the text columns that `search` looks in: `search=red "fast car"` selects the rows with `red` and `fast car` inside
    /// these texts, in any case. Default: none, and `search` is refused.
    pub fn search(mut self, columns: impl Columns) -> Self {
        self.search = self.model.read_names("search", columns);
        self
    }

    /// Makes `search` use the full text of the database, in the columns of [`search`](Self::search): words as wholes,
    /// `"phrases"`, `-excluded` words, and `ordering=-search_rank` for the rows that match best. Default: words are looked
    /// for inside the texts.
    ///
    /// The index is yours to create. `build()` reports a setting that the database cannot have, but not a missing index.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, FullText, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     notes: String,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db)
    ///     .search(Car::NOTES)
    ///     .full_text(FullText::new().table("cars_fts")); // ?search="red car" -fast&ordering=-search_rank
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// The guide has [the indexes](crate::guide::full_text#the-index).
    pub fn full_text(mut self, setting: FullText) -> Self {
        self.full_text = Some(setting);
        self
    }

    /// Lets clients filter texts by regular expressions: `make__regex=^F` and, ignoring case, `make__iregex=^f`. Default:
    /// they are refused. Needs the feature `regex`.
    ///
    /// No index serves them: each asks the database to look at every row that the other filters leave, within the
    /// [time limit](Self::time_limit). Which columns have them can be narrowed by [`lookups`](Self::lookups). On a pool of
    /// your own to SQLite, call [`Database::with_regex`](crate::Database::with_regex) for every connection.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string().not_null()).to_owned();
    /// # let car = tower_rest::Model::from_table("Car", &table);
    /// # db.execute_script(&db.create_table(&car)).await?;
    /// # db.execute_script("INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Opel'), (3, 'Ford')").await?;
    /// use http_body_util::{BodyExt, Empty};
    /// use tower::ServiceExt;
    /// use tower_rest::ViewSet;
    ///
    /// let cars = ViewSet::new(car).database(&db).regex().build()?;
    /// let request = http::Request::get("/?make__regex=%5EF.%2A%5Btd%5D$&fields=car_id").body(Empty::<bytes::Bytes>::new())?;
    /// let body = cars.oneshot(request).await?.into_body().collect().await?.to_bytes();
    /// assert!(body.ends_with(b"\"results\":[{\"car_id\":1},{\"car_id\":3}]}"));
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    ///
    /// The guide has [the syntax](crate::guide::filtering#regular-expressions), one for all databases.
    #[cfg(feature = "regex")]
    pub fn regex(mut self) -> Self {
        self.regex = true;
        self
    }
}
