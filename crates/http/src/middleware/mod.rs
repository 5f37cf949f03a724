//! What happens around every request, outermost first: [`envelope`] (request id, span, panics,
//! overload, security headers), [`cors`], [`paths`]; then the operation itself.

pub mod cors;
pub mod envelope;
pub mod panics;
pub mod paths;
pub mod request_id;
pub mod security_headers;
