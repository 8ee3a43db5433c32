//! The one statement that reads the rows to which other rows lead, however many those are.

use std::hash::Hash;

use sea_query::{
    Cond, Expr, ExprTrait, IntoCondition, IntoIden, OverStatement, Query, SelectStatement,
    WindowStatement,
};

use super::{
    Dialect, Plan, Plans, Statement,
    dialect::placeholder,
    order,
    plan::{Form, Kind, Pairs, PlanKey},
    source::{Source, Standing, all_same, iden},
    term::Term,
};
use crate::{
    cell::Value,
    model::{Junction, Model},
    operation::Wanted,
};

/// The name of the place a row has among those of the row that leads to it.
const PLACE: &str = "place";
/// The name of a statement inside another.
const INNER: &str = "r0";

/// A statement before it has a plan.
struct Draft<'a> {
    form: Form,
    leading: &'a Model,
    wanted: &'a Wanted,
    term: Term,
    /// How many keys there are placeholders for.
    keys: usize,
}

impl Statement {
    /// The rows to which rows of the `leading` model lead; `None` where that takes more values than a statement has.
    ///
    /// A key is what the join's columns hold in a row that leads, in their order; each is there once, and there is one.
    /// Of many rows for one key, one more is read than wanted, and so tells that there are more.
    pub(crate) fn related(
        leading: &Model,
        wanted: &Wanted,
        keys: &[Vec<Value>],
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Option<Self> {
        let form = match keys {
            _ if !wanted.join.many => Form::All,
            [_] => Form::First,
            _ => Form::FirstOfEach,
        };
        let mut draft = Draft {
            form,
            leading,
            wanted,
            term: Term::of(&wanted.condition, &wanted.join.target, dialect),
            keys: keys.len(),
        };
        let mut further = Vec::new();
        draft.term.values(&mut further);
        let counts = draft.counts(keys.len());
        further.extend(counts.into_iter().map(Value::Unsigned));
        let most = dialect.most_values().checked_sub(further.len())?;
        let fits = |keys: &usize| keys.saturating_mul(wanted.join.here().count()) <= most;
        // Lists of one shape share a plan, as those of a filter do.
        let padded = Some(keys.len().next_power_of_two()).filter(fits);
        draft.keys = padded.or_else(|| Some(keys.len()).filter(fits))?;
        let mut values = draft.key_values(keys, dialect);
        values.append(&mut further);
        Some(Self {
            plan: draft.plan(plans, dialect),
            values,
        })
    }
}

impl<'a> Draft<'a> {
    fn plan(&self, plans: &Plans, dialect: &dyn Dialect) -> std::sync::Arc<Plan> {
        let Wanted { join, columns, .. } = self.wanted;
        let mut key = PlanKey::new(Kind::Related(self.form));
        (self.leading.id(), join, columns, self.keys).hash(&mut key);
        self.term.shape(&mut key);
        plans.plan(key, || Plan {
            sql: dialect.text(&self.select(dialect)).into(),
            model: join.target.clone(),
            columns: columns.as_slice().into(),
            counts: false,
            pairs: join.junction.as_ref().map(|junction| Pairs {
                model: self.leading.clone(),
                columns: junction.here.iter().map(|(here, _)| *here).collect(),
            }),
        })
    }

    /// How many rows are read: of each row that leads, and in all, where each of them may have one too many.
    fn counts(&self, keys: usize) -> Vec<u64> {
        let Wanted {
            most, most_in_all, ..
        } = self.wanted;
        // What is bound is a signed number.
        let bounded = |count: u64| Ord::min(count, u64::MAX / 2);
        let keys = u64::try_from(keys).unwrap_or(u64::MAX);
        let of_each = bounded(most.saturating_add(1));
        let in_all = bounded(most_in_all.saturating_add(keys).saturating_add(1));
        match self.form {
            Form::All => vec![in_all],
            Form::First => vec![Ord::min(of_each, in_all)],
            Form::FirstOfEach => vec![of_each, in_all],
        }
    }

    /// The keys as the columns hold them that are compared with them; the last one is repeated.
    fn key_values(&self, keys: &[Vec<Value>], dialect: &dyn Dialect) -> Vec<Value> {
        let columns: Vec<_> = match self.wanted.join.junction {
            None => self
                .wanted
                .join
                .there()
                .map(|number| self.wanted.join.target.at(number))
                .collect(),
            Some(_) => self
                .wanted
                .join
                .here()
                .map(|number| self.leading.at(number))
                .collect(),
        };
        let last = keys.last().into_iter().cycle();
        let keys = keys.iter().chain(last).take(self.keys);
        keys.flat_map(|key| key.iter().zip(&columns))
            .map(|(value, column)| match column {
                Some(column) => dialect.key_value(column, value),
                None => value.clone(),
            })
            .collect()
    }

    fn select(&self, dialect: &dyn Dialect) -> SelectStatement {
        let (mut rows, leads) = self.rows(dialect);
        let source = Source::top(&self.wanted.join.target);
        if self.form == Form::FirstOfEach {
            return self.first_of_each(rows, &leads, dialect);
        }
        for (_, value) in self.read(&leads) {
            rows.expr(value);
        }
        if self.form == Form::First {
            for order in order::by_key(source.model) {
                order::add(&mut rows, &order, source, false, dialect);
            }
        }
        rows.limit(1);
        rows
    }

