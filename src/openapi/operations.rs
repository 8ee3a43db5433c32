//! The operations of an API: each method of each path that the routes have.

use super::{
    answers::{SuccessAnswer, description_of, of_schema, takes_body},
    document::{
        Components, LinkObject, OperationObject, OrRef, ParameterObject, RequestBody,
        ResponseObject, add,
    },
    documented::Documented,
    entries::Entries,
    enums::{name_members, name_parameter},
    names::operation_ids,
    objects::{ObjectNames, ObjectSchemas},
    operation_ids::{said, wish},
    parameters::{self, READ_AFTER, filters, headers, reserved},
    paths::PathTemplate,
    problems::{problem, problems},
    schema::SchemaObject,
    successes::{AnswerSchemas, successes},
    types::{ActionTypes, TypeNames},
};
use crate::{
    params::{Format, PlaceIndex, Reads},
    payload::{MERGE_PATCH, Verb},
    place::Place,
    question::Question,
    route::Target,
};

/// An operation: its place among the paths, and the object that describes it.
#[derive(Clone, Debug)]
pub(super) struct DescribedOperation {
    /// The index of its target among the targets of the routes.
    pub(super) target: usize,
    pub(super) method: &'static str,
    pub(super) object: OperationObject,
}

/// The description of all operations in the making.
pub(super) struct Describing<'a> {
    pub(super) api: &'a Documented<'a>,
    pub(super) paths: &'a [PathTemplate],
    pub(super) targets: &'a [Target<'static>],
    pub(super) names: &'a [ObjectNames],
    pub(super) types: TypeNames,
    pub(super) components: Components,
}

/// A method of a path, with what it asks and its id.
struct AskedMethod<'t> {
    target: usize,
    method: &'static str,
    question: Question<'t>,
    id: String,
}

