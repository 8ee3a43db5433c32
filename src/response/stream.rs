//! The body of an export: a list that is sent while its rows are read.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tracing::Span;

use super::log::log;
use crate::{
    cell::Rows,
    database::Tapes,
    error::Error,
    operation::Head,
    representation::{Objects, StreamWriter},
};

/// The body of an export. If the rows cannot all be read, it ends in an error, so that the host closes the connection
/// and the client notices that rows are missing.
pub(crate) struct Stream {
    tapes: Tapes,
    objects: Objects,
    writer: &'static dyn StreamWriter,
    /// The bytes before the first row; `None` if the format has none, or once they are sent.
    start: Option<Bytes>,
    /// The tracing span of the request.
    span: Span,
    /// The head of the request.
    head: Head,
    rows: usize,
}

impl Stream {
    pub(crate) fn new(
        tapes: Tapes,
        objects: Objects,
        writer: &'static dyn StreamWriter,
        head: Head,
    ) -> Self {
        let span = head.span();
        let start = writer.start(&objects);
        Self {
            tapes,
            objects,
            writer,
            start: (!start.is_empty()).then(|| start.into()),
            span,
            head,
            rows: 0,
        }
    }

    pub(super) fn media_type(&self) -> &'static str {
        self.writer.media_type()
    }

    fn write(&mut self, rows: &Rows) -> Frame<Bytes> {
        self.rows += rows.len();
        Frame::data(self.writer.chunk(rows, &self.objects).into())
    }

    fn over(&self, error: Option<&Error>) {
        self.span.record("rows", self.rows);
        if let Some(error) = error {
            let id = self.head.request_id();
            self.span.in_scope(|| log(error, id));
        }
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        let next = ready!(self.tapes.poll_next(context));
        Poll::Ready(match next {
            Some(Ok(rows)) => Some(Ok(self.write(&rows))),
            Some(Err(error)) => {
                self.over(Some(&error));
                Some(Err(error))
            }
            None => {
                self.over(None);
                None
            }
        })
    }
}
