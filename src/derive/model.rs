//! The parsed struct: its table, columns and relations, as written.

use proc_macro2::Span;
use syn::{
    Data, DeriveInput, Expr, ExprLit, ExprPath, Fields, FieldsNamed, Ident, Lit, LitInt, LitStr,
    Type, Visibility, ext::IdentExt, spanned::Spanned,
};

use crate::{
    case::snake,
    syntax::{Item, Mistakes, doc_comment, items, keep, unknown},
};

/// A parsed struct.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    table: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    name: Option<LitStr>,
    description: Option<LitStr>,
    doc: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) ones: Vec<One>,
    pub(crate) manys: Vec<Many>,
}

/// A field of the struct.
pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    doc: Option<String>,
    pub(crate) key: Option<Ident>,
    pub(crate) column: Option<LitStr>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) hidden: Option<Ident>,
    pub(crate) read_only: Option<Ident>,
    pub(crate) write_only: Option<Ident>,
    pub(crate) create_only: Option<Ident>,
    pub(crate) unique: Option<Ident>,
    pub(crate) max_length: Option<LitInt>,
    pub(crate) rules: Rules,
    pub(crate) default: Option<Expr>,
    pub(crate) default_sql: Option<LitStr>,
    description: Option<LitStr>,
    pub(crate) timestamp_format: Option<LitStr>,
    pub(crate) uuid_format: Option<LitStr>,
    pub(crate) said_type: Option<LitStr>,
}

/// The rules of a column's values.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) length: Option<Expr>,
    pub(crate) range: Option<Expr>,
    pub(crate) one_of: Option<Expr>,
    pub(crate) pattern: Option<LitStr>,
    pub(crate) not_blank: Option<Ident>,
    pub(crate) email: Option<Ident>,
    pub(crate) url: Option<Ident>,
}

/// A relation by columns of this struct, from `one(…)`.
pub(crate) struct One {
    pub(crate) target: Type,
    /// The names of the fields.
    pub(crate) by: Vec<LitStr>,
    pub(crate) name: Option<LitStr>,
}

/// A relation by columns of another struct, from `many(…)`.
pub(crate) struct Many {
    pub(crate) name: Ident,
    pub(crate) target: Type,
    pub(crate) by: Vec<LitStr>,
    pub(crate) through: Option<Through>,
    pub(crate) to: Vec<LitStr>,
}

/// The junction of a `many(…)`: a struct, or a table without one.
pub(crate) enum Through {
    Struct(ExprPath),
    Table(LitStr),
}

const OF_STRUCT: [&str; 6] = ["table", "schema", "name", "description", "one", "many"];
const OF_FIELD: [&str; 23] = [
    "key",
    "one",
    "column",
    "rename",
    "hidden",
    "read_only",
    "write_only",
    "create_only",
    "unique",
    "max_length",
    "length",
    "range",
    "one_of",
    "pattern",
    "not_blank",
    "email",
    "url",
    "default",
    "default_sql",
    "description",
    "type",
    "timestamp_format",
    "uuid_format",
];
const ONE: &str = "one(Owner, name = \"seller\")";
const ONE_BY: &str = "one(Owner, by = \"owner_id\")";
const MANY: &str = "many(parts: Part, by = \"car_id\")";

/// Parses a struct; returns `None` if the item is not a struct with named fields.
pub(crate) fn read(input: &DeriveInput, mistakes: &mut Mistakes) -> Option<Model> {
    let fields = fields(input, mistakes)?;
    let mut model = Model {
        ident: input.ident.clone(),
        visibility: input.vis.clone(),
        table: None,
        schema: None,
        name: None,
        description: None,
        doc: doc_comment(&input.attrs),
        columns: Vec::new(),
        ones: Vec::new(),
        manys: Vec::new(),
    };
    for item in items(&input.attrs, mistakes) {
        model.read(&item, mistakes);
    }
    for field in &fields.named {
        let Some(ident) = &field.ident else {
            continue;
        };
        let mut column = Column::new(ident, field);
        for item in items(&field.attrs, mistakes) {
            if item.word == "one" {
                model.ones.extend(one(&item, Some(ident), mistakes));
            } else {
                column.read(&item, mistakes);
            }
        }
        model.columns.push(column);
    }
    Some(model)
}

