//! [`Code`]: the closed list of error codes, with their status and meaning.

use http::StatusCode;

macro_rules! codes {
    ($($variant:ident $status:ident $name:literal $meaning:literal;)+) => {
        /// A stable name of an error: the `code` member of a problem document.
        ///
        /// ```
        /// use tower_rest::Code;
        /// assert_eq!(Code::UnknownParameter.name(), "unknown_parameter");
        /// assert_eq!(Code::UnknownParameter.status(), 400);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $variant,)+ }

        impl Code {
            /// Every code, in the order of their status.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the status of a response with this code.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// Returns the name of the code, such as `unknown_parameter`: the `code` member of a problem document.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the meaning of the code, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

codes! {
    InvalidRequest BAD_REQUEST "invalid_request" "Several faults of different kinds; each is listed in `errors`.";
    BadEncoding BAD_REQUEST "bad_encoding" "A `%` without two hexadecimal digits, bytes that are not UTF-8, or a NUL.";
    UnknownParameter BAD_REQUEST "unknown_parameter" "A parameter or filter this URL does not have.";
    UnknownLookup BAD_REQUEST "unknown_lookup" "A lookup that does not exist, or that the column does not have.";
    UnknownField BAD_REQUEST "unknown_field" "A name in `fields`, `expand` or `ordering` that does not exist here.";
    NotSupported BAD_REQUEST "not_supported" "A reserved parameter or lookup that is not offered here.";
    Repeated BAD_REQUEST "repeated" "A parameter, field of a form, or name in a list that was given more often than allowed.";
    Conflicting BAD_REQUEST "conflicting" "Two parameters that exclude each other.";
    InvalidValue BAD_REQUEST "invalid_value" "A value that does not fit the type of its parameter, or of its member of a body.";
    ReadOnly BAD_REQUEST "read_only" "A member of the body that may not be set, and that differs from what is stored.";
    Required BAD_REQUEST "required" "A member that the body must have, since its column has no default.";
    Null BAD_REQUEST "null" "A null in a member that cannot be null.";
    Constraint BAD_REQUEST "constraint" "A value that a rule of the database forbids.";
    InvalidPage BAD_REQUEST "invalid_page" "A `page` or `page_size` that is malformed or out of bounds.";
    LimitExceeded BAD_REQUEST "limit_exceeded" "More parameters, items or bytes than the limits allow.";
    InvalidCursor BAD_REQUEST "invalid_cursor" "A `cursor` that this list has not given, or not with these filters and this ordering.";
    OffsetTooDeep BAD_REQUEST "offset_too_deep" "A page too far from both ends of the list.";
    CountUnavailable BAD_REQUEST "count_unavailable" "`page=last` where rows are not counted.";
    HostNotAllowed BAD_REQUEST "host_not_allowed" "A host that is malformed or not one of the allowed ones.";
    MissingKeyPart BAD_REQUEST "missing_key_part" "The request lacks a part of the key that is not in the URL, such as in a header.";
    MissingHeader BAD_REQUEST "missing_header" "A required header that is missing, repeated, or not plain text.";
    MalformedBody BAD_REQUEST "malformed_body" "A body that is missing, or is not well-formed: cut off, nested too deeply, or with a repeated member.";
    Unauthenticated UNAUTHORIZED "unauthenticated" "The request does not identify the client.";
    Forbidden FORBIDDEN "forbidden" "The client may not do this.";
    CrossSite FORBIDDEN "cross_site" "A browser reports that a form of another site sent the request.";
    OutsideScope FORBIDDEN "outside_scope" "The row would not be one that the request may see.";
    NoRoute NOT_FOUND "no_route" "Nothing is served at this path.";
    NotFound NOT_FOUND "not_found" "The key names no object.";
    NoSuchPage NOT_FOUND "no_such_page" "A page past the end of the list.";
    MethodNotAllowed METHOD_NOT_ALLOWED "method_not_allowed" "A method this URL does not answer; `Allow` lists those it does.";
    NotAcceptable NOT_ACCEPTABLE "not_acceptable" "The `Accept` header excludes every format offered.";
    Unique CONFLICT "unique" "Another row has this value, or these values together, which must be unique.";
    ForeignKey CONFLICT "foreign_key" "The row refers to one that is not there, or other rows refer to it.";
    IdempotencyInProgress CONFLICT "idempotency_in_progress" "A request with this `Idempotency-Key` still runs.";
    PreconditionFailed PRECONDITION_FAILED "precondition_failed" "The object is not as `If-Match` or `If-None-Match` asks; it has changed, say.";
    BodyTooLarge PAYLOAD_TOO_LARGE "body_too_large" "A body longer than the limit.";
    UriTooLong URI_TOO_LONG "uri_too_long" "A query string longer than the limit.";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "A body without a media type, or of one that is not accepted here.";
    IdempotencyMismatch UNPROCESSABLE_ENTITY "idempotency_mismatch" "The `Idempotency-Key` was sent with another request.";
    PreconditionRequired PRECONDITION_REQUIRED "precondition_required" "The change needs `If-Match`.";
    Internal INTERNAL_SERVER_ERROR "internal" "The server failed; the log says how.";
    SchemaMismatch INTERNAL_SERVER_ERROR "schema_mismatch" "The database lacks a table or column of the model.";
    Unavailable SERVICE_UNAVAILABLE "unavailable" "The database cannot be reached or read.";
    Busy SERVICE_UNAVAILABLE "busy" "No connection became free in time, or the database is locked.";
    Timeout SERVICE_UNAVAILABLE "timeout" "The answer took longer than the server allows.";
    RetriesExhausted SERVICE_UNAVAILABLE "retries_exhausted" "Other writes came in between each time; nothing was written.";
    OutcomeUnknown SERVICE_UNAVAILABLE "outcome_unknown" "The database did not say whether it has committed the write, as when the connection was lost, so that it may have been written or not.";
}
