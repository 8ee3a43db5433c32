//! The statement that reads the related rows (such as owners) of any number of leading rows (such as cars).
//!
//! In this module, a key is the values of the join's columns in a leading row (such as `owner_id` of a car), by which
//! the related rows are found. The keys are the distinct ones of all leading rows.

mod positions;

use std::{hash::Hash, sync::Arc};

use sea_query::{
    Expr, ExprTrait, OrderedStatement, OverStatement, Query, SelectStatement, WindowStatement,
};

use super::{
    Dialect, Plan, Plans, Statement,
    dialect::{placeholder, repeated},
    join::all_same,
    names::{KEY_POSITION, target_name},
    order,
    plan::{Leads, Pairs, PlanKey, RelatedForm, StatementKind, Took},
    source::{Source, Standing, iden},
    term::Term,
    trial::Trial,
};
use crate::{
    cell::Value,
    model::{Column, ColumnNumber, End, Junction, Model},
    operation::Wanted,
};

/// The alias of a subselect of related rows.
const INNER: &str = "r0";
/// The name, in that subselect, of the column with the position of each row, from one, among the related rows of its
/// key.
const PLACE: &str = "place";

/// The parts from which the text and the values of the statement are made.
struct RelatedDraft<'a> {
    form: RelatedForm,
    leading: &'a Model,
    wanted: &'a Wanted,
    term: Term,
    /// The number of keys for which the SQL of the statement has placeholders. It may exceed the number of given keys.
    keys: usize,
    /// Whether each row begins with the position of its key in the list of keys. It does if the database may take two
    /// keys for equal whose values differ, such as `Kia` and `kia`: the values in the row then do not tell its key.
    with_positions: bool,
}

/// A column that holds a part of the keys: a column of the related rows or, if they are joined through a junction, of
/// the junction.
struct KeyColumn<'a> {
    column: &'a Column,
    value: Expr,
    /// The name of the column in a select around the subselect.
    name: String,
}

impl Statement {
    /// Reads the related rows (such as owners) of rows of the `leading` model (such as cars). Returns `None` if the
    /// `keys` have more values than a statement may bind.
    ///
    /// Each key has its values in the order of the join's columns. `keys` is not empty, and no key is in it twice. If a
    /// key may have many related rows, one row more than wanted is read, which shows whether there are more. If the
    /// database may take two keys for equal whose values differ, such as `Kia` and `kia`, each row begins with the
    /// position of its key in `keys`.
    pub(crate) fn related(
        leading: &Model,
        wanted: &Wanted,
        keys: &[Vec<Value>],
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Option<Self> {
        let form = match keys {
            _ if !wanted.join.many => RelatedForm::All,
            [_] => RelatedForm::First,
            _ => RelatedForm::FirstOfEach,
        };
        let mut draft = RelatedDraft {
            form,
            leading,
            wanted,
            term: Term::of(&wanted.condition, &wanted.join.target, dialect),
            keys: keys.len(),
            with_positions: wanted.join.keys_may_differ(leading),
        };
        let mut further = Vec::new();
        draft.term.values(&mut further);
        let limits = draft.limits(keys.len());
        further.extend(limits.into_iter().map(Value::Unsigned));
        let most = dialect.most_values().checked_sub(further.len())?;
        let times = match draft.with_positions {
            true => 1,
            false => dialect.keeps_times(&draft.compared_columns()),
        };
        let position = usize::from(draft.with_positions);
        let width = wanted.join.here().count().saturating_mul(times) + position;
        let fits = |keys: &usize| keys.saturating_mul(width) <= most;
        // The last key is repeated, so that lists of similar length share a plan.
        let padded = Some(keys.len().next_power_of_two()).filter(fits);
        draft.keys = padded.or_else(|| Some(keys.len()).filter(fits))?;
        let mut values = match draft.with_positions {
            true => draft.listed_values(keys, dialect),
            false => repeated(&draft.key_values(keys, dialect), times),
        };
        values.append(&mut further);
        Some(Self::new(draft.plan(plans, dialect), values))
    }
}

impl<'a> RelatedDraft<'a> {
    fn plan(&self, plans: &Plans, dialect: &dyn Dialect) -> Arc<Plan> {
        let Wanted { join, columns, .. } = self.wanted;
        let mut key = PlanKey::new(StatementKind::Related(self.form));
        (
            self.leading.id(),
            join,
            columns,
            self.keys,
            self.with_positions,
        )
            .hash(&mut key);
        self.term.shape(&mut key);
        plans.plan(key, || Plan {
            sql: dialect.text(&self.select(dialect)).into(),
            model: join.target.clone(),
            columns: columns.as_slice().into(),
            lead: self.with_positions.then_some(Leads::Reader),
            is_single: false,
            pairs: (join.junction.as_ref().filter(|_| !self.with_positions)).map(|junction| {
                Pairs {
                    model: self.leading.clone(),
                    columns: junction.here.iter().map(|(here, _)| *here).collect(),
                }
            }),
            marks: 0,
            is_alone: true,
            took: Took::default(),
            trial: Trial::default(),
        })
    }

