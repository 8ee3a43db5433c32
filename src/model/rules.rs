//! Rules: limits that a program sets on the values of a column, in addition to what the column can store.

use std::{cmp::Ordering, fmt};

use super::fitting::shown;
use crate::cell::{Type, Value, compare_cells};

/// The rules of a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// The minimum length, in characters or bytes as that of `max_length`.
    pub(crate) min_length: Option<u32>,
    pub(crate) least: Option<Value>,
    pub(crate) greatest: Option<Value>,
    pub(crate) one_of: Option<Vec<Value>>,
    pub(crate) not_blank: bool,
    /// The forms that a text must have.
    pub(crate) forms: Vec<TextForm>,
    /// Whether a range was given without its end, as in `1..10`.
    pub(super) excludes_end: bool,
}

/// A form that a text must have.
#[derive(Clone)]
pub(crate) enum TextForm {
    /// The text matches a regular expression, given as written and compiled; the error is that of an invalid
    /// expression.
    #[cfg(feature = "validate")]
    Pattern(String, Result<regex::Regex, String>),
    #[cfg(feature = "validate")]
    Email,
    #[cfg(feature = "validate")]
    Url,
}

impl Rules {
    /// Returns a description for each rule that the value breaks: the values that the rule allows.
    pub(super) fn broken(&self, value: &Value, ty: &Type) -> Vec<String> {
        let mut broken = Vec::new();
        let (text, length) = match value {
            Value::Text(text) if *ty == Type::Text => (Some(text.as_str()), text.chars().count()),
            Value::Bytes(bytes) => (None, bytes.len()),
            _ => (None, usize::MAX),
        };
        if let Some(least) = self.min_length
            && length < usize::try_from(least).unwrap_or(usize::MAX)
        {
            broken.push(format!(
                "at least {least} characters or bytes, not {length}"
            ));
        }
        let order = |end: &Value| compare_cells(value.as_cell(), end.as_cell());
        let is_below = self
            .least
            .as_ref()
            .and_then(order)
            .is_some_and(Ordering::is_lt);
        let is_above = self
            .greatest
            .as_ref()
            .and_then(order)
            .is_some_and(Ordering::is_gt);
        if is_below || is_above {
            broken.push(match (&self.least, &self.greatest) {
                (Some(least), Some(most)) => {
                    format!("a value from {} to {}", shown(least), shown(most))
                }
                (Some(least), None) => format!("a value of at least {}", shown(least)),
                (None, most) => format!(
                    "a value of at most {}",
                    most.as_ref().map(shown).unwrap_or_default()
                ),
            });
        }
        if let Some(values) = &self.one_of
            && !values
                .iter()
                .any(|one| order(one).is_some_and(Ordering::is_eq))
        {
            let values: Vec<_> = values
                .iter()
                .map(|value| format!("`{}`", shown(value)))
                .collect();
            broken.push(format!("one of {}", values.join(", ")));
        }
        if let Some(text) = text {
            if self.not_blank && text.trim().is_empty() {
                broken.push("a text that is not blank".to_owned());
            }
            let forms = self.forms.iter().filter(|form| !form.matches(text));
            broken.extend(forms.map(TextForm::words));
        }
        broken
    }
}

#[cfg(feature = "validate")]
impl TextForm {
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Pattern(pattern, Err(error)) => {
                let last = error.lines().last().unwrap_or_default();
                Err(format!(
                    "has the `pattern` `{pattern}`, which is no regular expression: {last}"
                ))
            }
            Self::Pattern(_, Ok(_)) | Self::Email | Self::Url => Ok(()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        use garde::rules::{email, pattern, url};
        match self {
            Self::Pattern(_, Ok(regex)) => pattern::apply(&text, (regex,)).is_ok(),
            Self::Pattern(_, Err(_)) => true,
            Self::Email => email::apply(&text, ()).is_ok(),
            // The URL parser accepts any scheme, and ignores white space and control characters, so these are checked
            // here.
            Self::Url => {
                let is_web = |scheme: &str| {
                    text.get(..scheme.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                };
                let is_clean =
                    !text.contains(|char: char| char.is_whitespace() || char.is_control());
                is_clean
                    && (is_web("http://") || is_web("https://"))
                    && url::apply(&text, ()).is_ok()
            }
        }
    }

    /// Returns the regular expression as the program wrote it; `None` if the form is not a pattern.
    pub(crate) fn pattern(&self) -> Option<&str> {
        match self {
            Self::Pattern(pattern, _) => Some(pattern),
            Self::Email | Self::Url => None,
        }
    }

    /// Returns the name of the form, unless it is a pattern.
    pub(crate) const fn format(&self) -> Option<&'static str> {
        match self {
            Self::Pattern(..) => None,
            Self::Email => Some("email"),
            Self::Url => Some("url"),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Pattern(pattern, _) => format!("a text that matches `{pattern}`"),
            Self::Email => "an e-mail address, such as `ann@example.com`".to_owned(),
            Self::Url => "an absolute URL, such as `https://example.com/`".to_owned(),
        }
    }
}

#[cfg(not(feature = "validate"))]
impl TextForm {
    pub(super) const fn check(&self) -> Result<(), String> {
        match *self {}
    }

    const fn matches(&self, _: &str) -> bool {
        match *self {}
    }

    pub(crate) const fn pattern(&self) -> Option<&str> {
        match *self {}
    }

    pub(crate) const fn format(&self) -> Option<&'static str> {
        match *self {}
    }

    const fn words(&self) -> String {
        match *self {}
    }
}

impl fmt::Debug for TextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}
