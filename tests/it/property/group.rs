//! Random groups of filters, one inside another, as they are sent.

use proptest::{collection::vec, prelude::*, sample::select};

use super::encoded;

/// How the items of a group are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Or,
    And,
    Not,
}

/// A group of filters.
#[derive(Clone, Debug)]
pub(super) struct Group<F> {
    pub(super) kind: Kind,
    pub(super) items: Vec<Item<F>>,
}

#[derive(Clone, Debug)]
pub(super) enum Item<F> {
    Filter(F),
    Group(Group<F>),
}

/// The deepest that groups may be inside each other.
const DEPTH: u32 = 4;

/// Groups of each kind once at most, each of items that `filter` gives.
pub(super) fn groups<F: Clone + std::fmt::Debug + 'static>(
    filter: impl Strategy<Value = F> + 'static,
) -> impl Strategy<Value = Vec<Group<F>>> {
    let kind = || select(vec![Kind::Or, Kind::And, Kind::Not]);
    let group_of = move |item: BoxedStrategy<Item<F>>, most: usize| {
        (kind(), vec(item, 1..=most)).prop_map(|(kind, items)| Group { kind, items })
    };
    let leaf = filter.prop_map(Item::Filter).boxed();
    let items = leaf.prop_recursive(DEPTH - 1, 6, 2, move |item| {
        group_of(item, 2).prop_map(Item::Group).boxed()
    });
    let groups = vec(group_of(items.boxed(), 3), 1..3).prop_map(|mut groups| {
        let mut seen = Vec::new();
        groups.retain(|group| {
            let is_new = !seen.contains(&group.kind);
            seen.push(group.kind);
            is_new
        });
        groups
    });
    prop_oneof![Just(Vec::new()), groups]
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Not => "not",
        }
    }
}

impl<F> Group<F> {
    /// Whether the group holds. `all` says whether filters, those of one group, hold together.
    pub(super) fn holds(&self, all: &impl Fn(&[&F]) -> bool) -> bool {
        let groups = || {
            self.items.iter().filter_map(|item| match item {
                Item::Group(group) => Some(group),
                Item::Filter(_) => None,
            })
        };
        let filters: Vec<&F> = self.filters().collect();
        match self.kind {
            Kind::Or => {
                filters.iter().any(|filter| all(&[*filter]))
                    || groups().any(|group| group.holds(all))
            }
            Kind::And => all(&filters) && groups().all(|group| group.holds(all)),
            Kind::Not => !(all(&filters) && groups().all(|group| group.holds(all))),
        }
    }

    /// The filters that are the group's own.
    fn filters(&self) -> impl Iterator<Item = &F> {
        self.items.iter().filter_map(|item| match item {
            Item::Filter(filter) => Some(filter),
            Item::Group(_) => None,
        })
    }

    /// The group with its filters made to others. Where all must hold, one that would repeat another (`same`) is left
    /// out.
    pub(super) fn map<T>(
        &self,
        make: &impl Fn(&F) -> T,
        same: &impl Fn(&T, &T) -> bool,
    ) -> Group<T> {
        let mut items: Vec<Item<T>> = Vec::new();
        for item in &self.items {
            match item {
                Item::Group(group) => items.push(Item::Group(group.map(make, same))),
                Item::Filter(filter) => {
                    let filter = make(filter);
                    let is_there = |item: &Item<T>| matches!(item, Item::Filter(other) if same(other, &filter));
                    if self.kind == Kind::Or || !items.iter().any(is_there) {
                        items.push(Item::Filter(filter));
                    }
                }
            }
        }
        Group {
            kind: self.kind,
            items,
        }
    }

    fn text(&self, written: &impl Fn(&F) -> String) -> String {
        let items = self.items.iter().map(|item| match item {
            Item::Filter(filter) => written(filter),
            Item::Group(group) => format!("{}{}", group.kind.name(), group.text(written)),
        });
        format!("({})", items.collect::<Vec<_>>().join(","))
    }

    /// The pair that the group is sent as.
    pub(super) fn pair(&self, written: &impl Fn(&F) -> String) -> String {
        format!("{}={}", self.kind.name(), encoded(&self.text(written)))
    }
}

/// A text in quotes, as in a list.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
