//! A relation: the columns that hold another model's key.

/// From a row to one row of another table, by columns of its own.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// The name it was given, if one was.
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<u16>,
    pub(crate) table: String,
    /// The columns of the other table, by their name there; empty for its key.
    pub(crate) references: Vec<String>,
}

impl Relation {
    /// The member of an object that holds the link: the given name, the column's without `_id`, else the target
    /// model's in lower case.
    pub(crate) fn member(&self, column: &str, target: &str) -> String {
        match (&self.name, column.strip_suffix("_id")) {
            (Some(name), _) => name.clone(),
            (None, Some(stem)) if !stem.is_empty() => stem.to_owned(),
            (None, _) => target.to_lowercase(),
        }
    }
}
