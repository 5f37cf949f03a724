//! Headers that keep browsers from doing more with an answer than it is for (OWASP REST security
//! cheat sheet, "Security headers").

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// JSON is nothing to run, to frame or to load things from.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The documentation page: its own scripts, inline styles and data images, nothing from elsewhere.
pub const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
     'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ONE_YEAR: &str = "max-age=31536000; includeSubDomains";

/// Writes them, except where the operation has set its own.
pub fn write(headers: &mut HeaderMap) {
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, X_FRAME_OPTIONS, "DENY");
    set(headers, REFERRER_POLICY, "no-referrer");
    set(headers, CONTENT_SECURITY_POLICY, API_POLICY);
    set(headers, CACHE_CONTROL, "no-store");
}

/// Tells browsers to come back over TLS only; wrong where the service is reached without it.
pub fn write_hsts(headers: &mut HeaderMap) {
    set(headers, STRICT_TRANSPORT_SECURITY, ONE_YEAR);
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
