//! The query strings of json-server.

use super::core_query::{CoreQuery, core_name, decoded};
use crate::{
    error::{Code, Error, Fault, Result, shown},
    params::list_item,
};

/// The ends of names that compare, and what the API has for them after the name.
const OPERATORS: [(&str, &str); 4] = [
    ("_gte", "__gte"),
    ("_lte", "__lte"),
    ("_ne", "!"),
    ("_like", "__icontains"),
];

/// The window and the order that one query string asks for.
#[derive(Debug, Default)]
struct WindowAndOrder {
    start: Option<u64>,
    end: Option<u64>,
    limit: Option<u64>,
    sort: Option<String>,
    order: Option<String>,
    /// How many keys the client asks for.
    keys: usize,
}

/// Returns the query string for the API.
pub(super) fn translate(query: &str) -> Result<String> {
    let (mut core, mut said) = (CoreQuery::default(), WindowAndOrder::default());
    let mut faults = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let Some((name, value)) = decoded(piece) else {
            core.keep(piece);
            continue;
        };
        if let Err((code, words)) = read(&name, value, piece, &mut said, &mut core) {
            faults.push(Fault::new(name, code, words));
        }
    }
    faults.extend(order(&said, &mut core).err());
    faults.extend(window(&said, &mut core).err());
    Error::of_any(faults)?;
    Ok(core.into_text())
}

fn read(
    name: &str,
    value: String,
    piece: &str,
    said: &mut WindowAndOrder,
    core: &mut CoreQuery,
) -> Result<(), (Code, String)> {
    match name {
        "_sort" => once(name, value, &mut said.sort),
        "_order" => once(name, value, &mut said.order),
        "_start" => number(name, &value).and_then(|rows| once(name, rows, &mut said.start)),
        "_end" => number(name, &value).and_then(|rows| once(name, rows, &mut said.end)),
        "_limit" => number(name, &value).and_then(|rows| once(name, rows, &mut said.limit)),
        "q" => {
            core.add("search", &value);
            Ok(())
        }
        _ => {
            said.keys += usize::from(name == "id");
            match filter(name) {
                Some(name) => core.add(&name, &value),
                None => core.keep(piece),
            }
            Ok(())
        }
    }
}

fn once<T>(name: &str, value: T, said: &mut Option<T>) -> Result<(), (Code, String)> {
    match said.replace(value) {
        None => Ok(()),
        Some(_) => Err((Code::Repeated, format!("`{name}` is given more than once"))),
    }
}

fn number(name: &str, value: &str) -> Result<u64, (Code, String)> {
    value.parse().map_err(|_| {
        let detail = format!(
            "`{name}` takes a number of rows; `{}` was sent",
            shown(value)
        );
        (Code::InvalidValue, detail)
    })
}

/// Returns the API's name of a filter; `None` if it has the same.
fn filter(name: &str) -> Option<String> {
    let split = OPERATORS.iter().find_map(|(end, core)| {
        let name = name.strip_suffix(end)?;
        // `year__gte` is the API's own.
        (!name.is_empty() && !name.ends_with('_')).then_some((name, *core))
    });
    match split {
        Some((name, core)) => Some(format!("{}{core}", core_name(name))),
        None => name.contains('.').then(|| core_name(name)),
    }
}

/// Adds the ordering of `_sort=year,make` and `_order=desc,asc`.
fn order(said: &WindowAndOrder, core: &mut CoreQuery) -> Result<(), Fault> {
    let fault = |detail: String| Fault::new("_order", Code::InvalidValue, detail);
    let Some(sort) = said.sort.as_deref() else {
        return match &said.order {
            Some(_) => Err(fault(
                "`_order` needs `_sort`, which says by what".to_owned(),
            )),
            None => Ok(()),
        };
    };
    let names: Vec<_> = sort.split(',').collect();
    let orders: Vec<_> = said
        .order
        .iter()
        .flat_map(|order| order.split(','))
        .collect();
    if orders.len() > names.len() {
        return Err(fault(format!(
            "`_order` has {} directions, but `_sort` {} names",
            orders.len(),
            names.len()
        )));
    }
    let mut terms = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let order = orders.get(at).copied().unwrap_or("asc");
        let sign = match order.to_ascii_lowercase().as_str() {
            "asc" => "",
            "desc" => "-",
            _ => {
                let sent = shown(order);
                return Err(fault(format!(
                    "`_order` takes `asc` or `desc`; `{sent}` was sent"
                )));
            }
        };
        terms.push(list_item(&format!("{sign}{}", core_name(name))).into_owned());
    }
    core.add("ordering", &terms.join(","));
    Ok(())
}

