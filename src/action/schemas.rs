//! Schemas of the types of an action, for the OpenAPI document.

#[cfg(feature = "schemars")]
use schemars::{JsonSchema, generate::SchemaSettings};
#[cfg(feature = "schemars")]
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// The schemas of the types that a program names for an action.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActionSchemas {
    pub(crate) query: Option<TypeSchema>,
    pub(crate) payload: Option<TypeSchema>,
    pub(crate) reply: Option<TypeSchema>,
}

/// The JSON Schema of a type, and the definitions that it refers to at `#/components/schemas/`.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "only the OpenAPI document shows them")
)]
pub(crate) struct TypeSchema {
    pub(crate) schema: Json,
    pub(crate) definitions: Map<String, Json>,
    /// Whether the type can be read from a request without a body.
    pub(crate) takes_nothing: bool,
}

#[cfg(feature = "schemars")]
impl TypeSchema {
    /// Returns the schema of a type that is read from requests.
    pub(super) fn of_read<T: JsonSchema + DeserializeOwned>() -> Self {
        let takes_nothing = T::deserialize(Json::Null).is_ok();
        Self::of::<T>(SchemaSettings::for_deserialize, takes_nothing)
    }

    /// Returns the schema of a type that is written to answers.
    pub(super) fn of_written<T: JsonSchema>() -> Self {
        Self::of::<T>(SchemaSettings::for_serialize, false)
    }

    fn of<T: JsonSchema>(
        contract: fn(SchemaSettings) -> SchemaSettings,
        takes_nothing: bool,
    ) -> Self {
        let settings = contract(SchemaSettings::draft2020_12()).with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        });
        let mut generator = settings.into_generator();
        let schema = generator.subschema_for::<T>();
        Self {
            schema: schema.to_value(),
            definitions: generator.take_definitions(true),
            takes_nothing,
        }
    }
}
