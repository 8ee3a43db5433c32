//! Facets beside a list, and aggregates of groups of its rows.

use super::ViewSet;
use crate::model::Columns;

impl ViewSet {
    /// Lets clients ask which values these columns have, and how many rows have each, beside the page of a list:
    /// `facet=make,body`. Default: none, and `facet` is refused.
    ///
    /// A facet counts the rows that all filters select but those on its own column. Its most frequent values come first, at
    /// most [`Limits::facet_values`](crate::Limits::facet_values). Each facet costs the database a statement that reads the
    /// rows, within the time limit of the answer.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string()).to_owned();
    /// # let car = tower_rest::Model::from_table("Car", &table);
    /// # db.execute_script(&db.create_table(&car)).await?;
    /// # db.execute_script("INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Opel'), (3, 'Opel')").await?;
    /// use http_body_util::{BodyExt, Empty};
    /// use tower::ServiceExt;
    /// use tower_rest::ViewSet;
    ///
    /// let cars = ViewSet::new(car).database(&db).facets("make").build()?;
    /// let request = http::Request::get("/?make=Fiat&facet=make").body(Empty::<bytes::Bytes>::new())?;
    /// let body = cars.oneshot(request).await?.into_body().collect().await?.to_bytes();
    /// let facets = br#""facets":{"make":[{"value":"Opel","count":2},{"value":"Fiat","count":1}]},"facets_cut":[]}"#;
    /// assert!(body.ends_with(facets));
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    ///
    /// The guide has [more](crate::guide::facets).
    pub fn facets(mut self, columns: impl Columns) -> Self {
        self.facets = self.model.read_names("facets", columns);
        self
    }

    /// Lets clients ask for numbers instead of rows: `aggregate=count,avg(price)`. `count` is always offered, functions of
    /// these columns: `count`, `count_distinct`, `sum`, `avg`, `min` and `max`, as far as they suit its type. Default:
    /// `aggregate` is refused.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string()).col(ColumnDef::new("year").integer()).to_owned();
    /// # let car = tower_rest::Model::from_table("Car", &table);
    /// # db.execute_script(&db.create_table(&car)).await?;
    /// # db.execute_script("INSERT INTO cars VALUES (1, 'Fiat', 1957), (2, 'Opel', 2012), (3, 'Opel', 1999)").await?;
    /// use http_body_util::{BodyExt, Empty};
    /// use tower::ServiceExt;
    /// use tower_rest::ViewSet;
    ///
    /// let cars = ViewSet::new(car).database(&db).aggregates("year").group_by("make").build()?;
    /// let path = "/?aggregate=count,max(year)&group_by=make&ordering=-count";
    /// let request = http::Request::get(path).body(Empty::<bytes::Bytes>::new())?;
    /// let body = cars.oneshot(request).await?.into_body().collect().await?.to_bytes();
    /// let groups = br#"[{"make":"Opel","count":2,"max_year":2012},{"make":"Fiat","count":1,"max_year":1957}]}"#;
    /// assert!(body.ends_with(groups));
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    ///
    /// The guide has [more](crate::guide::aggregates).
    pub fn aggregates(mut self, columns: impl Columns) -> Self {
        self.aggregates = Some(self.model.read_names("aggregates", columns));
        self
    }

    /// Sets what clients may group rows by in [`aggregates`](Self::aggregates): columns, and to-one relations, through
    /// which rows are grouped by what the viewset of the related rows lets them be grouped by. Default: nothing, and
    /// `group_by` is refused.
    ///
    /// A column of dates can be grouped by its `year`, `month`, `day` and `date`, too: `group_by=built__year`.
    pub fn group_by(mut self, columns: impl Columns) -> Self {
        self.group_by = self.model.read_names("group_by", columns);
        self
    }
}
