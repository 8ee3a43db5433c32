//! Validation of a struct as a model: every mistake that can be found without knowing other types.

use std::collections::HashMap;

use syn::{
    Expr, ExprUnary, GenericArgument, Lit, LitStr, PathArguments, PathSegment, RangeLimits, Type,
    UnOp,
};

use crate::{
    emit::handle,
    model::{Column, Model},
    syntax::Mistakes,
};

/// The kind of a column's values, as far as the macro can see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Bytes,
    Json,
    Timestamp,
    Uuid,
    /// A known kind other than the above.
    Else,
}

/// The types that `type = "…"` can name: the text, the variant of `Type`, and its kind.
pub(crate) const TYPES: [(&str, &str, Kind); 13] = [
    ("boolean", "Boolean", Kind::Boolean),
    ("integer", "Integer", Kind::Integer),
    ("float", "Float", Kind::Float),
    ("decimal", "Decimal", Kind::Decimal),
    ("text", "Text", Kind::Text),
    ("bytes", "Bytes", Kind::Bytes),
    ("date", "Date", Kind::Else),
    ("time", "Time", Kind::Else),
    ("timestamp", "Timestamp", Kind::Timestamp),
    ("zoned timestamp", "ZonedTimestamp", Kind::Timestamp),
    ("uuid", "Uuid", Kind::Uuid),
    ("json", "Json", Kind::Json),
    ("other", "Other", Kind::Else),
];

/// The values of `timestamp_format = "…"`, and the variants of `TimestampFormat` that they stand for.
pub(crate) const TIMESTAMP_FORMATS: [(&str, &str); 4] = [
    ("space", "Space"),
    ("T", "T"),
    ("offset", "Offset"),
    ("millis", "Millis"),
];
pub(crate) const UUID_FORMATS: [(&str, &str); 3] =
    [("text", "Text"), ("bytes", "Bytes"), ("native", "Native")];

pub(crate) fn check(model: &Model, mistakes: &mut Mistakes) {
    if model.key().next().is_none() {
        mistakes.at(
            &model.ident,
            format!(
                "`{}` has no key: put `#[model(key)]` on the field whose value names a row",
                model.ident
            ),
        );
    }
    check_names(model, mistakes);
    for column in &model.columns {
        check_key(column, mistakes);
        check_roles(column, mistakes);
        check_type(column, mistakes);
        check_default(column, mistakes);
    }
    check_relations(model, mistakes);
}

fn check_names(model: &Model, mistakes: &mut Mistakes) {
    let (mut stored, mut shown, mut handles) = (HashMap::new(), HashMap::new(), HashMap::new());
    for column in &model.columns {
        let (field, sql, api) = (column.field(), column.sql(), column.api());
        if let Some(other) = stored.insert(sql.clone(), field.clone()) {
            let words = format!(
                "the fields `{other}` and `{field}` are both the column `{sql}` of the table: name another with \
                 `column = \"…\"`"
            );
            match &column.column {
                Some(name) => mistakes.at(name, words),
                None => mistakes.at(&column.ident, words),
            }
            continue;
        }
        if let Some(other) = handles.insert(handle(&field), field.clone()) {
            mistakes.at(
                &column.ident,
                format!(
                    "the fields `{other}` and `{field}` would have one handle, `{}`: rename one, and keep its column by \
                     `column = \"{sql}\"`",
                    handle(&field)
                ),
            );
        }
        if column.hidden.is_some() {
            continue;
        }
        let remedy = "give it another with `rename = \"…\"`";
        let words = if api == "href" {
            format!("`href` is the name of an object's own link; {remedy}")
        } else if api.starts_with('-') || api.contains([',', '\0']) {
            format!("no URL can name `{api}` without ambiguity; {remedy}")
        } else if let Some(other) = shown.insert(api.clone(), field.clone()) {
            format!("the fields `{other}` and `{field}` are both shown as `{api}`; {remedy}")
        } else {
            continue;
        };
        match column.rename.as_ref().or(column.column.as_ref()) {
            Some(name) => mistakes.at(name, words),
            None => mistakes.at(&column.ident, words),
        }
    }
}

fn check_key(column: &Column, mistakes: &mut Mistakes) {
    if column.key.is_none() {
        return;
    }
    if let Some(hidden) = &column.hidden {
        mistakes.at(
            hidden,
            "a key cannot be hidden, since every link shows it: remove `hidden`",
        );
    }
    if let Some(write_only) = &column.write_only {
        mistakes.at(
            write_only,
            "a key cannot be write-only, since every link shows it: remove `write_only`",
        );
    }
    if within_option(&column.ty).is_some() {
        mistakes.at(
            &column.ty,
            "a key names its row, so it cannot be null: remove the `Option`",
        );
    }
    let words = match kind(column) {
        Some(Kind::Float) => "a float",
        Some(Kind::Json) => "a JSON document",
        _ => return,
    };
    let words =
        format!("no URL can name {words} exactly, so it cannot be a key: choose another column");
    match &column.said_type {
        Some(said) => mistakes.at(said, words),
        None => mistakes.at(&column.ty, words),
    }
}

