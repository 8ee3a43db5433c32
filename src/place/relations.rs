//! The relations of each place, and for each relation the place that serves its rows. Relations come from foreign keys
//! of the place's table, from foreign keys of other tables that reference it, and from declarations, such as of
//! many-to-many relations.

use std::sync::Arc;

use super::{
    PlaceDraft,
    join::{is_reverse, join, many_join, member, reversed},
    key::Site,
    links::{self, Linked},
};
use crate::{
    model::{ColumnNumber, Join, Many, Relation},
    params::{PlaceIndex, Served, ToOne, indexed},
};

/// A relation, and the targets of its links.
type Resolved = (Served, Linked);

/// Returns the relations of every draft (a place being built) whose related rows some place serves: first the to-one,
/// then the to-many.
pub(super) fn all(
    drafts: &[PlaceDraft],
    sites: &[Site],
    mistakes: &mut Vec<String>,
) -> Vec<Vec<Resolved>> {
    let resolved = indexed(drafts).map(|(at, _)| {
        let world = PlaceDrafts { at, drafts, sites };
        let mut resolved = world.to_one(mistakes);
        resolved.extend(world.to_many(mistakes));
        resolved
    });
    let mut resolved: Vec<Vec<Resolved>> = resolved.collect();
    list_by_the_way_back(&mut resolved, drafts, sites);
    resolved
}

/// Gives each relation through a junction a link to the list of related rows, unless it has one. The link leads to the
/// top-level list of these rows, filtered by the relation that leads back through the same junction: `/tags/?cars=7`.
fn list_by_the_way_back(resolved: &mut [Vec<Resolved>], drafts: &[PlaceDraft], sites: &[Site]) {
    let mut lists = Vec::new();
    for (at, own) in indexed(resolved) {
        for (number, (served, linked)) in own.iter().enumerate() {
            let is_top = served
                .place
                .item(sites)
                .is_some_and(|site| site.nesting.is_none());
            let (Some(junction), None, true) = (&served.join.junction, &linked.list, is_top) else {
                continue;
            };
            let leads_back = |(back, _): &&Resolved| {
                let other = back.join.junction.as_ref();
                other.is_some_and(|other| {
                    (&other.table, &other.schema) == (&junction.table, &junction.schema)
                        && (&other.here, &other.there) == (&junction.there, &junction.here)
                })
            };
            let back = served
                .place
                .item(resolved)
                .and_then(|there| there.iter().find(leads_back));
            let (Some((back, _)), [(key, _)], Some(target)) =
                (back, junction.here.as_slice(), served.place.item(drafts))
            else {
                continue;
            };
            let list = links::filtered(&target.name, &back.name, *key, served.place);
            lists.push((at, number, list));
        }
    }
    for (at, number, list) in lists {
        let own = at.item_mut(resolved).and_then(|own| own.get_mut(number));
        if let Some((_, linked)) = own {
            linked.list = Some(list);
        }
    }
}

/// All drafts (places being built), and the index of the one whose relations are resolved.
struct PlaceDrafts<'a> {
    at: PlaceIndex,
    drafts: &'a [PlaceDraft],
    sites: &'a [Site],
}

/// A place that could serve the rows of a relation. Of several places of one table, one is chosen.
struct Candidate {
    place: PlaceIndex,
    join: Arc<Join>,
    linked: Linked,
    /// Whether the place is nested by this same relation under the place whose relations are resolved, as parts are
    /// under cars.
    is_nested: bool,
    /// The rank among the candidates; the one with the lowest is chosen.
    rank: u8,
}

