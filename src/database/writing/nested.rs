//! Writing to other tables together with a row: its pairs in a junction (the table of a many-to-many relation), and the
//! rows that are nested under it.

use std::{future::Future, pin::Pin};

use super::{
    bulk::CHUNK,
    rows_by_key::{any, has_key, key_of, list},
    unit_of_work::UnitOfWork,
};
use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result, Where, push_step},
    model::ColumnNumber,
    operation::{Changes, Children, Create, LinkSet, List, Retrieve, Set},
    params::{Count, Order, Paging, Position},
    statement::Statement,
};

/// The most pairs that one row may have if a body is to replace them.
const MOST_PAIRS: u64 = 10_000;

impl UnitOfWork<'_> {
    /// Writes the pairs and the nested rows of the row with this primary key.
    pub(super) async fn write_nested(&self, key: &[Value], changes: &Changes) -> Result<()> {
        for set in &changes.links {
            self.set_links(key, set).await?;
        }
        for children in &changes.children {
            let created = self.create_children(key, children).await;
            created.map_err(|error| error.below(&children.member))?;
        }
        Ok(())
    }

    /// Inserts the rows that are nested under a new row.
    fn create_children<'a>(
        &'a self,
        key: &'a [Value],
        children: &'a Children,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        // The future is boxed, since it calls itself: nested rows may have nested rows.
        Box::pin(async move {
            let mut create = Create {
                parent: None,
                inherited: Vec::new(),
                rows: children.rows.clone(),
                upsert: None,
                is_array: true,
                references: children.references.clone(),
                validators: children.validators.clone(),
                shown: Retrieve::new(
                    children.visible.clone(),
                    children.model.primary_key().to_vec(),
                ),
            };
            create.shown.columns.sort_unstable();
            let there: Vec<_> = children.inherited.iter().map(|(_, there)| *there).collect();
            let values = self.values(key, &there).await?;
            for row in &mut create.rows {
                for ((here, _), value) in children.inherited.iter().zip(&values) {
                    row.put(*here, value.clone().map_or(Set::Null, Set::To));
                }
            }
            let hooks = self.hooks.map(|hooks| hooks.of_place(children.place));
            let below = UnitOfWork {
                model: &children.model,
                hooks: hooks.as_ref(),
                ..*self
            };
            below.create(&create).await.map(drop)
        })
    }

    /// Inserts and deletes rows of a junction, so that the row with this key is paired with exactly the rows of `set`.
    /// Pairs with rows that the request may not see stay.
    async fn set_links(&self, key: &[Value], set: &LinkSet) -> Result<()> {
        let here: Vec<_> = set.join.here().collect();
        let values = self.values(key, &here).await?;
        let leading: Option<Vec<Value>> = values.into_iter().collect();
        let leading = leading.ok_or_else(|| {
            let detail = "the row has no key by which rows could refer to it";
            Error::faults(vec![Fault::member(&set.member, Code::InvalidValue, detail)])
        })?;
        let wanted = self.linked(set).await?;
        let known = self.pairs(&leading, set).await?;
        let extra: Vec<_> = known
            .iter()
            .filter(|pair| !wanted.contains(pair))
            .cloned()
            .collect();
        let extra = self.visible(set, &extra).await?;
        let columns = set.pairs.primary_key();
        let whole = |there: &Vec<Value>| [leading.as_slice(), there.as_slice()].concat();
        let dialect = self.database.dialect();
        let extra: Vec<_> = extra.iter().map(whole).collect();
        for extra in extra.chunks(CHUNK) {
            let condition = any(&set.pairs, columns, extra);
            self.write(Statement::delete(&set.pairs, &condition, dialect), &[])
                .await?;
        }
        let missing = wanted.iter().filter(|pair| !known.contains(pair));
        let rows = missing.map(|there| {
            let mut row = Changes::new(&set.pairs);
            for (column, value) in columns.iter().zip(whole(there)) {
                row.put(*column, Set::To(value));
            }
            row
        });
        let rows: Vec<_> = rows.collect();
        for insert in Statement::inserts(&set.pairs, &rows, |_| Vec::new(), false, dialect) {
            self.write(insert.statement, &[]).await?;
        }
        Ok(())
    }

    /// Returns the values of `columns` in the row with this primary key; `None` stands for a null.
    async fn values(&self, key: &[Value], columns: &[ColumnNumber]) -> Result<Vec<Option<Value>>> {
        let primary = self.model.primary_key();
        let of_key = |column: &ColumnNumber| {
            let at = primary.iter().position(|part| part == column)?;
            Some(key.get(at).cloned())
        };
        if let Some(values) = columns.iter().map(of_key).collect() {
            return Ok(values);
        }
        let mut read = columns.to_vec();
        read.sort_unstable();
        read.dedup();
        let row = Retrieve::new(has_key(primary, key), read.clone());
        let row = self.read(self.model, row).await?;
        let row = row.ok_or_else(Error::no_such_object)?;
        Ok(columns
            .iter()
            .map(|column| row.value(*column, &read))
            .collect())
    }

    /// Returns the keys of the related rows of `set` as they are stored. Returns an error if one of the rows does not
    /// exist, or the request may not see it.
    async fn linked(&self, set: &LinkSet) -> Result<Vec<Vec<Value>>> {
        let mut stored = self.visible(set, &set.keys).await?;
        let mut faults = Vec::new();
        for (at, key) in set.keys.iter().enumerate() {
            if stored.contains(key) {
                continue;
            }
            // The database may find a row by another spelling of its key, such as `Kia` by `kia`.
            match self.visible(set, std::slice::from_ref(key)).await?.pop() {
                Some(other) if stored.contains(&other) => {}
                Some(other) => stored.push(other),
                None => {
                    let target = set.join.target.name();
                    let mut pointer = String::new();
                    push_step(&set.member, &mut pointer);
                    push_step(&at.to_string(), &mut pointer);
                    let detail = format!("there is no such row of {target}");
                    faults.push(Fault::of(
                        Where::Pointer(pointer),
                        Code::InvalidValue,
                        detail,
                    ));
                }
            }
        }
        Error::of_any(faults)?;
        Ok(stored)
    }

    /// Of the related rows with these keys, returns the keys of those that the request may see, as they are stored.
    async fn visible(&self, set: &LinkSet, keys: &[Vec<Value>]) -> Result<Vec<Vec<Value>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let (target, there) = (&set.join.target, set.join.there().collect::<Vec<_>>());
        let rows = list(target, &there, keys, &set.visible, there.clone());
        let (page, columns) = (self.read(target, rows.clone()).await?, rows.columns);
        let found = page.rows.iter();
        Ok(found
            .filter_map(|row| key_of(row, &there, &columns))
            .collect())
    }

    /// Returns the keys of the rows that a junction pairs with one row; `leading` is the key of that row.
    async fn pairs(&self, leading: &[Value], set: &LinkSet) -> Result<Vec<Vec<Value>>> {
        let columns = set.pairs.primary_key();
        let (here, there) = columns.split_at(leading.len().min(columns.len()));
        let paging = Paging {
            position: Position::Page(1),
            size: MOST_PAIRS,
            count: Count::Off,
            offers_exact: false,
            deepest: u64::MAX,
        };
        let order = columns.iter().map(|column| Order::by(*column)).collect();
        let rows = List::new(has_key(here, leading), order, columns.to_vec(), paging);
        let page = self.read(&set.pairs, rows).await?;
        if page.more {
            let member = &set.member;
            let detail =
                format!("the row has more than {MOST_PAIRS} of `{member}`; set them one by one");
            return Err(Error::new(Code::LimitExceeded, detail));
        }
        let found = page.rows.iter();
        Ok(found
            .filter_map(|row| key_of(row, there, columns))
            .collect())
    }
}
