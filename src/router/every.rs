//! Settings of every viewset registered so far, nested ones included.

use super::Router;
use crate::viewset::ViewSet;

impl Router {
    /// Shows the key of every viewset registered so far under a second name, such as `id`, as [`ViewSet::id_member`] does.
    /// Viewsets with an `id_member` of their own keep it; those without a key get none.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema};
    ///
    /// let db = Database::in_memory().await?;
    /// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT)").await?;
    /// let api = Router::of(Schema::reflect(&db).await?).id_member("id").build()?; // /cars/?id=7&ordering=-id
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn id_member(self, name: &str) -> Self {
        self.every(&|viewset| {
            let has_key = !viewset.model.is_keyless() || viewset.lookup_field.is_some();
            if viewset.id_member.is_none() && has_key {
                viewset.id_member = Some(name.to_owned());
            }
        })
    }

    /// Lets clients ask for windows, by `limit` and `offset`, of the list of every viewset registered so far, as
    /// [`ViewSet::limit_offset_pages`] does.
    pub fn limit_offset_pages(self) -> Self {
        self.every(&|viewset| viewset.windows = true)
    }

    fn every(mut self, change: &impl Fn(&mut ViewSet)) -> Self {
        for (_, viewset) in &mut self.entries {
            apply(viewset, change);
        }
        self
    }
}

fn apply(viewset: &mut ViewSet, change: &impl Fn(&mut ViewSet)) {
    change(viewset);
    for nested in &mut viewset.nested {
        apply(&mut nested.viewset, change);
    }
}
