//! The id of the request being served, known wherever its answer is made.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use evenhand_domain::clock::Clock;
use evenhand_domain::ids::{IdSource, RequestId};

/// The header that carries it both ways.
pub static HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

tokio::task_local! {
    static CURRENT: String;
}

/// The client's own id where it is sane (docs/api-design.md, "Conventions"), else a new one.
pub fn take_or_make(headers: &HeaderMap, ids: &IdSource, clock: &dyn Clock) -> String {
    let given = headers.get(&HEADER).and_then(|value| value.to_str().ok());
    match given.filter(|id| is_sane(id)) {
        Some(id) => id.to_owned(),
        None => ids.next::<RequestId>(clock.now()).to_string(),
    }
}

fn is_sane(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(allowed)
}

/// Runs `future` as the request `id`.
pub async fn scope<F: Future>(id: String, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

/// Runs `f` as the request `id`.
pub fn sync_scope<T>(id: String, f: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(id, f)
}

/// The id of the request being served; `unknown` outside of one.
#[must_use]
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_else(|_| "unknown".to_owned())
}

/// Writes the id into an answer's headers.
pub fn write(id: &str, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HEADER.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_when_it_is_short_and_plain() {
        for sane in ["a", "A-b_c.9", &"x".repeat(128)] {
            assert!(is_sane(sane), "{sane}");
        }
        for odd in ["", "a b", "a\nb", "é", "a/b", &"x".repeat(129)] {
            assert!(!is_sane(odd), "{odd}");
        }
    }
}