    /// Returns the values of the statement's limits: for how many related rows of each key, and for how many in all.
    /// The limit for each key is one more than wanted. The limit for all adds one row for each key, and one more.
    fn limits(&self, keys: usize) -> Vec<u64> {
        let Wanted {
            most, most_in_all, ..
        } = self.wanted;
        // The values are bound as signed numbers.
        let bounded = |count: u64| Ord::min(count, u64::MAX / 2);
        let keys = u64::try_from(keys).unwrap_or(u64::MAX);
        let of_each = bounded(most.saturating_add(1));
        let in_all = bounded(most_in_all.saturating_add(keys).saturating_add(1));
        match self.form {
            RelatedForm::All => vec![in_all],
            RelatedForm::First => vec![Ord::min(of_each, in_all)],
            RelatedForm::FirstOfEach => vec![of_each, in_all],
        }
    }

    /// Returns the columns that the values of the keys are compared with: those of the related rows (such as owners)
    /// or, with a junction, those of the leading rows (such as cars), whose values the junction holds.
    fn compared_columns(&self) -> Vec<&'a Column> {
        let join = &self.wanted.join;
        let (model, columns): (_, Vec<_>) = match join.junction {
            None => (&join.target, join.there().collect()),
            Some(_) => (self.leading, join.here().collect()),
        };
        let columns = columns.into_iter();
        columns.filter_map(|number| model.at(number)).collect()
    }

    /// Returns the values of the `keys`, in the form in which the compared columns store them. The last key is repeated
    /// to fill all placeholders.
    fn key_values(&self, keys: &[Vec<Value>], dialect: &dyn Dialect) -> Vec<Value> {
        let columns = self.compared_columns();
        let last = keys.last().into_iter().cycle();
        let keys = keys.iter().chain(last).take(self.keys);
        keys.flat_map(|key| key.iter().zip(&columns))
            .map(|(value, column)| dialect.key_value(column, value))
            .collect()
    }

