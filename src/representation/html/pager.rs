//! The links to other pages of a list.

use super::{
    super::{context::PageContext, writer::Pagination},
    query::LinkQuery,
};
use crate::{
    operation::Page,
    params::{CountIs, Parameter, Position},
};

/// The links to other pages of a list.
#[derive(Debug)]
pub(super) struct Pager {
    /// The numbers of the first and the last row of the page, and the number of all rows, in words.
    pub(super) rows: String,
    pub(super) first: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) near: Vec<PageLink>,
    pub(super) next: Option<String>,
    pub(super) last: Option<String>,
    /// The parameter by which the number of rows is chosen.
    pub(super) size_name: &'static str,
    pub(super) sizes: Vec<(u64, bool)>,
    /// The pairs of the query string that the form of the page size sends again.
    pub(super) kept: Vec<(String, String)>,
}

/// The link to a page by its number; without a URI, it is the page that is shown.
#[derive(Debug)]
pub(super) struct PageLink {
    pub(super) number: u64,
    pub(super) uri: Option<String>,
}

impl Pager {
    pub(super) fn of(page: &Page, pagination: &Pagination, context: &PageContext<'_>) -> Self {
        let query = LinkQuery(context.query);
        let name = page.position.parameter().name();
        let link = |number: u64| query.link(&[name], Some((name, &number.to_string())));
        let size = pagination.size;
        let (before, size_name) = match page.position {
            Position::Page(number) => ((number - 1).checked_mul(size), Parameter::PageSize),
            Position::Offset(offset) => (Some(offset), Parameter::Limit),
            Position::Cursor => (None, Parameter::PageSize),
            Position::Last | Position::All => (Some(0), Parameter::PageSize),
        };
        let kept = query.pairs();
        let kept = kept.filter(|(name, ..)| !Position::is_named(name) && name != size_name.name());
        let is_first = pagination.previous.is_none();
        let is_last = pagination.next.is_none();
        Self {
            rows: rows(page, before),
            first: Some(pagination.first.clone()).filter(|_| !is_first),
            previous: pagination.previous.clone(),
            near: near(page, pagination, link),
            next: pagination.next.clone(),
            last: pagination.last.clone().filter(|_| !is_last),
            size_name: size_name.name(),
            sizes: sizes(size, context),
            kept: kept
                .map(|(name, value, _)| (name.into_owned(), value.into_owned()))
                .collect(),
        }
    }

    /// Returns the pager of a page of groups, which are no rows.
    pub(super) fn of_groups(mut self) -> Self {
        self.rows = self.rows.replace("row", "group");
        self
    }

    pub(super) fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

/// Returns the links to the pages around this one; none if pages have no numbers.
fn near(page: &Page, pagination: &Pagination, link: impl Fn(u64) -> String) -> Vec<PageLink> {
    let number = match page.position {
        Position::Page(number) => number,
        Position::Last | Position::All => 1,
        Position::Offset(_) | Position::Cursor => return Vec::new(),
    };
    let pages = pagination.pages.unwrap_or(number);
    let near = number.saturating_sub(2).max(1)..=number.saturating_add(2).min(pages);
    near.map(|near| PageLink {
        number: near,
        uri: (near != number).then(|| link(near)),
    })
    .collect()
}

/// Returns which rows the page has, in words, such as `26–50 of 4,810`. There are `before` rows before it, if that is
/// known.
fn rows(page: &Page, before: Option<u64>) -> String {
    let count = page.rows.len() as u64;
    let about = match page.count_is {
        CountIs::Exact => "",
        CountIs::AtLeast => "more than ",
        CountIs::Estimated => "about ",
    };
    match (page.total, count) {
        (Some(0), _) | (None, 0) => "no rows".to_owned(),
        (Some(total), 0) => format!("none of {about}{} rows here", grouped(total)),
        (Some(1), 1) if about.is_empty() => "1 row".to_owned(),
        (Some(total), count) if count == total && about.is_empty() => {
            format!("{} rows", grouped(total))
        }
        (None, count) if before.is_none() => match count {
            1 => "1 row here".to_owned(),
            count => format!("{} rows here", grouped(count)),
        },
        (total, count) => {
            let before = before.unwrap_or_default();
            let (first, last) = (grouped(before + 1), grouped(before + count));
            let total = total.map(|total| format!(" of {about}{}", grouped(total)));
            format!("rows {first}–{last}{}", total.unwrap_or_default())
        }
    }
}

/// Returns the page sizes to choose from, each with whether it is that of the page; none if the size is fixed.
fn sizes(size: u64, context: &PageContext<'_>) -> Vec<(u64, bool)> {
    let Some(pages) = context.place.as_ref().map(|place| place.offer.pages) else {
        return Vec::new();
    };
    if pages.fixed {
        return Vec::new();
    }
    let mut sizes = vec![10, 25, 50, 100, 250, 1000, size, pages.size];
    sizes.retain(|one| *one <= pages.largest);
    sizes.sort_unstable();
    sizes.dedup();
    sizes.into_iter().map(|one| (one, one == size)).collect()
}

/// Returns a number with a comma between each three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let texts = [0, 999, 1000, 4810, 12_345_678].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "4,810", "12,345,678"]);
    }
}
