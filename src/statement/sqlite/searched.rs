//! Whether an index finds the related rows of a join.

use sea_query::Expr;

use super::{
    super::{Dialect, source::Source},
    expressions::bytewise,
};
use crate::model::{ColumnNumber, End, Join};

/// Whether an index finds the related rows of a join. It must be on the target's columns, and the join must compare
/// these columns themselves, as the index holds them, not expressions over them.
pub(super) fn is_searched(dialect: &dyn Dialect, here: Source<'_>, join: &Join) -> bool {
    let there: Vec<ColumnNumber> = join.there().collect();
    // The parent's key is compared by its own collation, which an index on the child's column may not have.
    let may_differ = |at: ColumnNumber| here.at(at).is_some_and(|(own, _)| own.keys_may_differ());
    if join.parent() == End::Here && join.here().any(may_differ) {
        return false;
    }
    let target = Source::top(&join.target);
    let is_held = |at: &ColumnNumber| {
        target.at(*at).is_some_and(|(column, value)| {
            let key = dialect.key(column, value.clone());
            matches!(value, Expr::Column(_)) && (key == value || key == bytewise(value))
        })
    };
    join.junction.is_none() && join.target.is_indexed(&there) && there.iter().all(is_held)
}