    fn source(&self) -> Source<'a> {
        Source::top(&self.wanted.join.target)
    }

    fn select(&self, dialect: &dyn Dialect) -> SelectStatement {
        let (mut rows, leads) = match self.with_positions {
            true => (self.rows_with_positions(dialect), Vec::new()),
            false => self.rows(dialect),
        };
        if self.form == RelatedForm::FirstOfEach {
            return self.first_of_each(rows, leads, dialect);
        }
        if self.with_positions {
            rows.expr(self.key_position());
        }
        for (column, value, _) in self.read(&leads) {
            rows.expr(dialect.shown(column, value));
        }
        if self.form == RelatedForm::First {
            self.order_by_key(&mut rows, dialect);
        }
        rows.limit(1);
        rows
    }

    /// Returns the select of the related rows of all keys, to which the columns to read must still be added, and the
    /// columns in it that hold the keys.
    fn rows(&self, dialect: &dyn Dialect) -> (SelectStatement, Vec<KeyColumn<'a>>) {
        let (join, source) = (&self.wanted.join, self.source());
        let mut rows = Query::select();
        let leads: Vec<_> = match &join.junction {
            None => {
                let leads = join.there();
                let leads =
                    leads.filter_map(|number| KeyColumn::of(source.at(number), own_name(number)));
                let leads: Vec<_> = leads.collect();
                rows.from(source.table());
                self.keep_keys(&mut rows, &leads, dialect);
                leads
            }
            Some(junction) => {
                let pairs = self.pairs(junction, dialect);
                self.join_pairs(&mut rows, junction, pairs, dialect);
                let leads = (0..).map(key_name).zip(join.here());
                let leads = leads.filter_map(|(name, number)| {
                    KeyColumn::of(source.paired(self.leading.at(number), &name), name)
                });
                leads.collect()
            }
        };
        if !self.term.is_always() {
            rows.cond_where(self.term.condition(source, dialect));
        }
        (rows, leads)
    }

    /// Adds the related rows to the select `rows`, joined with the `pairs` of the junction that lead to them.
    fn join_pairs(
        &self,
        rows: &mut SelectStatement,
        junction: &Junction,
        pairs: SelectStatement,
        dialect: &dyn Dialect,
    ) {
        let source = self.source();
        let paired = (0..).zip(&junction.there).map(|(at, (number, _))| {
            let paired = source.paired(source.model.at(*number), &target_name(at));
            (source.at(*number), paired, End::There)
        });
        rows.from_subquery(pairs, source.junction_alias());
        rows.inner_join(source.table(), all_same(paired, dialect));
    }

    /// Returns the select of the junction's pairs for the keys: a key, then the key of a related row that the junction
    /// pairs with it. The select repeats no pair, though a junction without a key may hold a pair twice.
    fn pairs(&self, junction: &Junction, dialect: &dyn Dialect) -> SelectStatement {
        let source = self.source();
        let held = |(at, (number, name)): (usize, &(ColumnNumber, String))| {
            KeyColumn::of(source.paired(self.leading.at(*number), name), key_name(at))
        };
        let keys: Vec<_> = (0..).zip(&junction.here).filter_map(held).collect();
        let held = |(at, (number, name)): (usize, &(ColumnNumber, String))| {
            KeyColumn::of(
                source.paired(source.model.at(*number), name),
                target_name(at),
            )
        };
        let targets = (0..).zip(&junction.there).filter_map(held);
        let mut pairs = Query::select();
        pairs.distinct().from(source.junction(junction));
        self.keep_keys(&mut pairs, &keys, dialect);
        for lead in keys.into_iter().chain(targets) {
            pairs.expr_as(lead.key(dialect), lead.name);
        }
        pairs
    }

    /// Restricts the select `rows` to rows whose columns `leads` hold one of the keys.
    fn keep_keys(
        &self,
        rows: &mut SelectStatement,
        leads: &[KeyColumn<'_>],
        dialect: &dyn Dialect,
    ) {
        let keys = leads.iter().map(|lead| (lead.column, lead.value.clone()));
        dialect.keep(rows, keys.collect(), self.keys);
    }

    /// Returns the columns to read, with their names in an outer statement. They are the wanted columns of the related
    /// rows; with a junction, its columns `leads` come first.
    fn read(&self, leads: &[KeyColumn<'a>]) -> Vec<(&'a Column, Expr, String)> {
        let leads = leads.iter().filter(|_| self.wanted.join.junction.is_some());
        let leads = leads.map(|lead| (lead.column, lead.value.clone(), lead.name.clone()));
        let own = self.wanted.columns.iter();
        let own = own.filter_map(|number| {
            let (column, value) = self.source().at(*number)?;
            Some((column, value, own_name(*number)))
        });
        leads.chain(own).collect()
    }

    fn order_by_key(&self, statement: &mut impl OrderedStatement, dialect: &dyn Dialect) {
        for order in order::by_key(&self.wanted.join.target) {
            order::add(statement, &order, self.source(), false, dialect);
        }
    }

    /// Returns the select of the first related rows of each key, given the select `rows` of all related rows.
    fn first_of_each(
        &self,
        mut rows: SelectStatement,
        leads: Vec<KeyColumn<'a>>,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let inner = |name: &str| Expr::col((iden(INNER), iden(name)));
        let mut first = Query::select();
        let mut for_each = WindowStatement::new();
        if self.with_positions {
            let position = self.key_position();
            first.expr(inner(KEY_POSITION));
            rows.expr_as(position.clone(), KEY_POSITION);
            for_each.add_partition_by(position);
        }
        for (column, value, name) in self.read(&leads) {
            first.expr(dialect.shown(column, inner(&name)));
            rows.expr_as(value, name);
        }
        for lead in &leads {
            for_each.add_partition_by(lead.key(dialect));
        }
        self.order_by_key(&mut for_each, dialect);
        rows.expr_window_as(Expr::cust("ROW_NUMBER()"), for_each, PLACE);
        first.from_subquery(rows, INNER);
        first.and_where(inner(PLACE).lte(placeholder()));
        if self.with_positions {
            first.order_by_expr(inner(KEY_POSITION), sea_query::Order::Asc);
        }
        for KeyColumn { column, name, .. } in leads {
            first.order_by_expr(dialect.key(column, inner(&name)), sea_query::Order::Asc);
        }
        first.order_by_expr(inner(PLACE), sea_query::Order::Asc);
        first.limit(1);
        first
    }
}

impl<'a> KeyColumn<'a> {
    fn of(standing: Standing<'a>, name: String) -> Option<Self> {
        let (column, value) = standing?;
        Some(Self {
            column,
            value,
            name,
        })
    }

    fn key(&self, dialect: &dyn Dialect) -> Expr {
        dialect.key(self.column, self.value.clone())
    }
}

/// Returns the name, in an outer statement, of a column of the related rows.
fn own_name(number: ColumnNumber) -> String {
    format!("c{number}")
}

/// Returns the name, in a subselect of a junction's pairs, of the column that holds the part `at` of the keys.
fn key_name(at: usize) -> String {
    format!("p{at}")
}
