//! The lookups, in one table for the parser, the error messages, the descriptions and the guide.

use crate::{
    cell::Type,
    model::Column,
    predicate::{Anchor, ArrayOperator, DatePart, Matching, Operator},
};

macro_rules! lookups {
    ($($variant:ident $suffix:literal $words:literal;)+) => {
        /// How a filter compares: the suffix after `__` in `year__gte=2010`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Lookup { $(#[doc = $words] $variant,)+ }

        impl Lookup {
            /// Every lookup, its suffix in a URL, and its meaning.
            ///
            /// ```
            /// use tower_rest::Lookup;
            /// let (lookup, suffix, words) = Lookup::ALL[4];
            /// assert_eq!((lookup, suffix, words), (Lookup::Gte, "gte", "greater than or equal to the value"));
            /// ```
            pub const ALL: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$variant, $suffix, $words),)+];

            /// Returns the suffix in a URL.
            #[must_use]
            pub const fn suffix(self) -> &'static str {
                match self { $(Self::$variant => $suffix,)+ }
            }
        }
    };
}

lookups! {
    Exact "exact" "equal to the value; the default";
    Iexact "iexact" "equal to the value, ignoring case";
    In "in" "one of the values";
    Gt "gt" "greater than the value";
    Gte "gte" "greater than or equal to the value";
    Lt "lt" "less than the value";
    Lte "lte" "less than or equal to the value";
    Range "range" "between the two values, both included";
    Contains "contains" "has the text inside; of an array: has each of the items";
    Icontains "icontains" "has the text inside, ignoring case";
    Startswith "startswith" "starts with the text";
    Istartswith "istartswith" "starts with the text, ignoring case";
    Endswith "endswith" "ends with the text";
    Iendswith "iendswith" "ends with the text, ignoring case";
    Regex "regex" "matches the regular expression; where `.regex()` allows it";
    Iregex "iregex" "matches the regular expression, ignoring case; where `.regex()` allows it";
    ContainedBy "contained_by" "has no item but these";
    Overlaps "overlaps" "has one of the items at least";
    HasKey "has_key" "is an object with a member of this name";
    Isnull "isnull" "has no value (`true`) or has one (`false`)";
    Year "year" "the year of the date";
    Month "month" "the month of the date, 1 to 12";
    Day "day" "the day of the month, 1 to 31";
    Date "date" "the day of the timestamp, in UTC where it has a zone";
}

impl Lookup {
    /// Returns the lookup with this suffix.
    pub(crate) fn named(suffix: &str) -> Option<Self> {
        let row = Self::ALL.iter().find(|(_, name, _)| *name == suffix);
        row.map(|(lookup, ..)| *lookup)
    }

    /// Whether a column can be filtered with this lookup.
    pub(crate) fn suits(self, column: &Column) -> bool {
        let ty = &column.ty;
        if column.storage.incomparable && self != Self::Isnull {
            return false;
        }
        match self {
            Self::Exact | Self::In => is_comparable(ty),
            Self::Gt | Self::Gte | Self::Lt | Self::Lte | Self::Range => is_ordered(ty),
            Self::Year | Self::Month | Self::Day | Self::Date => has_a_date(ty),
            Self::Contains => *ty == Type::Text || holds_comparable(column),
            Self::ContainedBy | Self::Overlaps => holds_comparable(column),
            Self::HasKey => *ty == Type::Json && column.storage.array.is_none(),
            Self::Iexact
            | Self::Icontains
            | Self::Startswith
            | Self::Istartswith
            | Self::Endswith
            | Self::Iendswith => *ty == Type::Text,
            Self::Regex | Self::Iregex => *ty == Type::Text && !column.storage.unmatchable,
            Self::Isnull => true,
        }
    }

    /// Whether only a viewset that calls `.regex()` offers the lookup.
    pub(crate) const fn is_pattern(self) -> bool {
        matches!(self, Self::Regex | Self::Iregex)
    }

