//! Visibility: which rows of each place one request may see, and the objects that its path goes through.
//!
//! The [`Visibility`] of a request is determined first, since parsing the query string needs it. [`Visibility::enter`]
//! consumes it and returns an [`Entered`], or `None` if a segment of the path is no valid key. Only [`Entered`] gives
//! the conditions on the rows of a place, so that the rows of a nested list are never read without its parent.

mod written;

use std::{ops::Deref, sync::Arc};

use crate::{
    cell::Value,
    error::{Code, Error, Result, SERVER_FAILED},
    keys::Parts,
    link::{LinkBase, Trail, write_key},
    model::ColumnNumber,
    operation::{Head, Parent},
    params::{Offer, PlaceIndex, World, read_key},
    place::{Nesting, Place},
    predicate::Predicate,
    route::Located,
};

/// Which rows of each place one request may see.
pub(crate) struct Visibility<'a> {
    places: &'a [Place],
    base: &'a LinkBase,
    /// The filter of each place whose visible rows depend on the request. A place with `None` shows no rows to it.
    filters: Vec<(PlaceIndex, Option<RowFilter>)>,
}

/// The visibility of one request, with the objects that its path goes through, such as `/cars/1` in `/cars/1/parts/`.
pub(crate) struct Entered<'a> {
    visibility: Visibility<'a>,
    /// The objects that the path goes through, outermost first, with the values of their columns that are known.
    above: Vec<Level>,
    trail: Trail,
}

/// Which rows of a place one request may see: by the parts of the key that the program's closure takes from the request
/// (`ViewSet::other_keys`), and by the scope.
struct RowFilter {
    /// The columns whose values come from the request through the closure, each with the value that visible rows have.
    parts: Parts,
    scope: Option<Predicate>,
}

/// An object that the path of the request goes through.
struct Level {
    place: PlaceIndex,
    key: Vec<(ColumnNumber, Value)>,
    /// The columns of the object whose values are known from its key, the objects above it and the rest of the request.
    known: Vec<(ColumnNumber, Value)>,
}

impl<'a> Visibility<'a> {
    /// Runs the program's closures for a request: scopes, and those of `ViewSet::other_keys`. An error of a closure of
    /// the requested place, or of a place that it is nested under, is returned. After an error of any other place, that
    /// place's rows are hidden.
    pub(crate) async fn of(
        places: &'a [Place],
        base: &'a LinkBase,
        found: &Located<'_>,
        head: &Head,
    ) -> Result<Self> {
        let mut filters = Vec::new();
        for (at, place) in restricted(places, found) {
            let filter = if found.is_within(at) {
                Some(place.row_filter(head).await?)
            } else {
                place.row_filter(head).await.ok()
            };
            filters.push((at, filter));
        }
        Ok(Self {
            places,
            base,
            filters,
        })
    }

    /// Returns the visibility for an OPTIONS request, which reads no rows. So the program's closures (scopes, and those
    /// of `ViewSet::other_keys`) are not called, and a place that has such a closure shows no rows.
    pub(crate) fn of_a_description(
        places: &'a [Place],
        base: &'a LinkBase,
        found: &Located<'_>,
    ) -> Self {
        Self {
            places,
            base,
            filters: restricted(places, found)
                .map(|(at, _)| (at, None))
                .collect(),
        }
    }

    /// Reads the keys of the objects that a path goes through, and returns the visibility inside it; `None` if a
    /// segment is no valid key.
    pub(crate) fn enter(self, found: &Located<'_>) -> Option<Entered<'a>> {
        let mut entered = Entered {
            visibility: self,
            above: Vec::new(),
            trail: Trail::default(),
        };
        for (at, segment) in &found.above {
            entered.go_below(*at, segment)?;
        }
        Some(entered)
    }

    pub(crate) fn place(&self, at: PlaceIndex) -> Option<&'a Place> {
        at.item(self.places)
    }

    pub(crate) fn base(&self) -> &LinkBase {
        self.base
    }

    /// Returns the value of a column of a place that the closure of `ViewSet::other_keys` took from the request; `None`
    /// if it took none.
    pub(crate) fn given(&self, place: PlaceIndex, column: ColumnNumber) -> Option<Value> {
        let mut parts = self.filter_of(place)?.parts.iter();
        let found = parts.find(|(given, _)| *given == column);
        found.map(|(_, value)| value.clone())
    }

    fn filter_of(&self, at: PlaceIndex) -> Option<&RowFilter> {
        let filter = self.filters.iter().find(|(place, _)| *place == at);
        filter.and_then(|(_, filter)| filter.as_ref())
    }