/// Adds the window of `_start` with `_end` or `_limit`; without one, that of the keys asked for.
fn window(said: &WindowAndOrder, core: &mut CoreQuery) -> Result<(), Fault> {
    let start = said.start.unwrap_or(0);
    match (said.end, said.limit) {
        (Some(end), None) => {
            let rows = end.checked_sub(start).filter(|rows| *rows > 0);
            let rows = rows.ok_or_else(|| {
                let detail = format!("`_end` is the row after the last, so more than `_start`, {start}; `{end}` was sent");
                Fault::new("_end", Code::InvalidValue, detail)
            })?;
            core.window(start, rows);
        }
        (None, Some(rows)) => core.window(start, rows),
        (Some(_), Some(_)) => {
            let detail = "`_end` and `_limit` both say where the window ends; leave one out";
            return Err(Fault::new("_limit", Code::Conflicting, detail));
        }
        (None, None) if said.start.is_some() => core.add("offset", &start.to_string()),
        (None, None) if said.keys > 0 => core.all_of(said.keys),
        (None, None) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn parameters_are_translated_and_others_kept() {
        for (sent, expected) in [
            ("_sort=title&_order=ASC", "ordering=title"),
            (
                "_sort=year,owner.name&_order=desc,asc",
                "ordering=-year%2Cowner__name",
            ),
            ("_sort=year,make&_order=desc", "ordering=-year%2Cmake"),
            ("_sort=-year", "ordering=-year"),
            ("_start=20&_end=30", "limit=10&offset=20"),
            ("_start=20&_limit=10", "limit=10&offset=20"),
            ("_limit=10", "limit=10&offset=0"),
            ("_start=20", "offset=20"),
            ("year_gte=1&year_lte=2", "year__gte=1&year__lte=2"),
            ("year__gte=1&_ne=2&make!=3", "year__gte=1&_ne=2&make!=3"),
            (
                "make_ne=a%26b&make_like=i",
                "make%21=a%26b&make__icontains=i",
            ),
            (
                "owner.name=Ann&owner.name_like=a",
                "owner__name=Ann&owner__name__icontains=a",
            ),
            ("id=1&id=2", "id=1&id=2&limit=2"),
            ("id=1&id=2&_start=0&_end=1", "id=1&id=2&limit=1&offset=0"),
            ("q=red+car&make=a&make=b", "search=red%20car&make=a&make=b"),
            ("_embed=parts&_page=2&%zz=1", "_embed=parts&_page=2&%zz=1"),
        ] {
            assert_eq!(translate(sent).expect("a query"), expected, "{sent}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_all_at_once() {
        for (query, expected) in [
            ("_start=a", "`_start` takes a number of rows; `a` was sent"),
            ("_start=1&_start=2", "`_start` is given more than once"),
            (
                "_start=9&_end=9",
                "`_end` is the row after the last, so more than `_start`, 9; `9` was sent",
            ),
            (
                "_end=9&_limit=9",
                "`_end` and `_limit` both say where the window ends; leave one out",
            ),
            ("_order=asc", "`_order` needs `_sort`, which says by what"),
            (
                "_sort=a&_order=up",
                "`_order` takes `asc` or `desc`; `up` was sent",
            ),
            (
                "_sort=a&_order=asc,asc",
                "`_order` has 2 directions, but `_sort` 1 names",
            ),
            (
                "_end=x&_sort=a&_order=up",
                "`_end` takes a number of rows; `x` was sent; `_order` takes `asc` or `desc`; `up` was sent",
            ),
        ] {
            let error = translate(query).expect_err("an error");
            assert_eq!(error.to_string(), expected, "{query}");
        }
    }
}
