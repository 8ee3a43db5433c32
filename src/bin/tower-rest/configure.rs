//! From a database and the options to a router.

use tower_rest::{Code, Database, Error, Model, Result, Router, Schema, Type, ViewSet};

use super::{options::ApiOptions, source::connect};

/// Everything there is to serve.
///
/// # Errors
///
/// When the database cannot be read, or has nothing.
pub(crate) async fn find(options: &ApiOptions) -> Result<Schema> {
    let db = connect(&options.url, options.writable).await?;
    find_in(&db, options).await
}

/// Everything there is to serve in a database.
///
/// # Errors
///
/// When the database cannot be read, or has nothing.
pub(crate) async fn find_in(db: &Database, options: &ApiOptions) -> Result<Schema> {
    let mut reflecting = Schema::reflect(db)
        .schemas(&options.schema)
        .exclude(&options.exclude)
        .show_secrets(&options.show)
        .hide(&options.hide)
        .text(&options.text);
    for (column, ty) in &options.types {
        reflecting = reflecting.column_type(column, ty.clone());
    }
    for (columns, to) in &options.relate {
        reflecting = reflecting.relate(columns, to);
    }
    let schema = reflecting.await?;
    if schema.is_empty() {
        let left_out = schema.left_out().iter().map(|one| format!("\n  {one}"));
        let left_out: String = left_out.collect();
        let detail = format!("the database has nothing to serve; left out:{left_out}");
        return Err(Error::new(Code::Unavailable, detail));
    }
    Ok(schema)
}

/// The router of a database.
///
/// # Errors
///
/// When options name what is not there: every mistake at once. What else cannot be is said by `build()`.
pub(crate) fn router(schema: Schema, options: &ApiOptions) -> Result<Router> {
    let models: Vec<(String, Model)> = schema
        .models()
        .map(|(path, model)| (path.to_owned(), model.clone()))
        .collect();
    let mistakes = mistakes(&models, options);
    if !mistakes.is_empty() {
        return Err(Error::new(Code::Unavailable, mistakes.join("\n")));
    }
    let router = models
        .iter()
        .fold(Router::of(schema), |router, (path, model)| {
            router.configure(path, |viewset| configured(viewset, model, options))
        });
    let router = match &options.cursor_secret {
        Some(secret) => router.cursor_secret(secret),
        None => router,
    };
    let router = match options.camel_case {
        true => router.camel_case(),
        false => router,
    };
    let router = match &options.origin {
        Some(origin) => router.origin(origin),
        None => router,
    };
    Ok(match options.writable {
        true => router.writable(),
        false => router,
    })
}

/// The options that name what is not there, or what the database does not have.
fn mistakes(models: &[(String, Model)], options: &ApiOptions) -> Vec<String> {
    let is_table = |name: &str| models.iter().any(|(_, model)| model.name() == name);
    let mut mistakes = Vec::new();
    if !options.counts().contains(&options.count.into()) {
        mistakes.push(
            "`--count estimated` needs a server, PostgreSQL, MySQL or MariaDB; SQLite has no estimates, so count up to \
             a cap with `--count capped`"
                .to_owned(),
        );
    }
    let unknown = options.to_one.iter().filter(|(relation, _)| {
        let table = relation.rsplit_once('.');
        !table.is_some_and(|(table, _)| is_table(table))
    });
    mistakes.extend(unknown.map(|(relation, _)| {
        format!("`--to-one {relation}` names no table, as `posts.author` does")
    }));
    let unknown = options.full_text.iter().filter(|named| {
        let (table, _) = named.split_once('=').unwrap_or((named, ""));
        !is_table(table)
    });
    mistakes.extend(
        unknown.map(|named| format!("`--full-text {named}` names no table, as `posts` does")),
    );
    let unknown = options.search.iter().filter(|pattern| {
        let one = std::slice::from_ref(*pattern);
        models
            .iter()
            .all(|(_, model)| searched(model, one).is_empty())
    });
    mistakes.extend(unknown.map(|pattern| {
        format!("`--search {pattern}` names no column of texts, as `table.column`")
    }));
    mistakes
}

fn configured(viewset: ViewSet, model: &Model, options: &ApiOptions) -> ViewSet {
    let columns = searched(model, &options.search);
    let viewset = viewset
        .page_size(options.page_size)
        .max_page_size(options.max_page_size.max(options.page_size))
        .count(options.count.into())
        .count_choices(options.counts())
        .limit_offset_pages()
        .limits(options.limits());
    let viewset = match options.timeout {
        Some(_) => viewset.time_limit(options.longest()),
        None => viewset,
    };
    let viewset = match model.has_key() {
        true => viewset.cursor_pages(),
        false => viewset,
    };
    let viewset = match columns.is_empty() {
        true => viewset,
        false => viewset.search(columns),
    };
    let viewset = match options.full_text(model.name()) {
        Some(full_text) => viewset.full_text(full_text),
        None => viewset,
    };
    let viewset = match options.no_groups {
        true => viewset,
        false => viewset.groups(),
    };
    let viewset = match options.summaries {
        true => summarized(viewset, model),
        false => viewset,
    };
    let viewset = match options.regex {
        true => viewset.regex(),
        false => viewset,
    };
    let viewset = match options.wide_integers_as_text {
        true => viewset.wide_integers_as_text(),
        false => viewset,
    };
    let shapes = options.to_one.iter().filter_map(|(relation, shape)| {
        let (table, name) = relation.rsplit_once('.')?;
        (table == model.name()).then_some((name, *shape))
    });
    let viewset = shapes.fold(viewset, |viewset, (name, shape)| {
        viewset.to_one(name, shape)
    });
    match options.export {
        true => viewset.export(),
        false => viewset,
    }
}

/// The viewset with facets and aggregates of the columns whose values can be compared.
fn summarized(viewset: ViewSet, model: &Model) -> ViewSet {
    let columns = model.columns().iter().filter(|column| !column.is_hidden());
    let columns = columns.filter(|column| !matches!(column.ty(), Type::Json | Type::Other));
    let names: Vec<String> = columns.map(|column| column.name().to_owned()).collect();
    let viewset = viewset.facets(names.clone()).aggregates(names.clone());
    viewset.group_by(names)
}

/// The columns of texts that are meant by `--search`.
fn searched(model: &Model, patterns: &[String]) -> Vec<String> {
    let columns = model.columns().iter();
    let columns = columns.filter(|column| *column.ty() == Type::Text && !column.is_hidden());
    let is_meant = |name: &&str| {
        let full = format!("{}.{name}", model.name());
        patterns
            .iter()
            .any(|pattern| match pattern.split_once('*') {
                Some((start, end)) => {
                    full.len() >= start.len() + end.len()
                        && full.starts_with(start)
                        && full.ends_with(end)
                }
                None => *pattern == full,
            })
    };
    let names = columns.map(tower_rest::Column::name);
    names.filter(is_meant).map(str::to_owned).collect()
}
