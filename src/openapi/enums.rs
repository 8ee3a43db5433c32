//! Enums of texts as schemas of their own: generators then make one type of each, by its name, and not one of each use.

use super::{
    document::{ParameterObject, add},
    entries::Entries,
    names::{pascal, singular},
    schema::SchemaObject,
};

/// Moves the enums of an object's members, where there is a schema called `object`, into schemas called by the model and the
/// member.
pub(super) fn name_members(model: &str, object: &str, schemas: &mut Entries<SchemaObject>) {
    let Some(mut members) = schemas.get(object).cloned() else {
        return;
    };
    for (member, schema) in &mut members.properties.0 {
        name_enums(schema, &schema_name(model, member), schemas);
    }
    schemas.push(object, members);
}

/// Moves the enum of a parameter's value, or of the items of a list, into a schema called by the model and the parameter.
pub(super) fn name_parameter(
    model: &str,
    parameter: &mut ParameterObject,
    schemas: &mut Entries<SchemaObject>,
) {
    // `body__in` takes the values of `body`.
    let subject = parameter.name.trim_end_matches("__in");
    let name = schema_name(model, subject);
    name_enums(&mut parameter.schema, &name, schemas);
}

fn schema_name(model: &str, member: &str) -> String {
    let name = [model, member].map(|name| singular(&pascal(name))).concat();
    match name.is_empty() {
        true => "Enum".to_owned(),
        false => name,
    }
}

fn name_enums(schema: &mut SchemaObject, name: &str, schemas: &mut Entries<SchemaObject>) {
    if let Some(items) = &mut schema.items {
        for item in &mut items.any_of {
            name_enum(item, name, schemas);
        }
        name_enum(items, name, schemas);
    }
    name_enum(schema, name, schemas);
}

/// Replaces a schema that is an enum of texts, or one that allows null, too, by a reference.
fn name_enum(schema: &mut SchemaObject, name: &str, schemas: &mut Entries<SchemaObject>) {
    let is_nullable = schema.types == ["string", "null"];
    if schema.one_of.is_empty() || !(is_nullable || schema.types == ["string"]) {
        return;
    }
    let mut values = std::mem::take(&mut schema.one_of);
    values.retain(|value| !value.is_null());
    let own = SchemaObject {
        one_of: values,
        ..SchemaObject::text()
    };
    let reference = SchemaObject::to(&add(schemas, name, own));
    schema.types = Vec::new();
    match is_nullable {
        true => schema.any_of = vec![reference, SchemaObject::of_type("null")],
        false => schema.reference = reference.reference,
    }
}