    /// The lookups that may follow a part of a date, as in `built__year__gte`. Integers and dates both have them.
    pub(crate) const AFTER_A_PART: &'static [Self] = &[
        Self::Exact,
        Self::In,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Range,
        Self::Isnull,
    ];

    /// Returns the part of a date that the lookup selects, as `year` in `built__year`; `None` if it selects none.
    /// Another lookup may follow a part.
    pub(crate) fn part(self) -> Option<DatePart> {
        match self.comparison(false) {
            Comparison::DatePart(part) => Some(part),
            Comparison::Value(_)
            | Comparison::Text(_)
            | Comparison::Array(_)
            | Comparison::Key
            | Comparison::Pattern { .. }
            | Comparison::In
            | Comparison::Range
            | Comparison::Null => None,
        }
    }

    /// Returns the kind of value with which the lookup compares a column; `of_array` if the column holds arrays.
    pub(crate) const fn comparison(self, of_array: bool) -> Comparison {
        const fn text(place: Anchor, ignore_case: bool) -> Comparison {
            Comparison::Text(Matching { place, ignore_case })
        }
        match self {
            Self::Exact => Comparison::Value(Operator::Equal),
            Self::Gt => Comparison::Value(Operator::Greater),
            Self::Gte => Comparison::Value(Operator::GreaterOrEqual),
            Self::Lt => Comparison::Value(Operator::Less),
            Self::Lte => Comparison::Value(Operator::LessOrEqual),
            Self::Iexact => text(Anchor::Whole, true),
            Self::Contains if of_array => Comparison::Array(ArrayOperator::Contains),
            Self::Contains => text(Anchor::Inside, false),
            Self::Icontains => text(Anchor::Inside, true),
            Self::Startswith => text(Anchor::Start, false),
            Self::Istartswith => text(Anchor::Start, true),
            Self::Endswith => text(Anchor::End, false),
            Self::Iendswith => text(Anchor::End, true),
            Self::Regex => Comparison::Pattern { ignore_case: false },
            Self::Iregex => Comparison::Pattern { ignore_case: true },
            Self::ContainedBy => Comparison::Array(ArrayOperator::ContainedBy),
            Self::Overlaps => Comparison::Array(ArrayOperator::Overlaps),
            Self::HasKey => Comparison::Key,
            Self::In => Comparison::In,
            Self::Range => Comparison::Range,
            Self::Isnull => Comparison::Null,
            Self::Year => Comparison::DatePart(DatePart::Year),
            Self::Month => Comparison::DatePart(DatePart::Month),
            Self::Day => Comparison::DatePart(DatePart::Day),
            Self::Date => Comparison::DatePart(DatePart::Date),
        }
    }
}

/// The kind of value with which a lookup compares a column. It decides how the filter's value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// With one value of the column's type, as `year__gte=2010` does.
    Value(Operator),
    /// With a text that the column must equal, contain, begin with or end with, as `make__contains=ia` does.
    Text(Matching),
    /// With a regular expression, as `make__regex=^Fi` does.
    Pattern { ignore_case: bool },
    /// With a list of items of the column's arrays, as `tags__overlaps=red,blue` does.
    Array(ArrayOperator),
    /// With the name of a member of the column's document, as `spec__has_key=wood` does.
    Key,
    /// With a list of values, as `year__in=2010,2012` does.
    In,
    /// With a range between two values, one of which may be missing, as `year__range=2010,` does.
    Range,
    /// With null, as `year__isnull=true` does; `false` means any other value.
    Null,
    /// A part of the column's date, with a value of that part's type, as `built__year=2010` does.
    DatePart(DatePart),
}

/// Whether values of the type can be compared for equality and ordered.
pub(crate) fn is_comparable(ty: &Type) -> bool {
    !matches!(ty, Type::Json | Type::Other)
}

/// Whether the column holds arrays whose elements can be compared.
fn holds_comparable(column: &Column) -> bool {
    column
        .element()
        .is_some_and(|element| is_comparable(&element.ty))
}

fn is_ordered(ty: &Type) -> bool {
    is_comparable(ty) && !matches!(ty, Type::Boolean | Type::Enum(_) | Type::Bytes)
}

fn has_a_date(ty: &Type) -> bool {
    matches!(ty, Type::Date | Type::Timestamp | Type::ZonedTimestamp)
}
