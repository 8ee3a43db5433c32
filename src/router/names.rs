//! How clients call the columns and relations of a whole API.

use super::Router;
use crate::place::NameStyle;

impl Router {
    /// Names columns and relations in camelCase in requests and answers: `unitPrice` for `unit_price`. Default: as the
    /// models and viewsets name them. Members with aggregates are named likewise: `avgUnitPrice` for `avg(unitPrice)`.
    ///
    /// The program keeps its own names, in settings and conditions. The paths of viewsets, parameters such as `page_size`
    /// and the members around the rows, such as `page_size` and `count_is`, stay as they are.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, Router, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Part {
    ///     #[model(key)]
    ///     part_id: i64,
    ///     unit_price: i64, // "unitPrice": 12, ?unitPrice__gte=10
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let parts = ViewSet::of::<Part>(&db).orderings(Part::UNIT_PRICE);
    /// let api = Router::new().register("parts", parts).camel_case().build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn camel_case(mut self) -> Self {
        self.names = NameStyle::CamelCase;
        self
    }
}
