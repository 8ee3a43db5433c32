//! The links to other pages of a list.

use super::{
    super::{context::PageContext, writer::Pagination},
    query::LinkQuery,
};
use crate::operation::Page;

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
        let link = |number: u64| query.link(&["page"], Some(("page", &number.to_string())));
        let number = page.position.page().unwrap_or(1);
        let pages = pagination.pages.unwrap_or(number);
        let from = number.saturating_sub(2).max(1);
        let near = (from..=number.saturating_add(2).min(pages)).map(|near| PageLink {
            number: near,
            uri: (near != number).then(|| link(near)),
        });
        let kept = query.pairs();
        let kept = kept.filter(|(name, ..)| name != "page" && name != "page_size");
        Self {
            rows: rows(page, pagination, number),
            first: (number > 1).then(|| link(1)),
            previous: (number > 1).then(|| link(number - 1)),
            near: near.collect(),
            next: page.more.then(|| link(number.saturating_add(1))),
            last: pagination.pages.filter(|pages| number < *pages).map(link),
            sizes: sizes(pagination.size, context),
            kept: kept
                .map(|(name, value, _)| (name.into_owned(), value.into_owned()))
                .collect(),
        }
    }

    pub(super) fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

/// Returns which rows the page has, in words, such as `26–50 of 4,810`.
fn rows(page: &Page, pagination: &Pagination, number: u64) -> String {
    let before = number.saturating_sub(1).saturating_mul(pagination.size);
    let count = page.rows.len() as u64;
    match (page.total, count) {
        (Some(0), _) | (None, 0) => "no rows".to_owned(),
        (Some(1), _) => "1 row".to_owned(),
        (Some(total), count) if count == total => format!("{} rows", grouped(total)),
        (total, count) => {
            let (first, last) = (grouped(before + 1), grouped(before + count));
            let total = total.map(|total| format!(" of {}", grouped(total)));
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
