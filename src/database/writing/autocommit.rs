//! The choice between a transaction and one statement that commits itself: it writes the rows, checks and shows them.
//!
//! 1. A statement is used where nothing else belongs to the write, as [`Writing::statement`] says.
//! 2. It only answers that rows are written. If the database refuses it or no row is shown, nothing is written, and the
//!    transaction says why.
//! 3. Its first write is one by a transaction, which shows that the table is as its model says. If a transaction
//!    succeeds where the statement was refused, the statement is not used for a minute.

use tokio::time::timeout;

use super::{
    super::{handle::Database, reading::Query, reading::tables::of_condition},
    attempt::{Ending, WriteContext},
    rows_by_key::has_key,
    writable::Writable,
};
use crate::{
    cell::Value,
    error::{Code, Error, Result, SERVER_FAILED},
    model::Model,
    operation::{Changes, Create, Object, Outcome, Page, Reference, Retrieve, Update},
    predicate::Predicate,
    statement::{Confirmed, Fitness, Statement},
};

/// The bytes that a cell takes in memory, whatever its value.
const CELL: u64 = 32;

/// A write that one statement does.
pub(super) struct Autocommit {
    statement: Statement,
    /// The number of rows that it writes.
    rows: usize,
    are_new: bool,
}

impl Autocommit {
    /// Returns the statement that answers a question; `None` if it takes a transaction.
    pub(super) fn of(
        query: &Query<Writable>,
        context: &WriteContext,
        ending: Ending,
        database: &Database,
    ) -> Option<Self> {
        let is_alone = context.hooks.is_none() && context.keeping.is_none();
        if ending == Ending::RollBack || !is_alone {
            return None;
        }
        match &query.ask {
            Writable::Create(create) => Self::create(&query.model, create, database),
            Writable::Update(update) => Self::update(&query.model, update, database),
            Writable::Delete(_) | Writable::UpdateMany(_) | Writable::DeleteMany(_) => None,
        }
    }

    fn create(model: &Model, create: &Create, database: &Database) -> Option<Self> {
        let Create {
            parent,
            upsert,
            rows,
            references,
            shown,
            ..
        } = create;
        if parent.is_some() || upsert.is_some() {
            return None;
        }
        if !rows
            .iter()
            .all(|row| is_of_columns(row) && !has_zero_key(model, row))
        {
            return None;
        }
        create.validate(rows, 0).ok()?;
        let condition = confirmed(shown.condition.clone(), references, rows.len())?;
        let confirmed = confirming(model, shown, &condition, rows.len())?;
        let (plans, dialect) = (database.plans(), database.dialect());
        Some(Self {
            statement: Statement::insert_confirmed(rows, &confirmed, plans, dialect)?,
            rows: rows.len(),
            are_new: true,
        })
    }

    fn update(model: &Model, update: &Update, database: &Database) -> Option<Self> {
        let Update {
            condition,
            precondition,
            changes,
            references,
            validators,
            shown,
            ..
        } = update;
        let is_unconditional = *precondition == Default::default();
        let sees_before =
            changes.merged().next().is_some() || !validators.columns(model).is_empty();
        if !is_unconditional || sees_before || !is_of_columns(changes) || changes.is_empty() {
            return None;
        }
        let key = key_in(condition, model)?;
        if model
            .primary_key()
            .iter()
            .any(|column| changes.at(*column).is_some())
        {
            return None;
        }
        let afterwards = has_key(model.primary_key(), &key).and(shown.condition.clone());
        let afterwards = confirmed(afterwards, references, 1)?;
        let confirmed = confirming(model, shown, &afterwards, 1)?;
        let (plans, dialect) = (database.plans(), database.dialect());
        Some(Self {
            statement: Statement::update_confirmed(condition, changes, &confirmed, plans, dialect)?,
            rows: 1,
            are_new: false,
        })
    }

