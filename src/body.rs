//! The body type of requests and responses: empty, bytes in memory, or any other body in a box.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError};
use pin_project_lite::pin_project;

use crate::error::{BoxError, Code, Error};

/// The body of an [`Api`](crate::Api)'s responses, and of the requests that its layers see.
///
/// A `Body` is `Send` and `Sync`, even if it wraps a body that is not `Sync`.
#[derive(Default)]
pub struct Body(BodyKind);

enum BodyKind {
    /// Bytes in memory; none if there is no body.
    Full(Bytes),
    /// Pieces in memory, in order, each of which is freed once it is taken; and the number of bytes left.
    Pieces(VecDeque<Bytes>, u64),
    /// Any other body. The lock only makes it `Sync`; polling needs no locking, since it has `&mut` access.
    Other(Mutex<Boxed>),
}

type Boxed = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BodyError> + Send>>;

/// The error of a [`Body`] that breaks off; its source is the error of the body that was wrapped.
///
/// Hosts such as poem take only bodies whose errors are errors themselves, as this one is and a boxed error is not.
///
/// ```
/// use http_body_util::{BodyExt, StreamBody};
/// use tower_rest::{Body, BodyError};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let lost = futures_util::stream::iter([Err::<http_body::Frame<&[u8]>, _>(std::io::Error::other("lost"))]);
/// let error: BodyError = Body::new(StreamBody::new(lost)).collect().await.unwrap_err();
/// assert_eq!(error.to_string(), "lost");
/// # });
/// ```
#[derive(Debug)]
pub struct BodyError(BoxError);

impl BodyError {
    /// Wraps an error, unless it is one of a body already.
    fn of(error: impl Into<BoxError>) -> Self {
        match error.into().downcast() {
            Ok(own) => *own,
            Err(error) => Self(error),
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

impl Body {
    /// Wraps any other body.
    ///
    /// A body that is already at its end needs no memory, and a `Body` is returned unchanged.
    ///
    /// ```
    /// use http_body_util::{BodyExt, Full};
    /// use tower_rest::Body;
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let body = Body::new(Full::new(&b"any body"[..]));
    /// assert_eq!(body.collect().await?.to_bytes(), "any body");
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::default();
        }
        let mut body = Some(body);
        if let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return own.take().unwrap_or_default();
        }
        let Some(body) = body else {
            return Self::default();
        };
        Self(BodyKind::Other(Mutex::new(Box::pin(InBytes { body }))))
    }
}

impl Body {
    /// Creates a body from pieces in memory. Each is freed once it is sent.
    pub(crate) fn in_pieces(mut pieces: Vec<Bytes>) -> Self {
        if pieces.len() < 2 {
            return Self(BodyKind::Full(pieces.pop().unwrap_or_default()));
        }
        let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self(BodyKind::Pieces(pieces.into(), bytes))
    }

    /// Returns the bytes of a body that is in memory; `None` for any other.
    pub(crate) fn in_memory(self) -> Option<Bytes> {
        match self.0 {
            BodyKind::Full(bytes) => Some(bytes),
            BodyKind::Pieces(pieces, _) => {
                let all: Vec<u8> = pieces.into_iter().flatten().collect();
                Some(all.into())
            }
            BodyKind::Other(_) => None,
        }
    }

    /// Reads the whole body into memory; returns an error if it is longer than `most` bytes.
    pub(crate) async fn read(self, most: usize) -> Result<Bytes, Error> {
        let mut body = match self.0 {
            BodyKind::Full(bytes) if bytes.len() > most => return Err(too_large(most)),
            BodyKind::Full(bytes) => return Ok(bytes),
            kind => Self(kind),
        };
        if body.size_hint().lower() > most as u64 {
            return Err(too_large(most));
        }
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| cannot_read(error, most))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > most.saturating_sub(read.len()) {
                return Err(too_large(most));
            }
            read.extend_from_slice(&data);
        }
        Ok(read.freeze())
    }
}

fn too_large(most: usize) -> Error {
    let detail = format!("the body is longer than the {most} bytes that are read");
    Error::new(Code::BodyTooLarge, detail)
}