    /// Whether the place exists and every request may see the same rows: it has no scope, and no closure of
    /// `ViewSet::other_keys`.
    fn is_open(&self, at: PlaceIndex) -> bool {
        self.place(at)
            .is_some_and(|place| !place.depends_on_the_request())
    }

    fn nesting(&self, at: PlaceIndex) -> Option<&'a Nesting> {
        self.place(at)?.nesting.as_ref()
    }

    /// Returns the pairs of a nested place's column and the parent's column whose common value is known from the path
    /// or the rest of the request. A pair is left out if the database may treat different cells of the parent's column
    /// as equal keys.
    fn shared_columns(
        &self,
        nesting: &'a Nesting,
    ) -> impl Iterator<Item = (ColumnNumber, ColumnNumber)> {
        let parent = self.place(nesting.parent).map(Place::model);
        let known = nesting.known.iter().copied();
        known.filter(move |(_, there)| {
            let column = parent.and_then(|model| model.at(*there));
            column.is_some_and(|column| !column.keys_may_differ())
        })
    }
}

/// Returns the internal error for rows of a place that is not on the request's path, which only a bug of this crate
/// reads.
fn not_on_the_path() -> Error {
    let source = "the rows of a place are read outside its path";
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}

/// Returns the places whose visible rows depend on the request, among those that the requested place can show or is
/// nested under.
fn restricted<'a>(
    places: &'a [Place],
    found: &Located<'_>,
) -> impl Iterator<Item = (PlaceIndex, &'a Place)> + use<'a> {
    let own = found.place.item(places);
    let reached = own.into_iter().flat_map(|place| &place.restricted);
    reached.filter_map(|at| Some((*at, at.item(places)?)))
}

impl<'a> Entered<'a> {
    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Returns the condition on the rows of a list, and the parent object, if the place is nested. The parent must
    /// exist.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the place, or the object it is nested under, is not on the path.
    pub(crate) fn rows(&self, at: PlaceIndex) -> Result<(Predicate, Option<Parent>)> {
        let place = self.place(at).ok_or_else(not_on_the_path)?;
        let mut all = self.known_rows(at);
        let Some(nesting) = &place.nesting else {
            return Ok((Predicate::All(all), None));
        };
        let parent = self.parent(nesting).ok_or_else(not_on_the_path)?;
        // The parent's table is joined only if the row's own columns do not determine its parent.
        if self.shared_columns(nesting).count() < nesting.join.on.len()
            || nesting.join.junction.is_some()
        {
            all.push(Predicate::Related {
                join: Arc::clone(&nesting.join),
                condition: Box::new(parent.condition.clone()),
            });
        }
        Ok((Predicate::All(all), Some(parent)))
    }

    fn parent(&self, nesting: &Nesting) -> Option<Parent> {
        Some(Parent {
            model: self.place(nesting.parent)?.model().clone(),
            condition: self.object_above(nesting.parent)?,
        })
    }

    /// Returns the condition on the row whose key is `segment`, under the objects of the path; `None` if the segment is
    /// no valid key.
    pub(crate) fn object(&self, at: PlaceIndex, segment: &str) -> Option<Predicate> {
        let key = self.place(at)?.key(segment)?;
        self.object_by(at, key)
    }

    /// Adds the object with the key `segment` to the end of the path; `None` if the segment is no valid key.
    fn go_below(&mut self, at: PlaceIndex, segment: &str) -> Option<()> {
        let place = self.place(at)?;
        let key = place.key(segment)?;
        let mut text = Vec::new();
        let parts = key.iter().map(|(_, value)| value.as_cell());
        write_key(parts, &place.reserved, &mut text);
        self.trail.push(&place.name, &String::from_utf8(text).ok()?);
        let known = key.iter().cloned().chain(self.known(at)).collect();
        self.above.push(Level {
            place: at,
            key,
            known,
        });
        Some(())
    }

    fn level(&self, place: PlaceIndex) -> Option<&Level> {
        self.above.iter().find(|level| level.place == place)
    }

    /// Returns the columns of a place whose values are known from the request and the objects on its path.
    fn known(&self, at: PlaceIndex) -> Vec<(ColumnNumber, Value)> {
        let filter = self.filter_of(at);
        let mut known = filter
            .map(|filter| filter.parts.clone())
            .unwrap_or_default();
        let nesting = self.nesting(at);
        if let Some((nesting, level)) =
            nesting.and_then(|nesting| Some((nesting, self.level(nesting.parent)?)))
        {
            for (here, there) in self.shared_columns(nesting) {
                let value = level.known.iter().find(|(column, _)| *column == there);
                known.extend(value.map(|(_, value)| (here, value.clone())));
            }
        }
        known
    }

    fn object_above(&self, at: PlaceIndex) -> Option<Predicate> {
        self.object_by(at, self.level(at)?.key.clone())
    }

    fn object_by(&self, at: PlaceIndex, key: Vec<(ColumnNumber, Value)>) -> Option<Predicate> {
        let key = key.into_iter();
        let mut all: Vec<_> = key
            .map(|(column, part)| Predicate::Key { column, part })
            .collect();
        all.extend(self.known_rows(at));
        if let Some(nesting) = self.nesting(at) {
            all.push(Predicate::Related {
                join: Arc::clone(&nesting.join),
                condition: Box::new(self.object_above(nesting.parent)?),
            });
        }
        Some(Predicate::All(all))
    }

    fn known_rows(&self, at: PlaceIndex) -> Vec<Predicate> {
        let known = self.known(at).into_iter();
        let known = known.map(|(column, value)| Predicate::is_key(column, value));
        let scope = self.filter_of(at).and_then(|filter| filter.scope.clone());
        known.chain(scope).collect()
    }
}

impl<'a> Deref for Entered<'a> {
    type Target = Visibility<'a>;

    fn deref(&self) -> &Visibility<'a> {
        &self.visibility
    }
}

