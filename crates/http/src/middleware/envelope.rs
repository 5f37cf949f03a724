//! The outermost layer: everything that holds for every answer, whoever made it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse, ResponseError};
use tracing::{Instrument as _, Span, field};

use super::{panics, request_id, security_headers};
use crate::problem::{Code, MEDIA_TYPE, Problem};
use crate::state::HttpState;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Gives the request an id and a span, turns panics and errors of any origin into problems, and
/// completes the answer's headers.
///
/// # Errors
/// A complete problem, where the failure left no request to answer to.
pub async fn wrap<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<Data<HttpState>>().cloned() else {
        return Err(Problem::new(Code::InternalError, "internal error").into());
    };
    let id = request_id::take_or_make(
        request.headers(),
        &state.services.ids,
        state.services.clock.as_ref(),
    );
    let span = span(&request, &id);
    let quiet = matches!(request.path(), "/livez" | "/readyz");
    let served = async {
        let started = Instant::now();
        // No clone of the request may live while this runs: routing needs it to itself.
        let answer = answer(request, next, &state).await.map(|mut response| {
            security_headers::write(response.headers_mut());
            if state.config.hsts {
                security_headers::write_hsts(response.headers_mut());
            }
            request_id::write(&id, response.headers_mut());
            response
        });
        let status = match &answer {
            Ok(response) => response.status(),
            Err(failure) => failure.status_code(),
        };
        record(status, started.elapsed(), quiet);
        answer.map_err(Error::from)
    };
    request_id::scope(id.clone(), served.instrument(span)).await
}

async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    state: &HttpState,
) -> Result<ServiceResponse<BoxBody>, Answered> {
    let Some(_place) = Place::take(&state.in_flight, state.config.max_requests_in_flight) else {
        let problem = Problem::unavailable("too many requests at once", Duration::from_secs(1));
        return Ok(request.error_response(problem).map_into_boxed_body());
    };
    match panics::caught(next.call(request)).await {
        Ok(Ok(response)) => Ok(as_problem(response.map_into_boxed_body())),
        Ok(Err(error)) => Err(Answered::new(problem_of(&error))),
        Err(problem) => Err(Answered::new(problem)),
    }
}

/// A problem that was written while the request's id was known. Where an error leaves the
/// outermost layer, actix asks for its answer only later.
#[derive(Debug)]
struct Answered {
    problem: Problem,
    request_id: String,
}

impl Answered {
    fn new(problem: Problem) -> Self {
        Self { problem, request_id: request_id::current() }
    }
}

impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Answered {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        request_id::sync_scope(self.request_id.clone(), || self.problem.error_response())
    }
}

/// A failed answer that is not a problem document comes from a library; it becomes one.
fn as_problem(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    let is_problem = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(MEDIA_TYPE.as_bytes()));
    if !is_failure || is_problem {
        return response;
    }
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, problem_of_status(status).error_response())
}

fn problem_of(error: &Error) -> Problem {
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => problem_of_status(error.as_response_error().status_code()),
    }
}

fn problem_of_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => Code::RouteNotFound,
        StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => {
            return Problem::unavailable("try again later", Duration::from_secs(1));
        }
        other if other.is_server_error() => Code::InternalError,
        _ => Code::BadRequest,
    };
    Problem::new(code, code.title())
}

fn span(request: &ServiceRequest, id: &str) -> Span {
    let trace_id = trace_id(request.headers());
    tracing::info_span!(
        "request",
        request_id = id,
        trace_id,
        method = request.method().as_str(),
        // Without the query, and without what a path may hold of secrets.
        path = loggable(request.path()),
        organization_id = field::Empty,
        user_id = field::Empty,
        api_key_id = field::Empty,
    )
}

/// A path without the token of an invitation.
fn loggable(path: &str) -> String {
    match path.strip_prefix("/v1/invitations/") {
        Some(rest) => match rest.find('/') {
            Some(end) => format!("/v1/invitations/…{}", &rest[end..]),
            None => "/v1/invitations/…".to_owned(),
        },
        None => path.to_owned(),
    }
}

fn record(status: StatusCode, latency: Duration, quiet: bool) {
    let status = status.as_u16();
    let latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
    if quiet {
        tracing::debug!(status, latency_us, "served");
    } else {
        tracing::info!(status, latency_us, "served");
    }
}

/// The trace that a caller's `traceparent` names (W3C Trace Context §3.2), where it is valid.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(&TRACEPARENT).map(HeaderValue::to_str)?.ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        let digits = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        part.len() == length && digits
    };
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && trace.bytes().any(|byte| byte != b'0')
        && is_hex(parent, 16)
        && parent.bytes().any(|byte| byte != b'0')
        && parts.next().is_some_and(|flags| is_hex(flags, 2));
    is_valid.then_some(trace)
}

/// One of a bounded number of requests that are served at once.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let place = Self(Arc::clone(taken));
        (taken.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_also_when_there_was_none() {
        let taken = Arc::new(AtomicUsize::new(0));
        let first = Place::take(&taken, 1);
        assert!(first.is_some() && Place::take(&taken, 1).is_none());
        drop(first);
        assert!(Place::take(&taken, 1).is_some());
        assert_eq!(taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn only_a_valid_traceparent_names_a_trace() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT.clone(), HeaderValue::from_str(text).unwrap());
            trace_id(&headers).map(str::to_owned)
        };
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(read(good).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_log_keeps_no_invitation_token() {
        assert_eq!(loggable("/v1/invitations/secret/accept"), "/v1/invitations/…/accept");
        assert_eq!(loggable("/v1/invitations/secret"), "/v1/invitations/…");
        assert_eq!(loggable("/v1/leads"), "/v1/leads");
    }
}
