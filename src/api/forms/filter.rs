//! The form by which a list is filtered: its fields become the parameters of the list's URL.

use http::Response;

use super::super::{Request, Shared};
use crate::{
    body::Body,
    error::{Error, Result},
    link::query_pair,
    params::{Lookup, Parameter, form_pairs},
    response,
};

impl Shared {
    /// Answers the form with a redirect to the list, without the form's own pairs and without empty ones.
    ///
    /// A filter of a column has two pairs named `_form`: what it compares with, such as `year__gte`, and its value. A
    /// comparison that needs no value is a whole pair, such as `year__isnull=true`.
    pub(in super::super) fn filter(&self, request: &Request<'_>) -> Result<Response<Body>> {
        let mut faults = Vec::new();
        let query = request.head.uri.query().unwrap_or_default();
        let sent = form_pairs(query, &mut faults);
        Error::of_any(faults)?;
        let mut pairs: Vec<String> = Vec::new();
        let mut of_form = Vec::new();
        for (name, value) in &sent {
            match (&**name, &**value) {
                ("_form", value) => of_form.push(value),
                (_, "") => {}
                (name, value) => pairs.push(query_pair(name, value)),
            }
        }
        for filter in of_form.get(1..).unwrap_or_default().chunks(2) {
            let filter = match (filter, filter.first().and_then(|how| whole(how))) {
                (_, Some((name, value))) => query_pair(name, value),
                ([name, value], None) if !value.is_empty() => query_pair(plain(name), value),
                _ => continue,
            };
            if !pairs.contains(&filter) {
                pairs.push(filter);
            }
        }
        let list = self.around(request).uri;
        let query = pairs.join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        Ok(response::see_other(&format!("{list}{mark}{query}")))
    }
}

/// Returns the name and the value of a comparison that needs no value, such as `year__isnull=true`. The name of a column
/// may contain `=`, too.
fn whole(how: &str) -> Option<(&str, &str)> {
    let (name, value) = how.rsplit_once('=')?;
    let is_null = name
        .rsplit_once("__")
        .and_then(|(_, suffix)| Lookup::named(suffix));
    (is_null == Some(Lookup::Isnull)).then_some((name, value))
}

/// Returns the name of a filter without `__exact`, which says nothing unless a parameter has the column's name.
fn plain(name: &str) -> &str {
    let column = name.strip_suffix("__exact");
    let column = column.filter(|column| Parameter::named(column).is_none());
    column.unwrap_or(name)
}
