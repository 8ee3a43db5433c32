//! Errors: one opaque [`Error`] with a status, a stable [`Code`] and a text that says what would be right.
//!
//! 1. A code is part of the HTTP contract: clients match on it, and programs cannot add codes of their own.
//! 2. Every fault of a request is reported at once, each with its parameter or member of the body.
//! 3. The text never contains SQL, the text of a database driver, or a name that the model does not publish. Those
//!    details are in the [`source`](std::error::Error::source), which goes to the log.

mod code;
mod fault;

use std::{borrow::Cow, collections::HashSet, error::Error as StdError, fmt};

use http::StatusCode;
use tower::{load_shed::error::Overloaded, timeout::error::Elapsed};

pub(crate) use self::fault::push_step;
pub use self::{
    code::Code,
    fault::{Fault, Where},
};

/// Any error that can be shared between threads, such as the errors of layers and bodies.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The text that a client gets for an internal failure.
pub(crate) const SERVER_FAILED: &str = "the server failed; its log says how";

const TOO_LONG: &str = "the answer took too long; try again";
const TOO_MANY: &str = "too many requests at once; try again";

/// The maximum number of faults whose texts `Display` shows. [`Error::parameter_faults`] returns all faults.
const FAULTS_TOLD: usize = 3;

/// Returns a text sent by a client, cut to a readable length, for an error that repeats it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// An error of this crate: all mistakes of a configuration, or the response to a failed request.
///
/// [`Display`](fmt::Display) prints the error without its cause, which is the [`source`](std::error::Error::source) if
/// there is one.
pub struct Error(Box<ErrorInner>);

#[derive(Debug)]
struct ErrorInner {
    kind: ErrorKind,
    source: Option<BoxError>,
    is_silent: bool,
}

#[derive(Debug)]
enum ErrorKind {
    /// An error of the whole request.
    Whole { code: Code, detail: String },
    /// Faults of single parameters or members of the body; never empty.
    Faults(Vec<Fault>),
    /// A method that is not served, and the methods that are.
    Method {
        detail: String,
        allow: Cow<'static, str>,
    },
    /// Mistakes in the program's description of the API; never empty.
    Configuration(Vec<String>),
}

