//! A document as a contract: whether an answer is one that it describes.

use std::{collections::BTreeMap, net::SocketAddr, sync::Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::server::{self, Answer};

/// The document of an API, and the validators of its schemas that were needed so far.
pub(crate) struct Contract {
    pub(crate) document: Value,
    validators: Mutex<BTreeMap<String, Validator>>,
}

impl Contract {
    pub(crate) fn new(document: Value) -> Self {
        assert_eq!(document["openapi"], "3.1.1", "{document}");
        Self {
            document,
            validators: Mutex::default(),
        }
    }

    /// The contract of the API at an address.
    pub(crate) async fn of(address: SocketAddr) -> Self {
        for host in ["test", "good.example"] {
            let request =
                format!("GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = server::send(address, request.as_bytes()).await;
            if answer.status == 200 {
                return Self::new(answer.json());
            }
        }
        panic!("no host is allowed");
    }

    /// Each method of each path, with its operation.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.document["paths"].as_object().expect("paths").iter();
        paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    /// The template that a path, without its query string, is one of.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        let segments = segments(path);
        let paths = self.document["paths"].as_object().expect("paths").keys();
        let fitting = paths.filter(|template| {
            let template = self::segments(template);
            let is_one =
                |(own, it): (&&str, &&str)| own.contains('{') || decoded(own) == decoded(it);
            template.len() == segments.len() && template.iter().zip(&segments).all(is_one)
        });
        let keys = |template: &&String| template.matches('{').count();
        fitting.min_by_key(keys).map(String::as_str)
    }

    /// How the answer to a request, given by its bytes, is none that the document describes.
    pub(crate) fn breaches(&self, request: &[u8], answer: &Answer) -> Vec<String> {
        let line = String::from_utf8_lossy(request).into_owned();
        let mut words = line.lines().next().unwrap_or_default().split(' ');
        let (method, uri) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let uri = match uri.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => uri,
        };
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        // Forms are for people.
        if query
            .split('&')
            .any(|pair| pair.starts_with("_form") || pair.starts_with("%5fform"))
        {
            return Vec::new();
        }
        let operation = self.template(path).and_then(|template| {
            let methods = &self.document["paths"][template];
            let is_written = method.bytes().all(|byte| byte.is_ascii_uppercase());
            methods
                .get(method.to_ascii_lowercase())
                .filter(|_| is_written)
        });
        match operation {
            Some(operation) => self.breaches_of(operation, method, answer),
            None if matches!(answer.status, 400 | 404 | 405 | 406 | 414) => Vec::new(),
            None => vec![format!(
                "{method} {path} is not documented, but answers {}",
                answer.status
            )],
        }
    }

    fn breaches_of(&self, operation: &Value, method: &str, answer: &Answer) -> Vec<String> {
        let id = operation["operationId"].as_str().expect("an id");
        let status = answer.status.to_string();
        let Some(response) = operation["responses"].get(&status) else {
            return match operation["responses"].get("default") {
                Some(_) => Vec::new(),
                None => vec![format!("{id} does not document {status}")],
            };
        };
        let response = self.resolved(response);
        if answer.body.is_empty() || method == "HEAD" {
            return Vec::new();
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let Some(content) = response["content"].get(media_type) else {
            return vec![format!("{id} does not document {media_type} with {status}")];
        };
        if !media_type.ends_with("json") || media_type.ends_with("ndjson") {
            return Vec::new();
        }
        let Ok(body) = serde_json::from_str(&answer.body) else {
            return vec![format!("{id} answers no JSON")];
        };
        let faults = self.faults(&content["schema"], &body).into_iter();
        faults
            .map(|fault| format!("{id} {status}: {fault}"))
            .collect()
    }

    /// The faults of a value by a schema of the document.
    pub(crate) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut validators = self.validators.lock().expect("validators");
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({"components": self.document["components"], "allOf": [schema]});
            let options = jsonschema::options().should_validate_formats(true);
            options
                .build(&whole)
                .unwrap_or_else(|error| panic!("{schema}: {error}"))
        });
        let faults = validator.iter_errors(value);
        faults
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .collect()
    }

    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
            Some(pointer) => self.document.pointer(pointer).expect("a component"),
            None => value,
        }
    }
}

fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.is_empty() {
        true => Vec::new(),
        false => path.strip_suffix('/').unwrap_or(path).split('/').collect(),
    }
}

fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
