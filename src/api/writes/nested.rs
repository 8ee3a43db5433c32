//! Reading the parts of a body that are written to other tables than the row itself: pairs in junctions, and nested
//! rows.

use super::{
    super::{Request, Shared, no_route},
    references::{Known, references, set_given},
};
use crate::{
    error::Result,
    operation::{Changes, Children, LinkSet},
    params::{PlaceIndex, Served, World},
    payload::Input,
    policy::Access,
    visibility::Entered,
};

impl Shared {
    /// Returns the changes that a body asks for, with those of other tables.
    pub(super) fn changes(
        &self,
        entered: &Entered<'_>,
        at: PlaceIndex,
        input: Input,
        request: &Request<'_>,
    ) -> Result<Changes> {
        let place = self.place(at)?;
        let relation = |number: usize| place.offer.relations.get(number).ok_or_else(no_route);
        let mut changes = input.changes;
        for (number, keys) in input.links {
            let relation = relation(number)?;
            changes.links.push(LinkSet {
                join: relation.join.clone(),
                pairs: relation.pairs.clone().ok_or_else(no_route)?,
                keys,
                visible: entered.row_filter(relation.place),
                member: relation.name.clone(),
            });
        }
        for (number, rows) in input.children {
            let relation = relation(number)?;
            let children = self.children(entered, relation, rows, request);
            let children = children.map_err(|error| error.below(&relation.name))?;
            changes.children.push(children);
        }
        Ok(changes)
    }

    /// Returns the new rows of a nested place that are created together with their parent.
    fn children(
        &self,
        entered: &Entered<'_>,
        relation: &Served,
        rows: Vec<Input>,
        request: &Request<'_>,
    ) -> Result<Children> {
        let at = relation.inline.ok_or_else(no_route)?;
        let place = self.place(at)?;
        place.permit(Access::Create, request.head)?;
        let values = place.values_of_new_rows(request.head)?;
        let given = entered.given_columns(at);
        let rows = rows.into_iter().enumerate().map(|(number, row)| {
            let changes = self.changes(entered, at, row, request);
            changes.map_err(|error| error.in_row(Some(number)))
        });
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        let head = (place.model(), request.head);
        place.server_columns.set_in(&mut rows, values, head)?;
        set_given(&mut rows, &given);
        let known = Known {
            given: &given,
            is_new: true,
            is_array: true,
        };
        Ok(Children {
            place: at,
            model: place.model().clone(),
            inherited: entered.inherited_columns(at),
            references: references(entered, &place.offer, &rows, known)?,
            validators: place.validators.clone(),
            rows,
            visible: entered.row_filter(at),
            member: relation.name.clone(),
        })
    }
}
