//! Reading the members that are written to other tables: pairs of a junction, and nested rows of a new row.

use serde_json::value::RawValue;

use super::{changes::BodyForm, column, input::Input, members::Sent};
use crate::{
    cell::Value,
    error::{Code, Fault, Where, push_step, shown},
    model::Column,
    operation::Set,
    params::{PlaceIndex, Served, ToOne},
};

impl BodyForm<'_> {
    /// Reads the member of a many-to-many relation, such as `"tags": ["/tags/1/", 2]`: the links or keys of all related
    /// rows.
    pub(super) fn pairs(
        &self,
        (at, relation): (usize, &Served),
        sent: &Sent<'_>,
        input: &mut Input,
    ) -> Result<(), Vec<Fault>> {
        let name = relation.name.as_str();
        let most = self.offer.limits.linked_rows();
        let items = limited(name, sent, most, "are set at once")?;
        let (mut keys, mut faults) = (Vec::with_capacity(items.len()), Vec::new());
        for (number, item) in items.iter().enumerate() {
            match self.key(relation, item) {
                Some(key) if keys.contains(&key) => {
                    let detail = "the row is named more than once";
                    faults.push(Fault::of(item_of(name, number), Code::Repeated, detail));
                }
                Some(key) => keys.push(key),
                None => {
                    let target = relation.join.target.name();
                    let detail = format!("`{name}` takes links or keys of rows of {target}");
                    faults.push(Fault::of(item_of(name, number), Code::InvalidValue, detail));
                }
            }
        }
        input.links.push((at, keys));
        match faults.is_empty() {
            true => Ok(()),
            false => Err(faults),
        }
    }

    /// Reads a link or the key of a related row; `None` if it is neither.
    fn key(&self, relation: &Served, item: &RawValue) -> Option<Vec<Value>> {
        let link = serde_json::from_str::<String>(item.get()).ok();
        let linked = link.and_then(|link| (self.key_of)(relation, &link));
        linked.or_else(|| {
            let column = only_key(relation)?;
            Some(vec![column::of_json(column, item.get()).ok()?])
        })
    }

    /// Reads the key of a related row, where the relation is shown as a key.
    pub(super) fn key_sent(&self, relation: &Served, sent: &Sent<'_>) -> Option<Vec<Value>> {
        let column = only_key(relation).filter(|_| relation.shape == ToOne::Key)?;
        match self.value(column, sent).ok()? {
            Set::To(value) => Some(vec![value]),
            Set::Null | Set::Default | Set::Next | Set::Merge(_) => None,
        }
    }

    /// Reads a member with nested rows, such as `"lines": [{"price": "9.50"}]`. Each item is a new row of the nested
    /// place.
    pub(super) fn children(
        &self,
        (at, relation, place): (usize, &Served, PlaceIndex),
        sent: &Sent<'_>,
        input: &mut Input,
    ) -> Result<(), Vec<Fault>> {
        let name = relation.name.as_str();
        let most = self.offer.limits.bulk_rows;
        let items = limited(name, sent, most, "are inserted at once")?;
        let Some(child) = (self.child_of)(place) else {
            return Ok(());
        };
        let form = BodyForm {
            verb: self.verb,
            rows_come_back: self.rows_come_back,
            offer: child.offer,
            given: child.given.into(),
            key_of: self.key_of,
            child_of: self.child_of,
        };
        let rows = form.read_items(&items);
        let rows = rows.map_err(|error| error.below(name).parameter_faults().to_vec())?;
        input.children.push((at, rows));
        Ok(())
    }
}

/// Returns the items of a member that is an array, of which there are at most `most`.
fn limited<'a>(
    name: &str,
    sent: &Sent<'a>,
    most: usize,
    what: &str,
) -> Result<Vec<&'a RawValue>, Vec<Fault>> {
    let items = array(name, sent)?;
    let count = items.len();
    if count <= most {
        return Ok(items);
    }
    let detail = format!("`{name}` has {count} rows; at most {most} {what}");
    Err(vec![Fault::member(name, Code::LimitExceeded, detail)])
}

/// Returns the items of a member that is an array.
fn array<'a>(name: &str, sent: &Sent<'a>) -> Result<Vec<&'a RawValue>, Vec<Fault>> {
    let items = match sent {
        Sent::Json(raw) | Sent::Patch(raw) => serde_json::from_str(raw.get()).ok(),
        Sent::Text(_) | Sent::Null => None,
    };
    items.ok_or_else(|| {
        let detail = format!("`{}` takes a JSON array", shown(name));
        vec![Fault::member(name, Code::InvalidValue, detail)]
    })
}

/// Returns the pointer to an item of a member that is an array: `/tags/2`.
fn item_of(name: &str, number: usize) -> Where {
    let mut pointer = String::new();
    push_step(name, &mut pointer);
    push_step(&number.to_string(), &mut pointer);
    Where::Pointer(pointer)
}

/// Returns the column of the related row that the relation joins by, if it is one.
fn only_key(relation: &Served) -> Option<&Column> {
    let mut there = relation.join.there();
    let only = there.next().filter(|_| there.next().is_none())?;
    relation.join.target.at(only)
}