fn fields<'a>(input: &'a DeriveInput, mistakes: &mut Mistakes) -> Option<&'a FieldsNamed> {
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        mistakes.at(
            &input.generics,
            "a model is one table, so its struct has no parameters: remove them",
        );
    }
    let what = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if fields.named.is_empty() => "a struct without fields",
            Fields::Named(fields) if mistakes.is_empty() => return Some(fields),
            Fields::Named(_) => return None,
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let remedy = if matches!(input.data, Data::Enum(_)) {
        "; an enum of unit variants is the type of a column by `#[derive(Choices)]`"
    } else {
        ""
    };
    mistakes.at(
        ident,
        format!("`{ident}` is {what}, but a model is a struct with a named field for each column{remedy}"),
    );
    None
}

impl Model {
    fn read(&mut self, item: &Item, mistakes: &mut Mistakes) {
        let word = &item.word;
        match word.to_string().as_str() {
            "table" => keep(&mut self.table, item.text(mistakes), word, mistakes),
            "schema" => keep(&mut self.schema, item.text(mistakes), word, mistakes),
            "name" => keep(&mut self.name, item.text(mistakes), word, mistakes),
            "description" => keep(&mut self.description, item.text(mistakes), word, mistakes),
            "one" => self.ones.extend(one(item, None, mistakes)),
            "many" => self.manys.extend(many(item, mistakes)),
            other if OF_FIELD.contains(&other) => mistakes.at(
                word,
                format!("`{other}` is an attribute of a field, not of the struct: put it on one"),
            ),
            _ => unknown(word, "a model", &OF_STRUCT, mistakes),
        }
    }

    pub(crate) fn name(&self) -> String {
        let name = self.name.as_ref().map(LitStr::value);
        name.unwrap_or_else(|| self.ident.unraw().to_string())
    }

    pub(crate) fn table(&self) -> String {
        let table = self.table.as_ref().map(LitStr::value);
        table.unwrap_or_else(|| format!("{}s", snake(&self.ident.unraw().to_string())))
    }

    pub(crate) fn description(&self) -> Option<String> {
        let said = self.description.as_ref().map(LitStr::value);
        said.or_else(|| self.doc.clone())
    }

    pub(crate) fn key(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.key.is_some())
    }
}

impl Column {
    fn new(ident: &Ident, field: &syn::Field) -> Self {
        Self {
            ident: ident.clone(),
            ty: field.ty.clone(),
            doc: doc_comment(&field.attrs),
            key: None,
            column: None,
            rename: None,
            hidden: None,
            read_only: None,
            write_only: None,
            create_only: None,
            unique: None,
            max_length: None,
            rules: Rules::default(),
            default: None,
            default_sql: None,
            description: None,
            timestamp_format: None,
            uuid_format: None,
            said_type: None,
        }
    }

    fn read(&mut self, item: &Item, mistakes: &mut Mistakes) {
        let word = &item.word;
        let name = word.to_string();
        let flag = match name.as_str() {
            "key" => Some(&mut self.key),
            "hidden" => Some(&mut self.hidden),
            "read_only" => Some(&mut self.read_only),
            "write_only" => Some(&mut self.write_only),
            "create_only" => Some(&mut self.create_only),
            "unique" => Some(&mut self.unique),
            "not_blank" => Some(&mut self.rules.not_blank),
            "email" => Some(&mut self.rules.email),
            "url" => Some(&mut self.rules.url),
            _ => None,
        };
        if let Some(place) = flag {
            return keep(place, Some(item.flag(mistakes)), word, mistakes);
        }
        let text = match name.as_str() {
            "column" => Some(&mut self.column),
            "rename" => Some(&mut self.rename),
            "default_sql" => Some(&mut self.default_sql),
            "description" => Some(&mut self.description),
            "timestamp_format" => Some(&mut self.timestamp_format),
            "uuid_format" => Some(&mut self.uuid_format),
            "type" => Some(&mut self.said_type),
            "pattern" => Some(&mut self.rules.pattern),
            _ => None,
        };
        if let Some(place) = text {
            return keep(place, item.text(mistakes), word, mistakes);
        }
        match name.as_str() {
            "max_length" => keep(&mut self.max_length, item.number(mistakes), word, mistakes),
            "default" => keep(&mut self.default, item.expression(mistakes), word, mistakes),
            "length" => keep(&mut self.rules.length, item.range(mistakes), word, mistakes),
            "range" => keep(&mut self.rules.range, item.range(mistakes), word, mistakes),
            "one_of" => keep(&mut self.rules.one_of, item.array(mistakes), word, mistakes),
            other if OF_STRUCT.contains(&other) => mistakes.at(
                word,
                format!("`{other}` is said of the struct, not of a field: put it above the struct"),
            ),
            _ => unknown(word, "a column", &OF_FIELD, mistakes),
        }
    }

