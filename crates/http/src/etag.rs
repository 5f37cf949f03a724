//! Versions as entity tags (RFC 9110 §8.8.3), and the condition of a write (§13.1.1).

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, IF_MATCH};

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
pub struct IfMatch(Option<i64>);

impl IfMatch {
    /// The version that the resource must have; `None` when any will do.
    #[must_use]
    pub const fn version(self) -> Option<i64> {
        self.0
    }

    fn of(headers: &HeaderMap) -> Self {
        let mut tags = headers.get_all(IF_MATCH).flat_map(|value| {
            value.to_str().unwrap_or_default().split(',').map(str::trim).collect::<Vec<_>>()
        });
        let Some(first) = tags.next() else {
            return Self(None);
        };
        // Of several versions the newest is the one meant: versions only grow, so an older one
        // was either read before it or by somebody else.
        tags.chain([first])
            .try_fold(NEVER, |newest, tag| match tag {
                "*" => None,
                tag => Some(newest.max(version_of(tag).unwrap_or(NEVER))),
            })
            .map_or(Self(None), |version| Self(Some(version)))
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
