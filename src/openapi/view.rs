//! Views of the document: what one request may know of it, written.

use std::collections::BTreeSet;
#[cfg(feature = "html")]
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use serde_json::{Value as Json, json, value::RawValue};

use super::{
    document::{Components, OrRef, Tag},
    entries::Entries,
    operations::DescribedOperation,
    settings::OpenApi,
};
use crate::{cell::merge_patch, etag::etag};
#[cfg(feature = "html")]
use crate::{
    error::Result,
    representation::{ApiDocs, DrawnDocs},
};

/// A document without its servers, which depend on the request: the text before them and the text after.
#[derive(Debug)]
pub(crate) struct DocumentView {
    before: Bytes,
    /// `None` if the program sets the servers, so that all of the document is before them.
    after: Option<Bytes>,
    /// The entity tag of the view, whatever its servers.
    digest: Option<HeaderValue>,
    /// The page of the view, once it was asked for.
    #[cfg(feature = "html")]
    drawn: OnceLock<Arc<DrawnDocs>>,
}

/// The description of the whole API, and the program's settings: the source of every view.
pub(super) struct Whole<'a> {
    pub(super) settings: &'a OpenApi,
    pub(super) templates: &'a [String],
    pub(super) tags: &'a [Tag],
    pub(super) operations: &'a [DescribedOperation],
    pub(super) components: &'a Components,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    title: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

/// The members of a document after its servers.
#[derive(Serialize)]
struct DocumentRest<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    security: Vec<Json>,
    tags: Vec<&'a Tag>,
    paths: Entries<Entries<Box<RawValue>>>,
    components: Entries<Entries<Box<RawValue>>>,
}

impl DocumentView {
    /// Returns the document for links that begin with `prefix`, in pieces, and its entity tag.
    pub(crate) fn at(&self, prefix: &str) -> (Vec<Bytes>, Option<HeaderValue>) {
        let url = if prefix.is_empty() { "/" } else { prefix };
        let servers = json!([{"url": url}]).to_string();
        let digest = self.digest.as_ref().map(HeaderValue::as_bytes);
        let mut pieces = vec![self.before.clone()];
        if let Some(after) = &self.after {
            let servers = format!("\"servers\":{servers},");
            pieces.extend([servers.into(), after.clone()]);
        }
        let tag = etag(
            None,
            "openapi",
            digest.into_iter().chain([servers.as_bytes()]),
        );
        (pieces, tag)
    }

    /// Returns the page of the view, which is drawn once.
    ///
    /// # Errors
    ///
    /// That of `draw`.
    #[cfg(feature = "html")]
    pub(crate) fn drawn(
        &self,
        draw: impl FnOnce(ApiDocs) -> Result<DrawnDocs>,
    ) -> Result<Arc<DrawnDocs>> {
        if let Some(drawn) = self.drawn.get() {
            return Ok(Arc::clone(drawn));
        }
        let before = String::from_utf8_lossy(&self.before);
        let after = self.after.as_deref().map(String::from_utf8_lossy);
        let document = format!("{before}{}", after.unwrap_or_default());
        let drawn = Arc::new(draw(super::docs::docs(&document))?);
        Ok(Arc::clone(self.drawn.get_or_init(|| drawn)))
    }
}

