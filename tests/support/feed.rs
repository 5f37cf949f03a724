//! A reader of the feed of events.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::text;
use super::client::Client;
use super::database::Database;
use super::tamper::Tamperer;
use super::wait::eventually;

/// Reads on from where it stopped.
pub(crate) struct Poller {
    client: Client,
    query: String,
    pub(crate) cursor: Option<String>,
}

impl Poller {
    /// Begins at the beginning, with these filters.
    pub(crate) fn of(client: &Client, filters: &str) -> Self {
        Self { client: client.clone(), query: format!("/v1/events?{filters}"), cursor: None }
    }

    /// One answer.
    pub(crate) async fn page(&mut self) -> Value {
        let path = match &self.cursor {
            Some(cursor) => format!("{}&after={cursor}", self.query),
            None => self.query.clone(),
        };
        let page = self.client.get(path).await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(cursor.bytes().all(is_plain), "{cursor}");
        self.cursor = Some(cursor);
        page
    }

    /// All that is there to be read now.
    pub(crate) async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let page = self.page().await;
            events.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return events;
            }
        }
    }

    /// Reads on until it has this many more. Transactions that other tests have open on the same
    /// server hold a feed back.
    pub(crate) async fn next(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let more = eventually("further events", || async {
                let mut poller = Self { cursor: self.cursor.clone(), ..Self::of(&self.client, "") };
                poller.query.clone_from(&self.query);
                let more = poller.rest().await;
                (!more.is_empty()).then_some((more, poller.cursor))
            });
            let (more, cursor) = more.await;
            self.cursor = cursor;
            events.extend(more);
        }
        assert_eq!(events.len(), count, "{events:?}");
        events
    }
}

/// The numbers of events.
#[track_caller]
pub(crate) fn numbers(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| text(&event["id"]).parse().unwrap()).collect()
}

/// The kinds of events.
#[track_caller]
pub(crate) fn kinds(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(&event["kind"])).collect()
}

/// The numbers of all events that are stored.
pub(crate) async fn stored(database: &Database) -> BTreeSet<i64> {
    let reader = Tamperer::of(database).await;
    let rows = reader.rows("events").await;
    reader.done().await;
    rows.iter().map(|row| row.number("sequence").unwrap()).collect()
}

/// Panics unless these events are all that are stored, each once.
pub(crate) async fn expect_each_once(database: &Database, events: &[Value]) {
    let read = numbers(events);
    let each: BTreeSet<i64> = read.iter().copied().collect();
    assert_eq!(each.len(), read.len(), "an event came twice");
    assert_eq!(each, stored(database).await, "what was read is what there is");
}
