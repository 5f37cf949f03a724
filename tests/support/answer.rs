//! What a server answered, and what a test may say about it.

use std::fmt;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A server's answer to one request.
pub(crate) struct Answer {
    /// The request in a line, for messages.
    pub(crate) request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// Panics unless the status is `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "another status was expected of\n{self}");
        self
    }

    /// Panics unless the answer is a complete problem document of this status and code; returns it.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "another status was expected of\n{self}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "another code was expected of\n{self}");
        assert_eq!(problem["status"], status, "{self}");
        for member in ["type", "title", "detail", "request_id"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "a problem has a {member}:\n{self}");
        }
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self}");
        if status == 401 {
            assert_eq!(self.header("www-authenticate"), "Bearer", "{self}");
        }
        if status == 503 {
            assert!(self.headers.contains_key("retry-after"), "{self}");
        }
        problem
    }

    /// Panics unless the answer is 422 `validation_failed`; returns its faults as sorted pairs of
    /// pointer and code.
    #[track_caller]
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let problem = self.expect_problem(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in\n{self}"));
        let mut faults: Vec<_> = errors
            .iter()
            .map(|error| {
                assert!(!error["detail"].as_str().unwrap_or_default().is_empty(), "{self}");
                (text(&error["pointer"]), text(&error["code"]))
            })
            .collect();
        faults.sort();
        faults
    }

    /// Panics unless the answer is 422 with exactly these faults, in any order.
    #[track_caller]
    pub(crate) fn expect_faults(&self, expected: &[(&str, &str)]) {
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| (pointer.to_string(), code.to_string()))
            .collect();
        expected.sort();
        assert_eq!(self.faults(), expected, "other faults were expected of\n{self}");
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{self}"))
    }

    /// The items of a list's page.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["data"].as_array().cloned().unwrap_or_else(|| panic!("no list:\n{self}"))
    }

    /// A header's text; empty when the header is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem's code; empty when the answer is no problem.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.request)?;
        writeln!(f, "  -> {} (request {})", self.status, self.header("x-request-id"))?;
        write!(f, "  {}", String::from_utf8_lossy(&self.bytes))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A JSON string's text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// The ids of records, in their order.
#[track_caller]
pub(crate) fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| text(&record["id"])).collect()
}
