//! Paths and what they lead to.

use super::*;
use crate::params::place_at;

/// The routes of `/cars/{key}/parts/{key}/tools/` and `/owners/`.
fn routes() -> Routes {
    let places = vec![
        segment("cars", None),
        segment("parts", Some(0)),
        segment("tools", Some(1)),
        segment("owners", None),
    ];
    Routes::new(places, false, false)
}

fn segment(name: &str, parent: Option<usize>) -> Segment {
    Segment {
        name: name.to_owned(),
        parent: parent.map(place_at),
        has_objects: true,
        is_single: false,
        actions: Vec::new(),
    }
}

/// Returns a place below objects, by the indexes of the places.
fn located<'a>(place: usize, above: &[(usize, &'a str)]) -> Located<'a> {
    let above = above.iter().map(|(at, key)| (place_at(*at), *key));
    Located {
        place: place_at(place),
        above: above.collect(),
    }
}

fn list<'a>(place: usize, above: &[(usize, &'a str)]) -> Option<Target<'a>> {
    Some(Target::List(located(place, above)))
}

fn object<'a>(place: usize, above: &[(usize, &'a str)], key: &'a str) -> Option<Target<'a>> {
    Some(Target::Object(located(place, above), key))
}

#[test]
fn a_path_names_the_root_a_list_or_an_object() {
    let routes = routes();
    let check = |path, expected| assert_eq!(routes.find(path), expected, "{path}");
    for path in ["", "/"] {
        check(path, Some(Target::Root));
    }
    for path in ["/cars", "/cars/", "cars/", "/c%61rs/"] {
        check(path, list(0, &[]));
    }
    check("/owners/7/", object(3, &[], "7"));
    check("/owners/a%2Fb", object(3, &[], "a%2Fb"));
    check("/cars//", object(0, &[], ""));
    check("/cars/1/parts", list(1, &[(0, "1")]));
    check("/cars/1/parts/2/", object(1, &[(0, "1")], "2"));
    check("/cars/1/p%61rts/2/tools/", list(2, &[(0, "1"), (1, "2")]));
    check("/cars//parts/", list(1, &[(0, "")]));
    for path in [
        "//",
        "//cars/",
        "/car/",
        "/parts/",
        "/cars/1/2/",
        "/cars/1//",
        "/cars/1/tools/",
        "/owners/1/parts/",
        "/cars/1/parts/2/tools/3/x/",
        "/Cars/",
        "/%zz/",
        "/%ff/",
    ] {
        check(path, None);
    }
}

#[test]
fn what_has_no_objects_is_a_list_alone() {
    let mut routes = routes();
    routes.places[1].has_objects = false;
    assert_eq!(
        routes.find("/cars/1/parts/"),
        list(1, &[(0, "1")]),
        "the list"
    );
    for path in ["/cars/1/parts/2/", "/cars/1/parts/2/tools/"] {
        assert_eq!(routes.find(path), None, "{path}");
    }
}

#[test]
fn a_path_leads_through_places_as_far_as_its_segments_name_them() {
    let routes = routes();
    let check = |path: &str, expected: &[usize]| {
        let expected: Vec<_> = expected.iter().copied().map(place_at).collect();
        assert_eq!(routes.places(path).collect::<Vec<_>>(), expected, "{path}");
    };
    for path in ["/owners", "/owners/", "/owners/7/", "/%6fwners/7/x//y"] {
        check(path, &[3]);
    }
    check("/cars/1/parts/2/tools/3/x/y", &[0, 1, 2]);
    check("/cars/1/tools/", &[0]);
    for path in ["", "/", "//owners/", "/Owners/", "/ownersx/", "/%zz/"] {
        check(path, &[]);
    }
    assert!(routes.has("") && routes.has("/") && routes.has("/cars/1/2/3"));
    assert!(!routes.has("//") && !routes.has("/parts/"));
}

