//! What a form showed before anything was typed: the tag of its row, and a digest of each field's text. Both go along in
//! the form, so that a conflict tells what the reader typed from what somebody else changed.

use xxhash_rust::xxh3::xxh3_64;

use super::SentForm;

/// The names of the pairs that the page adds for this.
const TAG: &str = "tag";
const SHOWN: &str = "shown";

impl SentForm {
    /// Returns the tag of the row that the form showed.
    pub(super) fn tag(&self) -> Option<&str> {
        self.added(TAG)
    }

    /// Returns the digest of the text that a field showed; `None` if the form does not say it.
    pub(super) fn shown(&self, field: &str) -> Option<&str> {
        let shown = self.all_added(SHOWN).filter_map(|one| one.split_once(':'));
        let mut shown = shown.filter(|(_, name)| *name == field);
        shown.next().map(|(digest, _)| digest)
    }

    /// Whether a field has the text that the form showed.
    pub(super) fn is_untouched(&self, field: &str) -> bool {
        let typed = self.field(field).map(digest);
        typed.is_some() && typed.as_deref() == self.shown(field)
    }

    /// Returns what a page adds that the form is left for, so that it comes back with what it showed.
    pub(super) fn kept(&self) -> Vec<String> {
        let pairs = [TAG, SHOWN].into_iter().flat_map(|name| {
            let values = self.all_added(name);
            values.map(move |value| format!("{name}={value}"))
        });
        pairs.collect()
    }
}

/// Returns the digest of a field's text, which is that of the text as a browser sends it back.
pub(super) fn digest(text: &str) -> String {
    format!("{:016x}", xxh3_64(as_sent_back(text).as_bytes()))
}

/// Returns a text as a browser sends it back that was shown it in a form: lines end by LF, and NUL is replaced.
pub(super) fn as_sent_back(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace('\0', "\u{fffd}")
}
