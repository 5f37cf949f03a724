//! Keyset pages: what a list is asked for and what it gives.

use uuid::Uuid;

use crate::clock::Timestamp;

/// How much of a list is wanted, and from where. Lists run from the newest id to the oldest, unless
/// they have another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<K = Uuid> {
    /// At most so many rows; 1–100 of what clients ask for.
    pub limit: u16,
    /// Only rows after this one, i.e. with a smaller id.
    pub after: Option<K>,
}

/// The key of a list that runs by time: of rows of one instant their ids decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeKey {
    /// When.
    pub at: Timestamp,
    /// The row's id.
    pub id: Uuid,
}

/// The key of a list with a choice of orders: of rows that are the same in it their ids decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// What the row was sorted by; `None` = by its id alone.
    pub by: Option<i64>,
    /// The row's id.
    pub id: Uuid,
}

impl PageRequest {
    /// Rows per page when nothing is said.
    pub const DEFAULT_LIMIT: u16 = 25;
    /// The most rows a page can have.
    pub const MAX_LIMIT: u16 = 100;
}

impl<K> PageRequest<K> {
    /// One row more than wanted: its presence says that there is a next page.
    #[must_use]
    pub fn probe(&self) -> u64 {
        u64::from(self.limit) + 1
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K = Uuid> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Where the next page starts after; `None` on the last page.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// Makes a page of what a query with [`PageRequest::probe`] gave.
    pub fn from_probe(mut rows: Vec<T>, request: &PageRequest<K>, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > usize::from(request.limit);
        rows.truncate(usize::from(request.limit));
        let next = if more { rows.last().map(key) } else { None };
        Self { rows, next }
    }
}
