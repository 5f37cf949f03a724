//! The feed of events: the one log in an order in which nothing comes late.

/// The most events that one reading looks at, however few of them it is about.
pub const LOOKED_AT: u32 = 10_000;

/// A place in the feed. It is in the order of transactions, and within one in the order of the log:
/// the log's own order is not that of commits, and who reads by it misses what commits late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedPlace {
    /// The number of the transaction that wrote the event; 0 where there is one writer at a time.
    pub transaction: i64,
    /// The event's place in the log.
    pub sequence: i64,
}
