//! Paths that no router should have to interpret.

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::problem::{Code, Problem};

/// Refuses a path with a broken percent-encoding, with a NUL, or that is not UTF-8: 400
/// `invalid_path`.
///
/// # Errors
/// Those of the service within.
pub async fn check<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match fault(request.uri().path()) {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(detail) => {
            let problem = Problem::new(Code::InvalidPath, detail);
            Ok(request.error_response(problem).map_into_right_body())
        }
    }
}

/// What is wrong with a path as it came, if anything.
fn fault(path: &str) -> Option<&'static str> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Some("% must be followed by two hexadecimal digits");
        };
        decoded.push(byte);
        rest = tail.get(2..).unwrap_or_default();
    }
    if decoded.contains(&0) {
        Some("a path has no NUL characters")
    } else if std::str::from_utf8(&decoded).is_err() {
        Some("a path is UTF-8")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn broken_encodings_nul_and_other_charsets_are_refused() {
        for good in ["/v1/leads", "/a%20b", "/%C3%A9", "/%2F"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["/%", "/%4", "/%zz", "/%+1", "/a%00b", "/%C3", "/%FF"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
