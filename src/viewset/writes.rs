//! Which changes of its rows a viewset offers, and the columns that the server sets.

use super::ViewSet;
use crate::{
    error::Result,
    model::Columns,
    operation::{Change, Head, IntoSet},
};

impl ViewSet {
    /// Lets clients create, change and delete rows: POST to the list, and PUT, PATCH and DELETE of an object.
    ///
    /// The request must be allowed to see every row that it writes, and every row that a written row refers to. A
    /// [`policy`](Self::policy) is asked about [`Access::Create`](crate::Access::Create),
    /// [`Update`](crate::Access::Update) and [`Delete`](crate::Access::Delete). Default: rows are only read.
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # #[derive(Model)]
    /// # struct Car { #[model(key)] car_id: i64, make: String }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).writable().build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn writable(self) -> Self {
        self.creates().updates().deletes()
    }

    /// Lets clients create rows by POST to the list.
    pub fn creates(mut self) -> Self {
        self.writes.create = true;
        self
    }

    /// Lets clients change an object: PATCH sets the columns that are sent, PUT sets all of them.
    pub fn updates(mut self) -> Self {
        self.writes.update = true;
        self
    }

    /// Lets clients delete an object.
    pub fn deletes(mut self) -> Self {
        self.writes.delete = true;
        self
    }

    /// Lets clients change all rows of a filtered list: a PATCH of `/cars/?make=Fiat` sets the columns of its body in
    /// each of these rows, in one transaction, and answers `{"updated": 12}`. Without a filter, or if the filters
    /// select more than `most` rows, the answer is a 400 and nothing is changed.
    ///
    /// A manager's [`update_many`](crate::Manager::update_many) is called, not its [`update`](crate::Manager::update).
    /// A policy is asked about [`Access::Update`](crate::Access::Update). `most` is from 1 to 10,000. Default: not
    /// offered.
    pub fn bulk_updates(mut self, most: u64) -> Self {
        self.writes.update_many = Some(most);
        self
    }

    /// Lets clients delete all rows of a filtered list: a DELETE of `/cars/?make=Fiat` answers `{"deleted": 12}`. The
    /// rules are those of [`bulk_updates`](Self::bulk_updates).
    pub fn bulk_deletes(mut self, most: u64) -> Self {
        self.writes.delete_many = Some(most);
        self
    }

    /// Lets bodies set the related rows of a many-to-many relation, by an array of links or keys: `"tags": ["/tags/1/",
    /// 2]`.
    ///
    /// In the transaction of the write, rows are deleted from and inserted into the junction (the table of the
    /// relation), so that the row is related to exactly the rows of the array. Rows that the request may not see cannot
    /// be in the array; they stay related. A `PUT` or `PATCH` without the member changes no relation. The junction must
    /// have no other columns that need a value; serve a junction with such columns as a viewset of its own. Default:
    /// the relation is read-only.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, ForeignKey, Index, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema, ViewSet};
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script(
    ///     "CREATE TABLE cars (id integer PRIMARY KEY, make text);
    ///      CREATE TABLE tags (id integer PRIMARY KEY, name text);
    ///      CREATE TABLE car_tags (car_id integer REFERENCES cars, tag_id integer REFERENCES tags,
    ///                             PRIMARY KEY (car_id, tag_id))",
    /// )
    /// .await?;
    /// let api = Router::of(Schema::reflect(&db).await?)
    ///     .configure("cars", |cars: ViewSet| cars.writable().writes("tags"))
    ///     .build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn writes(mut self, relation: &str) -> Self {
        self.paired.push(relation.to_owned());
        self
    }

    /// Lets a POST of the parent object create rows of this nested viewset with it: `orders.nest("lines",
    /// lines.inline())` takes `{"customer": "Ann", "lines": [{"price": "9.50"}]}`.
    ///
    /// All rows are inserted in one transaction. Faults have pointers such as `/lines/2/price`. A policy of this viewset
    /// is asked about [`Access::Create`](crate::Access::Create). Default: only a POST to the nested list creates rows.
    pub fn inline(mut self) -> Self {
        self.inlined = true;
        self
    }

    /// Lets a POST change stored rows (an upsert). If a stored row has the same values in `unique_key` as a new row, no
    /// row is inserted: with `Prefer: resolution=merge-duplicates` the stored row gets the values of the new one, with
    /// `resolution=ignore-duplicates` it stays as it is.
    ///
    /// The columns must be those of one unique key, and the body must have all of them. A stored row that the request
    /// may not see is never changed: the answer is 403 `outside_scope`. The answer is 201 if a row was created, else
    /// 200. Without the preference, a duplicate is a 409 `unique`. Default: not offered.
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # #[derive(Model)]
    /// # struct Car { #[model(key)] car_id: i64, #[model(unique)] vin: String, make: String }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).writable().upserts(Car::VIN);
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn upserts(mut self, unique_key: impl Columns) -> Self {
        self.upsert = Some(self.model.read_names("upserts", unique_key));
        self
    }

    /// Lets a PUT create an object that does not exist; the answer is then 201. The client chooses the key in the URL.
    /// With `If-None-Match: *`, the PUT only creates. Default: a PUT of a missing object is a 404.
    pub fn put_creates(mut self) -> Self {
        self.writes.put_creates = true;
        self
    }

    /// Lets a client try a change: with `Prefer: tx=rollback` the change is made and answered, and then rolled back.
    /// Constraints that the database defers to the commit are not checked. Default: the preference is ignored.
    pub fn dry_runs(mut self) -> Self {
        self.writes.dry_runs = true;
        self
    }

    /// Requires `If-Match` of PUT, PATCH and DELETE, so that no client overwrites a change that it has not seen.
    /// Without `If-Match` the answer is 428. If the object has changed since the client read its `ETag`, the answer is
    /// 412 (RFC 9110, section 13.1.1; RFC 6585, section 3). Default: `If-Match` is checked if it is sent.
    pub fn require_if_match(mut self) -> Self {
        self.writes.requires_if_match = true;
        self
    }

    /// Sets a column of each row that is created, from the head of the request. Clients cannot set the column.
    ///
    /// The closure returns a value of the column's type, or an `Option` of one, whose `None` is null. An error that it
    /// returns becomes the response, before the body is read. A value that the column cannot store exactly is answered
    /// 500. Managers see the value in [`Create::rows`](crate::Create::rows).
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     make: String,
    ///     created_by: i64,
    /// }
    ///
    /// /// Put among the extensions by a layer that authenticates.
    /// #[derive(Clone)]
    /// struct User { id: i64 }
    ///
    /// let cars = ViewSet::of::<Car>(&db)
    ///     .writable()
    ///     .set(Car::CREATED_BY, |head| Ok(head.identity::<User>()?.id)); // without one: 401
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn set<V: IntoSet>(
        mut self,
        column: impl Columns,
        give: impl Fn(&Head) -> Result<V> + Send + Sync + 'static,
    ) -> Self {
        self.server_values.head(column, give);
        self
    }

    /// Sets a column of each row that is created to the time of the server's clock, in UTC. Clients cannot set the
    /// column.
    ///
    /// The time is cut to the digits that the column keeps, and to microseconds at most. A column of dates gets the day.
    ///
    /// ```
    /// # use tower_rest::{Model, Timestamp, ViewSet};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     created_at: Timestamp,
    ///     updated_at: Timestamp,
    /// }
    ///
    /// let cars = ViewSet::of::<Car>(&db)
    ///     .writable()
    ///     .created_at(Car::CREATED_AT)
    ///     .updated_at(Car::UPDATED_AT);
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn created_at(mut self, column: impl Columns) -> Self {
        self.server_values.created_at(column);
        self
    }

    /// Sets a column to the time of the server's clock, as [`created_at`](Self::created_at) does, when a row is created
    /// and whenever a request sets one of its columns.
    pub fn updated_at(mut self, column: impl Columns) -> Self {
        self.server_values.updated_at(column);
        self
    }

    /// Makes an integer column the version of the row: 1 when the row is created, and greater by 1 after each change.
    /// The version is part of the `ETag`, so that `If-Match` also notices a row that was changed and changed back.
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # #[derive(Model)]
    /// # struct Car { #[model(key)] car_id: i64, make: String, version: i64 }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).writable().version(Car::VERSION);
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn version(mut self, column: impl Columns) -> Self {
        self.server_values.version(column);
        self
    }

    /// Checks every row before it is written, across its columns.
    ///
    /// The closure runs inside the transaction. It sees the row as it would be after the write, whichever columns the
    /// request sets, and the stored row, which is locked. Each [`Change::fault`] is reported in a 400 as
    /// `invalid_value` on the column's member. An error that the closure returns becomes the response. In both cases
    /// nothing is written. Several validators report their faults together. Rows that a manager writes through its
    /// `base` are checked, too.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// use tower_rest::{Cell, Date, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Hire {
    ///     #[model(key)]
    ///     id: i64,
    ///     since: Date,
    ///     until: Option<Date>,
    /// }
    ///
    /// let hires = ViewSet::of::<Hire>(&db).writable().validate(|hire| {
    ///     if let (Cell::Date(since), Cell::Date(until)) = (hire.after(Hire::SINCE)?, hire.after(Hire::UNTIL)?)
    ///         && until < since
    ///     {
    ///         hire.fault(Hire::UNTIL, "`until` is before `since`")?;
    ///     }
    ///     Ok(())
    /// });
    /// # hires.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn validate(
        mut self,
        check: impl Fn(&Change<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.validators.add(check);
        self
    }
}