/// Checks that attributes such as `read_only`, `write_only` and `hidden` do not contradict each other.
fn check_roles(column: &Column, mistakes: &mut Mistakes) {
    let field = column.field();
    for (role, name) in [
        (&column.write_only, "write_only"),
        (&column.create_only, "create_only"),
    ] {
        if let (Some(role), Some(_)) = (role, &column.read_only) {
            mistakes.at(
                role,
                format!("clients never send a read-only column, so `{field}` cannot be `{name}`: keep one"),
            );
        }
    }
    if let (Some(role), Some(_)) = (&column.write_only, &column.hidden) {
        mistakes.at(
            role,
            format!(
                "clients do not know a hidden column, so `{field}` cannot be `write_only`: keep one"
            ),
        );
    }
}

fn check_type(column: &Column, mistakes: &mut Mistakes) {
    let of = |what: &str| {
        format!(
            "is said of {what}, which `{}` is not: remove it",
            column.field()
        )
    };
    let kind = kind(column);
    if let Some(said) = &column.said_type {
        let known: Vec<_> = TYPES.iter().map(|(text, ..)| *text).collect();
        one_of(said, "type", &known, mistakes);
    }
    if let Some(length) = &column.max_length {
        if !matches!(kind, None | Some(Kind::Text | Kind::Bytes)) {
            mistakes.at(length, format!("`max_length` {}", of("texts and bytes")));
        } else if length.base10_parse::<u32>().unwrap_or(0) == 0 {
            mistakes.at(length, "`max_length` is a number from 1 to 4294967295");
        }
    }
    check_rules(column, kind, mistakes);
    if let Some(format) = &column.timestamp_format {
        one_of(
            format,
            "timestamp_format",
            &TIMESTAMP_FORMATS.map(|(text, _)| text),
            mistakes,
        );
        if !matches!(kind, None | Some(Kind::Timestamp)) {
            mistakes.at(format, format!("`timestamp_format` {}", of("timestamps")));
        }
    }
    if let Some(format) = &column.uuid_format {
        one_of(
            format,
            "uuid_format",
            &UUID_FORMATS.map(|(text, _)| text),
            mistakes,
        );
        if !matches!(kind, None | Some(Kind::Uuid)) {
            mistakes.at(format, format!("`uuid_format` {}", of("UUIDs")));
        }
    }
}

/// Checks that the rules of a column suit its type.
fn check_rules(column: &Column, kind: Option<Kind>, mistakes: &mut Mistakes) {
    let (rules, field) = (&column.rules, column.field());
    if let Some(length) = &rules.length
        && !matches!(kind, None | Some(Kind::Text | Kind::Bytes))
    {
        let words =
            format!("`length` is said of texts and bytes, which `{field}` is not: remove it");
        mistakes.at(length, words);
    }
    if let Some(range) = &rules.range {
        if matches!(
            kind,
            Some(Kind::Boolean | Kind::Bytes | Kind::Json | Kind::Uuid)
        ) {
            let words = format!(
                "`range` is said of values with an order, which `{field}` has not: remove it"
            );
            mistakes.at(range, words);
        }
        if let Expr::Range(ends) = range
            && matches!(ends.limits, RangeLimits::HalfOpen(_))
            && ends.end.is_some()
        {
            mistakes.at(range, "the end of a `range` is included: write `..=`");
        }
    }
    let flags = [&rules.not_blank, &rules.email, &rules.url];
    let of_texts = flags
        .into_iter()
        .flatten()
        .map(|word| (word.span(), word.to_string()));
    let pattern = rules
        .pattern
        .iter()
        .map(|text| (text.span(), "pattern".to_owned()));
    for (span, word) in of_texts.chain(pattern) {
        if !matches!(kind, None | Some(Kind::Text)) {
            let words = format!("`{word}` is said of texts, which `{field}` is not: remove it");
            mistakes.add(syn::Error::new(span, words));
        }
    }
}

fn one_of(said: &LitStr, word: &str, known: &[&str], mistakes: &mut Mistakes) {
    if !known.contains(&said.value().as_str()) {
        let known: Vec<_> = known.iter().map(|text| format!("\"{text}\"")).collect();
        mistakes.at(
            said,
            format!(
                "there is no `{word}` {:?}; there are {}",
                said.value(),
                known.join(", ")
            ),
        );
    }
}

