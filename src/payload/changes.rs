//! A body as changes of a row: each member is read by the type of its column, and every fault is reported at once.

use std::borrow::Cow;

use super::{
    Content,
    embedded::EmbeddedRow,
    input::Input,
    json,
    members::{Sent, column_value, members},
};
use crate::{
    cell::{Type, Value},
    error::{Code, Error, Fault, Result, Where, shown},
    model::{Column, ColumnNumber, Model},
    operation::Set,
    params::{Offer, PlaceIndex, Served, ToOne, nearest},
};

/// How a body changes a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Inserts a row.
    Create,
    /// Sets every column that the body may set; a column that the body omits gets its default.
    Replace,
    /// Sets only the columns that the body has as members.
    Change,
}

/// The rules by which the members of a body are read.
pub(crate) struct BodyForm<'a> {
    pub(crate) verb: Verb,
    /// Whether a link may differ from its columns if it is as the stored row shows it.
    pub(crate) rows_come_back: bool,
    pub(crate) offer: &'a Offer,
    /// The columns that the path and the request determine, each with its value; `None` if only the parent row has it.
    pub(crate) given: Cow<'a, [(ColumnNumber, Option<Value>)]>,
    /// Returns the key of the related row that a link such as `/owners/7/` names; `None` if it names no row of the
    /// relation.
    pub(crate) key_of: &'a dyn Fn(&Served, &str) -> Option<Vec<Value>>,
    /// Returns how rows that are nested under a new row are read; `None` if they cannot be, since the path is invalid.
    pub(crate) child_of: &'a dyn Fn(PlaceIndex) -> Option<Child<'a>>,
}

/// The rules by which the nested rows of a new parent are read.
pub(crate) struct Child<'a> {
    pub(crate) offer: &'a Offer,
    /// The columns that the path and the request determine, as in [`BodyForm::given`].
    pub(crate) given: Vec<(ColumnNumber, Option<Value>)>,
}

