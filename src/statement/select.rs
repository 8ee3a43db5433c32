//! Statements that read: a page, a page with its total, a whole list, a total, a row, the existence of a row.

use std::{hash::Hash, sync::Arc, time::Duration};

use sea_query::{Expr, LockType, Query, SelectStatement};

use super::{
    Dialect, Plan, Plans, Statement, Window,
    boundary::{self, Edge},
    full_text::Ranking,
    plan::{Leads, PageTotals, PlanKey, StatementKind, Took},
    source::Source,
    term::Term,
    through,
    trial::Trial,
};
use crate::{
    cell::Value,
    cursor::Boundary,
    model::{ColumnNumber, Model},
    operation::{List, Parent, Retrieve},
    params::{Count, Order, Position},
    predicate::Predicate,
};

/// The parts from which the text and the values of a statement that reads rows are made.
pub(super) struct SelectDraft<'a> {
    kind: StatementKind,
    pub(super) model: &'a Model,
    term: Term,
    pub(super) ranking: Option<Ranking>,
    pub(super) order: &'a [Order],
    pub(super) columns: &'a [ColumnNumber],
    pub(super) window: Window,
    /// The number of rows beyond which the total is not counted.
    pub(super) cap: Option<u64>,
    /// Whether each row is read with the values by which it is ordered.
    is_marked: bool,
    boundary: Option<&'a Boundary>,
}

/// If a page with a separate count took this long, the next request tries to count the rows while it reads them. See
/// `page_and_total`.
const DEAR: Duration = Duration::from_millis(100);

/// The window (how many rows to skip and to take) of a statement that has at most one row.
const ONE: Window = Window {
    skip: 0,
    take: 1,
    reversed: false,
};

impl Statement {
    /// Reads the rows of a window (how many rows to skip and to take), in the list's order or reversed.
    pub(crate) fn page(
        model: &Model,
        list: &List,
        window: Window,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let kind = StatementKind::Page {
            reversed: window.reversed,
            locked: list.locks,
        };
        SelectDraft::of_list(kind, model, list, window, dialect).statement(plans, dialect)
    }

    /// Reads the rows of a window (how many rows to skip and to take), each after the number of rows of the whole list.
    ///
    /// The total is first read by a separate count, which is cheap if an index serves the page or the count. If that
    /// was slow, as for a view that computes its rows, the following requests read all rows once and count them at the
    /// same time, unless that turns out to be slower.
    pub(crate) fn page_and_total(
        model: &Model,
        list: &List,
        window: Window,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let draft = |kind| SelectDraft::of_list(kind, model, list, window, dialect);
        let twice = draft(StatementKind::PageAndTotal).statement(plans, dialect);
        if !list.paging.count.is_exact() {
            // Counting all rows while reading them would cost more than counting some.
            return twice;
        }
        let Some(took) = twice.plan.took.known().filter(|took| *took >= DEAR) else {
            return twice;
        };
        let once = draft(StatementKind::PageWithTotal).statement(plans, dialect);
        match once.plan.took.known() {
            Some(other) if other >= took => twice,
            _ => once,
        }
    }

    /// Reads every row, in the list's order.
    pub(crate) fn whole(model: &Model, list: &List, plans: &Plans, dialect: &dyn Dialect) -> Self {
        SelectDraft::of_list(StatementKind::Whole, model, list, ONE, dialect)
            .statement(plans, dialect)
    }

    /// Reads the number of rows of the whole list.
    pub(crate) fn total(model: &Model, list: &List, plans: &Plans, dialect: &dyn Dialect) -> Self {
        SelectDraft::of_list(StatementKind::Total, model, list, ONE, dialect)
            .statement(plans, dialect)
    }

    /// Reads the row that meets a condition.
    pub(crate) fn row(
        model: &Model,
        retrieve: &Retrieve,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let Retrieve {
            condition,
            columns,
            locks,
            ..
        } = retrieve;
        let kind = StatementKind::Row { locked: *locks };
        SelectDraft::of_one(kind, model, condition, columns, dialect).statement(plans, dialect)
    }

    /// Reads the single rows that several batched requests ask for. Each row begins with the position of its request in
    /// the batch. All requests have the condition of `retrieve`, but with different values. `values` holds the values
    /// of all requests, one request after the other.
    pub(crate) fn rows(
        model: &Model,
        retrieve: &Retrieve,
        readers: u8,
        values: Vec<Value>,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let Retrieve {
            condition, columns, ..
        } = retrieve;
        let draft = SelectDraft::of_one(
            StatementKind::Rows(readers),
            model,
            condition,
            columns,
            dialect,
        );
        let plan = draft.plan(plans, dialect);
        Self::new(plan, values)
    }