impl PlaceDrafts<'_> {
    fn own(&self) -> Option<&PlaceDraft> {
        self.at.item(self.drafts)
    }

    fn to_one(&self, mistakes: &mut Vec<String>) -> Vec<Resolved> {
        let mut resolved = Vec::new();
        let Some(own) = self.own() else {
            return resolved;
        };
        for relation in own.model.relations() {
            if own.hides(relation) {
                own.check_write_only(relation, mistakes);
                continue;
            }
            let mut candidates = Vec::new();
            for (place, target) in indexed(self.drafts) {
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
        let mut groups: Vec<Candidates> = own
            .model
            .many_relations()
            .iter()
            .map(Candidates::of)
            .collect();
        for (place, child) in indexed(self.drafts) {
            let keys = child.model.relations().iter();
            let leads = |relation: &&Relation| !relation.inherited && child.leads_to(relation, own);
            for relation in keys.filter(leads) {
                let Ok(join) = join(relation, child, own) else {
                    // The mistake was already added by `to_one` of the child's place.
                    continue;
                };
                let columns = child.sql_names(&relation.columns);
                let known = groups
                    .iter_mut()
                    .find(|group| group.is_of(own, child, &columns));
                let candidate = self.candidate(place, reversed(&join, child));
                match known {
                    Some(group) => {
                        group.child = Some(place);
                        group.candidates.push(candidate);
                    }
                    None if child.hides(relation) => {}
                    None => groups.push(Candidates {
                        many: None,
                        child: Some(place),
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

    /// Adds the candidates of a relation that no foreign key defines: one declared by this model through a junction, or
    /// by columns that are no foreign key.
    fn declared(&self, group: &mut Candidates, mistakes: &mut Vec<String>) {
        let (Some(own), Some(many)) = (self.own(), &group.many) else {
            return;
        };
        if !group.candidates.is_empty() {
            return;
        }
        for (place, target) in indexed(self.drafts) {
            if own.means(many.schema.as_deref(), &many.table, target) {
                match many_join(many, own, target) {
                    Ok(join) => group.candidates.push(self.candidate(place, join)),
                    Err(words) => note(words, mistakes),
                }
            }
        }
    }

    /// Returns the name of a to-many relation: the declared name, else the name of the place that serves it, such as
    /// `parts`. If several foreign keys of one table reference this table, `_by_` and the name of the to-one relation
    /// are appended.
    fn name(&self, group: &Candidates, all: &[Candidates]) -> String {
        if let Some(many) = &group.many {
            return many.name.clone();
        }
        // If a place is nested by the relation, the relation has the name of that place.
        let candidates = || group.candidates.iter();
        let nested = candidates().find(|one| one.is_nested);
        let first = nested.or_else(|| candidates().min_by_key(|one| one.rank));
        let Some(place) = first.and_then(|one| one.place.item(self.drafts)) else {
            return String::new();
        };
        let name = if place.name.is_empty() {
            place.model.name().to_lowercase()
        } else {
            place.name.clone()
        };
        let child = |group: &Candidates| group.child?.item(self.drafts);
        let same_child = |other: &&Candidates| {
            let pair = child(other).zip(child(group));
            pair.is_some_and(|(left, right)| left.same_table(right))
        };
        if nested.is_some() || all.iter().filter(same_child).count() == 1 {
            return name;
        }
        format!("{name}_by_{}", group.relation)
    }

    /// Returns a place as a candidate for serving the rows that `join` leads to.
    fn candidate(&self, place: PlaceIndex, join: Join) -> Candidate {
        let linked = links::linked(self.at, &join, place, self.drafts, self.sites);
        let nesting = place
            .item(self.sites)
            .and_then(|site| site.nesting.as_ref());
        let is_nested = join.many
            && nesting.is_some_and(|nesting| {
                nesting.parent == self.at && is_reverse(&nesting.join, &join)
            });
        let is_top = nesting.is_none();
        let rank = match (linked.object.is_some(), is_top) {
            // Of several top-level places, the first registered one is chosen, so that adding another does not change
            // the related rows or their links.
            (_, true) => 0,
            _ if is_nested => 1,
            (true, false) => 2,
            (false, false) => 3,
        };
        Candidate {
            place,
            join: Arc::new(join),
            linked,
            is_nested,
            rank,
        }
    }
}

/// A to-many relation, and the places that could serve it.
struct Candidates {
    many: Option<Many>,
    /// The place whose table has the foreign key; `None` if only this model declares the relation.
    child: Option<PlaceIndex>,
    /// The names, in the table, of the columns that reference this model's rows.
    columns: Vec<String>,
    /// The name of the to-one relation by the same foreign key, in the other direction.
    relation: String,
    candidates: Vec<Candidate>,
}

impl Candidates {
    fn of(many: &Many) -> Self {
        Self {
            many: Some(many.clone()),
            child: None,
            columns: many.columns.clone(),
            relation: String::new(),
            candidates: Vec::new(),
        }
    }

    /// Whether this relation is the reverse of the foreign key of `child` on `columns`, given by their names in the
    /// table.
    fn is_of(&self, own: &PlaceDraft, child: &PlaceDraft, columns: &[String]) -> bool {
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
            shape: ToOne::Link,
            filtered: true,
            ordered: true,
            grouped: false,
            pairs: None,
            inline: None,
        };
        (served, self.linked)
    }
}

/// Returns the candidate that serves a relation. The scope of its place applies to the related rows, and its list
/// contains the rows that an answer leaves out.
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    let mut nested = candidates.iter().filter(|one| one.is_nested);
    let list = nested.find_map(|one| one.linked.list.clone());
    let mut best = candidates.into_iter().min_by_key(|one| one.rank)?;
    // The related rows of a junction may have a list only at the place nested under the object.
    if best.join.junction.is_some() && best.linked.list.is_none() {
        best.linked.list = list;
    }
    Some(best)
}

/// Adds a mistake unless `mistakes` contains it already, since the same mistake is found at every place of a model.
fn note(words: String, mistakes: &mut Vec<String>) {
    if !mistakes.contains(&words) {
        mistakes.push(words);
    }
}

impl PlaceDraft {
    /// Whether a column of the foreign key is hidden, which hides its relation, too.
    fn hides(&self, relation: &Relation) -> bool {
        let mut columns = relation.columns.iter().filter_map(|at| self.model.at(*at));
        columns.any(|column| column.hidden)
    }

    /// Adds a mistake for each write-only column of the foreign key. Its relation is hidden, so nothing would check that
    /// a request may see the row that it names.
    fn check_write_only(&self, relation: &Relation, mistakes: &mut Vec<String>) {
        let columns = relation.columns.iter().filter_map(|at| self.model.at(*at));
        for column in columns.filter(|column| column.write_only) {
            let words = format!(
                "{}: `{}` is write-only and refers to rows of `{}`; only a column that is shown can, since a request must \
                 be allowed to see the row that it names",
                self.model.name(),
                column.name,
                relation.table
            );
            note(words, mistakes);
        }
    }

    pub(super) fn sql_names(&self, columns: &[ColumnNumber]) -> Vec<String> {
        let columns = columns.iter().filter_map(|at| self.model.at(*at));
        columns.map(|column| column.sql.clone()).collect()
    }
}