    /// Runs the statement, if it is known to be fit; returns `None` if nothing was written.
    pub(super) async fn run(
        &self,
        query: &Query<Writable>,
        database: &Database,
    ) -> Result<Option<Outcome>> {
        let trial = &self.statement.plan.trial;
        if trial.fitness() != Fitness::Fit {
            return Ok(None);
        }
        let written = database.write_at_once(&self.statement, query.time_limit);
        let written = written.await.inspect_err(|error| {
            if error.code() == Code::SchemaMismatch {
                trial.note(false);
            }
        })?;
        let Some(rows) = written
            .map(|written| written.rows)
            .filter(|rows| !rows.is_empty())
        else {
            return Ok(None);
        };
        if rows.len() != self.rows {
            let words = "a statement has written other rows than it was given";
            return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(words));
        }
        let object = Object {
            rows,
            related: Vec::new(),
        };
        Ok(Some(match self.are_new {
            true => Outcome::Created(Page::of(object)),
            false => Outcome::Updated(Some(object)),
        }))
    }

    /// Notes that a transaction has answered the question instead: whether the statement is used from now on.
    pub(super) async fn learn(
        &self,
        outcome: &Outcome,
        query: &Query<Writable>,
        database: &Database,
    ) {
        let trial = &self.statement.plan.trial;
        if outcome.rows() != self.rows {
            return;
        }
        match trial.fitness() {
            Fitness::Unfit => {}
            Fitness::Fit => trial.note(false),
            Fitness::Untried => {
                let keeps = database.keeps_returned(&query.model, self.are_new);
                let keeps = timeout(query.time_limit, keeps).await;
                trial.note(matches!(keeps, Ok(Ok(true))));
            }
        }
    }
}

/// Whether nothing but columns of the row itself is written.
fn is_of_columns(changes: &Changes) -> bool {
    changes.links.is_empty() && changes.children.is_empty()
}

/// Whether a part of a new row's key is 0, which MariaDB may replace by another number.
fn has_zero_key(model: &Model, row: &Changes) -> bool {
    let mut key = model
        .primary_key()
        .iter()
        .filter_map(|column| row.at(*column));
    key.any(|set| set.is(&Value::Integer(0)) || set.is(&Value::Unsigned(0)))
}

/// Returns the condition that `rows` written rows must meet: `visible`, and that they refer to rows that the request may
/// see. `None` if some of them refer to a row and others do not.
fn confirmed(visible: Predicate, references: &[Reference], rows: usize) -> Option<Predicate> {
    let mut condition = visible;
    for reference in references.iter().filter(|reference| reference.is_checked()) {
        if reference.keys.len() != rows || reference.join.junction.is_some() {
            return None;
        }
        condition = condition.and(Predicate::Related {
            join: reference.join.clone(),
            condition: Box::new(reference.visible.clone()),
        });
    }
    Some(condition)
}

/// Returns what is confirmed of `rows` written rows; `None` if more must be read than their own columns, or if
/// `condition` is on other rows of the table, among which a statement does not see those that it writes.
fn confirming<'a>(
    model: &'a Model,
    shown: &'a Retrieve,
    condition: &'a Predicate,
    rows: usize,
) -> Option<Confirmed<'a>> {
    let is_own = |table: &str| table.eq_ignore_ascii_case(model.table());
    let reads_itself = of_condition(condition)
        .iter()
        .any(|(_, table)| is_own(table));
    if !shown.related.is_empty() || reads_itself {
        return None;
    }
    let each = u64::try_from(shown.most_bytes.checked_div(rows)?).ok()?;
    let cells = u64::try_from(shown.columns.len())
        .ok()?
        .saturating_mul(CELL);
    Some(Confirmed {
        model,
        columns: &shown.columns,
        condition,
        most_bytes: each.checked_sub(cells)?.min(i64::MAX.cast_unsigned()),
    })
}

/// Returns the primary key that a condition demands; `None` if it does not demand one.
fn key_in(condition: &Predicate, model: &Model) -> Option<Vec<Value>> {
    let Predicate::All(conditions) = condition else {
        return None;
    };
    let key = model.primary_key();
    let part = |column| {
        conditions.iter().find_map(|condition| match condition {
            Predicate::Key { column: of, part } if of == column => Some(part.clone()),
            _ => None,
        })
    };
    (!key.is_empty()).then(|| key.iter().map(part).collect())?
}
