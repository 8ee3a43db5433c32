//! Every place as one request may see it: where its links begin, the objects its path goes through, and which rows of
//! each place there are for it.

use std::sync::Arc;

use crate::{
    cell::Value,
    error::Result,
    keys::{Wall, behind},
    link::{Base, Trail, write_key},
    operation::{Head, Parent},
    params::{Offer, World, read_key},
    place::Place,
    predicate::Predicate,
    route::Found,
};

/// The places as one request sees them.
pub(crate) struct Seen<'a> {
    places: &'a [Place],
    base: &'a Base,
    /// For each place that takes part of its key from the request, what it takes; none where the request does not say.
    walls: Vec<(usize, Option<Wall>)>,
    /// The objects the path goes through, outermost first, with what is known of their columns.
    above: Vec<Level>,
    trail: Trail,
}

/// An object on a path.
struct Level {
    place: usize,
    key: Vec<(u16, Value)>,
    /// The key, and what the objects above it and the request say of its columns.
    known: Vec<(u16, Value)>,
}

impl<'a> Seen<'a> {
    /// What a request to a place sees. Parts of keys that the place itself needs must be there; where another place's
    /// are not, there is no row of it.
    pub(crate) async fn of(
        places: &'a [Place],
        base: &'a Base,
        found: &Found<'_>,
        head: &Head,
    ) -> Result<Self> {
        let mut walls = Vec::new();
        let own = places.get(found.place);
        for at in own.iter().flat_map(|place| &place.takes) {
            let Some(place) = places.get(*at) else {
                continue;
            };
            let Some(given) = &place.given else {
                continue;
            };
            let wall = given.wall(place.model(), head).await;
            let wall = if found.is_within(*at) {
                Some(wall?)
            } else {
                wall.ok()
            };
            walls.push((*at, wall));
        }
        Ok(Self {
            places,
            base,
            walls,
            above: Vec::new(),
            trail: Trail::default(),
        })
    }

    pub(crate) fn place(&self, at: usize) -> Option<&'a Place> {
        self.places.get(at)
    }

    pub(crate) fn base(&self) -> &Base {
        self.base
    }

    /// At which level the object stands that the place is nested under.
    pub(crate) fn depth(&self) -> Option<usize> {
        self.above.len().checked_sub(1)
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Reads the keys of the objects the path goes through; none where one names nothing.
    pub(crate) fn go(&mut self, found: &Found<'_>) -> Option<()> {
        for (at, segment) in &found.above {
            let place = self.places.get(*at)?;
            let key = place.key(segment)?;
            let mut text = Vec::new();
            write_key(key.iter().map(|(_, value)| value.as_cell()), &mut text);
            self.trail.push(&place.name, &String::from_utf8(text).ok()?);
            let known = key.iter().cloned().chain(self.known(*at)).collect();
            self.above.push(Level {
                place: *at,
                key,
                known,
            });
        }
        Some(())
    }

    /// What the objects above a place, and the request, say of its columns.
    fn known(&self, at: usize) -> Vec<(u16, Value)> {
        let mut known = self.wall_of(at).cloned().unwrap_or_default();
        let nesting = self.places.get(at).and_then(|place| place.nesting.as_ref());
        let parent = nesting.and_then(|nesting| {
            let level = self
                .above
                .iter()
                .find(|level| level.place == nesting.parent);
            Some((nesting, level?))
        });
        if let Some((nesting, level)) = parent {
            for (here, there) in &nesting.known {
                let value = level.known.iter().find(|(column, _)| column == there);
                known.extend(value.map(|(_, value)| (*here, value.clone())));
            }
        }
        known
    }

    fn wall_of(&self, at: usize) -> Option<&Wall> {
        let wall = self.walls.iter().find(|(place, _)| *place == at);
        wall.and_then(|(_, wall)| wall.as_ref())
    }

    /// What a place's column must hold by what the request gives; none where the request does not say.
    pub(crate) fn given(&self, place: usize, column: u16) -> Option<Value> {
        let wall = self.wall_of(place)?.iter();
        let found = wall.clone().find(|(given, _)| *given == column);
        found.map(|(_, value)| value.clone())
    }

    /// The rows of a list, and the object that must be there for it to be.
    pub(crate) fn rows(&self, at: usize) -> (Predicate, Option<Parent>) {
        let nesting = self.places.get(at).and_then(|place| place.nesting.as_ref());
        let parent = nesting.and_then(|nesting| {
            Some(Parent {
                model: self.places.get(nesting.parent)?.model().clone(),
                condition: self.object_above(nesting.parent)?,
            })
        });
        let mut all = self.known_rows(at);
        // Columns that say which object a row is nested under need no look at that object.
        if let (Some(nesting), Some(parent)) = (nesting, &parent)
            && (nesting.known.len() < nesting.join.on.len() || nesting.join.junction.is_some())
        {
            all.push(Predicate::Related {
                join: Arc::clone(&nesting.join),
                condition: Box::new(parent.condition.clone()),
            });
        }
        (Predicate::All(all), parent)
    }

    /// The one row of a place with a key, under the objects the path goes through.
    pub(crate) fn object(&self, at: usize, segment: &str) -> Option<Predicate> {
        let key = self.places.get(at)?.key(segment)?;
        self.object_by(at, key)
    }

    fn object_above(&self, at: usize) -> Option<Predicate> {
        let level = self.above.iter().find(|level| level.place == at)?;
        self.object_by(at, level.key.clone())
    }

    fn object_by(&self, at: usize, key: Vec<(u16, Value)>) -> Option<Predicate> {
        let key = key.into_iter();
        let mut all: Vec<_> = key
            .map(|(column, value)| Predicate::is_key(column, value))
            .collect();
        all.extend(self.known_rows(at));
        if let Some(nesting) = &self.places.get(at)?.nesting {
            all.push(Predicate::Related {
                join: Arc::clone(&nesting.join),
                condition: Box::new(self.object_above(nesting.parent)?),
            });
        }
        Some(Predicate::All(all))
    }

    fn known_rows(&self, at: usize) -> Vec<Predicate> {
        let known = self.known(at).into_iter();
        known
            .map(|(column, value)| Predicate::is_key(column, value))
            .collect()
    }
}

impl World for Seen<'_> {
    fn offer(&self, place: usize) -> Option<&Offer> {
        self.places.get(place).map(|place| &place.offer)
    }

    fn wall(&self, place: usize) -> Predicate {
        match self.walls.iter().find(|(at, _)| *at == place) {
            None => Predicate::All(Vec::new()),
            Some((_, Some(wall))) => behind(wall),
            Some((_, None)) => Predicate::Any(Vec::new()),
        }
    }
}

impl Place {
    /// The columns and values of the key a segment of a path names.
    fn key(&self, segment: &str) -> Option<Vec<(u16, Value)>> {
        let columns = &self.offer.url_key;
        let values = read_key(segment, self.model(), columns)?;
        Some(columns.iter().copied().zip(values).collect())
    }
}
