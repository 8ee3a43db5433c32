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

impl Routes {
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
            Self::Named(names) => {
                let first = percent_decode(segments.next()?).ok()?;
                names.iter().position(|name| *name == first)?
            }
        };
        match (segments.next(), segments.next()) {
            (None, _) => Some(Target::List(place)),
            (Some(key), None) => Some(Target::Object(place, key)),
            (Some(_), Some(_)) => None,
        }
    }
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
    fn a_place_alone_is_the_root() {
        let check = |path, expected| assert_eq!(Routes::Alone.find(path), expected, "{path}");
        check("/", Some(Target::List(0)));
        check("/7/", Some(Target::Object(0, "7")));
        check("//", Some(Target::Object(0, "")));
        check("/7/parts/", None);
    }
}
