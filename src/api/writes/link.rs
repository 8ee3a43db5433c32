//! Links in bodies, such as `"owner": "/owners/7/"`, read as keys of the linked rows.

use super::super::{Request, Shared};
use crate::{cell::Value, model::ColumnNumber, params::Served, route::Target, visibility::Entered};

impl Shared {
    /// Returns the key of the related row that `link` leads to. Returns `None` for a link to another place whose path
    /// does not determine exactly the columns of this key.
    pub(super) fn key_of(
        &self,
        relation: &Served,
        link: &str,
        entered: Option<&Entered<'_>>,
        request: &Request<'_>,
    ) -> Option<Vec<Value>> {
        let path = request.base.path_of(link)?;
        let target = self.routes.find(path)?;
        let Target::Object(found, segment) = &target else {
            return None;
        };
        let (place, to) = (self.place(found.place).ok()?, &relation.join.target);
        let (model, named) = (place.model(), entered?.named(found, segment)?);
        if (model.schema(), model.table()) != (to.schema(), to.table()) {
            return None;
        }
        let sql = |there: ColumnNumber| Some(&to.at(there)?.sql);
        let is_of_the_key = |(column, _): &(ColumnNumber, Value)| {
            let own = model.at(*column).map(|column| &column.sql);
            relation.join.there().any(|there| sql(there) == own)
        };
        if found.place != relation.place && !named.iter().all(is_of_the_key) {
            return None;
        }
        let value = |there: ColumnNumber| {
            let is_it = |column: ColumnNumber| model.at(column).map(|own| &own.sql) == sql(there);
            let part = named.iter().find(|(column, _)| is_it(*column));
            part.map(|(_, value)| value.clone())
        };
        relation.join.there().map(value).collect()
    }
}
