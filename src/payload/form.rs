//! Deserializing forms and query strings: strictly decoded pairs of name and text. The texts of a repeated name form a
//! list.

use std::borrow::Cow;

use serde::{
    Deserializer, de,
    de::{
        DeserializeOwned, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{fault::malformed, json::pointer};
use crate::{
    error::{Code, Error, Fault, Result, Where, push_step, shown},
    params::{form_pairs, read_float},
};

/// Deserializes the body of a form.
pub(super) fn body<P: DeserializeOwned>(bytes: &[u8]) -> Result<P> {
    let text = str::from_utf8(bytes).map_err(|_| malformed("the form is not UTF-8"))?;
    read(text, |name| {
        let mut pointer = String::new();
        push_step(name, &mut pointer);
        Where::Pointer(pointer)
    })
}

/// Deserializes a query string.
pub(super) fn query<Q: DeserializeOwned>(text: &str) -> Result<Q> {
    read(text, |name| Where::Parameter(name.to_owned()))
}

/// Deserializes pairs of name and text. `at` returns the place of a field in the request, for error reports.
fn read<P: DeserializeOwned>(text: &str, at: impl Fn(&str) -> Where) -> Result<P> {
    let mut faults = Vec::new();
    let pairs = form_pairs(text, &mut faults);
    if !faults.is_empty() {
        let moved = |fault: Fault| {
            let at = at(fault.parameter().unwrap_or_default());
            Fault::of(at, fault.code, fault.detail)
        };
        return Err(Error::faults(faults.into_iter().map(moved).collect()));
    }
    let form = Form(gathered(pairs));
    serde_path_to_error::deserialize(form).map_err(|error| {
        let path = pointer(error.path());
        let name = path.split('/').nth(1).unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        let at = match at(&name) {
            Where::Pointer(_) => Where::Pointer(path),
            parameter => parameter,
        };
        let (code, detail) = match error.into_inner() {
            Unfit::Repeated => (
                Code::Repeated,
                format!("`{}` is given more than once", shown(&name)),
            ),
            Unfit::Other(words) => (Code::InvalidValue, words),
        };
        Error::faults(vec![Fault::of(at, code, detail)])
    })
}

/// Groups the texts by name. The names keep the order in which each first occurs.
fn gathered<'a>(pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Vec<(Cow<'a, str>, Texts<'a>)> {
    let mut fields: Vec<(Cow<'a, str>, Texts<'a>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (name, text) in pairs {
        let place = *places.entry(name.clone()).or_insert(fields.len());
        match fields.get_mut(place) {
            Some((_, Texts(texts))) => texts.push(text),
            None => fields.push((name, Texts(vec![text]))),
        }
    }
    fields
}

/// The reason why a form cannot be deserialized as a type.
#[derive(Debug)]
enum Unfit {
    /// A name is given more than once, but its field takes a single value.
    Repeated,
    Other(String),
}

impl std::error::Error for Unfit {}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Repeated => f.write_str("given more than once"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl de::Error for Unfit {
    fn custom<T: std::fmt::Display>(words: T) -> Self {
        Self::Other(words.to_string())
    }
}

/// A deserializer of a form, with its fields.
struct Form<'a>(Vec<(Cow<'a, str>, Texts<'a>)>);

impl<'de> Deserializer<'de> for Form<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let mut fields = MapDeserializer::new(self.0.into_iter());
        let value = visitor.visit_map(&mut fields)?;
        fields.end()?;
        Ok(value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_empty() {
            visitor.visit_unit()
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// A deserializer of one field, with the texts that are given under its name.
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'a> Texts<'a> {
    fn one(self) -> Result<Cow<'a, str>, Unfit> {
        let mut texts = self.0.into_iter();
        match (texts.next(), texts.next()) {
            (Some(text), None) => Ok(text),
            _ => Err(Unfit::Repeated),
        }
    }
}

impl<'de> IntoDeserializer<'de, Unfit> for Texts<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $number:ty;)+) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
                let text = self.one()?;
                let digits = text.strip_prefix('-').unwrap_or(&text);
                // A leading plus sign is refused, although `parse` accepts it.
                let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                match text.parse::<$number>() {
                    Ok(number) if is_plain => visitor.$visit(number),
                    _ => Err(Unfit::Other(format!(
                        "`{}` is no whole number from {} to {}",
                        shown(&text), <$number>::MIN, <$number>::MAX
                    ))),
                }
            }
        )+
    };
}

