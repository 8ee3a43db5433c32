//! A form that was filled in and sent: the texts of its fields, and what the page itself adds.

use crate::{
    body::Body,
    error::{Code, Error, Result},
    operation::Head,
    params::{Limits, form_pairs},
    payload::Content,
};

/// The texts of a form's fields, and what the page itself adds in pairs named `_form`, such as `_form=tag=…`.
#[derive(Debug, Default)]
pub(super) struct SentForm {
    pub(super) fields: Vec<(String, String)>,
    added: Vec<(String, String)>,
}

/// A step on the page that looks up a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum LookUpStep<'a> {
    /// Rows are shown.
    Show,
    /// The row with a key was chosen.
    Choose(&'a str),
    Cancel,
}

impl SentForm {
    /// Reads the body of a form. Browsers end a line by CR and LF; here it ends by LF alone.
    ///
    /// # Errors
    ///
    /// A body that is no form, or that cannot be decoded.
    pub(super) async fn read(head: &Head, body: Body, limits: &Limits) -> Result<Self> {
        let content = Content::read(head, body, limits).await?;
        let Content::Form(bytes) = content else {
            let detail = "the page sends a form, as `application/x-www-form-urlencoded`";
            return Err(Error::new(Code::UnsupportedMediaType, detail));
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut faults = Vec::new();
        let pairs = form_pairs(&text, &mut faults);
        Error::of_any(faults)?;
        let (mut form, mut is_search) = (Self::default(), false);
        for (name, value) in pairs {
            let value = value.replace("\r\n", "\n");
            if name != "_form" {
                form.fields.push((name.into_owned(), value));
            } else if std::mem::take(&mut is_search) {
                form.added.push(("search".to_owned(), value));
            } else if value == "search" {
                // A text that is typed cannot be in one pair with its name, and follows in the next.
                is_search = true;
            } else {
                let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                form.added.push((key.to_owned(), value.to_owned()));
            }
        }
        Ok(form)
    }

    /// Returns what the page itself added by a name, such as `tag`.
    pub(super) fn added(&self, name: &str) -> Option<&str> {
        self.all_added(name).next()
    }

    /// Returns everything that the page itself added by a name.
    pub(super) fn all_added(&self, name: &str) -> impl Iterator<Item = &str> {
        let added = self.added.iter().filter(move |(known, _)| known == name);
        added.map(|(_, value)| value.as_str())
    }

    /// Returns the column whose row is looked up, and what was done on that page; `None` if no page was.
    pub(super) fn look_up(&self) -> Option<(&str, LookUpStep<'_>)> {
        let column = self.added("look-up")?;
        let step = match (self.added("choose"), self.added("cancel")) {
            (Some(key), _) => LookUpStep::Choose(key),
            (None, Some(_)) => LookUpStep::Cancel,
            (None, None) => LookUpStep::Show,
        };
        Some((column, step))
    }

    /// Puts a text in place of what was typed in a field.
    pub(super) fn set(&mut self, name: &str, text: String) {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = text,
            None => self.fields.push((name.to_owned(), text)),
        }
    }

    /// Returns the text of a field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }
}
