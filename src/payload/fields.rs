//! Reading the fields of a form; a field that is given twice is refused.

use std::{borrow::Cow, collections::HashSet};

use super::fault::malformed;
use crate::{
    error::{Code, Error, Fault, Result, shown},
    params::form_pairs,
};

/// Returns the fields of a form; a field that is given twice is an error.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let text = str::from_utf8(bytes).map_err(|_| malformed("the form is not UTF-8"))?;
    let mut faults = Vec::new();
    let pairs = form_pairs(text, &mut faults);
    faults.extend(repeated(pairs.iter().map(|(name, _)| &**name)));
    if faults.is_empty() {
        return Ok(pairs);
    }
    let in_body = |fault: Fault| match fault.parameter() {
        Some(name) => Fault::member(name, fault.code, fault.detail.clone()),
        None => fault,
    };
    Err(Error::faults(faults.into_iter().map(in_body).collect()))
}

/// Returns a fault for each name that occurs a second time.
pub(super) fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Fault> {
    let mut known = HashSet::new();
    let again = names.filter(|name| !known.insert(*name));
    let faults = again.map(|name| {
        let detail = format!("`{}` is given more than once", shown(name));
        Fault::member(name, Code::Repeated, detail)
    });
    faults.collect()
}