impl<'de> Deserializer<'de> for Texts<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.len() {
            1 => self.deserialize_str(visitor),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.one()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let each = self.0.into_iter().map(|text| Self(vec![text]));
        let mut items = SeqDeserializer::new(each);
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match &*self.one()? {
            "true" | "True" | "1" => visitor.visit_bool(true),
            "false" | "False" | "0" => visitor.visit_bool(false),
            text => Err(Unfit::Other(format!(
                "`{}` is no boolean: `true` or `false`",
                shown(text)
            ))),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let text = self.one()?;
        let number = read_float(&text);
        let number = number.ok_or_else(|| {
            Unfit::Other(format!(
                "`{}` is no finite number, such as `1.5` or `2e-3`",
                shown(&text)
            ))
        })?;
        visitor.visit_f64(number)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self.one()?.into_deserializer())
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct map struct ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Engine {
        kind: String,
        power: Option<u16>,
        weight: Option<f64>,
        #[serde(default)]
        tags: Vec<String>,
        fuel: Option<Fuel>,
        new: Option<bool>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Fuel {
        Petrol,
        Diesel,
    }

    #[test]
    fn a_form_is_a_value_of_its_type() {
        let text = "kind=V8+%26+more&power=300&weight=1.5e2&tags=a&tags=b%2Cc&fuel=diesel&new=1&&";
        let engine: Engine = body(text.as_bytes()).expect("an engine");
        let expected = Engine {
            kind: "V8 & more".to_owned(),
            power: Some(300),
            weight: Some(150.0),
            tags: vec!["a".to_owned(), "b,c".to_owned()],
            fuel: Some(Fuel::Diesel),
            new: Some(true),
        };
        assert_eq!(engine, expected);
        let engine: Engine = body(b"kind=!&tags=a").expect("an engine");
        assert_eq!((engine.kind.as_str(), engine.tags.len()), ("!", 1));
        let value: Value = body(b"a=1&b!=x&c=1&c=2").expect("any value");
        assert_eq!(value, json!({"a": "1", "b!": "x", "c": ["1", "2"]}));
        body::<()>(b"").expect("nothing");
        assert_eq!(
            body::<Option<Engine>>(b"kind=a")
                .expect("an engine")
                .map(|engine| engine.kind),
            Some("a".to_owned())
        );
    }

    #[test]
    fn what_does_not_fit_is_pointed_at() {
        let check = |text: &str, pointer: &str, code: Code| {
            let error = body::<Engine>(text.as_bytes()).expect_err(text);
            let [fault] = error.parameter_faults() else {
                panic!("{text}: {error:?}");
            };
            assert_eq!(
                (fault.pointer(), fault.code),
                (Some(pointer), code),
                "{text}"
            );
        };
        check("kind=a&kind=b", "/kind", Code::Repeated);
        check("kind=a&power=70000", "/power", Code::InvalidValue);
        check("kind=a&power=+7", "/power", Code::InvalidValue);
        check("kind=a&power=%2B7", "/power", Code::InvalidValue);
        check("kind=a&power=", "/power", Code::InvalidValue);
        check("kind=a&weight=inf", "/weight", Code::InvalidValue);
        check("kind=a&new=on", "/new", Code::InvalidValue);
        check("kind=a&fuel=wood", "/fuel", Code::InvalidValue);
        check("kind=a&other=1", "/other", Code::InvalidValue);
        check("kind=%zz", "/kind", Code::BadEncoding);
        check("kind=a%00", "/kind", Code::BadEncoding);
        check("kind", "/kind", Code::InvalidValue);
        let error = body::<Engine>(b"kind=\xff").expect_err("no UTF-8");
        assert_eq!(error.code(), Code::MalformedBody);
        let error = query::<Engine>("kind=a&power=x").expect_err("no number");
        assert_eq!(error.parameter_faults()[0].parameter(), Some("power"));
    }
}
