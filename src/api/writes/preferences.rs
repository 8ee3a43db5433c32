//! Reading the `Prefer` header (RFC 7240) of a request to write, as far as the place offers the preferences.

use http::{HeaderValue, Response};

use crate::{
    body::Body,
    error::{Code, Error, Result},
    operation::{Head, Upsert},
    place::Place,
    prefer::Preferences,
    response,
};

/// The preferences of a request that the place honours.
#[derive(Debug, Default)]
pub(super) struct Honoured {
    /// `return=minimal`: the answer has no body.
    pub(super) minimal: bool,
    /// `tx=rollback`: the change is rolled back; the answer is that of a real change.
    pub(super) rolls_back: bool,
    /// How to treat new rows whose unique key is stored already; `None` refuses them.
    pub(super) upsert: Option<Upsert>,
    /// The honoured preferences as the client wrote them.
    applied: Vec<String>,
}

impl Honoured {
    /// Returns the preferences of a request that a place honours; `creates` says whether rows are created, so that an
    /// upsert may be.
    ///
    /// # Errors
    ///
    /// With `handling=strict`, an error if one of the preferences is not honoured.
    pub(super) fn of(head: &Head, place: &Place, creates: bool) -> Result<Self> {
        let preferences = Preferences::of(&head.headers);
        let mut honoured = Self::default();
        let mut unknown = Vec::new();
        for preference in preferences.iter() {
            match honoured.honours(&preference, place, creates) {
                true => honoured.applied.push(preference),
                false => unknown.push(preference),
            }
        }
        if !unknown.is_empty() && preferences.has("handling", "strict") {
            let names = unknown.join("`, `");
            let detail = format!("`{names}` in `Prefer` is not offered here");
            return Err(Error::new(Code::InvalidRequest, detail));
        }
        Ok(honoured)
    }

    /// Notes a preference; returns whether it is honoured.
    fn honours(&mut self, preference: &str, place: &Place, creates: bool) -> bool {
        let upsert = place.upsert.as_ref().filter(|_| creates);
        match (preference, upsert) {
            ("handling=strict" | "handling=lenient" | "return=representation", _) => {}
            ("return=minimal", _) => self.minimal = true,
            ("tx=commit", _) if place.writes.dry_runs => {}
            ("tx=rollback", _) if place.writes.dry_runs => self.rolls_back = true,
            ("resolution=merge-duplicates" | "resolution=ignore-duplicates", Some(key)) => {
                self.upsert = Some(Upsert {
                    key: key.clone(),
                    merges: preference == "resolution=merge-duplicates",
                    only_new: place.server_columns.only_new().collect(),
                    stamps: place.server_columns.stamps().collect(),
                    versions: place.server_columns.versions().collect(),
                });
            }
            _ => return false,
        }
        true
    }

    /// Says in `Preference-Applied` which preferences were honoured, and removes the body if none is wanted.
    pub(super) fn applied(&self, response: Response<Body>) -> Response<Body> {
        let mut response = match self.minimal {
            true => response::without_content(response),
            false => response,
        };
        if let (false, Ok(applied)) = (
            self.applied.is_empty(),
            HeaderValue::try_from(self.applied.join(", ")),
        ) {
            response.headers_mut().insert("preference-applied", applied);
        }
        response
    }
}
