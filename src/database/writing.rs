//! Writing one row in a transaction: it is locked or inserted, read again as the request may see it, and committed.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;
use tracing::{Instrument as _, instrument::WithSubscriber as _};

use super::{
    driver::{DriverFuture, Unit},
    fetched::Written,
    handle::Database,
    new_key::{inserted_key, keyless, renumbered, unnamed},
    reading::Query,
    violation::{Violation, ViolationKind, is_conflict},
};
use crate::{
    cell::Value,
    error::{Code, Error, Fault, Result, SERVER_FAILED},
    model::{ColumnNumber, Model},
    operation::{
        Changes, Create, Delete, Object, Outcome, Parent, Reference, Retrieve, Set, Typed, Update,
        answer_to,
    },
    predicate::Predicate,
    statement::Statement,
};

/// The most times that a transaction is run, if each run conflicts with a write of another transaction.
const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; before each further attempt, the pause may be twice as long.
const PAUSE: Duration = Duration::from_millis(40);

/// A question that changes rows.
pub(crate) enum Writable {
    Create(Create),
    Update(Update),
    Delete(Delete),
}

impl From<Create> for Writable {
    fn from(create: Create) -> Self {
        Self::Create(create)
    }
}

impl From<Update> for Writable {
    fn from(update: Update) -> Self {
        Self::Update(update)
    }
}

impl From<Delete> for Writable {
    fn from(delete: Delete) -> Self {
        Self::Delete(delete)
    }
}

impl Database {
    /// Answers a question that changes rows, once the change is committed.
    ///
    /// The transaction runs in a task of its own, so that it runs to its end even if the client disconnects.
    pub(crate) async fn write<Q: Typed + Into<Writable>>(
        &self,
        query: Query<Q>,
    ) -> Result<Q::Answer> {
        let writing = Writing {
            database: self.clone(),
            query: Query {
                model: query.model,
                ask: query.ask.into(),
                time_limit: query.time_limit,
                counter: query.counter,
            },
        };
        let unit = async move { Arc::new(writing).run().await };
        let done = tokio::spawn(unit.in_current_span().with_current_subscriber()).await;
        let lost = |error| Error::new(Code::Internal, SERVER_FAILED).with_source(error);
        answer_to::<Q>(self.logged(done.map_err(lost)?)?)
    }
}

/// The creation, update or deletion of one row, with the database it runs on.
struct Writing {
    database: Database,
    query: Query<Writable>,
}

/// An open transaction.
type Open = Box<dyn Unit>;

impl Writing {
    /// Runs the transaction; runs it again after a conflict with another one, up to [`ATTEMPTS`] times in all.
    async fn run(self: Arc<Self>) -> Result<Outcome> {
        for attempt in 0..ATTEMPTS {
            match self.attempt(attempt > 0).await {
                Err(error) if is_conflict(&error) => sleep(pause(attempt)).await,
                done => return done,
            }
        }
        let detail = "other writes came in between each time; nothing was written, try again";
        Err(Error::new(Code::RetriesExhausted, detail))
    }