#[test]
fn actions_stand_before_keys_and_beside_children() {
    let mut routes = routes();
    let named = |name: &str, on_object| Named {
        name: name.to_owned(),
        on_object,
    };
    routes.places[0].actions = vec![named("wash", true), named("import", false)];
    routes.places[1].actions = vec![named("wash", false), named("wash", true)];
    let act = |place, above: &[(usize, &'static str)], key, action| {
        Some(Target::Act(located(place, above), key, action))
    };
    let check = |path, expected| assert_eq!(routes.find(path), expected, "{path}");
    check("/cars/import/", act(0, &[], None, 1));
    check("/cars/%69mport", act(0, &[], None, 1));
    check("/cars/~import/", object(0, &[], "~import"));
    check("/cars/1/wash", act(0, &[], Some("1"), 0));
    check("/cars/wash/wash/", act(0, &[], Some("wash"), 0));
    check("/cars/wash/", object(0, &[], "wash"));
    check("/cars/1/parts/wash/", act(1, &[(0, "1")], None, 0));
    check("/cars/1/parts/2/wash/", act(1, &[(0, "1")], Some("2"), 1));
    for path in [
        "/cars/import/1/",
        "/cars/import/parts/",
        "/cars/1/import/",
        "/cars/1/wash/2/",
        "/owners/1/wash/",
    ] {
        check(path, None);
    }
}

#[test]
fn a_place_alone_is_the_root() {
    let routes = Routes::new(
        vec![segment("", None), segment("parts", Some(0))],
        true,
        false,
    );
    let check = |path, expected| assert_eq!(routes.find(path), expected, "{path}");
    check("/", list(0, &[]));
    check("/7/", object(0, &[], "7"));
    check("//", object(0, &[], ""));
    check("/7/parts/", list(1, &[(0, "7")]));
    check("/7/parts/3", object(1, &[(0, "7")], "3"));
    check("/7/wheels/", None);
    let places: Vec<_> = routes.places("/7/parts/").collect();
    assert_eq!(places, [place_at(0), place_at(1)]);
}

#[test]
fn the_document_stands_at_the_root_where_it_is_served() {
    let with = |alone| Routes::new(vec![segment("cars", None)], alone, true);
    for path in ["/openapi.json", "/openapi.json/", "/openapi%2Ejson"] {
        assert_eq!(with(false).find(path), Some(Target::Document), "{path}");
        assert_eq!(with(true).find(path), Some(Target::Document), "{path}");
        assert_eq!(routes().find(path), None, "{path}");
        assert!(with(false).has(path) && !routes().has(path), "{path}");
    }
    for path in ["/openapi.json/1", "/openapi.json//", "/openapi"] {
        assert_eq!(with(false).find(path), None, "{path}");
    }
    assert_eq!(
        with(false).find("/cars/openapi.json/"),
        object(0, &[], "openapi.json")
    );
}

#[test]
fn every_target_is_what_its_own_path_leads_to() {
    let mut routes = Routes::new(routes().places, false, true);
    let named = |name: &str, on_object| Named {
        name: name.to_owned(),
        on_object,
    };
    routes.places[0].actions = vec![named("wash", true), named("import", false)];
    routes.places[2].is_single = true;
    routes.places[3].has_objects = false;
    let mut paths = Vec::new();
    for (path, target) in routes.targets() {
        let written: String = path
            .iter()
            .map(|segment| match segment {
                PathSegment::Name(name) => format!("/{name}"),
                PathSegment::Key(_) => "/".to_owned(),
            })
            .collect();
        let leads_to = routes.find(&written);
        // An empty last segment is taken for the slash at the end.
        let is_object = matches!((&path.last(), &target), (Some(PathSegment::Key(_)), _));
        assert!(is_object || leads_to == Some(target), "{written}");
        paths.push(written);
    }
    let expected = [
        "",
        "/openapi.json",
        "/cars",
        "/cars/import",
        "/cars/",
        "/cars//wash",
        "/cars//parts",
        "/cars//parts/",
        "/cars//parts//tools",
        "/owners",
    ];
    assert_eq!(paths, expected);
}
