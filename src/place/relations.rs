//! Which relations a place has: its foreign keys, those of others that lead to it, and junctions; and which place serves
//! each.

use std::sync::Arc;

use super::{
    Draft,
    key::Site,
    links::{self, Linked},
};
use crate::{
    cell::Type,
    model::{Join, Junction, Many, Relation},
    params::Served,
};

/// A relation, and where its links lead.
type Resolved = (Served, Linked);

/// The relations of every draft that a place serves, to-one before to-many.
pub(super) fn all(
    drafts: &[Draft],
    sites: &[Site],
    mistakes: &mut Vec<String>,
) -> Vec<Vec<Resolved>> {
    let each = 0..drafts.len();
    each.map(|at| {
        let world = World { at, drafts, sites };
        let mut resolved = world.to_one(mistakes);
        resolved.extend(world.to_many(mistakes));
        resolved
    })
    .collect()
}

/// Every draft, seen from one of them.
struct World<'a> {
    at: usize,
    drafts: &'a [Draft],
    sites: &'a [Site],
}

/// A place that could serve a relation.
struct Candidate {
    place: usize,
    join: Arc<Join>,
    linked: Linked,
    /// The less, the better.
    rank: u8,
}

impl World<'_> {
    fn own(&self) -> Option<&Draft> {
        self.drafts.get(self.at)
    }

    fn to_one(&self, mistakes: &mut Vec<String>) -> Vec<Resolved> {
        let mut resolved = Vec::new();
        let Some(own) = self.own() else {
            return resolved;
        };
        for relation in own.model.relations() {
            if own.hides(relation) {
                continue;
            }
            let mut candidates = Vec::new();
            for (place, target) in self.drafts.iter().enumerate() {
                if own.leads_to(relation, target) {
                    match join(relation, own, target) {
                        Ok(join) => candidates.push(self.candidate(place, join)),
                        Err(words) => note(words, mistakes),
                    }
                }
            }
            let Some(best) = best(candidates) else {
                continue;
            };
            let name = member(relation, own, &best.join);
            resolved.push(best.served(name));
        }
        resolved
    }

    fn to_many(&self, mistakes: &mut Vec<String>) -> Vec<Resolved> {
        let Some(own) = self.own() else {
            return Vec::new();
        };
        let mut groups: Vec<Group> = own.model.many_relations().iter().map(Group::of).collect();
        for (place, child) in self.drafts.iter().enumerate() {
            let keys = child.model.relations().iter();
            for relation in keys.filter(|relation| child.leads_to(relation, own)) {
                let Ok(join) = join(relation, child, own) else {
                    // Said where the relation is the child's own.
                    continue;
                };
                let columns = child.sql_names(&relation.columns);
                let known = groups
                    .iter_mut()
                    .find(|group| group.is_of(own, child, &columns));
                let candidate = self.candidate(place, reversed(&join, child));
                match known {
                    Some(group) => group.candidates.push(candidate),
                    None if child.hides(relation) => {}
                    None => groups.push(Group {
                        many: None,
                        child: place,
                        columns,
                        relation: member(relation, child, &join),
                        candidates: vec![candidate],
                    }),
                }
            }
        }
        for group in &mut groups {
            self.declared(group, mistakes);
        }
        let names: Vec<_> = groups
            .iter()
            .map(|group| self.name(group, &groups))
            .collect();
        let each = groups.into_iter().zip(names);
        each.filter_map(|(group, name)| Some(best(group.candidates)?.served(name)))
            .collect()
    }

    /// The candidates of a relation that only this model declares: through a junction, or by columns that are no foreign
    /// key.
    fn declared(&self, group: &mut Group, mistakes: &mut Vec<String>) {
        let (Some(own), Some(many)) = (self.own(), &group.many) else {
            return;
        };
        if !group.candidates.is_empty() {
            return;
        }
        for (place, target) in self.drafts.iter().enumerate() {
            if own.means(many.schema.as_deref(), &many.table, target) {
                match many_join(many, own, target) {
                    Ok(join) => group.candidates.push(self.candidate(place, join)),
                    Err(words) => note(words, mistakes),
                }
            }
        }
    }

    /// What a to-many relation is called: as declared, else by its place, and by its foreign key where there are several.
    fn name(&self, group: &Group, all: &[Group]) -> String {
        if let Some(many) = &group.many {
            return many.name.clone();
        }
        let first = group.candidates.iter().min_by_key(|one| one.rank);
        let Some(place) = first.and_then(|one| self.drafts.get(one.place)) else {
            return String::new();
        };
        let name = if place.name.is_empty() {
            place.model.name().to_lowercase()
        } else {
            place.name.clone()
        };
        let nested_here = first.is_some_and(|one| one.rank == NESTED);
        let same_child = |other: &&Group| {
            let pair = self
                .drafts
                .get(other.child)
                .zip(self.drafts.get(group.child));
            other.many.is_none() && pair.is_some_and(|(left, right)| left.same_table(right))
        };
        if nested_here || all.iter().filter(same_child).count() == 1 {
            return name;
        }
        format!("{name}_by_{}", group.relation)
    }

    /// A place that serves the target of a join.
    fn candidate(&self, place: usize, join: Join) -> Candidate {
        let linked = links::linked(self.at, &join, place, self.drafts, self.sites);
        let nesting = self.sites.get(place).and_then(|site| site.nesting.as_ref());
        let is_nested = join.many
            && nesting.is_some_and(|nesting| {
                nesting.parent == self.at && is_reverse(&nesting.join, &join)
            });
        let is_top = nesting.is_none();
        let rank = match (is_nested, linked.object.is_some(), is_top) {
            (true, ..) => NESTED,
            (_, true, true) => 1,
            (_, true, false) => 2,
            (_, false, true) => 3,
            (_, false, false) => 4,
        };
        Candidate {
            place,
            join: Arc::new(join),
            linked,
            rank,
        }
    }
}

