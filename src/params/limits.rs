//! How much a request may ask for.

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $default:literal up to $most:literal;)+) => {
        /// The limits on a request. A request beyond a limit is refused; nothing is truncated.
        ///
        /// Each limit is set by the method of its name, from 1 up to the maximum that the method names; `build()`
        /// refuses any other value.
        ///
        /// ```
        /// use tower_rest::Limits;
        /// let limits = Limits::default().filters(8).items(50);
        /// ```
        #[derive(Clone, Debug)]
        #[must_use]
        pub struct Limits { $(pub(crate) $name: usize,)+ }

        impl Limits {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault: ", stringify!($default), "; at most ", stringify!($most), ".")]
                pub fn $name(mut self, most: usize) -> Self {
                    self.$name = most;
                    self
                }
            )+

            /// Sets the limit with a name; `None` if there is no such limit.
            ///
            /// ```
            /// use tower_rest::Limits;
            /// assert!(Limits::default().set("filters", 8).is_some());
            /// assert!(Limits::default().set("filtres", 8).is_none());
            /// ```
            #[must_use]
            pub fn set(self, name: &str, most: usize) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(self.$name(most)),)+
                    _ => None,
                }
            }

            /// Returns the name and the default of each limit.
            pub fn defaults() -> impl Iterator<Item = (&'static str, usize)> {
                [$((stringify!($name), $default)),+].into_iter()
            }

            /// Returns the greatest number of rows of a many-to-many member: at least as many as an object shows, so that it can
            /// be sent back.
            pub(crate) fn linked_rows(&self) -> usize {
                self.bulk_rows.max(1000)
            }

            /// Returns a message for each limit that is out of its bounds.
            pub(crate) fn check(&self) -> Vec<String> {
                let mut mistakes = Vec::new();
                $(
                    if !(1..=$most).contains(&self.$name) {
                        mistakes.push(format!(
                            "the limit `{}` is {}, but must be from 1 to {}",
                            stringify!($name), self.$name, $most
                        ));
                    }
                )+
                // A statement that reads a page and the count binds the values of all filters twice. Lists are padded
                // to a power of two, and SQLite binds at most 32,766 values.
                let items = self.items.checked_next_power_of_two().unwrap_or(usize::MAX);
                let values = self.filters.saturating_mul(items).saturating_mul(2);
                if values > 32_000 {
                    mistakes.push(format!(
                        "the limits allow {} filters of {} items, more values than a statement takes: lower one of them",
                        self.filters, self.items
                    ));
                }
                mistakes
            }
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }
    };
}

limits! {
    /// Bytes of a query string, as received.
    query_bytes: 16384 up to 65536;
    /// `name=value` pairs of a query string.
    pairs: 64 up to 512;
    /// Filters, those in groups included; equalities on one column beside each other count as one.
    filters: 32 up to 256;
    /// Groups of filters inside each other, as 2 in `or=(make=Fiat,and(…))`.
    group_depth: 4 up to 16;
    /// Columns of a `facet`.
    facets: 8 up to 32;
    /// Values of a facet. The most frequent ones are shown, and the answer says that there are more.
    facet_values: 100 up to 1000;
    /// Aggregates of an answer, and as many columns to group by.
    aggregates: 16 up to 64;
    /// Groups of an aggregate, on all pages together.
    aggregate_groups: 1000 up to 100000;
    /// Items of one list, repeated equalities included, and names in `fields` and `expand`.
    items: 200 up to 500;
    /// Terms of an ordering.
    ordering_terms: 8 up to 64;
    /// Relations a filter or an ordering goes through.
    relations: 4 up to 5;
    /// Relations that a name in `expand` goes through: the depth of embedded rows.
    expand_depth: 2 up to 4;
    /// Rows embedded for one relation of an answer.
    expand_rows: 10000 up to 30000;
    /// Bytes of the rows of a page or an object, embedded ones among them, as they are read and as they are written.
    page_bytes: 33554432 up to 1073741824;
    /// Words and phrases of a search.
    search_words: 8 up to 32;
    /// Bytes of one value, decoded.
    value_bytes: 4096 up to 65536;
    /// Bytes of a regular expression, of the text of a `contains`, `startswith` or `endswith`, and of a word or phrase of a search.
    pattern_bytes: 256 up to 4096;
    /// Bytes of a body that is read.
    body_bytes: 1048576 up to 1073741824;
    /// Rows of an array that a POST inserts, and of a member for nested rows.
    bulk_rows: 500 up to 10000;
    /// Nested objects and arrays in a JSON body.
    json_depth: 32 up to 100;
    /// Rows that the database skips to reach a page, counted from the nearer end of the list.
    offset_rows: 1000000 up to 1000000000;
}
