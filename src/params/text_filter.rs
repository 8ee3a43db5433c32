//! Filters of texts by a part of them, `make__contains=ia`, and by regular expressions, `make__regex=^F`.

use std::sync::Arc;

use super::{pairs::Pair, reading::QueryReader};
use crate::{
    error::Code,
    model::ColumnNumber,
    pattern::Pattern,
    predicate::{Anchor, Matching, Predicate},
};

impl QueryReader<'_> {
    /// Returns the condition that a column's text equals, contains, begins with or ends with the value.
    pub(super) fn text(
        &mut self,
        pair: &Pair<'_>,
        column: ColumnNumber,
        matching: Matching,
    ) -> Option<Predicate> {
        let most = match matching.place {
            Anchor::Whole => self.offer.limits.value_bytes,
            Anchor::Inside | Anchor::Start | Anchor::End => self.offer.limits.pattern_bytes,
        };
        self.check_length(pair, most)?;
        Some(Predicate::Text {
            column,
            matching,
            text: pair.value.clone().into_owned(),
        })
    }

    /// Returns the condition that a column's text matches the value, a regular expression.
    pub(super) fn pattern(
        &mut self,
        pair: &Pair<'_>,
        column: ColumnNumber,
        ignore_case: bool,
    ) -> Option<Predicate> {
        self.check_length(pair, self.offer.limits.pattern_bytes)?;
        match Pattern::read(&pair.value, ignore_case) {
            Ok(pattern) => Some(Predicate::Pattern {
                column,
                pattern: Arc::new(pattern),
            }),
            Err(takes) => {
                self.invalid(pair, &pair.value, &takes);
                None
            }
        }
    }

    fn check_length(&mut self, pair: &Pair<'_>, most: usize) -> Option<()> {
        let length = pair.value.len();
        if length <= most {
            return Some(());
        }
        let detail = format!(
            "`{}` takes at most {most} bytes; this is {length}",
            pair.shown()
        );
        self.fault(pair.sent(), Code::LimitExceeded, detail);
        None
    }
}