    /// Reads the pages of several batched requests, as [`rows`](Self::rows) reads single rows. Each page has the order
    /// of its list, and each row the total of its list if `totals` asks for it. `values` holds the values of all
    /// requests, one request after the other. The values of a request are those of the statement that would read its
    /// page alone: [`page_and_total`](Self::page_and_total) or, for no totals, [`page`](Self::page). One total for all
    /// pages has its values before those of the first page, and no page has any for its own.
    pub(crate) fn pages(
        model: &Model,
        list: &List,
        totals: PageTotals,
        readers: u8,
        values: Vec<Value>,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Self {
        let kind = StatementKind::Pages { readers, totals };
        let plan = SelectDraft::of_list(kind, model, list, ONE, dialect).plan(plans, dialect);
        Self::new(plan, values)
    }

    /// Reads whether the parent, such as the car of `/cars/1/parts/`, exists. The statement returns one row with the
    /// value 1 if so, and no row otherwise.
    pub(crate) fn parent(parent: &Parent, plans: &Plans, dialect: &dyn Dialect) -> Self {
        let Parent { model, condition } = parent;
        SelectDraft::of_one(StatementKind::Parent, model, condition, &[], dialect)
            .statement(plans, dialect)
    }
}

impl<'a> SelectDraft<'a> {
    pub(super) fn of_list(
        kind: StatementKind,
        model: &'a Model,
        list: &'a List,
        window: Window,
        dialect: &dyn Dialect,
    ) -> Self {
        let reads_rows = kind != StatementKind::Total;
        Self {
            kind,
            model,
            term: Term::of(&list.filter, model, dialect),
            ranking: (list.relevance.as_ref())
                .filter(|_| reads_rows)
                .map(|relevance| Ranking::of(relevance, dialect)),
            order: if reads_rows { &list.order } else { &[] },
            columns: if reads_rows { &list.columns } else { &[] },
            window,
            cap: match list.paging.count {
                Count::Capped(most) => Some(most),
                Count::Exact | Count::Off | Count::Estimated => None,
            },
            is_marked: reads_rows && list.paging.position == Position::Cursor,
            boundary: list.boundary.as_ref(),
        }
    }

    fn of_one(
        kind: StatementKind,
        model: &'a Model,
        condition: &Predicate,
        columns: &'a [ColumnNumber],
        dialect: &dyn Dialect,
    ) -> Self {
        Self {
            kind,
            model,
            term: Term::of(condition, model, dialect),
            ranking: None,
            order: &[],
            columns,
            window: ONE,
            cap: None,
            is_marked: false,
            boundary: None,
        }
    }

    fn statement(&self, plans: &Plans, dialect: &dyn Dialect) -> Statement {
        Statement::new(self.plan(plans, dialect), self.values(dialect))
    }

    fn plan(&self, plans: &Plans, dialect: &dyn Dialect) -> Arc<Plan> {
        plans.plan(self.key(dialect), || Plan {
            sql: dialect.text(&self.select(dialect)).into(),
            model: self.model.clone(),
            columns: self.columns.into(),
            lead: match self.kind {
                StatementKind::Total
                | StatementKind::PageAndTotal
                | StatementKind::PageWithTotal
                | StatementKind::Parent => Some(Leads::Total),
                StatementKind::Rows(_) => Some(Leads::Reader),
                StatementKind::Pages { totals, .. } => Some(match totals {
                    PageTotals::None => Leads::Reader,
                    PageTotals::OfEach | PageTotals::OfAll => Leads::ReaderAndTotal,
                }),
                StatementKind::Page { .. }
                | StatementKind::Whole
                | StatementKind::Row { .. }
                | StatementKind::Related(_) => None,
            },
            is_single: matches!(
                self.kind,
                StatementKind::Row { .. } | StatementKind::Total | StatementKind::Parent
            ),
            pairs: None,
            marks: if self.is_marked { self.order.len() } else { 0 },
            is_alone: self.kind == StatementKind::PageWithTotal,
            took: Took::default(),
            trial: Trial::default(),
        })
    }

