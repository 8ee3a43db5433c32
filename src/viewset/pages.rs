//! How lists are cut into pages, and how their rows are counted.

use super::ViewSet;
use crate::params::Count;

impl ViewSet {
    /// Sets the number of rows on a page when the client does not choose. Default: 25.
    pub fn page_size(mut self, rows: u64) -> Self {
        self.page_size = rows;
        self
    }

    /// Sets the largest `page_size` a client may request. Default: 1000.
    pub fn max_page_size(mut self, rows: u64) -> Self {
        self.max_page_size = rows;
        self
    }

    /// Refuses `page_size`: every page has the same size.
    pub fn fixed_page_size(mut self) -> Self {
        self.fixed_page_size = true;
        self
    }

    /// Sets whether, and how far, the rows of a list are counted. Default: [`Count::Exact`].
    pub fn count(mut self, count: Count) -> Self {
        self.count = count;
        self
    }

    /// Lets clients choose how the rows of a list are counted, by `count=exact`, `count=none`, `count=capped` or
    /// `count=estimated`. They may always ask for what [`count`](Self::count) sets. Default: `count` is refused.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Count, Database, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Visit {
    ///     #[model(key)]
    ///     id: i64,
    ///     page: String,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let visits = ViewSet::of::<Visit>(&db)
    ///     .count(Count::Capped(10_000)) // "count": 10000, "count_is": "at_least"
    ///     .count_choices([Count::Exact]); // ?count=exact
    /// # visits.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn count_choices(mut self, choices: impl IntoIterator<Item = Count>) -> Self {
        for choice in choices {
            self.count_choices.add(choice);
        }
        self
    }

    /// Whether the rows of a list may be estimated.
    pub(crate) fn may_estimate(&self) -> bool {
        let mut counts = self.count_choices.all().chain([self.count]);
        counts.any(|count| count == Count::Estimated)
    }

    /// Lets clients ask for any window of a list by `limit` and `offset`, as data grids do: `?limit=50&offset=100` is 50
    /// rows after the first 100. Default: both are refused.
    ///
    /// A window takes `limit` rows at most, by default as many as a page has. Its answer has `count`, `limit`, `offset`,
    /// `next` and `previous`. A window after the last row is empty. Numbered pages are offered beside windows, unless
    /// [`without_numbered_pages`](Self::without_numbered_pages) says otherwise.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).limit_offset_pages();
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn limit_offset_pages(mut self) -> Self {
        self.windows = true;
        self
    }

    /// Lets clients go through a list by cursors, whose pages begin at a row and not after a number of rows: they cost the
    /// same however deep they are, and rows that are inserted or deleted meanwhile make no other row appear twice or be
    /// left out. Default: `cursor` is refused.
    ///
    /// `?cursor=` is the first page. Its answer has `next`, `previous` and `results`; `next` and `previous` have the
    /// cursors of the pages beside it. A cursor is bound to the filters and the ordering that it was given with. It goes
    /// through any ordering; an index on its columns makes each page cheap. Numbered pages are offered beside it, unless
    /// [`without_numbered_pages`](Self::without_numbered_pages) says otherwise. Building fails if the model has no key.
    ///
    /// Cursors are authenticated by a secret: see [`Router::cursor_secret`](crate::Router::cursor_secret).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db).cursor_pages();
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn cursor_pages(mut self) -> Self {
        self.cursors = true;
        self
    }

    /// Refuses `page`: a list without parameters is its first window or, if there are no windows, its first page by
    /// cursor. Building fails unless [`limit_offset_pages`](Self::limit_offset_pages) or
    /// [`cursor_pages`](Self::cursor_pages) is on.
    pub fn without_numbered_pages(mut self) -> Self {
        self.numbered = false;
        self
    }

    /// Adds two headers to the answers with a page of a list: `Link`
    /// ([RFC 8288](https://www.rfc-editor.org/rfc/rfc8288)) with the `first`, `prev`, `next` and `last` page, and
    /// `X-Total-Count` with the number of rows. Default: off.
    ///
    /// The `last` link and `X-Total-Count` are left out if the number of rows is not known. Scripts of other origins see
    /// the headers only if a `CorsLayer` exposes them.
    pub fn page_headers(mut self) -> Self {
        self.page_headers = true;
        self
    }
}