    /// Runs the transaction once; `alone` if it must not be shared with other requests.
    async fn attempt(self: &Arc<Self>, alone: bool) -> Result<Outcome> {
        let writing = Arc::clone(self);
        let steps = |unit| -> DriverFuture<'static, Outcome> {
            Box::pin(async move { writing.steps(unit).await })
        };
        let limit = self.query.time_limit;
        self.database.work(Box::new(steps), limit, alone).await
    }

    async fn steps(&self, unit: Open) -> Result<Outcome> {
        match &self.query.ask {
            Writable::Create(create) => self.create(unit, create).await,
            Writable::Update(update) => self.update(unit, update).await,
            Writable::Delete(delete) => self.delete(unit, delete).await,
        }
    }

    async fn create(&self, unit: Open, create: &Create) -> Result<Outcome> {
        let model = &self.query.model;
        let (unit, changes) = self.with_parent(unit, create).await?;
        let unit = self.refer(unit, &create.references).await?;
        let unknown: Vec<_> = (model.primary_key().iter().copied())
            .filter(|column| changes.values(&[*column]).is_none())
            .collect();
        let dialect = self.database.dialect();
        let insert = Statement::insert(model, &changes, &unknown, dialect);
        let (unit, written) = self.written(unit, insert, &create.references).await?;
        let Some(key) = inserted_key(model, &changes, &unknown, &written) else {
            unit.roll_back().await?;
            return Err(unnamed(model, &unknown));
        };
        if let Some(fault) = renumbered(model, &key, &unknown, &written) {
            unit.roll_back().await?;
            return Err(Error::faults(vec![fault]));
        }
        let (unit, object) = self.seen(unit, &create.shown, key).await?;
        self.committed(unit, &create.references).await?;
        Ok(Outcome::Created(object))
    }

    async fn update(&self, unit: Open, update: &Update) -> Result<Outcome> {
        let model = &self.query.model;
        let (unit, key) = self.locked(unit, &update.condition).await?;
        let Some(key) = key else {
            return Ok(Outcome::Updated(None));
        };
        let mut unit = self.refer(unit, &update.references).await?;
        if !update.changes.is_empty() {
            let (row, dialect) = (row(model, &key), self.database.dialect());
            let statement = Statement::update(model, &row, &update.changes, dialect);
            (unit, _) = self.written(unit, statement, &update.references).await?;
        }
        let parts = model.primary_key().iter().zip(key);
        let key = parts.map(|(column, before)| match update.changes.get(*column) {
            Some(Set::To(value)) => value.clone(),
            Some(Set::Null | Set::Default) | None => before,
        });
        let (unit, object) = self.seen(unit, &update.shown, key.collect()).await?;
        self.committed(unit, &update.references).await?;
        Ok(Outcome::Updated(Some(object)))
    }

    async fn delete(&self, unit: Open, delete: &Delete) -> Result<Outcome> {
        let model = &self.query.model;
        let (unit, key) = self.locked(unit, &delete.condition).await?;
        let Some(key) = key else {
            return Ok(Outcome::Deleted(false));
        };
        let statement = Statement::delete(model, &row(model, &key), self.database.dialect());
        let (unit, written) = unit.write(statement, self.query.time_limit).await?;
        let broken = match written {
            Ok(_) => unit.commit().await?.err(),
            Err(violation) => Some(violation),
        };
        match broken {
            None => Ok(Outcome::Deleted(true)),
            Some(violation) => Err(violation.of_a_delete().error(model)),
        }
    }

    /// Reads the parent row, car 1 in `/cars/1/parts/`; sets the columns of the new row that copy its values.
    async fn with_parent(&self, unit: Open, create: &Create) -> Result<(Open, Changes)> {
        let mut changes = create.changes.clone();
        let Some(Parent { model, condition }) = &create.parent else {
            return Ok((unit, changes));
        };
        let inherited = create.inherited.iter().map(|(_, there)| *there);
        let mut columns: Vec<_> = inherited.chain(model.key().iter().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        let parent = Retrieve::new(condition.clone(), columns.clone());
        let (unit, parent) = self.read(unit, model, parent).await?;
        let parent = parent.ok_or_else(Error::no_such_object)?;
        for (here, there) in &create.inherited {
            let value = parent.value(*there, &columns);
            changes.set(*here, value.map_or(Set::Null, Set::To));
        }
        Ok((unit, changes))
    }

    /// Checks that the row of each of `references` exists and is visible to the request. If the request may see all
    /// rows, this is left to a database that enforces foreign keys.
    async fn refer(&self, mut unit: Open, references: &[Reference]) -> Result<Open> {
        let mut checks_itself = true;
        if references.iter().any(|reference| !reference.is_checked()) {
            (unit, checks_itself) = unit.checks_references().await?;
        }
        let coded = references.iter().filter_map(|reference| {
            let code = match (reference.is_checked(), checks_itself) {
                (true, _) => Code::InvalidValue,
                (false, false) => Code::ForeignKey,
                (false, true) => return None,
            };
            Some((reference, code))
        });
        let (unit, faults) = self.absent(unit, coded).await?;
        match faults.is_empty() {
            true => Ok(unit),
            false => Err(Error::faults(faults)),
        }
    }

    /// Runs a statement that writes; rolls back and returns the client's error if the row breaks a constraint.
    async fn written(
        &self,
        unit: Open,
        statement: Statement,
        references: &[Reference],
    ) -> Result<(Open, Written)> {
        let (unit, written) = unit.write(statement, self.query.time_limit).await?;
        match written {
            Ok(written) => Ok((unit, written)),
            Err(violation) => Err(self.violated(unit, violation, references).await?),
        }
    }

    /// Rolls the transaction back, and returns the client's error for the violation. If the database does not say which
    /// foreign key is broken, the rows that `references` name are looked up first.
    async fn violated(
        &self,
        mut unit: Open,
        mut violation: Violation,
        references: &[Reference],
    ) -> Result<Error> {
        if violation.is_of_unknown_references() && unit.goes_on() {
            let absent;
            (unit, absent) = self.absent(unit, broken_keys(references)).await?;
            if !absent.is_empty() {
                return Ok(Error::faults(absent).with_source(violation.source));
            }
            // Every row that the written row refers to exists, so other rows must refer to the written row.
            violation.kind = ViolationKind::Referred;
        }
        unit.roll_back().await?;
        self.named(violation).await
    }

    /// Returns a fault for each reference whose row does not exist, with the reference's code.
    async fn absent(
        &self,
        mut unit: Open,
        references: impl Iterator<Item = (&Reference, Code)>,
    ) -> Result<(Open, Vec<Fault>)> {
        let mut faults = Vec::new();
        for (reference, code) in references {
            let target = &reference.join.target;
            let columns = target.last_order().first().copied();
            let row = Retrieve::new(reference.condition(), columns.into_iter().collect());
            let found;
            (unit, found) = self.read(unit, target, row).await?;
            if found.is_none() {
                faults.push(no_such_row(reference, code));
            }
        }
        Ok((unit, faults))
    }

    /// Commits the transaction; returns the client's error if this breaks a deferred constraint.
    async fn committed(&self, unit: Open, references: &[Reference]) -> Result<()> {
        let Err(violation) = unit.commit().await? else {
            return Ok(());
        };
        if violation.is_of_unknown_references() {
            let unit = self.database.begin(false).await?;
            let (_, absent) = self.absent(unit, broken_keys(references)).await?;
            if !absent.is_empty() {
                return Err(Error::faults(absent).with_source(violation.source));
            }
        }
        Err(self.named(violation).await?)
    }

    /// Returns the client's error for a violation; looks the columns up if only the constraint's name is known.
    async fn named(&self, mut violation: Violation) -> Result<Error> {
        let model = &self.query.model;
        if let (true, Some(constraint)) = (violation.columns.is_empty(), &violation.constraint) {
            let table = (model.schema(), model.table());
            violation.columns = self.database.constrained(table, constraint).await?;
        }
        Ok(violation.error(model))
    }

    /// Locks the row that meets `condition`, and returns its primary key; `None` if no row meets it.
    async fn locked(
        &self,
        unit: Open,
        condition: &Predicate,
    ) -> Result<(Open, Option<Vec<Value>>)> {
        let model = &self.query.model;
        let mut columns = model.primary_key().to_vec();
        columns.sort_unstable();
        let row = Retrieve {
            locks: true,
            ..Retrieve::new(condition.clone(), columns.clone())
        };
        let (unit, object) = self.read(unit, model, row).await?;
        let Some(object) = object else {
            return Ok((unit, None));
        };
        let part = |column: &ColumnNumber| object.value(*column, &columns);
        let key: Option<Vec<_>> = model.primary_key().iter().map(part).collect();
        Ok((unit, Some(key.ok_or_else(keyless)?)))
    }

    /// Reads the written row by its key; returns an error if the row does not meet the condition of `shown`.
    async fn seen(&self, unit: Open, shown: &Retrieve, key: Vec<Value>) -> Result<(Open, Object)> {
        let model = &self.query.model;
        let shown = Retrieve {
            condition: row(model, &key).and(shown.condition.clone()),
            ..shown.clone()
        };
        let (unit, object) = self.read(unit, model, shown).await?;
        let outside = || {
            let detail = "the row would not be one that this request may see; nothing was written";
            Error::new(Code::OutsideScope, detail)
        };
        Ok((unit, object.ok_or_else(outside)?))
    }

    async fn read(
        &self,
        unit: Open,
        model: &Model,
        row: Retrieve,
    ) -> Result<(Open, Option<Object>)> {
        let query = Query {
            model: model.clone(),
            ask: row,
            time_limit: self.query.time_limit,
            counter: self.query.counter.clone(),
        };
        let (unit, outcome) = unit.read(self.database.reading(query)).await?;
        Ok((unit, answer_to::<Retrieve>(outcome)?))
    }
}

/// Returns the condition that the primary key of a row is `key`.
fn row(model: &Model, key: &[Value]) -> Predicate {
    let parts = model.primary_key().iter().zip(key);
    let parts = parts.map(|(column, part)| Predicate::Key {
        column: *column,
        part: part.clone(),
    });
    Predicate::All(parts.collect())
}

/// Returns the references with the code of a broken foreign key.
fn broken_keys(references: &[Reference]) -> impl Iterator<Item = (&Reference, Code)> {
    references
        .iter()
        .map(|reference| (reference, Code::ForeignKey))
}

fn no_such_row(reference: &Reference, code: Code) -> Fault {
    let detail = format!("there is no such row of {}", reference.join.target.name());
    Fault::member(&reference.member, code, detail)
}

/// Returns a random pause before the next attempt: any length from zero to the longest pause after this attempt.
fn pause(attempt: u32) -> Duration {
    let random = RandomState::new().hash_one(attempt);
    let longest = PAUSE.saturating_mul(1 << attempt);
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random % micros.max(1))
}