impl<'a> Describing<'a> {
    /// Returns the operations, in the order of the paths.
    pub(super) fn operations(&mut self) -> Vec<DescribedOperation> {
        let (api, targets) = (self.api, self.targets);
        let asked = self.asked(targets, api);
        let ids: Vec<(usize, &'static str, String)> = asked
            .iter()
            .map(|asked| (asked.target, asked.method, asked.id.clone()))
            .collect();
        let each = asked.into_iter().map(|asked| DescribedOperation {
            target: asked.target,
            method: asked.method,
            object: self.operation(&asked, &ids),
        });
        each.collect()
    }

    fn asked(
        &self,
        targets: &'a [Target<'static>],
        api: &'a Documented<'a>,
    ) -> Vec<AskedMethod<'a>> {
        let (mut asked, mut wishes) = (Vec::new(), Vec::new());
        for (number, (target, path)) in targets.iter().zip(self.paths).enumerate() {
            let place = target
                .found()
                .and_then(|found| found.place.item(api.places));
            let action = target.action().and_then(|(_, at)| place?.actions.get(at));
            let writes = place.map(|place| place.writes).unwrap_or_default();
            for (method, question) in Question::all(target, action, writes) {
                let Some(method) = METHODS.iter().find(|known| **known == method) else {
                    continue;
                };
                wishes.push(wish(question, method, path));
                asked.push(AskedMethod {
                    target: number,
                    method,
                    question,
                    id: String::new(),
                });
            }
        }
        for (asked, id) in asked.iter_mut().zip(operation_ids(&wishes)) {
            asked.id = id;
        }
        asked
    }

    fn operation(
        &mut self,
        asked: &AskedMethod<'_>,
        ids: &[(usize, &'static str, String)],
    ) -> OperationObject {
        let AskedMethod {
            target: number,
            method,
            question,
            id,
        } = asked;
        let target = self.targets.get(*number);
        let found = target.and_then(Target::found);
        let at = found.map(|found| found.place);
        let above = found.iter().flat_map(|found| found.above.iter().rev());
        let places = at.into_iter().chain(above.map(|(at, _)| *at));
        let places: Vec<&Place> = places.filter_map(|at| at.item(self.api.places)).collect();
        let place = places.first().copied();
        let is_head = *method == "HEAD";
        let (summary, description) = said(*question, method, place);
        let types = if let Question::Act(_, _, action) = question {
            self.types.of(action, &mut self.components)
        } else {
            ActionTypes::default()
        };
        let mut responses = Entries::default();
        let formats = self.api.formats;
        let may_write = question.written().is_some() || matches!(question, Question::Act(..));
        let tells = may_write && place.is_some_and(Place::has_replicas);
        for answer in successes(*question, self.shown(*question, at, &types)) {
            let answer = if tells {
                answer.and(READ_AFTER)
            } else {
                answer
            };
            let status = answer.status;
            let mut response = self.response(answer, is_head);
            if !is_head && (status == 200 || status == 201) {
                response.links = self.links((*number, *question), ids);
            }
            responses.push(status.to_string(), OrRef::Inline(response));
        }
        for status in problems(*question, method, &places) {
            let name = problem(status, formats, &mut self.components);
            responses.push(status.to_string(), OrRef::to("responses", &name));
        }
        if matches!(question, Question::Act(..)) {
            let own = ResponseObject {
                description: "Whatever else the action answers.".to_owned(),
                ..ResponseObject::default()
            };
            responses.push("default", OrRef::Inline(own));
        }
        let request_body =
            place.and_then(|place| self.body(*question, method, (at, place), &types));
        OperationObject {
            tags: self
                .paths
                .get(*number)
                .map(|path| path.tag.clone())
                .into_iter()
                .collect(),
            summary,
            description,
            operation_id: id.clone(),
            parameters: self.parameters((*number, *question), place, types.query),
            request_body,
            responses,
        }
    }

    fn response(&mut self, answer: SuccessAnswer, is_head: bool) -> ResponseObject {
        answer.response(self.api.formats, is_head, &mut self.components)
    }

    /// Returns the schemas that the answers to a question may show.
    fn shown(
        &self,
        question: Question<'_>,
        at: Option<PlaceIndex>,
        types: &ActionTypes,
    ) -> AnswerSchemas<'a> {
        let place = at.and_then(|at| at.item(self.api.places));
        let names = at.and_then(|at| at.item(self.names));
        let to = |name: Option<String>| {
            name.map_or_else(SchemaObject::default, |name| SchemaObject::to(&name))
        };
        let description = if let Question::Describe(target) = question {
            SchemaObject::to(description_of(target))
        } else {
            SchemaObject::default()
        };
        AnswerSchemas {
            object: to(names.map(|names| names.read.clone())),
            page: to(names.map(ObjectNames::page)),
            description,
            reply: types.reply.clone(),
            place,
        }
    }

    fn parameters(
        &mut self,
        (number, question): (usize, Question<'_>),
        place: Option<&Place>,
        of_an_action: Vec<ParameterObject>,
    ) -> Vec<OrRef<ParameterObject>> {
        let keys = self.paths.get(number).map(|path| path.parameters.clone());
        let mut all: Vec<_> = keys.into_iter().flatten().map(OrRef::Inline).collect();
        let (shows, formats) = (question.shows(), self.api.formats);
        let Some(place) = place else {
            all.push(self.shared("", parameters::format(formats, shows)));
            if matches!(question, Question::Document) {
                all.push(self.shared("", parameters::if_none_match()));
            }
            return all;
        };
        let (reads, is_filtered) = match question {
            Question::List(_) => (Reads::List, true),
            Question::UpdateMany(_) | Question::DeleteMany(_) => (Reads::Rows, true),
            Question::Retrieve(..) | Question::Create(_) | Question::Update(..) => {
                (Reads::Object, false)
            }
            Question::Describe(_) => (Reads::Root, false),
            Question::Root
            | Question::Document
            | Question::Docs(_)
            | Question::Delete(..)
            | Question::Act(..)
            | Question::Filter(_)
            | Question::Form(..)
            | Question::Submit(..) => (Reads::Nothing, false),
        };
        let is_read = question.reads_query();
        let name = place.model().name();
        let own = reserved(place, reads, shows)
            .into_iter()
            .filter(|_| is_read);
        let filters = filters(&place.offer).into_iter().filter(|_| is_filtered);
        let headers = headers(question, place);
        for parameter in own.chain(filters).chain(headers) {
            let parameter = self.shared(name, parameter);
            all.push(parameter);
        }
        all.extend(of_an_action.into_iter().map(OrRef::Inline));
        all
    }

    /// Adds a parameter to the components.
    fn shared(&mut self, owner: &str, mut parameter: ParameterObject) -> OrRef<ParameterObject> {
        name_parameter(owner, &mut parameter, &mut self.components.schemas);
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        let name: String = [owner, &parameter.name].join(".");
        let name = name.replace(|char| !plain(char) && char != '.', "_");
        let name = name.trim_start_matches('.');
        OrRef::to(
            "parameters",
            &add(&mut self.components.parameters, name, parameter),
        )
    }

    /// Returns the body that a question reads.
    fn body(
        &self,
        question: Question<'_>,
        method: &str,
        (at, place): (Option<PlaceIndex>, &Place),
        types: &ActionTypes,
    ) -> Option<RequestBody> {
        let names = at?.item(self.names)?;
        let input = |verb| SchemaObject::to(&names.input(verb));
        let json = Format::Json.media_type();
        let content = match question {
            Question::Create(_) => {
                let one = input(Verb::Create);
                let many = SchemaObject {
                    max_items: Some(place.offer.limits.bulk_rows as u64),
                    ..SchemaObject::list(one.clone())
                };
                vec![(json, SchemaObject::any(vec![one, many]))]
            }
            Question::Update(_, _, Verb::Change) => {
                let patch = input(Verb::Change);
                vec![(json, patch.clone()), (MERGE_PATCH, patch)]
            }
            Question::Update(_, _, verb @ (Verb::Create | Verb::Replace)) => {
                vec![(json, input(verb))]
            }
            Question::UpdateMany(_) => vec![(json, input(Verb::Change))],
            Question::Act(_, _, action) if takes_body(action, method) => {
                vec![(json, types.payload.clone())]
            }
            Question::Root
            | Question::Document
            | Question::Docs(_)
            | Question::Describe(_)
            | Question::List(_)
            | Question::Retrieve(..)
            | Question::Delete(..)
            | Question::DeleteMany(_)
            | Question::Filter(_)
            | Question::Form(..)
            | Question::Submit(..)
            | Question::Act(..) => return None,
        };
        let content = content.into_iter();
        Some(RequestBody {
            description: FORMS,
            required: types.needs_body || !matches!(question, Question::Act(..)),
            content: content
                .map(|(media_type, schema)| (media_type.to_owned(), of_schema(schema)))
                .collect(),
        })
    }

    /// Returns the links from the answer of a list, or of a request that creates or shows an object, to the operations
    /// on the first object, and to the lists below it.
    fn links(
        &self,
        (number, question): (usize, Question<'_>),
        ids: &[(usize, &'static str, String)],
    ) -> Entries<LinkObject> {
        let (pointer, is_new) = match question {
            Question::List(_) => ("/results/0", true),
            Question::Create(_) => ("", true),
            Question::Retrieve(..) => ("", false),
            Question::Root
            | Question::Document
            | Question::Docs(_)
            | Question::Describe(_)
            | Question::Update(..)
            | Question::Delete(..)
            | Question::UpdateMany(_)
            | Question::DeleteMany(_)
            | Question::Filter(_)
            | Question::Form(..)
            | Question::Submit(..)
            | Question::Act(..) => return Entries::default(),
        };
        let Some(own) = self.paths.get(number) else {
            return Entries::default();
        };
        let mut links = Entries::default();
        for (target, method, id) in ids {
            if matches!(*method, "HEAD" | "OPTIONS") {
                continue;
            }
            let Some(there) = self.paths.get(*target) else {
                continue;
            };
            let Some(parameters) = there.linked_from(own, is_new, pointer) else {
                continue;
            };
            let link = LinkObject {
                operation_id: id.clone(),
                parameters,
            };
            links.push(id, link);
        }
        links
    }

    /// Adds the schemas of every place's objects.
    pub(super) fn add_schemas(&mut self) {
        let schemas = ObjectSchemas {
            places: self.api.places,
            names: self.names,
        };
        for (place, names) in self.api.places.iter().zip(self.names) {
            let object = schemas.read(place);
            self.components.schemas.push(&names.read, object);
            let page = super::objects::page(place, SchemaObject::to(&names.read));
            self.components.schemas.push(names.page(), page);
            let writes = place.writes;
            for (verb, is_served) in [
                (Verb::Create, writes.create),
                (Verb::Replace, writes.update),
                (Verb::Change, writes.update || writes.update_many.is_some()),
            ] {
                if is_served {
                    let input = schemas.input(place, verb);
                    self.components.schemas.push(names.input(verb), input);
                }
            }
        }
        // Enums come last: no name of an object depends on them.
        for (place, names) in self.api.places.iter().zip(self.names) {
            let model = place.model().name();
            for name in names.all() {
                name_members(model, &name, &mut self.components.schemas);
            }
        }
    }
}

/// Generators of clients send the first of several media types, or none: forms are only said in words.
const FORMS: &str =
    "A form with these members, `application/x-www-form-urlencoded`, is taken, too.";

/// The methods of OpenAPI. Others, which only an action can have, are not documented.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
];