/// The rank of a place that is nested by the very relation.
const NESTED: u8 = 0;

/// A to-many relation, and the places that could serve it.
struct Group {
    many: Option<Many>,
    /// A place of the other table, where there is a foreign key.
    child: usize,
    /// The columns of the foreign key, by their name in the table.
    columns: Vec<String>,
    /// What the foreign key is called on its own side.
    relation: String,
    candidates: Vec<Candidate>,
}

impl Group {
    fn of(many: &Many) -> Self {
        Self {
            many: Some(many.clone()),
            child: usize::MAX,
            columns: many.columns.clone(),
            relation: String::new(),
            candidates: Vec::new(),
        }
    }

    /// Whether it is the relation by these columns of a child.
    fn is_of(&self, own: &Draft, child: &Draft, columns: &[String]) -> bool {
        let is_its_table = match &self.many {
            Some(many) => {
                many.through.is_none() && own.means(many.schema.as_deref(), &many.table, child)
            }
            None => self
                .candidates
                .first()
                .is_some_and(|one| one.join.target.table() == child.model.table()),
        };
        is_its_table && self.columns == columns
    }
}

impl Candidate {
    fn served(self, name: String) -> Resolved {
        let served = Served {
            name,
            join: self.join,
            place: self.place,
            asked: true,
        };
        (served, self.linked)
    }
}

fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    candidates
        .into_iter()
        .min_by_key(|candidate| candidate.rank)
}

/// From a row of `child` to the one of `parent` it is nested under.
pub(super) fn nesting(child: &Draft, parent: &Draft, mistakes: &mut Vec<String>) -> Option<Join> {
    let (mut found, mut bad) = (Vec::new(), Vec::new());
    for relation in child.model.relations() {
        if child.leads_to(relation, parent) {
            match join(relation, child, parent) {
                Ok(join) => {
                    let columns = child.sql_names(&relation.columns);
                    let mut names = vec![member(relation, child, &join)];
                    let many = parent.model.many_relations().iter().filter(|many| {
                        many.through.is_none()
                            && many.columns == columns
                            && parent.means(many.schema.as_deref(), &many.table, child)
                    });
                    names.extend(many.map(|many| many.name.clone()));
                    found.push((names, join));
                }
                Err(words) => bad.push(words),
            }
        }
    }
    for many in parent.model.many_relations() {
        let is_child = parent.means(many.schema.as_deref(), &many.table, child);
        let by_key = found.iter().any(|(names, _)| names.contains(&many.name));
        if is_child && !by_key {
            match many_join(many, parent, child) {
                Ok(join) => found.push((vec![many.name.clone()], reversed(&join, parent))),
                Err(words) => bad.push(words),
            }
        }
    }
    mistakes.extend(bad);
    choose(found, child, parent, mistakes)
}