impl World for Visibility<'_> {
    fn offer(&self, place: PlaceIndex) -> Option<&Offer> {
        place.item(self.places).map(|place| &place.offer)
    }

    /// Returns the condition on the rows that pass the place's own filter and, if it is nested, belong to a visible
    /// parent.
    fn row_filter(&self, place: PlaceIndex) -> Predicate {
        let own = match self.filters.iter().find(|(at, _)| *at == place) {
            None if self.is_open(place) => Predicate::All(Vec::new()),
            Some((_, Some(filter))) => filter.rows(),
            None | Some((_, None)) => Predicate::Any(Vec::new()),
        };
        let above = self
            .nesting(place)
            .map(|nesting| (nesting, self.row_filter(nesting.parent)));
        match above {
            None => own,
            Some((_, Predicate::All(open))) if open.is_empty() => own,
            Some((nesting, above)) => own.and(Predicate::Related {
                join: Arc::clone(&nesting.join),
                condition: Box::new(above),
            }),
        }
    }
}

impl RowFilter {
    /// Returns the condition on the rows that pass the filter.
    fn rows(&self) -> Predicate {
        let parts = self.parts.iter().cloned();
        let parts = parts.map(|(column, value)| Predicate::is_key(column, value));
        Predicate::All(parts.chain(self.scope.clone()).collect())
    }
}

impl Place {
    async fn row_filter(&self, head: &Head) -> Result<RowFilter> {
        let parts = match &self.given {
            Some(given) => given.parts(self.model(), head).await?,
            None => Parts::new(),
        };
        let scope = self.scope.as_ref().map(|scope| {
            let condition = scope.of(head)?;
            condition.over(self.model(), &self.offer.relations)
        });
        let scope = scope.transpose()?;
        Ok(RowFilter { parts, scope })
    }

    /// Reads a segment of a path as a key; returns its columns and their values, or `None` if it is no valid key.
    pub(crate) fn key(&self, segment: &str) -> Option<Vec<(ColumnNumber, Value)>> {
        let columns = &self.offer.url_key;
        if self.offer.is_single {
            return segment.is_empty().then(Vec::new);
        }
        let values = read_key(segment, self.model(), columns)?;
        Some(columns.iter().copied().zip(values).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Entered, Parent, Predicate, Result, Visibility};
    use crate::params::place_at;

    /// Gives a type the functions `rows` and `object`; a method of its own with the same name hides them.
    trait WithoutRows {
        fn rows() -> bool {
            true
        }

        fn object() -> bool {
            true
        }
    }

    impl WithoutRows for Visibility<'_> {}

    #[test]
    fn only_an_entered_path_has_rows() {
        // Neither line compiles once `Visibility` has a method of that name.
        let hidden: [fn() -> bool; 2] = [Visibility::rows, Visibility::object];
        assert!(hidden.iter().all(|is_hidden| is_hidden()));
        let _ = |entered: &Entered<'_>| -> Result<(Predicate, Option<Parent>)> {
            entered.rows(place_at(0))
        };
    }
}
