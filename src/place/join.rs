//! Foreign keys and declared relations as joins: pairs of columns whose values are equal in related rows.

use super::PlaceDraft;
use crate::model::{Column, ColumnNumber, Join, Junction, Many, Relation, same_kind};

/// Returns the join of a foreign key, from rows of `own` to rows of `target`.
pub(super) fn join(
    relation: &Relation,
    own: &PlaceDraft,
    target: &PlaceDraft,
) -> Result<Join, String> {
    let there = if relation.references.is_empty() {
        target.model.primary_key().to_vec()
    } else {
        target.numbers(&relation.references, own)?
    };
    let on = own.pairs(&relation.columns, &there, target)?;
    Ok(Join {
        target: target.model.clone(),
        many: false,
        on,
        junction: None,
    })
}

/// Returns the join of a relation that `.many(…)` or `.many_through(…)` declares, from rows of `own` to rows of
/// `target`.
pub(super) fn many_join(
    many: &Many,
    own: &PlaceDraft,
    target: &PlaceDraft,
) -> Result<Join, String> {
    let (own_key, target_key) = (own.model.primary_key(), target.model.primary_key());
    let named = |key: &[ColumnNumber], names: &[String], whose: &PlaceDraft| {
        if key.len() == names.len() {
            return Ok(key.iter().copied().zip(names.to_vec()).collect::<Vec<_>>());
        }
        Err(format!(
            "{}: the relation `{}` names {} columns for the key of {}, which has {}",
            own.model.name(),
            many.name,
            names.len(),
            whose.model.name(),
            key.len()
        ))
    };
    let (on, junction) = match &many.through {
        None => {
            let there = target.numbers(&many.columns, own)?;
            (own.pairs(own_key, &there, target)?, None)
        }
        Some(through) => {
            let schema = through.schema.as_deref().or(own.model.schema());
            let junction = Junction {
                schema: schema.map(str::to_owned),
                table: through.table.clone(),
                here: named(own_key, &many.columns, own)?,
                there: named(target_key, &through.columns, target)?,
            };
            (Vec::new(), Some(junction))
        }
    };
    Ok(Join {
        target: target.model.clone(),
        many: true,
        on,
        junction,
    })
}

/// Returns the join in the opposite direction. `join` starts from rows of `own`; the returned join leads to them.
pub(super) fn reversed(join: &Join, own: &PlaceDraft) -> Join {
    Join {
        target: own.model.clone(),
        many: true,
        on: join
            .on
            .iter()
            .map(|(here, there)| (*there, *here))
            .collect(),
        junction: join.junction.as_ref().map(|junction| Junction {
            schema: junction.schema.clone(),
            table: junction.table.clone(),
            here: junction.there.clone(),
            there: junction.here.clone(),
        }),
    }
}

/// Whether two joins relate the same rows in opposite directions.
pub(super) fn is_reverse(left: &Join, right: &Join) -> bool {
    let turned = right.on.iter().map(|(here, there)| (*there, *here));
    let same_junction = match (&left.junction, &right.junction) {
        (None, None) => true,
        (Some(left), Some(right)) => {
            (&left.table, &left.here, &left.there) == (&right.table, &right.there, &right.here)
        }
        _ => false,
    };
    same_junction && left.on.iter().copied().eq(turned)
}

impl PlaceDraft {
    /// Returns the columns of this draft (a place being built) that have these names in the database; `from` is the
    /// draft whose relation names them.
    fn numbers(&self, names: &[String], from: &Self) -> Result<Vec<ColumnNumber>, String> {
        let number = |name: &String| {
            self.model.stored(name).ok_or_else(|| {
                format!(
                    "{}: a relation names the column `{name}` of `{}`, which {} does not have",
                    from.model.name(),
                    self.model.table(),
                    self.model.name()
                )
            })
        };
        names.iter().map(number).collect()
    }

    /// Returns pairs of the columns `here` of this draft (a place being built) and the columns `there` of `target`, by
    /// position. There must be as many of both, and the types of each pair must match.
    fn pairs(
        &self,
        here: &[ColumnNumber],
        there: &[ColumnNumber],
        target: &Self,
    ) -> Result<Vec<(ColumnNumber, ColumnNumber)>, String> {
        let (model, other) = (self.model.name(), target.model.name());
        if here.len() != there.len() || here.is_empty() {
            return Err(format!(
                "{model}: a relation to {other} pairs {} columns with {}",
                here.len(),
                there.len()
            ));
        }
        for (left, right) in here.iter().zip(there) {
            let pair = self.model.at(*left).zip(target.model.at(*right));
            if let Some((left, right)) =
                pair.filter(|(left, right)| !same_kind(&left.ty, &right.ty))
            {
                return Err(format!(
                    "{model}: the relation to {other} compares `{}`, of type {}, with `{}`, of type {}",
                    left.name,
                    left.ty.name(),
                    right.name,
                    right.ty.name()
                ));
            }
        }
        Ok(here.iter().copied().zip(there.iter().copied()).collect())
    }
}

/// Returns the name of the to-one relation by a foreign key of `own`.
pub(super) fn member(relation: &Relation, own: &PlaceDraft, join: &Join) -> String {
    let column = match relation.columns.as_slice() {
        [column] => own.model.at(*column).map(Column::name),
        _ => None,
    };
    relation.member(column, join.target.name())
}
