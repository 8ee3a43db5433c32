//! Full text in SQLite, by a table of its extension FTS5: <https://www.sqlite.org/fts5.html>.

use sea_query::{
    BinOper, CommonTableExpression, Expr, ExprTrait as _, Func, Query, SelectStatement,
};

use super::SqliteDialect;
use crate::{
    full_text::{FullTextIndex, FullTextMatch},
    model::Model,
    statement::{
        dialect::placeholder,
        full_text::Searches,
        source::{Source, iden},
    },
};

/// The name of the matches in a subselect.
const MATCHES: &str = "f";
/// The name of the column with the number of the row that matches.
const ROW: &str = "i";
/// The name of the column with how well it matches.
const SCORE: &str = "s";

impl Searches for SqliteDialect {
    fn cannot_search(&self, index: &FullTextIndex, _model: &Model) -> Option<String> {
        let is_named = index.setting.table.is_some();
        let words = "SQLite searches an FTS5 table; name it, with `FullText::table`";
        (!is_named).then(|| words.to_owned())
    }

    /// Quotes each term, so that FTS5 reads nothing else in it. It leaves out a term without a character of its words.
    fn sought(&self, search: &FullTextMatch) -> String {
        let terms = search.terms.iter();
        let quoted = terms.map(|term| format!("\"{}\"", term.replace('"', "\"\"")));
        let quoted: Vec<_> = quoted.collect();
        quoted.join(if search.every { " " } else { " OR " })
    }

    fn full_text(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        let mut matches = matches(index, source);
        matches.column(iden("rowid"));
        row_number(source).in_subquery(matches)
    }

    /// Computes the scores once, as a table: FTS5 counts all matches for the score of each row that it is asked for alone.
    /// The score of `bm25` falls the better a row matches.
    fn relevance(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        let mut scores = matches(index, source);
        let score = Func::cust("bm25").arg(Expr::col(iden(table(index))));
        scores
            .column(iden("rowid"))
            .expr(Expr::cust_with_expr("-?", Expr::from(score)));
        let mut named = CommonTableExpression::new();
        named
            .table_name(MATCHES)
            .columns([ROW, SCORE])
            .materialized(true)
            .query(scores);
        let mut score = Query::select();
        score
            .column(SCORE)
            .from(MATCHES)
            .and_where(Expr::col(ROW).eq(row_number(source)));
        let with = Query::with().cte(named).to_owned();
        Expr::SubQuery(None, Box::new(score.with(with).into()))
    }
}

fn table(index: &FullTextIndex) -> &str {
    index.setting.table.as_deref().unwrap_or_default()
}

/// Returns a select, without columns, of the matches in the FTS5 table.
fn matches(index: &FullTextIndex, source: Source<'_>) -> SelectStatement {
    let table = iden(table(index));
    let mut matches = Query::select();
    match source.schema() {
        Some(schema) => matches.from((schema.to_owned(), table.clone())),
        None => matches.from(table.clone()),
    };
    matches.and_where(Expr::col(table).binary(BinOper::Custom("MATCH"), placeholder()));
    matches
}

/// Returns the number of a row, which has three names, of which a column of the table may take two.
fn row_number(source: Source<'_>) -> Expr {
    let is_free = |name: &&str| {
        let mut columns = source.model.columns().iter();
        columns.all(|column| !column.sql.eq_ignore_ascii_case(name))
    };
    let name = ["rowid", "_rowid_", "oid"].into_iter().find(is_free);
    source.named(name.unwrap_or("rowid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::full_text::check_sought;

    #[track_caller]
    fn check(terms: &[&str], every: bool, expected: &str) {
        check_sought(&SqliteDialect, terms, every, expected);
    }

    #[test]
    fn each_term_is_in_quotes() {
        check(
            &["red", "OR", "fast car*"],
            true,
            "\"red\" \"OR\" \"fast car*\"",
        );
        check(&["red", "a\"b"], false, "\"red\" OR \"a\"\"b\"");
    }
}