impl Whole<'_> {
    /// Writes the view with the operations that `is_shown` allows, by their index.
    pub(super) fn view(&self, is_shown: &dyn Fn(usize) -> bool) -> DocumentView {
        let shown: Vec<&DescribedOperation> = self
            .operations
            .iter()
            .enumerate()
            .filter(|(at, _)| is_shown(*at))
            .map(|(_, operation)| operation)
            .collect();
        let ids: BTreeSet<&str> = shown.iter().map(|one| &*one.object.operation_id).collect();
        let mut paths = Entries::<Entries<Box<RawValue>>>::default();
        let mut tags = BTreeSet::new();
        for operation in shown {
            let Some(path) = self.templates.get(operation.target) else {
                continue;
            };
            let written = self.written(operation, &ids);
            tags.extend(operation.object.tags.iter());
            let method = operation.method.to_ascii_lowercase();
            let methods = paths.0.entry(path.clone()).or_default();
            methods.push(method, written);
        }
        let components = self.components(&paths);
        let tags = self.tags.iter().filter(|tag| tags.contains(&tag.name));
        let security = self.settings.security.iter();
        let rest = DocumentRest {
            security: security.map(|(name, _)| json!({name: []})).collect(),
            tags: tags.collect(),
            paths,
            components,
        };
        self.finished(&rest)
    }

    fn finished(&self, rest: &DocumentRest<'_>) -> DocumentView {
        let settings = self.settings;
        let info = Info {
            title: &settings.title,
            version: &settings.version,
            description: settings.description.as_deref(),
        };
        // Texts, numbers and lists are all that is written here, so serializing cannot fail.
        let info = serde_json::to_string(&info).unwrap_or_default();
        let rest = serde_json::to_string(rest).unwrap_or_default();
        let dialect = "https://spec.openapis.org/oas/3.1/dialect/base";
        let before =
            format!("{{\"openapi\":\"3.1.1\",\"info\":{info},\"jsonSchemaDialect\":\"{dialect}\",");
        let after = rest.get(1..).unwrap_or_default().to_owned();
        let (before, after) = match settings.document.is_empty() {
            true => (before, Some(after)),
            false => self.merged(&before, &after),
        };
        let texts = [Some(&before), after.as_ref()].into_iter().flatten();
        DocumentView {
            digest: etag(None, "openapi", texts.map(String::as_bytes)),
            before: before.into(),
            after: after.map(Bytes::from),
            #[cfg(feature = "html")]
            drawn: OnceLock::new(),
        }
    }

    /// Applies the merge patches of the whole document; returns its two parts, of which there is one if a patch sets the
    /// servers.
    fn merged(&self, before: &str, after: &str) -> (String, Option<String>) {
        let mut document = format!("{before}{after}");
        for patch in &self.settings.document {
            if let Some(merged) = merge_patch(Some(&document), &patch.to_string()) {
                document = merged;
            }
        }
        let is_set = self
            .settings
            .document
            .iter()
            .any(|patch| patch.get("servers").is_some());
        match (is_set, document.strip_prefix('{')) {
            (false, Some(members)) => ("{".to_owned(), Some(members.to_owned())),
            (true, _) | (false, None) => (document, None),
        }
    }

    /// Returns an operation as it is written: with the program's changes, and without links to others than `ids`.
    fn written(&self, operation: &DescribedOperation, ids: &BTreeSet<&str>) -> Box<RawValue> {
        let mut object = operation.object.clone();
        for (_, response) in &mut object.responses.0 {
            if let OrRef::Inline(response) = response {
                response
                    .links
                    .0
                    .retain(|_, link| ids.contains(&*link.operation_id));
            }
        }
        let id = &operation.object.operation_id;
        patched(
            &object,
            self.settings
                .operations
                .iter()
                .filter(|(known, _)| known == id),
        )
    }

    /// Returns the components that the paths refer to, directly or by each other.
    fn components(
        &self,
        paths: &Entries<Entries<Box<RawValue>>>,
    ) -> Entries<Entries<Box<RawValue>>> {
        let Components {
            schemas,
            responses,
            parameters,
            headers,
        } = self.components;
        let schemas = schemas.0.iter().map(|(name, schema)| {
            let patches = self
                .settings
                .schemas
                .iter()
                .filter(|(known, _)| known == name);
            (name.clone(), patched(schema, patches))
        });
        let all = [
            ("schemas", schemas.collect()),
            ("responses", raw(responses)),
            ("parameters", raw(parameters)),
            ("headers", raw(headers)),
        ];
        let mut used = BTreeSet::new();
        let mut left: Vec<&str> = paths
            .0
            .iter()
            .flat_map(|(_, methods)| &methods.0)
            .map(|(_, one)| one.get())
            .collect();
        while let Some(text) = left.pop() {
            for (kind, name) in references(text) {
                if used.insert((kind, name)) {
                    let of_kind = all.iter().find(|(known, _)| *known == kind);
                    let found = of_kind
                        .and_then(|(_, of_kind): &(_, Entries<Box<RawValue>>)| of_kind.get(name));
                    left.extend(found.map(|found| found.get()));
                }
            }
        }
        let used: BTreeSet<(String, String)> = used
            .into_iter()
            .map(|(kind, name)| (kind.to_owned(), name.to_owned()))
            .collect();
        let mut components = Entries::default();
        for (kind, of_kind) in all {
            let of_kind = of_kind.0.into_iter();
            let of_kind: Entries<_> = of_kind
                .filter(|(name, _)| used.contains(&(kind.to_owned(), name.clone())))
                .collect();
            components.push(kind, of_kind);
        }
        let schemes = self.settings.security.iter();
        let schemes: Entries<_> = schemes
            .map(|(name, scheme)| (name.clone(), raw_of(scheme)))
            .collect();
        components.push("securitySchemes", schemes);
        components.0.retain(|_, of_kind| !of_kind.is_empty());
        components
    }
}

/// Returns the kind and the name of each component that a JSON text refers to.
fn references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let after = text.split("\"$ref\":\"#/components/").skip(1);
    after.filter_map(|after| after.split_once('"')?.0.split_once('/'))
}

fn raw<T: Serialize>(all: &Entries<T>) -> Entries<Box<RawValue>> {
    let all = all.0.iter();
    all.map(|(name, one)| (name.clone(), raw_of(one))).collect()
}

fn raw_of(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Returns a value as JSON with merge patches applied.
fn patched<'p>(
    value: &impl Serialize,
    patches: impl Iterator<Item = &'p (String, Json)>,
) -> Box<RawValue> {
    let mut written = raw_of(value);
    for (_, patch) in patches {
        let merged = merge_patch(Some(written.get()), &patch.to_string());
        let merged = merged.and_then(|merged| RawValue::from_string(merged).ok());
        written = merged.unwrap_or(written);
    }
    written
}