impl BodyForm<'_> {
    /// Reads the changes from a body.
    ///
    /// # Errors
    ///
    /// One error for a body that is neither an object nor a form; else a fault for each member that is unknown, missing
    /// or of the wrong type.
    pub(crate) fn read(&self, content: &Content) -> Result<Input> {
        self.read_members(members(content)?)
    }

    /// Reads the changes from the members of an object.
    pub(super) fn read_members(&self, members: Vec<(Cow<'_, str>, Sent<'_>)>) -> Result<Input> {
        let (mut input, mut faults) = (Input::of(&self.offer.model), Vec::new());
        // Columns come first: a link is read beside what they say.
        let is_link = |name: &str| self.offer.relations.iter().any(|one| one.name == name);
        let (links, columns): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|(name, _)| is_link(name));
        for (name, sent) in columns.into_iter().chain(links) {
            if let Err(found) = self.member(&name, &sent, &mut input) {
                faults.extend(found);
            }
        }
        self.complete(&mut input, &mut faults);
        Error::of_any(faults)?;
        Ok(input)
    }

    fn member(&self, name: &str, sent: &Sent<'_>, input: &mut Input) -> Result<(), Vec<Fault>> {
        let one = |fault| vec![fault];
        let model = &self.offer.model;
        if let Some(number) = model.member(name)
            && let Some(column) = model.at(number)
        {
            return self
                .column((number, column), name, sent, input)
                .map_err(one);
        }
        let mut relations = self.offer.relations.iter().enumerate();
        match relations.find(|(_, relation)| relation.name == name) {
            Some((_, relation)) if relation.is_set_by_columns() => {
                self.link(relation, sent, input).map_err(one)
            }
            Some((at, relation)) if relation.pairs.is_some() => {
                self.pairs((at, relation), sent, input)
            }
            Some((at, relation)) => match (relation.inline, self.verb) {
                (Some(place), Verb::Create) => self.children((at, relation, place), sent, input),
                (None, _) | (_, Verb::Replace | Verb::Change) => {
                    self.echo(name, sent, input).map_err(one)
                }
            },
            None if name == "href" || self.offer.id_member.as_deref() == Some(name) => {
                self.echo(name, sent, input).map_err(one)
            }
            None => Err(one(self.unknown(name))),
        }
    }

    /// Reads a member as the value of a column. Where answers show integers as strings, a body may have them so.
    pub(super) fn value(&self, column: &Column, sent: &Sent<'_>) -> Result<Set, (Code, String)> {
        if let Sent::Json(raw) | Sent::Patch(raw) = sent
            && self.offer.integers_as_text
            && matches!(column.ty, Type::Integer { .. })
            && let Ok(text) = serde_json::from_str::<String>(raw.get())
            && !text.is_empty()
        {
            return column_value(column, &Sent::Text(Cow::Owned(text)));
        }
        let value = column_value(column, sent)?;
        // The body of JSON that could hold the document of a form has one level more.
        let levels = self.offer.limits.json_depth.saturating_sub(1);
        if let (Sent::Text(text), Set::To(_)) = (sent, &value)
            && column.ty == Type::Json
            && json::check(text.as_bytes(), levels).is_err()
        {
            let name = shown(&column.name);
            let detail = format!("`{name}` takes a JSON document of at most {levels} levels");
            return Err((Code::InvalidValue, detail));
        }
        Ok(value)
    }

    /// Sets a column from its member.
    fn column(
        &self,
        (number, column): (ColumnNumber, &Column),
        name: &str,
        sent: &Sent<'_>,
        input: &mut Input,
    ) -> Result<(), Fault> {
        if self.is_fixed(number, column) {
            return self.echo(name, sent, input);
        }
        let set = self.value(column, sent);
        let set = set.map_err(|words| Fault::member(name, words.0, words.1))?;
        if set == Set::Null && self.offer.model.primary_key().contains(&number) {
            return Err(null(name));
        }
        input.changes.put(number, set);
        Ok(())
    }

    /// Whether the body must leave a column as it is: one that the verb does not set, or that the path or the request
    /// determines.
    fn is_fixed(&self, number: ColumnNumber, column: &Column) -> bool {
        !sets(self.verb, self.offer, number, column)
            || self.given.iter().any(|(given, _)| *given == number)
    }

    /// Handles a member that cannot be set. In a new row, the member must equal the value that the path or the request
    /// determines. For an existing row, its JSON text is put into `echoes`, to be compared later. Any other such member
    /// is a fault.
    fn echo(&self, name: &str, sent: &Sent<'_>, input: &mut Input) -> Result<(), Fault> {
        match (self.verb, sent) {
            (Verb::Replace | Verb::Change, Sent::Json(raw) | Sent::Patch(raw)) => {
                input.echo(name, raw.get(), false);
                Ok(())
            }
            (Verb::Create, _) if self.is_as_given(name, sent) => Ok(()),
            (Verb::Create | Verb::Replace | Verb::Change, _) => {
                let detail = format!("`{}` cannot be set; leave it out", shown(name));
                Err(Fault::member(name, Code::ReadOnly, detail))
            }
        }
    }

    /// Whether the value of a member equals the value that the path or the request determines for its column.
    fn is_as_given(&self, name: &str, sent: &Sent<'_>) -> bool {
        let model = &self.offer.model;
        let Some(number) = model.visible(name) else {
            return false;
        };
        let mut given = self.given.iter();
        let known = given.find(|(given, _)| *given == number);
        let known = known.and_then(|(_, value)| value.as_ref());
        let sent = model.at(number).map(|column| self.value(column, sent));
        matches!((known, sent), (Some(known), Some(Ok(Set::To(sent)))) if *known == sent)
    }

    /// Sets the columns of a to-one relation from its member, a link to the related row. If the member is null,
    /// [`unlink`](Self::unlink) sets the columns later.
    fn link(&self, relation: &Served, sent: &Sent<'_>, input: &mut Input) -> Result<(), Fault> {
        let name = relation.name.as_str();
        let embedded = EmbeddedRow::of(relation, sent);
        if let Some(embedded) = &embedded
            && embedded.is_echo(name, self.verb == Verb::Create)?
        {
            self.echo(name, sent, input)?;
        }
        let text = match sent {
            Sent::Json(_) | Sent::Patch(_) if embedded.is_some() => {
                embedded.map(|embedded| Some(embedded.link))
            }
            Sent::Json(raw) | Sent::Patch(raw) => {
                serde_json::from_str::<Option<String>>(raw.get()).ok()
            }
            Sent::Text(text) => Some((!text.is_empty()).then(|| text.to_string())),
            Sent::Null => Some(None),
        };
        let key = match text {
            Some(None) => None,
            Some(Some(link)) => Some((self.key_of)(relation, &link)),
            None => Some(None),
        };
        // A relation that is shown as a key is set by it.
        let key = key.map(|key| key.or_else(|| self.key_sent(relation, sent)));
        let columns: Vec<_> = relation.join.here().collect();
        let fixed = columns.iter().filter(|number| self.is_fixed_at(**number));
        let key = match key {
            None if fixed.count() == columns.len() => return self.echo(name, sent, input),
            None => {
                input.unlinked.push((name.to_owned(), columns));
                return Ok(());
            }
            Some(Some(key)) => key,
            Some(None) => {
                let target = relation.join.target.name();
                let form = match relation.shape {
                    ToOne::Link => "the link",
                    ToOne::Key => "the key or the link",
                    ToOne::Object => "the link, or an object with the `href`,",
                };
                let detail = format!("`{name}` takes {form} of a row of {target}, or null");
                return Err(Fault::member(name, Code::InvalidValue, detail));
            }
        };
        let (fixed, free): (Vec<_>, Vec<_>) = columns
            .into_iter()
            .zip(key)
            .partition(|(number, _)| self.is_fixed_at(*number));
        if !fixed.iter().all(|given| self.is_given(given)) {
            return self.echo(name, sent, input);
        }
        let sets: Vec<_> = free
            .into_iter()
            .map(|(at, value)| (at, Set::To(value)))
            .collect();
        let differs = |(number, set): &(ColumnNumber, Set)| {
            let before = input.changes.at(*number);
            before.is_some_and(|before| before != set)
        };
        if sets.iter().any(differs) {
            return match (self.verb, sent) {
                (Verb::Replace | Verb::Change, Sent::Json(raw) | Sent::Patch(raw))
                    if self.rows_come_back =>
                {
                    input.echo(name, raw.get(), true);
                    Ok(())
                }
                (Verb::Create | Verb::Replace | Verb::Change, _) => Err(conflicting(name)),
            };
        }
        for (number, set) in sets {
            input.changes.put(number, set);
        }
        Ok(())
    }

    fn is_fixed_at(&self, number: ColumnNumber) -> bool {
        let column = self.offer.model.at(number);
        column.is_some_and(|column| self.is_fixed(number, column))
    }

    /// Whether the path or the request determines this value for the column.
    fn is_given(&self, (number, value): &(ColumnNumber, Value)) -> bool {
        let mut given = self.given.iter();
        given.any(|(given, known)| given == number && known.as_ref() == Some(value))
    }

    /// Sets the nullable columns of each relation in `unlinked` to null, unless the body has already set one of these
    /// columns to null.
    fn unlink(&self, input: &mut Input) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, columns) in std::mem::take(&mut input.unlinked) {
            let is_null = |column: &ColumnNumber| input.changes.at(*column) == Some(&Set::Null);
            if columns.iter().any(is_null) {
                continue;
            }
            let free = columns.into_iter().filter(|number| {
                let column = self.offer.model.at(*number);
                let is_nullable = column.is_some_and(|column| column.nullable);
                is_nullable && !self.is_fixed_at(*number)
            });
            let free: Vec<_> = free.collect();
            let is_unset = |column: &&ColumnNumber| input.changes.at(**column).is_none();
            let unset: Vec<_> = free.iter().filter(is_unset).copied().collect();
            if free.is_empty() {
                faults.push(null(&name));
            } else if unset.is_empty() && (self.verb == Verb::Create || !self.rows_come_back) {
                faults.push(conflicting(&name));
            } else if unset.is_empty() {
                input.echo(&name, "null", true);
            }
            for number in unset {
                input.changes.put(number, Set::Null);
            }
        }
        faults
    }

    /// Adds a fault for each required column that the body omits. For [`Verb::Replace`], also sets the other omitted
    /// columns to their defaults. It leaves write-only columns as they are: a client that sends back what it read has
    /// not read them.
    fn complete(&self, input: &mut Input, faults: &mut Vec<Fault>) {
        let model = &self.offer.model;
        faults.extend(self.unlink(input));
        for (number, column) in model.numbered() {
            let is_given = self.is_fixed(number, column) || input.changes.at(number).is_some();
            let is_kept = column.write_only && self.verb == Verb::Replace;
            if is_given || is_kept || !column.is_member() {
                continue;
            }
            let relations = self
                .offer
                .relations
                .iter()
                .filter(|one| one.is_set_by_columns());
            let links = relations.filter(|one| one.join.here().any(|here| here == number));
            let names = links.map(|relation| &relation.name).chain([&column.name]);
            let has_fault = |faults: &[Fault]| {
                let mut members = names.map(|name| Where::member(name));
                members.any(|member| faults.iter().any(|fault| fault.at == member))
            };
            match self.verb {
                Verb::Create | Verb::Replace if is_required(model, number, column) => {
                    if !has_fault(faults) {
                        let detail = format!("`{}` is required", column.name);
                        faults.push(Fault::member(&column.name, Code::Required, detail));
                    }
                }
                Verb::Replace => input.changes.put(number, Set::Default),
                Verb::Create | Verb::Change => {}
            }
        }
    }

    fn unknown(&self, name: &str) -> Fault {
        let columns = self.offer.model.columns().iter();
        let columns = columns.filter(|column| column.is_member() && !column.read_only);
        let near = nearest(name, columns.map(Column::name));
        let label = &self.offer.label;
        let detail = format!("{label} has no member `{}`{near}", shown(name));
        Fault::member(name, Code::UnknownField, detail)
    }
}

/// Whether a body sets a column: not one that is read-only, nor the key or a create-only column of an existing row.
pub(crate) fn sets(verb: Verb, offer: &Offer, number: ColumnNumber, column: &Column) -> bool {
    let is_key = offer.model.primary_key().contains(&number) || offer.url_key.contains(&number);
    !column.read_only && (verb == Verb::Create || !(is_key || column.create_only))
}

/// Whether a new row needs a value for the column: it cannot be null, has no default, and is no integer key that the
/// database may number.
pub(crate) fn is_required(model: &Model, number: ColumnNumber, column: &Column) -> bool {
    let is_integer = matches!(column.ty, Type::Integer { .. });
    let is_numbered = is_integer && model.primary_key() == [number];
    let is_needed = !column.nullable || model.primary_key().contains(&number);
    is_needed && !column.read_only && column.default.is_none() && !is_numbered
}

/// Returns the fault of a link that names another row than its columns.
pub(crate) fn conflicting(name: &str) -> Fault {
    let detail = format!("`{}` and its link name different rows", shown(name));
    Fault::member(name, Code::Conflicting, detail)
}

fn null(name: &str) -> Fault {
    Fault::member(
        name,
        Code::Null,
        format!("`{}` cannot be null", shown(name)),
    )
}
