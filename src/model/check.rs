//! Checks of a model's description: names that a URL cannot distinguish, keys that identify no row, impossible columns.

use super::Model;
use crate::cell::Type;

impl Model {
    /// Whether a URL can represent the values of a type exactly, so that a key can have the type.
    pub(crate) fn can_name(ty: &Type) -> bool {
        !matches!(ty, Type::Float | Type::Json | Type::Other)
    }

    /// Returns a message for every mistake in the description of the model.
    pub(crate) fn check(&self) -> Vec<String> {
        let mut mistakes = self.0.mistakes.clone();
        for column in self.columns() {
            let words = column.check().into_iter();
            mistakes.extend(words.map(|words| format!("{}: {words}", self.name())));
        }
        self.check_names(&mut mistakes);
        self.check_key(&mut mistakes);
        mistakes
    }

    fn check_names(&self, mistakes: &mut Vec<String>) {
        let model = self.name();
        let visible = || self.columns().iter().filter(|column| column.is_member());
        if self.columns().len() > usize::from(u16::MAX) {
            mistakes.push(format!("{model} has more columns than any database holds"));
        }
        for (at, column) in visible().enumerate() {
            let name = &column.name;
            let remedy = "give it another with `.column(…, |column| column.rename(…))`";
            if name.is_empty() || name.starts_with('-') || name.contains([',', '\0']) {
                mistakes.push(format!(
                    "{model}: no URL can name the column `{name}` without ambiguity; {remedy}"
                ));
            }
            if name == "href" {
                mistakes.push(format!(
                    "{model}: the column `href` has the name of an object's own link; {remedy}"
                ));
            }
            let stem = name.strip_suffix('!');
            if stem.is_some_and(|stem| visible().any(|other| other.name == stem)) {
                mistakes.push(format!(
                    "{model}: the column `{name}` cannot be told from a negated filter; {remedy}"
                ));
            }
            if visible().take(at).any(|other| other.name == *name) {
                mistakes.push(format!("{model}: two columns are named `{name}`; {remedy}"));
            }
        }
    }

    fn check_key(&self, mistakes: &mut Vec<String>) {
        let (model, table) = (self.name(), self.table());
        if self.0.key.is_empty() && !self.is_keyless() {
            mistakes.push(format!(
                "KeyNotFound: {model} needs a key: the definition of `{table}` declares no primary key, and no \
                 `.pk_field(…)` names one"
            ));
        }
        for column in self.0.key.iter().filter_map(|key| self.at(*key)) {
            let name = &column.name;
            if column.hidden {
                mistakes.push(format!(
                    "{model}: the key column `{name}` cannot be hidden or write-only: every link shows it"
                ));
            }
            if !Self::can_name(&column.ty) {
                mistakes.push(format!(
                    "{model}: the key column `{name}` is of type {}, whose values no URL can name exactly",
                    column.ty.name()
                ));
            }
        }
    }
}
