//! Which web pages may call the API from a browser.

use actix_cors::Cors;
use actix_web::http::header;

/// What a page's script may read of an answer.
const EXPOSED: [&str; 7] = [
    "ETag",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
    "Idempotency-Replayed",
    "Retry-After",
];

/// Allows the origins in `origins`, such as `https://crm.example.com`, and no others. Credentials
/// are headers, never cookies, so none are allowed for.
pub fn allow_list(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION.as_str(),
            header::CONTENT_TYPE.as_str(),
            header::IF_MATCH.as_str(),
            header::IF_NONE_MATCH.as_str(),
            "idempotency-key",
            "traceparent",
            "x-api-key",
            "x-request-id",
        ])
        .expose_headers(EXPOSED)
        // Another origin's request is served without the headers: the browser keeps the answer
        // from the page, and clients that are no browsers are none of this list's business.
        .block_on_origin_mismatch(false)
        .max_age(600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