fn check_default(column: &Column, mistakes: &mut Mistakes) {
    let Some(default) = &column.default else {
        return;
    };
    if let Some(sql) = &column.default_sql {
        mistakes.at(sql, "`default` and `default_sql` are both said: keep one");
    }
    let words = match (kind(column), literal(default)) {
        (None, _)
        | (Some(Kind::Boolean), Some(Lit::Bool(_)))
        | (Some(Kind::Integer), Some(Lit::Int(_)))
        | (Some(Kind::Float), Some(Lit::Float(_)))
        | (Some(Kind::Text | Kind::Decimal), Some(Lit::Str(_)))
        | (Some(Kind::Bytes), Some(Lit::ByteStr(_))) => return,
        (Some(Kind::Boolean), _) => "`true` or `false`",
        (Some(Kind::Integer), _) => "a whole number, such as `0`",
        (Some(Kind::Float), _) => "a number with a point, such as `0.0`",
        (Some(Kind::Text), _) => "a text, such as `\"none\"`",
        (Some(Kind::Decimal), _) => "a text of digits, such as `\"0.00\"`",
        (Some(Kind::Bytes), _) => "bytes, such as `b\"\\x00\"`",
        (Some(_), _) => "said in SQL, by `default_sql = \"…\"`",
    };
    mistakes.at(
        default,
        format!("the default of `{}` must be {words}", column.field()),
    );
}

/// Returns the literal of a default, without its sign.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => literal(expr).filter(|literal| matches!(literal, Lit::Int(_) | Lit::Float(_))),
        _ => None,
    }
}

fn check_relations(model: &Model, mistakes: &mut Mistakes) {
    let fields: Vec<_> = model.columns.iter().map(Column::field).collect();
    for name in model.ones.iter().flat_map(|one| &one.by) {
        if !fields.contains(&name.value()) {
            mistakes.at(
                name,
                format!(
                    "`{}` has no field `{}`; there are {}",
                    model.ident,
                    name.value(),
                    fields.join(", ")
                ),
            );
        }
    }
    for name in model
        .manys
        .iter()
        .flat_map(|many| many.by.iter().chain(&many.to))
    {
        if syn::parse_str::<syn::Ident>(&handle(&name.value())).is_err() {
            mistakes.at(name, format!("`{}` is no name of a field", name.value()));
        }
    }
    let visible = model
        .columns
        .iter()
        .filter(|column| column.hidden.is_none());
    let mut taken: Vec<_> = visible.map(Column::api).collect();
    taken.push("href".to_owned());
    let ones = model.ones.iter().filter_map(|one| one.name.as_ref());
    let ones = ones.map(|name| (name.value(), name.span()));
    let manys = model
        .manys
        .iter()
        .map(|many| (many.name.to_string(), many.name.span()));
    for (name, span) in ones.chain(manys) {
        if taken.contains(&name) {
            let words =
                format!("the name `{name}` is taken by another member: give the relation another");
            mistakes.add(syn::Error::new(span, words));
        }
        taken.push(name);
    }
}

/// Returns the kind of a column, from its attribute or its Rust type.
pub(crate) fn kind(column: &Column) -> Option<Kind> {
    match &column.said_type {
        Some(said) => {
            let said = said.value();
            let known = TYPES.iter().find(|(text, ..)| *text == said);
            known.map(|(_, _, kind)| *kind)
        }
        None => seen(within_option(&column.ty).unwrap_or(&column.ty)),
    }
}

/// Returns the kind of a Rust type by its name; `None` if the name is unknown, as that of an alias. The compiler or
/// `build()` then checks the type.
fn seen(ty: &Type) -> Option<Kind> {
    let last = last_of(ty)?;
    Some(match last.ident.to_string().as_str() {
        "bool" => Kind::Boolean,
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => Kind::Integer,
        "f32" | "f64" => Kind::Float,
        "String" => Kind::Text,
        "Vec" => Kind::Bytes,
        "Value" => Kind::Json,
        "Timestamp" | "NaiveDateTime" | "DateTime" | "PrimitiveDateTime" | "OffsetDateTime" => {
            Kind::Timestamp
        }
        "Uuid" => Kind::Uuid,
        "Date" | "Time" | "NaiveDate" | "NaiveTime" => Kind::Else,
        _ => return None,
    })
}

/// Returns the type within an `Option`.
pub(crate) fn within_option(ty: &Type) -> Option<&Type> {
    let last = last_of(ty).filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Returns the last segment of a type's path.
fn last_of(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        // A type that was passed through a macro.
        Type::Group(group) => last_of(&group.elem),
        _ => None,
    }
}