    /// Returns the field's name.
    pub(crate) fn field(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// Returns the column's name in the table.
    pub(crate) fn sql(&self) -> String {
        let column = self.column.as_ref().map(LitStr::value);
        column.unwrap_or_else(|| self.field())
    }

    /// Returns the column's API name.
    pub(crate) fn api(&self) -> String {
        let rename = self.rename.as_ref().map(LitStr::value);
        rename.unwrap_or_else(|| self.sql())
    }

    pub(crate) fn description(&self) -> Option<String> {
        let said = self.description.as_ref().map(LitStr::value);
        said.or_else(|| self.doc.clone())
    }
}

/// Parses `one(…)`, a relation by columns of this struct. On a `field`, it is by the field's column.
fn one(item: &Item, field: Option<&Ident>, mistakes: &mut Mistakes) -> Option<One> {
    let led = item.more(if field.is_some() { ONE } else { ONE_BY }, mistakes)?;
    if let Some(name) = &led.name {
        mistakes.at(
            name,
            format!("a relation to one row is named by `name = \"{name}\"`: write `{ONE}`"),
        );
    }
    let (mut by, mut name) = (None, None);
    for item in &led.items {
        match item.word.to_string().as_str() {
            "name" => keep(&mut name, item.text(mistakes), &item.word, mistakes),
            "by" if field.is_some() => mistakes.at(
                &item.word,
                "on a field, `one` is by that field; put `one` with a `by` above the struct",
            ),
            "by" => keep(&mut by, Some(item.names(mistakes)), &item.word, mistakes),
            _ => unknown(
                &item.word,
                "a relation to one row",
                &["by", "name"],
                mistakes,
            ),
        }
    }
    let by = match field {
        Some(field) => vec![LitStr::new(&field.unraw().to_string(), field.span())],
        None => by.unwrap_or_else(|| {
            mistakes.at(
                &item.word,
                format!("`one` above the struct needs the fields that hold the key: `{ONE_BY}`"),
            );
            Vec::new()
        }),
    };
    Some(One {
        target: led.target,
        by,
        name,
    })
}

fn many(item: &Item, mistakes: &mut Mistakes) -> Option<Many> {
    let led = item.more(MANY, mistakes)?;
    let (mut by, mut through, mut to) = (None, None, None);
    for item in &led.items {
        match item.word.to_string().as_str() {
            "by" => keep(&mut by, Some(item.names(mistakes)), &item.word, mistakes),
            "to" => keep(&mut to, Some(item.names(mistakes)), &item.word, mistakes),
            "through" => keep(&mut through, junction(item, mistakes), &item.word, mistakes),
            _ => unknown(
                &item.word,
                "a relation to many rows",
                &["by", "through", "to"],
                mistakes,
            ),
        }
    }
    let span: Span = led.target.span();
    let mut needs = |words: &str| mistakes.add(syn::Error::new(span, words));
    if led.name.is_none() {
        needs("a relation to many rows needs a name: `many(parts: Part, by = \"car_id\")`");
    }
    if by.is_none() {
        needs("say which fields there hold this model's key: `by = \"car_id\"`");
    }
    if through.is_some() && to.is_none() {
        needs("say which fields of the junction hold the other model's key: `to = \"tag_id\"`");
    }
    if through.is_none() && to.is_some() {
        needs("`to` names fields of a junction: say which, by `through = CarTag`");
    }
    Some(Many {
        name: led.name?,
        target: led.target,
        by: by?,
        through,
        to: to.unwrap_or_default(),
    })
}

fn junction(item: &Item, mistakes: &mut Mistakes) -> Option<Through> {
    match item.expression(mistakes)? {
        Expr::Path(path) => Some(Through::Struct(path)),
        Expr::Lit(ExprLit {
            lit: Lit::Str(table),
            ..
        }) => Some(Through::Table(table)),
        other => {
            let words = "`through` takes a struct, or the name of a table: `through = CarTag`";
            mistakes.at(other, words);
            None
        }
    }
}