    /// Every row that is led to, read by nothing yet, and the columns whose values tell by which rows.
    fn rows(&self, dialect: &dyn Dialect) -> (SelectStatement, Vec<Standing<'a>>) {
        let source = Source::top(&self.wanted.join.target);
        let mut rows = Query::select();
        let leads: Vec<_> = match &self.wanted.join.junction {
            None => {
                let there = self.wanted.join.there();
                let leads: Vec<_> = there.map(|number| source.at(number)).collect();
                rows.from(source.table());
                rows.cond_where(self.are_keys(&leads, dialect));
                leads
            }
            Some(junction) => {
                let paired = (0..).zip(&junction.there).map(|(at, (number, _))| {
                    let other = source.at(*number);
                    (
                        other,
                        source.paired(source.model.at(*number), &other_name(at)),
                    )
                });
                rows.from_subquery(
                    self.pairs(junction, source, dialect),
                    source.junction_alias(),
                );
                rows.inner_join(source.table(), all_same(paired, dialect));
                let own = (0..).zip(self.wanted.join.here());
                own.map(|(at, number)| source.paired(self.leading.at(number), &own_name(at)))
                    .collect()
            }
        };
        if !self.term.is_always() {
            rows.cond_where(self.term.condition(source, dialect));
        }
        (rows, leads)
    }

    /// The pairs of a junction, each once: a junction without a key may hold one several times.
    fn pairs(
        &self,
        junction: &Junction,
        source: Source<'_>,
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let own = junction.here.iter();
        let own: Vec<_> = own
            .map(|(number, name)| source.paired(self.leading.at(*number), name))
            .collect();
        let other = junction.there.iter();
        let other = other.map(|(number, name)| source.paired(source.model.at(*number), name));
        let mut pairs = Query::select();
        pairs.distinct().from(source.junction(junction));
        pairs.cond_where(self.are_keys(&own, dialect));
        let own = (0..).map(own_name).zip(own.clone());
        for (name, paired) in own.chain((0..).map(other_name).zip(other)) {
            if let Some((column, value)) = paired {
                pairs.expr_as(dialect.key(column, value), name);
            }
        }
        pairs
    }

    /// That columns hold one of the keys.
    fn are_keys(&self, columns: &[Standing<'_>], dialect: &dyn Dialect) -> Cond {
        let keys = columns.iter().flatten();
        let keys: Vec<_> = keys
            .map(|(column, value)| dialect.key(column, value.clone()))
            .collect();
        if self.keys > 1 {
            return dialect.is_one_of(keys, self.keys).into_condition();
        }
        let equal = keys.into_iter().map(|key| key.eq(placeholder()));
        equal.fold(Cond::all(), Cond::add)
    }

    /// What is read, and the names it has inside another statement: what tells by which rows, where the rows' own
    /// columns do not, and these.
    fn read(&self, leads: &[Standing<'a>]) -> Vec<(String, Expr)> {
        let source = Source::top(&self.wanted.join.target);
        let columns = self.wanted.columns.iter();
        let own = columns.filter_map(|number| Some((column_name(*number), source.at(*number)?.1)));
        let mut read = Vec::new();
        if self.wanted.join.junction.is_some() {
            let leads = (0..).zip(leads.iter().flatten());
            read.extend(leads.map(|(at, (_, value))| (own_name(at), value.clone())));
        }
        read.extend(own);
        read
    }

    /// The first rows, by their key, of each row that leads.
    fn first_of_each(
        &self,
        mut rows: SelectStatement,
        leads: &[Standing<'a>],
        dialect: &dyn Dialect,
    ) -> SelectStatement {
        let source = Source::top(&self.wanted.join.target);
        let inner = |name: &str| Expr::col((INNER.into_iden(), iden(name)));
        let mut of_each = WindowStatement::new();
        for (column, value) in leads.iter().flatten() {
            of_each.add_partition_by(dialect.key(column, value.clone()));
        }
        for order in order::by_key(source.model) {
            order::add(&mut of_each, &order, source, false, dialect);
        }
        let mut first = Query::select();
        for (name, value) in self.read(leads) {
            first.expr(inner(&name));
            rows.expr_as(value, name);
        }
        rows.expr_window_as(Expr::cust("ROW_NUMBER()"), of_each, PLACE);
        first.from_subquery(rows, INNER);
        first.and_where(inner(PLACE).lte(placeholder()));
        let names: Vec<_> = match self.wanted.join.junction {
            None => self.wanted.join.there().map(column_name).collect(),
            Some(_) => (0..leads.len()).map(own_name).collect(),
        };
        for ((column, _), name) in leads.iter().flatten().zip(names) {
            first.order_by_expr(dialect.key(column, inner(&name)), sea_query::Order::Asc);
        }
        first.order_by_expr(inner(PLACE), sea_query::Order::Asc);
        first.limit(1);
        first
    }
}

fn column_name(number: u16) -> String {
    format!("c{number}")
}

fn own_name(at: usize) -> String {
    format!("p{at}")
}

fn other_name(at: usize) -> String {
    format!("q{at}")
}
