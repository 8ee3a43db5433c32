//! Which place a path names, and the key in it.
//!
//! With or without a slash at its end a path is the same; an empty segment anywhere else names nothing.

use crate::params::percent_decode;

/// What a path names. Places are counted from zero, in the order they were registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// The list of places.
    Root,
    /// A place's list.
    List(usize),
    /// One object of a place, by its key as it stands in the path.
    Object(usize, &'a str),
}

/// The paths that are served.
#[derive(Clone, Debug)]
pub(crate) enum Routes {
    /// One place, at the root.
    Alone,
    /// A segment for each place.
    Named(Vec<String>),
}

impl Target<'_> {
    /// The place it is of; none for the root.
    pub(crate) const fn place(self) -> Option<usize> {
        match self {
            Self::Root => None,
            Self::List(place) | Self::Object(place, _) => Some(place),
        }
    }
}

impl Routes {
    /// What a path names.
    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<Target<'a>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.is_empty() {
            return Some(match self {
                Self::Alone => Target::List(0),
                Self::Named(_) => Target::Root,
            });
        }
        let mut segments = path.strip_suffix('/').unwrap_or(path).split('/');
        let place = match self {
            Self::Alone => 0,
            Self::Named(names) => at(names, segments.next()?)?,
        };
        match (segments.next(), segments.next()) {
            (None, _) => Some(Target::List(place)),
            (Some(key), None) => Some(Target::Object(place, key)),
            (Some(_), Some(_)) => None,
        }
    }

    /// The place a path is of, even where it names nothing of it.
    pub(crate) fn place(&self, path: &str) -> Option<usize> {
        match self {
            Self::Alone => Some(0),
            Self::Named(names) => {
                let path = path.strip_prefix('/').unwrap_or(path);
                at(names, path.split('/').next()?)
            }
        }
    }

    /// Whether a path is the root's or of a place.
    pub(crate) fn has(&self, path: &str) -> bool {
        matches!(path, "" | "/") || self.place(path).is_some()
    }
}

/// Which of the names a segment of a path is.
fn at(names: &[String], segment: &str) -> Option<usize> {
    let segment = percent_decode(segment).ok()?;
    names.iter().position(|name| *name == segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_the_root_a_list_or_an_object() {
        let routes = Routes::Named(vec!["cars".to_owned(), "owners".to_owned()]);
        let check = |path, expected| assert_eq!(routes.find(path), expected, "{path}");
        for path in ["", "/"] {
            check(path, Some(Target::Root));
        }
        for path in ["/cars", "/cars/", "cars/", "/c%61rs/"] {
            check(path, Some(Target::List(0)));
        }
        check("/owners/7/", Some(Target::Object(1, "7")));
        check("/owners/a%2Fb", Some(Target::Object(1, "a%2Fb")));
        check("/cars//", Some(Target::Object(0, "")));
        for path in [
            "//",
            "//cars/",
            "/car/",
            "/cars/1/2/",
            "/cars/1//",
            "/Cars/",
            "/%zz/",
            "/%ff/",
        ] {
            check(path, None);
        }
    }

    #[test]
    fn a_path_is_of_the_place_its_first_segment_names() {
        let routes = Routes::Named(vec!["cars".to_owned(), "owners".to_owned()]);
        let check = |path, expected| assert_eq!(routes.place(path), expected, "{path}");
        for path in ["/owners", "/owners/", "/owners/7/", "/%6fwners/7/x//y"] {
            check(path, Some(1));
        }
        for path in ["", "/", "//owners/", "/Owners/", "/ownersx/", "/%zz/"] {
            check(path, None);
        }
        assert!(routes.has("") && routes.has("/") && routes.has("/cars/1/2/3"));
        assert!(!routes.has("//") && !routes.has("/parts/"));
        assert_eq!(Routes::Alone.place("/7/parts/"), Some(0));
    }

    #[test]
    fn a_place_alone_is_the_root() {
        let check = |path, expected| assert_eq!(Routes::Alone.find(path), expected, "{path}");
        check("/", Some(Target::List(0)));
        check("/7/", Some(Target::Object(0, "7")));
        check("//", Some(Target::Object(0, "")));
        check("/7/parts/", None);
    }
}