/// Returns the error of a body that cannot be read to its end: the connection broke off, or a layer cut the body off as
/// too long.
fn cannot_read(error: BodyError, most: usize) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if one.is::<LengthLimitError>() {
            return too_large(most);
        }
        cause = one.source();
    }
    Error::new(Code::MalformedBody, "the body breaks off").with_source(error)
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(BodyKind::Full(bytes.into()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            BodyKind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            BodyKind::Pieces(pieces, left) => {
                let piece = pieces.pop_front();
                let bytes = piece.as_ref().map_or(0, |piece| piece.len() as u64);
                *left = left.saturating_sub(bytes);
                Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
            }
            BodyKind::Other(body) => {
                let body = body.get_mut().unwrap_or_else(PoisonError::into_inner);
                body.as_mut().poll_frame(context)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            BodyKind::Full(bytes) => bytes.is_empty(),
            BodyKind::Pieces(pieces, _) => pieces.is_empty(),
            BodyKind::Other(body) => {
                let body = body.lock().unwrap_or_else(PoisonError::into_inner);
                body.is_end_stream()
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            BodyKind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            BodyKind::Pieces(_, left) => SizeHint::with_exact(*left),
            BodyKind::Other(body) => {
                let body = body.lock().unwrap_or_else(PoisonError::into_inner);
                body.size_hint()
            }
        }
    }
}

pin_project! {
    /// A body that copies each data frame of the inner body into one `Bytes`. Its size is known if that of the inner
    /// body is.
    struct InBytes<B> {
        #[pin]
        body: B,
    }
}

impl<B> http_body::Body for InBytes<B>
where
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(self.project().body.poll_frame(context));
        let in_one_piece = |mut data: B::Data| data.copy_to_bytes(data.remaining());
        Poll::Ready(frame.map(|frame| match frame {
            Ok(frame) => Ok(frame.map_data(in_one_piece)),
            Err(error) => Err(BodyError::of(error)),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Default for BodyKind {
    fn default() -> Self {
        Self::Full(Bytes::new())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            BodyKind::Full(bytes) => f.debug_tuple("Body").field(bytes).finish(),
            BodyKind::Pieces(..) | BodyKind::Other(_) => {
                f.debug_struct("Body").finish_non_exhaustive()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use http_body_util::{BodyExt, Empty, Full, StreamBody};

    use super::*;

    #[test]
    fn only_a_body_of_another_kind_that_goes_on_is_boxed() {
        let is_boxed = |body: &Body| matches!(body.0, BodyKind::Other(_));
        assert!(!is_boxed(&Body::new(Empty::<Bytes>::new())));
        assert!(!is_boxed(&Body::new(Full::<Bytes>::default())));
        assert!(!is_boxed(&Body::new(Body::from("a body already"))));
        let other = Body::new(Full::new(Bytes::from("abc")));
        assert!(is_boxed(&other));
        assert_eq!(other.size_hint().exact(), Some(3));
        assert!(!other.is_end_stream());
    }

    #[tokio::test]
    async fn the_data_trailers_and_error_of_another_body_are_kept() {
        let mut trailers = http::HeaderMap::new();
        trailers.insert("checksum", http::HeaderValue::from_static("7"));
        let frames: [Result<_, std::io::Error>; 3] = [
            Ok(Frame::data(VecDeque::from(*b"ab"))),
            Ok(Frame::trailers(trailers.clone())),
            Err(std::io::Error::other("broken")),
        ];
        let mut body = Body::new(StreamBody::new(futures_util::stream::iter(frames)));
        let mut next = async || body.frame().await.expect("a frame");
        assert_eq!(next().await.expect("data").into_data().expect("data"), "ab");
        let frame = next().await.expect("trailers");
        assert_eq!(frame.into_trailers().expect("trailers"), trailers);
        assert_eq!(next().await.expect_err("an error").to_string(), "broken");
    }

    #[tokio::test]
    async fn a_body_that_panicked_can_be_looked_at() {
        struct Panics;
        impl http_body::Body for Panics {
            type Data = Bytes;
            type Error = std::convert::Infallible;
            fn poll_frame(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
                Poll::Ready(None)
            }
            fn size_hint(&self) -> SizeHint {
                panic!("no size")
            }
        }
        let body = Body::new(Panics);
        let look = std::panic::AssertUnwindSafe(|| body.size_hint());
        assert!(std::panic::catch_unwind(look).is_err());
        assert!(!body.is_end_stream());
        assert_eq!(body.collect().await.expect("a body").to_bytes(), "");
    }
}
