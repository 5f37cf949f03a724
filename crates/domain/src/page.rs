//! Keyset pages: what a list is asked for and what it gives.

use uuid::Uuid;

/// How much of a list is wanted, and from where. Lists run from the newest id to the oldest, where
/// there is no choice of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many rows, 1–100.
    pub limit: u16,
    /// Only rows after this one, i.e. with a smaller id where it is the newest first.
    pub after: Option<Uuid>,
    /// What that row was sorted by, in lists with a choice of orders.
    pub key: Option<i64>,
}

impl PageRequest {
    /// Rows per page when nothing is said.
    pub const DEFAULT_LIMIT: u16 = 25;
    /// The most rows a page can have.
    pub const MAX_LIMIT: u16 = 100;

    /// One row more than wanted: its presence says that there is a next page.
    #[must_use]
    pub fn probe(&self) -> u64 {
        u64::from(self.limit) + 1
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Where the next page starts after; `None` on the last page.
    pub next: Option<Uuid>,
    /// What the row before that was sorted by, in lists with a choice of orders.
    pub next_key: Option<i64>,
}

impl<T> Page<T> {
    /// Makes a page of what a query with [`PageRequest::probe`] gave.
    pub fn from_probe(mut rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > usize::from(request.limit);
        rows.truncate(usize::from(request.limit));
        let next = if more { rows.last().map(key) } else { None };
        Self { rows, next, next_key: None }
    }
}
