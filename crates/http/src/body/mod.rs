//! Request bodies: read only once the caller may do what they ask for, whole, in bounded time and
//! size, strictly.

mod presence;
mod strict;
mod structure;
mod unchecked;

use std::marker::PhantomData;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

pub use presence::{Item, object, present, present_object};
pub(crate) use structure::read as read_structure;
pub use unchecked::{Parsed, Unchecked};

use crate::operations::{Argument, Described};
use crate::problem::{Code, Problem};
use crate::state::state_of;

/// The largest body that is taken where nothing else is said (docs/api-design.md, `body_too_large`).
pub const MAX_BYTES: usize = MIB;

/// 1 MiB.
pub const MIB: usize = 1024 * 1024;

/// JSON (RFC 8259).
pub(crate) const JSON: &str = "application/json";

/// A JSON merge patch (RFC 7396).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// A body that is to be read as `T`, of at most `MAX` bytes.
pub struct Body<T, const MAX: usize = MAX_BYTES> {
    payload: Payload,
    timeout: Duration,
    content: PhantomData<fn() -> T>,
}

/// A body that was read.
#[derive(Debug)]
pub struct Received<T> {
    /// Its content.
    pub content: Unchecked<T>,
    /// Its bytes as they came.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, const MAX: usize> Body<T, MAX> {
    /// Reads it.
    ///
    /// # Errors
    /// 400 `malformed_json`, 408, 413; 422 when nothing of it can be read as `T`.
    pub async fn read(self) -> Result<Received<T>, Problem> {
        let bytes =
            tokio::time::timeout(self.timeout, all(self.payload, MAX)).await.map_err(|_| {
                let seconds = self.timeout.as_secs();
                let detail = format!("the body was not there after {seconds} s");
                Problem::new(Code::RequestTimeout, detail).closing()
            })??;
        let value =
            strict::parse(&bytes).map_err(|detail| Problem::new(Code::MalformedJson, detail))?;
        match read_structure(value) {
            (Some(value), faults) => Ok(Received { content: Unchecked::new(value, faults), bytes }),
            (None, faults) => Err(Problem::invalid(faults)),
        }
    }
}

async fn all(mut payload: Payload, max: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            let detail = format!("the body could not be read: {error}");
            Problem::new(Code::BadRequest, detail).closing()
        })?;
        if bytes.len() + chunk.len() > max {
            return Err(too_large(max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_large(max: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("at most {max} bytes")).closing()
}

impl<T: DeserializeOwned + ToSchema, const MAX: usize> Argument for Body<T, MAX> {
    fn take(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        let headers = request.headers();
        if !is_json(request) {
            let detail =
                "send Content-Type: application/json once, in UTF-8, without a Content-Encoding";
            return Err(Problem::new(Code::UnsupportedMediaType, detail).closing());
        }
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > MAX) {
            return Err(too_large(MAX));
        }
        Ok(Self {
            payload: payload.take(),
            timeout: state_of(request)?.config.body_timeout,
            content: PhantomData,
        })
    }

    fn describe(described: &mut Described) {
        described.body::<T>();
        described.problem(400, "The body is not readable JSON: `malformed_json`.");
        described.problem(408, "The body took too long: `request_timeout`.");
        let larger = format!("The body is larger than {} MiB: `body_too_large`.", MAX / MIB);
        described.problem(413, &larger);
        described.problem(415, "The body is not `application/json`: `unsupported_media_type`.");
        described.problem(
            422,
            "The body is readable and wrong: `validation_failed` with every fault in `errors`.",
        );
    }
}

/// A body that may be left out, and then is an empty object.
pub struct OptionalBody<T>(Option<Body<T>>);

impl<T: DeserializeOwned> OptionalBody<T> {
    /// Reads it.
    ///
    /// # Errors
    /// As [`Body::read`].
    pub async fn read(self) -> Result<Unchecked<T>, Problem> {
        match self.0 {
            Some(body) => Ok(body.read().await?.content),
            None => match read_structure(serde_json::Value::Object(serde_json::Map::new())) {
                (Some(value), faults) => Ok(Unchecked::new(value, faults)),
                (None, faults) => Err(Problem::invalid(faults)),
            },
        }
    }
}

impl<T: DeserializeOwned + ToSchema> Argument for OptionalBody<T> {
    fn take(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        let headers = request.headers();
        let is_empty = !headers.contains_key(TRANSFER_ENCODING)
            && headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0")
            && !headers.contains_key(CONTENT_TYPE);
        if is_empty {
            Ok(Self(None))
        } else {
            Body::take(request, payload).map(|body| Self(Some(body)))
        }
    }

    fn describe(described: &mut Described) {
        <Body<T>>::describe(described);
        described.body_is_optional();
    }
}

/// The media types of bodies. A merge patch (RFC 7396) is what every PATCH takes, under its own
/// name or as plain JSON.
fn is_json(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let plain = headers
        .get_all(CONTENT_ENCODING)
        .all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let (1, Ok(Some(media))) = (headers.get_all(CONTENT_TYPE).count(), request.mime_type()) else {
        return false;
    };
    // JSON is UTF-8 and nothing else (RFC 8259 §8.1); who says otherwise sends something else.
    let is_utf_8 = media
        .params()
        .filter(|(name, _)| *name == "charset")
        .all(|(_, charset)| charset.as_str().eq_ignore_ascii_case("utf-8"));
    let is_patch = request.method() == Method::PATCH;
    let essence = media.essence_str();
    plain && is_utf_8 && (essence == JSON || (is_patch && essence == MERGE_PATCH))
}
