//! How a rotation deals.

use super::codes::Method;

/// How a rotation chooses, and what it takes notice of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How it chooses among the eligible.
    pub method: Method,
    /// Whether members are passed over outside their working hours, on absences and holidays.
    pub respects_availability: bool,
}

impl From<Method> for Policy {
    /// The method alone: working hours are not looked at.
    fn from(method: Method) -> Self {
        Self { method, respects_availability: false }
    }
}
