//! Versions as entity tags (RFC 9110 §8.8.3), and the condition of a write (§13.1.1).

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};

use utoipa::openapi::schema::ObjectBuilder;

use crate::operations::{Argument, Described};
use crate::problem::Problem;

/// The tag of a version: the number in quotes.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Stands for a version that nothing ever has.
const NEVER: i64 = -1;

/// The version that a write is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch {
    version: Option<i64>,
    is_given: bool,
}

impl IfMatch {
    /// The version that the resource must have; `None` when any will do.
    #[must_use]
    pub const fn version(self) -> Option<i64> {
        self.version
    }

    /// Whether it asks for the resource to be there, in whatever version.
    #[must_use]
    pub const fn is_given(self) -> bool {
        self.is_given
    }

    fn of(headers: &HeaderMap) -> Self {
        let mut tags = headers.get_all(IF_MATCH).flat_map(|value| {
            value.to_str().unwrap_or_default().split(',').map(str::trim).collect::<Vec<_>>()
        });
        let Some(first) = tags.next() else {
            return Self { version: None, is_given: false };
        };
        // Of several versions the newest is the one meant: versions only grow, so an older one
        // was either read before it or by somebody else.
        let version = tags.chain([first]).try_fold(NEVER, |newest, tag| match tag {
            "*" => None,
            tag => Some(newest.max(version_of(tag).unwrap_or(NEVER))),
        });
        Self { version, is_given: true }
    }
}

/// A weak tag, or one that is no version, matches nothing (strong comparison, RFC 9110 §8.8.3.2).
fn version_of(tag: &str) -> Option<i64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let version: i64 = digits.parse().ok()?;
    (version.to_string() == digits && version >= 0).then_some(version)
}

impl Argument for IfMatch {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self::of(request.headers()))
    }

    fn describe(described: &mut Described) {
        described.header(
            "If-Match",
            "The version to change, as the `ETag` of the last answer had it, e.g. `\"3\"`; any when absent or `*`.",
            ObjectBuilder::new().pattern(Some(r#"^(\*|"[0-9]+"(, *"[0-9]+")*)$"#)),
        );
        described.problem(412, "The resource has another version by now: `precondition_failed`.");
    }
}

/// Whether a PUT is only meant to make something new (RFC 9110 §13.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnlyNew(pub bool);

impl OnlyNew {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut tags = headers.get_all(IF_NONE_MATCH);
        match (tags.next(), tags.next()) {
            (None, _) => Some(Self(false)),
            (Some(tag), None) if tag.as_bytes() == b"*" => Some(Self(true)),
            _ => None,
        }
    }
}

impl Argument for OnlyNew {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Self::of(request.headers()).ok_or_else(|| {
            let detail = "only * is taken; a version goes into If-Match";
            Problem::fault("/If-None-Match", "invalid_value", detail)
        })
    }

    fn describe(described: &mut Described) {
        described.header(
            "If-None-Match",
            "`*` makes something new, and changes nothing that is there.",
            ObjectBuilder::new().pattern(Some(r"^\*$")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn read(values: &[&str]) -> Option<i64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        IfMatch::of(&headers).version()
    }

    #[test]
    fn one_version_several_any_and_none() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["*"]), None);
        assert_eq!(read(&["\"7\""]), Some(7));
        assert_eq!(read(&["\"7\", \"9\""]), Some(9));
        assert_eq!(read(&["\"7\"", "\"8\""]), Some(8));
    }

    #[test]
    fn a_star_asks_for_one_that_is_there() {
        let mut headers = HeaderMap::new();
        assert!(!IfMatch::of(&headers).is_given());
        headers.append(IF_MATCH, HeaderValue::from_static("*"));
        assert!(IfMatch::of(&headers).is_given());
    }

    #[test]
    fn only_a_star_asks_for_something_new() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            OnlyNew::of(&headers).map(|only| only.0)
        };
        assert_eq!((read(&[]), read(&["*"])), (Some(false), Some(true)));
        for odd in [&["\"1\""] as &[&str], &[""], &["*", "*"]] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn weak_and_foreign_tags_match_nothing() {
        for odd in ["W/\"7\"", "7", "\"abc\"", "\"-7\"", "\"+7\"", "\"07\"", "", "\""] {
            assert_eq!(read(&[odd]), Some(NEVER), "{odd}");
        }
    }

    #[test]
    fn a_tag_is_its_version_in_quotes() {
        assert_eq!(read(&[&etag(12)]), Some(12));
    }
}
