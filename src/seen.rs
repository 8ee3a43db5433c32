//! Every place as one request may see it: where its links begin, the objects its path goes through, and which rows of
//! each place there are for it.

use std::sync::Arc;

use http::Method;

use crate::{
    cell::Value,
    error::Result,
    keys::Parts,
    link::{Base, Trail, write_key},
    operation::{Head, Parent},
    params::{Offer, World, read_key},
    place::{Nesting, Place},
    predicate::Predicate,
    route::Found,
};

/// The places as one request sees them.
pub(crate) struct Seen<'a> {
    places: &'a [Place],
    base: &'a Base,
    /// For each place whose rows depend on the request, those it may see; none where it does not say enough.
    walls: Vec<(usize, Option<Wall>)>,
    /// The objects the path goes through, outermost first, with what is known of their columns.
    above: Vec<Level>,
    trail: Trail,
}

/// Which rows of a place a request may see.
struct Wall {
    /// What the request gives of the rows' columns.
    parts: Parts,
    scope: Option<Predicate>,
}

/// An object on a path.
struct Level {
    place: usize,
    key: Vec<(u16, Value)>,
    /// The key, and what the objects above it and the request say of its columns.
    known: Vec<(u16, Value)>,
}

impl<'a> Seen<'a> {
    /// What a request to a place sees. What the place itself and those above it need of the request must be there; where
    /// what another place needs is not, there is no row of it.
    pub(crate) async fn of(
        places: &'a [Place],
        base: &'a Base,
        found: &Found<'_>,
        head: &Head,
    ) -> Result<Self> {
        let mut walls = Vec::new();
        let own = places.get(found.place);
        // Nobody asks for a row to be described.
        let describes = head.method == Method::OPTIONS;
        for at in own.iter().flat_map(|place| &place.walled) {
            let Some(place) = places.get(*at) else {
                continue;
            };
            let wall = if describes {
                None
            } else if found.is_within(*at) {
                Some(place.wall(head).await?)
            } else {
                place.wall(head).await.ok()
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

    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Reads the keys of the objects the path goes through; none where one names nothing.
    pub(crate) fn go(&mut self, found: &Found<'_>) -> Option<()> {
        for (at, segment) in &found.above {
            let place = self.places.get(*at)?;
            let key = place.key(segment)?;
            let mut text = Vec::new();
            let parts = key.iter().map(|(_, value)| value.as_cell());
            write_key(parts, &place.reserved, &mut text);
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
        let wall = self.wall_of(at);
        let mut known = wall.map(|wall| wall.parts.clone()).unwrap_or_default();
        let nesting = self.places.get(at).and_then(|place| place.nesting.as_ref());
        let parent = nesting.and_then(|nesting| {
            let level = self
                .above
                .iter()
                .find(|level| level.place == nesting.parent);
            Some((nesting, level?))
        });
        if let Some((nesting, level)) = parent {
            for (here, there) in self.told(nesting) {
                let value = level.known.iter().find(|(column, _)| *column == there);
                known.extend(value.map(|(_, value)| (here, value.clone())));
            }
        }
        known
    }

    /// The columns of a place's rows whose cells are those of an object on the path: not where a URL may say the key of that
    /// object in other letters than its row, or than the rows that refer to it.
    fn told(&self, nesting: &'a Nesting) -> impl Iterator<Item = (u16, u16)> {
        let parent = self.places.get(nesting.parent).map(Place::model);
        let known = nesting.known.iter().copied();
        known.filter(move |(_, there)| {
            let column = parent.and_then(|model| model.at(*there));
            column.is_some_and(|column| !column.keys_may_differ())
        })
    }

    fn wall_of(&self, at: usize) -> Option<&Wall> {
        let wall = self.walls.iter().find(|(place, _)| *place == at);
        wall.and_then(|(_, wall)| wall.as_ref())
    }

    /// What a place's column must hold by what the request gives; none where the request does not say.
    pub(crate) fn given(&self, place: usize, column: u16) -> Option<Value> {
        let wall = self.wall_of(place)?.parts.iter();
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
            && (self.told(nesting).count() < nesting.join.on.len()
                || nesting.join.junction.is_some())
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
            .map(|(column, part)| Predicate::Key { column, part })
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
        let known = known.map(|(column, value)| Predicate::is_key(column, value));
        let scope = self.wall_of(at).and_then(|wall| wall.scope.clone());
        known.chain(scope).collect()
    }
}

impl World for Seen<'_> {
    fn offer(&self, place: usize) -> Option<&Offer> {
        self.places.get(place).map(|place| &place.offer)
    }

    /// Those in its scope, under rows in theirs: where a place is nested, it serves no others.
    fn wall(&self, place: usize) -> Predicate {
        let own = match self.walls.iter().find(|(at, _)| *at == place) {
            None => Predicate::All(Vec::new()),
            Some((_, Some(wall))) => wall.rows(),
            Some((_, None)) => Predicate::Any(Vec::new()),
        };
        let nesting = self
            .places
            .get(place)
            .and_then(|place| place.nesting.as_ref());
        let above = nesting.map(|nesting| (nesting, self.wall(nesting.parent)));
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

impl Wall {
    /// The rows it leaves.
    fn rows(&self) -> Predicate {
        let parts = self.parts.iter().cloned();
        let parts = parts.map(|(column, value)| Predicate::is_key(column, value));
        Predicate::All(parts.chain(self.scope.clone()).collect())
    }
}

impl Place {
    async fn wall(&self, head: &Head) -> Result<Wall> {
        let parts = match &self.given {
            Some(given) => given.parts(self.model(), head).await?,
            None => Parts::new(),
        };
        let scope = self.scope.as_ref().map(|scope| {
            let condition = scope.of(head)?;
            condition.over(self.model(), &self.offer.relations)
        });
        let scope = scope.transpose()?;
        Ok(Wall { parts, scope })
    }

    /// The columns and values of the key a segment of a path names.
    fn key(&self, segment: &str) -> Option<Vec<(u16, Value)>> {
        let columns = &self.offer.url_key;
        if self.offer.is_single {
            return segment.is_empty().then(Vec::new);
        }
        let values = read_key(segment, self.model(), columns)?;
        Some(columns.iter().copied().zip(values).collect())
    }
}
