//! Statements that write rows and commit themselves. Each checks the rows that it has written and shows them; it fails,
//! which takes all of it back, if one of them is not as it must be.

use std::hash::{Hash as _, Hasher};

use sea_query::{Cond, Expr, ExprTrait as _};

use super::{
    Dialect, Plan, Plans, Statement,
    dialect::{Confirms, placeholder},
    plan::{Leads, PlanKey, Took},
    source::Source,
    term::Term,
    trial::Trial,
    write::{assigned, inserting, updating},
};
use crate::{
    cell::{Type, Value},
    model::{Column, ColumnNumber, Model},
    operation::Changes,
    predicate::Predicate,
};

/// The condition on each row that a statement has written before it commits itself, and the columns that it shows.
pub(crate) struct Confirmed<'a> {
    pub(crate) model: &'a Model,
    /// The columns that are shown.
    pub(crate) columns: &'a [ColumnNumber],
    /// The condition that the row must meet afterwards.
    pub(crate) condition: &'a Predicate,
    /// The most bytes that the row's texts and binary values may have together.
    pub(crate) most_bytes: u64,
}

impl Statement {
    /// Inserts rows and shows them, in their order; `None` if the database has no such statement for them. Each result
    /// begins with a number that means nothing.
    pub(crate) fn insert_confirmed(
        rows: &[Changes],
        confirmed: &Confirmed<'_>,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Option<Self> {
        let (first, model) = (rows.first()?, confirmed.model);
        let may_be_many = first.sets_columns() && dialect.returns_in_order();
        let confirms = dialect.confirms()?;
        let draft = Draft::new(confirmed, dialect);
        let is_checked = !draft.term.is_about_related() || confirms.checks_related_of_many();
        if rows.len() > 1 && !(may_be_many && is_checked) {
            return None;
        }
        let mut values = Vec::with_capacity(rows.len() * 8);
        for row in rows {
            if !row.has_shape_of(first) {
                return None;
            }
            for (column, set) in row.columns(model) {
                assigned(column, set, &mut values, dialect);
            }
        }
        draft.values(&mut values);
        if values.len() > dialect.most_values() {
            return None;
        }
        let plan = plans.plan(draft.key(rows.len(), first), || {
            let (insert, source) = (inserting(rows, model, dialect), Source::written(model));
            let mut shown = draft.shown(source, dialect);
            let check = draft.check(source, confirms, dialect);
            shown.insert(0, confirms.confirmed(check, source));
            draft.plan(dialect.insert(insert, shown))
        });
        Some(Self::new(plan, values))
    }

    /// Changes the row that meets `condition` and shows it; `None` if the database has no such statement. The result
    /// has no row if none meets `condition`, and perhaps if the row is not as it must be afterwards: nothing is then
    /// written. It begins with a number that means nothing.
    pub(crate) fn update_confirmed(
        condition: &Predicate,
        changes: &Changes,
        confirmed: &Confirmed<'_>,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Option<Self> {
        let confirms = dialect.confirms()?;
        let (draft, model) = (Draft::new(confirmed, dialect), confirmed.model);
        let (mut values, term) = (Vec::new(), Term::of(condition, model, dialect));
        for (column, set) in changes.columns(model) {
            assigned(column, set, &mut values, dialect);
        }
        term.values(&mut values);
        draft.values(&mut values);
        let mut key = draft.key(0, changes);
        term.shape(&mut key);
        let plan = plans.plan(key, || {
            let (update, source) = (
                updating(model, &term, changes, dialect),
                Source::written(model),
            );
            let check = draft.check(source, confirms, dialect);
            let shown = draft.shown(source, dialect);
            draft.plan(confirms.update(update, check, source, shown))
        });
        Some(Self::new(plan, values))
    }
}

struct Draft<'a> {
    confirmed: &'a Confirmed<'a>,
    term: Term,
    /// Whether the size of the row's values is limited by the columns' types.
    is_bounded: bool,
}

impl<'a> Draft<'a> {
    fn new(confirmed: &'a Confirmed<'a>, dialect: &dyn Dialect) -> Self {
        let Confirmed { model, columns, .. } = confirmed;
        let mut columns = columns.iter().filter_map(|column| model.at(*column));
        Self {
            term: Term::of(confirmed.condition, model, dialect),
            is_bounded: !columns.any(is_unbounded),
            confirmed,
        }
    }

    /// Returns the key of the plan that writes `rows` rows, or changes one if there are none.
    fn key(&self, rows: usize, changes: &Changes) -> PlanKey {
        let mut key = PlanKey::of_write(rows);
        (self.confirmed.model.id(), self.confirmed.columns).hash(&mut key);
        changes.shape(&mut key);
        self.term.shape(&mut key);
        key.write_u8(b'|');
        key
    }

    /// Appends the values of the [check](Self::check).
    fn values(&self, values: &mut Vec<Value>) {
        self.term.values(values);
        if !self.is_bounded {
            values.push(Value::Unsigned(self.confirmed.most_bytes));
        }
    }

    /// Returns the condition that a written row must meet.
    fn check(&self, source: Source<'_>, confirms: &dyn Confirms, dialect: &dyn Dialect) -> Expr {
        let mut all = Cond::all().add(self.term.condition(source, dialect));
        let columns = self.confirmed.columns.iter();
        let columns = columns.filter_map(|column| source.at(*column));
        let sizes = columns.filter(|(column, _)| is_unbounded(column));
        let sizes = sizes.map(|(_, value)| confirms.size(value));
        if let Some(size) = sum(sizes.collect()) {
            all = all.add(size.lte(placeholder()));
        }
        all.into()
    }

    fn shown(&self, source: Source<'_>, dialect: &dyn Dialect) -> Vec<Expr> {
        let columns = self.confirmed.columns.iter();
        let columns = columns.filter_map(|column| source.at(*column));
        let shown = columns.map(|(column, value)| dialect.shown(column, value));
        shown.collect()
    }

    fn plan(&self, sql: String) -> Plan {
        Plan {
            sql: sql.into(),
            model: self.confirmed.model.clone(),
            columns: self.confirmed.columns.into(),
            lead: Some(Leads::Total),
            is_single: false,
            pairs: None,
            marks: 0,
            is_alone: true,
            took: Took::default(),
            trial: Trial::default(),
        }
    }
}

/// Returns the sum of expressions as a balanced tree, since sea-query goes as deep as a tree is; `None` if there are none.
fn sum(mut terms: Vec<Expr>) -> Option<Expr> {
    while terms.len() > 1 {
        let mut rest = terms.into_iter();
        let pair = || {
            let left = rest.next()?;
            Some(match rest.next() {
                Some(right) => left.add(right),
                None => left,
            })
        };
        terms = std::iter::from_fn(pair).collect();
    }
    terms.pop()
}

/// Whether a value of the column can be of any size.
fn is_unbounded(column: &Column) -> bool {
    matches!(
        column.ty,
        Type::Text | Type::Bytes | Type::Json | Type::Other
    )
}
