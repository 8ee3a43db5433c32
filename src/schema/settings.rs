//! The settings of a reflection: the tables and columns to serve, and their types.

use super::names;
use crate::{
    catalog::{Catalog, ForeignKey, Table},
    cell::Type,
    params::nearest,
};

/// The settings of a reflection.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) schemas: Vec<String>,
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) renames: Vec<(String, String)>,
    pub(super) shown: Vec<String>,
    pub(super) hidden: Vec<String>,
    pub(super) types: Vec<(String, Type)>,
    pub(super) texts: Vec<String>,
    pub(super) relations: Vec<(String, String)>,
}

/// The result of applying the settings to a catalog: mistakes, and the columns whose bytes are to be read as texts.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// A message for each setting that cannot be applied.
    pub(super) mistakes: Vec<String>,
    /// The columns whose bytes are read as texts: the index of the table, and the column's name.
    pub(super) texts: Vec<(usize, String)>,
}

impl Settings {
    /// Returns a message for each table or column that the settings name and the catalog lacks. Patterns with `*` may
    /// match nothing.
    pub(super) fn mistakes(&self, catalog: &Catalog) -> Vec<String> {
        let home = catalog.home.as_deref();
        let left_out = catalog.left_out.iter().map(|(name, _)| name.clone());
        let tables = catalog.tables.iter();
        let tables: Vec<_> = tables.map(|table| table.full_name(home)).collect();
        let columns = catalog.tables.iter().flat_map(|table| {
            let name = table.full_name(home);
            let columns = table.columns.iter();
            columns.map(move |column| format!("{name}.{}", column.sql))
        });
        let columns: Vec<String> = columns.collect();
        let all: Vec<_> = tables.iter().cloned().chain(left_out).collect();
        let renamed = self.renames.iter().map(|(table, _)| table.clone());
        let typed = self.types.iter().map(|(column, _)| column.clone());
        let related = self.relations.iter().flat_map(|(from, to)| {
            let both = from.split(',').chain(to.split(','));
            both.map(|column| column.trim().to_owned())
        });
        let settings = [
            ("include", self.include.clone(), &all),
            ("exclude", self.exclude.clone(), &all),
            ("rename", renamed.collect(), &tables),
            ("show_secrets", self.shown.clone(), &columns),
            ("hide", self.hidden.clone(), &columns),
            ("column_type", typed.collect(), &columns),
            ("text", self.texts.clone(), &columns),
        ];
        let mut mistakes = Vec::new();
        let mut check = |method: &str, name: &str, known: &[String]| {
            if !known.iter().any(|one| one == name) {
                let near = nearest(name, known.iter().map(String::as_str));
                mistakes.push(format!(
                    "`.{method}(…)` names `{name}`, which is not there{near}"
                ));
            }
        };
        for (method, patterns, known) in settings {
            for pattern in patterns.iter().filter(|pattern| !pattern.contains('*')) {
                check(method, pattern, known);
            }
        }
        for name in related {
            check("relate", &name, &columns);
        }
        mistakes
    }

    /// Applies the settings for types, texts and relations to a catalog; returns the settings that could not be
    /// applied, and the columns to be read as texts.
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Applied {
        let mut mistakes = Vec::new();
        let mut texts = Vec::new();
        let home = catalog.home.clone();
        let (retype, read_as_text) = (catalog.retype, catalog.read_as_text);
        for (at, table) in catalog.tables.iter_mut().enumerate() {
            let name = table.full_name(home.as_deref());
            for column in &mut table.columns {
                let full = format!("{name}.{}", column.sql);
                let meant = |pattern: &str| names::matches(pattern, &full);
                let ty = self.types.iter().rev().find(|(pattern, _)| meant(pattern));
                if let Some((_, ty)) = ty {
                    table.notes.retain(|(noted, _)| *noted != column.sql);
                    if let Err(reason) = retype(column, ty) {
                        mistakes.push(format!(
                            "`.column_type(…)` has `{full}` as {}: {reason}",
                            ty.name()
                        ));
                    }
                }
                let has_bytes = column.ty == Type::Bytes || column.storage.mixed;
                if has_bytes && self.texts.iter().any(|pattern| meant(pattern)) {
                    table.notes.retain(|(noted, _)| *noted != column.sql);
                    match read_as_text(column) {
                        Ok(()) => texts.push((at, column.sql.clone())),
                        Err(reason) => {
                            mistakes.push(format!("`.text(…)` names `{full}`: {reason}"));
                        }
                    }
                }
                column.drop_what_does_not_fit();
            }
        }
        for (from, to) in &self.relations {
            if let Err(mistake) = relate(catalog, from, to) {
                mistakes.push(mistake);
            }
        }
        Applied { mistakes, texts }
    }
}

/// Adds a foreign key from the columns `from` to as many columns `to`, each given as `table.column` and separated by
/// commas.
fn relate(catalog: &mut Catalog, from: &str, to: &str) -> Result<(), String> {
    let mistake = |words: &str| format!("`.relate(\"{from}\", \"{to}\")`: {words}");
    let home = catalog.home.clone();
    let (own, columns) = located(&catalog.tables, home.as_deref(), from)
        .ok_or_else(|| mistake("the columns before are not of one table"))?;
    let (target, references) = located(&catalog.tables, home.as_deref(), to)
        .ok_or_else(|| mistake("the columns after are not of one table"))?;
    if columns.len() != references.len() {
        return Err(mistake("there are not as many columns on both sides"));
    }
    let Some(there) = catalog.tables.get(target) else {
        return Ok(());
    };
    let key = ForeignKey {
        columns,
        schema: there.schema.clone(),
        table: there.name.clone(),
        references,
    };
    if let Some(table) = catalog.tables.get_mut(own)
        && !table.foreign_keys.contains(&key)
    {
        table.foreign_keys.push(key);
    }
    Ok(())
}

/// Returns the index of the table that has all these columns, and the columns' names without the table; `None` if no
/// table has all of them.
fn located(tables: &[Table], home: Option<&str>, names: &str) -> Option<(usize, Vec<String>)> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    tables.iter().enumerate().find_map(|(at, table)| {
        let start = format!("{}.", table.full_name(home));
        let column = |name: &&str| {
            let column = name.strip_prefix(&start)?;
            let found = table.columns.iter().find(|one| one.sql == column)?;
            Some(found.sql.clone())
        };
        let columns: Option<Vec<String>> = names.iter().map(column).collect();
        Some((at, columns?))
    })
}