    pub(super) fn key(&self, dialect: &dyn Dialect) -> PlanKey {
        let mut key = PlanKey::new(self.kind);
        (self.model.id(), self.order, self.columns).hash(&mut key);
        (self.cap.is_some(), self.is_marked).hash(&mut key);
        if let Some(edge) = self.edge(dialect) {
            edge.shape(&mut key);
        }
        self.term.shape(&mut key);
        self.order_shape(&mut key, dialect);
        key
    }

    /// Returns the values in the order of their placeholders in [`select`](Self::select).
    pub(super) fn values(&self, dialect: &dyn Dialect) -> Vec<Value> {
        let mut values = Vec::new();
        if self.kind == StatementKind::PageAndTotal {
            self.term.values(&mut values);
            self.add_cap(&mut values);
        }
        if self.is_marked {
            let orders = self.order.iter();
            orders.for_each(|order| through::values(&order.through, dialect, &mut values));
        }
        self.term.values(&mut values);
        if let Some(edge) = self.edge(dialect) {
            edge.values(&mut values);
        }
        if self.kind == StatementKind::Total {
            self.add_cap(&mut values);
        }
        self.order_values(dialect, &mut values);
        if self.is_page() {
            values.extend([self.window.take, self.window.skip].map(Value::Unsigned));
        }
        if self.kind == StatementKind::Parent {
            values.push(Value::Unsigned(self.window.take));
        }
        values
    }

    fn select(&self, dialect: &dyn Dialect) -> SelectStatement {
        let mut select = Query::select();
        if self.kind == StatementKind::PageAndTotal {
            select.expr(self.total(dialect));
        }
        if self.kind == StatementKind::PageWithTotal {
            select.expr(Expr::cust("COUNT(*) OVER ()"));
        }
        if self.kind == StatementKind::Total {
            return self.count(dialect);
        }
        if let StatementKind::Rows(readers) = self.kind {
            return Self::together((0..readers).map(|reader| self.own_row(reader, dialect)));
        }
        if let StatementKind::Pages { readers, totals } = self.kind {
            return self.pages(readers, totals, dialect);
        }
        self.add_columns(&mut select, dialect);
        if self.is_marked {
            boundary::add_marks(&mut select, self.order, self.model, dialect);
        }
        self.add_rows(&mut select, dialect);
        if let Some(edge) = self.edge(dialect) {
            select.cond_where(edge.condition());
        }
        let reversed = matches!(self.kind, StatementKind::Page { reversed: true, .. });
        self.add_order(&mut select, reversed, dialect);
        if self.is_page() {
            select.limit(self.window.take).offset(self.window.skip);
        }
        if let StatementKind::Row { locked: true } | StatementKind::Page { locked: true, .. } =
            self.kind
        {
            select.lock(LockType::Update);
        }
        if self.kind == StatementKind::Parent {
            select.expr(Expr::cust("1")).limit(self.window.take);
        }
        select
    }

    fn edge<'d>(&'d self, dialect: &'d dyn Dialect) -> Option<Edge<'d>> {
        Edge::of(self.boundary, self.model, self.order, dialect)
    }

    /// Whether the statement limits its rows to a window. This includes a statement for a single row with a condition
    /// on related rows: several rows may meet it, of which the first is read.
    pub(super) fn is_page(&self) -> bool {
        match self.kind {
            StatementKind::Page { .. }
            | StatementKind::PageAndTotal
            | StatementKind::PageWithTotal => true,
            StatementKind::Row { .. } | StatementKind::Rows(_) => self.term.is_about_related(),
            StatementKind::Whole
            | StatementKind::Total
            | StatementKind::Pages { .. }
            | StatementKind::Parent
            | StatementKind::Related(_) => false,
        }
    }

    pub(super) fn add_columns(&self, select: &mut SelectStatement, dialect: &dyn Dialect) {
        let source = Source::top(self.model);
        for (column, value) in self.columns.iter().filter_map(|number| source.at(*number)) {
            select.expr(dialect.shown(column, value));
        }
    }

    pub(super) fn add_rows(&self, select: &mut SelectStatement, dialect: &dyn Dialect) {
        let source = match self.kind {
            StatementKind::Row { .. } | StatementKind::Rows(_) | StatementKind::Parent => {
                Source::of_one(self.model)
            }
            StatementKind::Page { .. }
            | StatementKind::PageAndTotal
            | StatementKind::PageWithTotal
            | StatementKind::Whole
            | StatementKind::Total
            | StatementKind::Pages { .. }
            | StatementKind::Related(_) => Source::top(self.model),
        };
        select.from(source.table());
        if !self.term.is_always() {
            select.cond_where(self.term.condition(source, dialect));
        }
    }
}
