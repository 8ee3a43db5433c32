//! Values in descriptions, written like the cells of objects.

use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

use super::{super::description::Constant, text::write_cell};

impl Serialize for Constant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = Vec::new();
        write_cell(self.0.as_cell(), &mut json);
        let json = String::from_utf8(json).map_err(S::Error::custom)?;
        let raw = RawValue::from_string(json).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}