impl Error {
    /// Creates an error from a code and a text for the client, for custom managers and layers.
    ///
    /// ```
    /// use tower_rest::{Code, Error};
    /// let error = Error::new(Code::Unavailable, "the archive is being moved; try again in an hour");
    /// assert_eq!(error.status(), 503);
    /// ```
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::of(ErrorKind::Whole {
            code,
            detail: detail.into(),
        })
    }

    /// Adds the cause, which goes to the log and never to the client.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the cause of the error, if it is of the type `T`; else the error itself.
    pub(crate) fn take_source<T: StdError + 'static>(mut self) -> Result<T, Self> {
        match self
            .0
            .source
            .take()
            .map(<dyn StdError + Send + Sync>::downcast::<T>)
        {
            Some(Ok(source)) => Ok(*source),
            Some(Err(other)) => {
                self.0.source = Some(other);
                Err(self)
            }
            None => Err(self),
        }
    }

    /// Marks the error as already logged, so that it is not logged again.
    pub(crate) fn in_silence(mut self) -> Self {
        self.0.is_silent = true;
        self
    }

    /// Whether the error was logged already and is not to be logged again.
    pub(crate) fn is_silent(&self) -> bool {
        self.0.is_silent
    }

    /// Converts a layer's error to the error for the client. An error of this crate keeps its code, `Elapsed` and
    /// `Overloaded` of tower become 503, and any other error becomes 500. Each of these is also recognized among the
    /// causes of another error.
    pub(crate) fn from_layer(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return *own,
            Err(error) => error,
        };
        let mut known = None;
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&*error);
        while let (None, Some(one)) = (&known, cause) {
            known = if one.is::<Elapsed>() {
                Some(Self::new(Code::Timeout, TOO_LONG))
            } else if one.is::<Overloaded>() {
                Some(Self::new(Code::Busy, TOO_MANY))
            } else {
                let own = one.downcast_ref::<Self>();
                own.map(|own| Self::new(own.code(), own.detail()))
            };
            cause = one.source();
        }
        known
            .unwrap_or_else(|| Self::new(Code::Internal, SERVER_FAILED))
            .with_source(error)
    }

    pub(crate) fn faults(faults: Vec<Fault>) -> Self {
        debug_assert!(!faults.is_empty(), "an error without a fault");
        Self::of(ErrorKind::Faults(faults))
    }

    /// Returns an error of the faults, if there are any.
    pub(crate) fn of_any(faults: Vec<Fault>) -> Result<()> {
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Self::faults(faults)),
        }
    }

    /// Returns the error with its faults as those of a row of the body's array, counted from zero.
    pub(crate) fn in_row(self, row: Option<usize>) -> Self {
        match row {
            Some(row) => self.below(&row.to_string()),
            None => self,
        }
    }

    /// Returns the error with its faults as those of a member's value: `/0/price` becomes `/lines/0/price`.
    pub(crate) fn below(mut self, member: &str) -> Self {
        let mut above = String::new();
        push_step(member, &mut above);
        if let ErrorKind::Whole { code, detail } = &self.0.kind {
            let whole = Where::Pointer(String::new());
            self.0.kind = ErrorKind::Faults(vec![Fault::of(whole, *code, detail.clone())]);
        }
        if let ErrorKind::Faults(faults) = &mut self.0.kind {
            for fault in faults {
                if let Where::Pointer(pointer) = &mut fault.at {
                    pointer.insert_str(0, &above);
                }
            }
        }
        self
    }

    /// Returns the error for an object that does not exist. A row that the scope hides, or that has another parent,
    /// gets the same error.
    pub(crate) fn no_such_object() -> Self {
        Self::new(Code::NotFound, "there is no such object")
    }

    pub(crate) fn method_not_allowed(detail: String, allow: impl Into<Cow<'static, str>>) -> Self {
        let allow = allow.into();
        Self::of(ErrorKind::Method { detail, allow })
    }

    /// Creates the error of a configuration. The mistakes of a viewset that is served at several paths are listed once.
    pub(crate) fn configuration(mut mistakes: Vec<String>) -> Self {
        let mut known = HashSet::new();
        mistakes.retain(|mistake| known.insert(mistake.clone()));
        debug_assert!(!mistakes.is_empty(), "an error without a mistake");
        Self::of(ErrorKind::Configuration(mistakes))
    }

    fn of(kind: ErrorKind) -> Self {
        Self(Box::new(ErrorInner {
            kind,
            source: None,
            is_silent: false,
        }))
    }

    /// Returns the stable code. An error of several faults has their common code, or [`Code::InvalidRequest`] if they
    /// differ.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.0.kind {
            ErrorKind::Whole { code, .. } => *code,
            ErrorKind::Method { .. } => Code::MethodNotAllowed,
            ErrorKind::Configuration(_) => Code::Internal,
            ErrorKind::Faults(faults) => match faults.split_first() {
                Some((first, rest)) if rest.iter().all(|fault| fault.code == first.code) => {
                    first.code
                }
                _ => Code::InvalidRequest,
            },
        }
    }

    /// Returns the status of a response that reports this error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.code().status()
    }

    /// Returns the faults of single parameters, in the order of the query string, or of single members of the body.
    #[must_use]
    pub fn parameter_faults(&self) -> &[Fault] {
        match &self.0.kind {
            ErrorKind::Faults(faults) => faults,
            _ => &[],
        }
    }

    /// Returns all mistakes found in a configuration or a check; empty for any other error.
    #[must_use]
    pub fn mistakes(&self) -> &[String] {
        match &self.0.kind {
            ErrorKind::Configuration(mistakes) => mistakes,
            _ => &[],
        }
    }

    /// Returns the text for the client, without internal names or texts.
    pub(crate) fn detail(&self) -> String {
        match &self.0.kind {
            ErrorKind::Configuration(_) => SERVER_FAILED.to_owned(),
            _ => self.to_string(),
        }
    }

    /// Returns the methods that the URL answers; `None` unless the code is [`Code::MethodNotAllowed`].
    pub(crate) fn allow(&self) -> Option<&str> {
        match &self.0.kind {
            ErrorKind::Method { allow, .. } => Some(allow),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            ErrorKind::Whole { detail, .. } | ErrorKind::Method { detail, .. } => {
                f.write_str(detail)
            }
            ErrorKind::Faults(faults) => {
                join(
                    f,
                    faults.iter().map(|fault| &fault.detail).take(FAULTS_TOLD),
                    "; ",
                )?;
                match faults.len().saturating_sub(FAULTS_TOLD) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            ErrorKind::Configuration(mistakes) if mistakes.len() == 1 => join(f, mistakes, ""),
            ErrorKind::Configuration(mistakes) => {
                write!(f, "{} mistakes:\n- ", mistakes.len())?;
                join(f, mistakes, "\n- ")
            }
        }
    }
}

fn join<'a>(
    f: &mut fmt::Formatter<'_>,
    texts: impl IntoIterator<Item = &'a String>,
    between: &str,
) -> fmt::Result {
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        f.write_str(text)?;
    }
    Ok(())
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A `main` that returns the error prints this: each mistake on its own line.
        if let ErrorKind::Configuration(_) = self.0.kind {
            return fmt::Display::fmt(self, f);
        }
        let mut shown = f.debug_struct("Error");
        shown
            .field("code", &self.code().name())
            .field("detail", &self.to_string());
        if let Some(source) = &self.0.source {
            shown.field("source", source);
        }
        shown.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}
