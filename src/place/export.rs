//! Checks of a viewset's export.

use super::PlaceDraft;
use crate::database::Database;

impl PlaceDraft {
    /// Adds a mistake if a viewset with a manager or operation layers offers an export: an export reads the database
    /// directly, and would bypass both. Also adds a mistake if the pool has a single connection: an export holds a
    /// connection for as long as its client reads, and other requests would get none.
    pub(super) fn check_export(&self, mistakes: &mut Vec<String>) {
        let (viewset, model) = (&self.viewset, self.model.name());
        if !viewset.export {
            return;
        }
        if !viewset.manager.is_default() || !viewset.operation_layers.is_empty() {
            mistakes.push(format!(
                "{model}: `.export()` would go round the manager and the operation layers of the viewset; leave it out, or \
                 register the model once more without them"
            ));
        }
        if viewset.database.as_ref().map(Database::exports) == Some(0) {
            mistakes.push(format!(
                "{model}: `.export()` keeps a connection for as long as its client reads, and the pool has only one; give \
                 it two at least"
            ));
        }
    }
}