/// The relation that is named, else the one the path names, else the only one.
fn choose(
    mut found: Vec<(Vec<String>, Join)>,
    child: &Draft,
    parent: &Draft,
    mistakes: &mut Vec<String>,
) -> Option<Join> {
    let (path, model, above) = (&child.name, child.model.name(), parent.model.name());
    let wanted = child.nested_by.as_ref();
    let named = |name: &String| found.iter().position(|(names, _)| names.contains(name));
    let at = match wanted {
        Some(name) => named(name),
        None => named(path).or_else(|| (found.len() == 1).then_some(0)),
    };
    if let Some(at) = at {
        return Some(found.swap_remove(at).1);
    }
    let names: Vec<_> = found
        .iter()
        .map(|(names, _)| format!("`{}`", names.join("` or `")))
        .collect();
    let names = names.join(", ");
    mistakes.push(match wanted {
        _ if found.is_empty() => format!(
            "{model} cannot be nested at `{path}` under {above}: no relation between their tables is declared; declare \
             one with `.relation(…)` of {model} or `.many(…)` of {above}"
        ),
        Some(name) => format!(
            "{model} cannot be nested under {above} by `{name}`: the relations between them are {names}"
        ),
        None => format!(
            "{model} is related to {above} in several ways ({names}): say which one nests it, with \
             `.nest_by(\"{path}\", \"…\", …)`"
        ),
    });
    None
}

/// From a row of `own` by a foreign key to the row of `target`.
fn join(relation: &Relation, own: &Draft, target: &Draft) -> Result<Join, String> {
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

/// From a row of `own` to the rows of `target` that it declares.
fn many_join(many: &Many, own: &Draft, target: &Draft) -> Result<Join, String> {
    let (own_key, target_key) = (own.model.primary_key(), target.model.primary_key());
    let named = |key: &[u16], names: &[String], whose: &Draft| {
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

/// The same pairs of rows from the other end, which is `own`'s.
fn reversed(join: &Join, own: &Draft) -> Join {
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

/// Whether two joins pair the same rows, one from each end.
fn is_reverse(left: &Join, right: &Join) -> bool {
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

fn member(relation: &Relation, own: &Draft, join: &Join) -> String {
    let column = match relation.columns.as_slice() {
        [column] => own.model.at(*column).map(crate::model::Column::name),
        _ => None,
    };
    relation.member(column, join.target.name())
}

/// A mistake that every place of a model would make again is said once.
fn note(words: String, mistakes: &mut Vec<String>) {
    if !mistakes.contains(&words) {
        mistakes.push(words);
    }
}

impl Draft {
    /// Whether a column of a foreign key is hidden, and the relation with it.
    fn hides(&self, relation: &Relation) -> bool {
        let mut columns = relation.columns.iter().filter_map(|at| self.model.at(*at));
        columns.any(|column| column.hidden)
    }

    fn sql_names(&self, columns: &[u16]) -> Vec<String> {
        let columns = columns.iter().filter_map(|at| self.model.at(*at));
        columns.map(|column| column.sql.clone()).collect()
    }

    /// The columns that a relation of another model names here.
    fn numbers(&self, names: &[String], from: &Self) -> Result<Vec<u16>, String> {
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

    /// Columns here and of `target` that hold the same values.
    fn pairs(&self, here: &[u16], there: &[u16], target: &Self) -> Result<Vec<(u16, u16)>, String> {
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

/// Whether values of two types can be equal as the parts of a key are.
fn same_kind(left: &Type, right: &Type) -> bool {
    let text = |ty: &Type| matches!(ty, Type::Text | Type::Enum(_));
    match (left, right) {
        (Type::Integer { .. }, Type::Integer { .. }) => true,
        (left, right) => left == right || (text(left) && text(right)),
    }
}
