//! The shapes of values in answers.

use super::ViewSet;
use crate::{params::ToOne, representation::IntegersAsText};

impl ViewSet {
    /// Writes integers beyond 2^53 as strings, for clients that read JSON numbers as doubles. Default: as numbers.
    pub fn big_integers_as_text(mut self) -> Self {
        self.integers_as_text = IntegersAsText::Large;
        self
    }

    /// Sets how objects show the row that a to-one relation leads to. Default: [`ToOne::Link`].
    ///
    /// The column that refers to the row, such as `owner_id`, is a member of its own all the same. A relation that is shown
    /// as a key may be set by a key in a body, and any relation by a link. One that is shown as an object may be set by an
    /// object with nothing but an `href`, and may be sent back as it is shown. Building fails if there is no to-one relation of
    /// this name, or if it is to be shown as a key and no column holds the whole key of the related row.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use sea_query::{ColumnDef, Table};
    /// # let owners = Table::create().table("owners").col(ColumnDef::new("owner_id").integer().primary_key()).to_owned();
    /// # let cars = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("owner_id").integer()).to_owned();
    /// # let owner = Model::from_table("Owner", &owners);
    /// # let car = Model::from_table("Car", &cars).relation("owner", "owner_id", "owners");
    /// use tower_rest::{Database, Model, Router, ToOne, ViewSet};
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::new(car).database(&db).to_one("owner", ToOne::Object); // "owner": {"name": "Ann", …}
    /// let owners = ViewSet::new(owner).database(&db);
    /// let api = Router::new().register("cars", cars).register("owners", owners).build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn to_one(mut self, relation: &str, shape: ToOne) -> Self {
        self.to_one.push((relation.to_owned(), shape));
        self
    }

    /// Writes all integers of columns that may hold some beyond 2^53 as strings, so that the type of a member does not
    /// depend on its value. Default: as numbers.
    ///
    /// These are the columns of 64 bits, such as those of an `i64`. A body may have either form.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64, // "car_id": "7"
    ///     year: i32,   // "year": 2014
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).wide_integers_as_text();
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn wide_integers_as_text(mut self) -> Self {
        self.integers_as_text = IntegersAsText::Wide;
        self
    }
}
