//! The load: connections that each send one request after the other.

pub(crate) mod leads;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::accounting::{Cost, Watched};
use crate::error::{Result, While as _, unusable};
use crate::http::{Answer, Connection};
use crate::statistics::Latencies;

/// How much, and how long.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// The servers, among which the connections are spread evenly.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Connections that are open at once.
    pub(crate) connections: usize,
    /// Before it is measured.
    pub(crate) warm: Duration,
    /// While it is measured.
    pub(crate) measured: Duration,
    /// Whose cost it is.
    pub(crate) watched: Watched,
}

/// Writes the request number `sequence` of a connection.
pub(crate) type Write = Arc<dyn Fn(usize, u64, &mut Vec<u8>) + Send + Sync>;

/// A lead that the server says it has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) lead: Uuid,
    /// Nobody's is nil.
    pub(crate) owner: Uuid,
    /// Without one it is 0.
    pub(crate) turn: i64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Requests that were answered as they should while it was measured.
    pub(crate) answered: u64,
    /// How long that was.
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Latencies,
    pub(crate) cost: Cost,
    /// All leads that were acknowledged, those included that came before it was measured.
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Requests that were told to come back later (503).
    pub(crate) refused: u64,
    /// The first answers that were wrong.
    pub(crate) wrong: Vec<String>,
}

impl Outcome {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Microseconds of each request.
    pub(crate) fn each(&self, cost: Duration) -> f64 {
        cost.as_secs_f64() * 1e6 / (self.answered as f64).max(1.0)
    }
}

impl Load {
    /// Loads until the time is over, on a thread of its own.
    pub(crate) async fn run(self, expected: u16, write: Write) -> Result<Outcome> {
        let thread = std::thread::Builder::new().name("load".to_owned());
        let (told, outcome) = tokio::sync::oneshot::channel();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let outcome = runtime
                .whilst("a runtime for the load")
                .and_then(|runtime| runtime.block_on(self.drive(expected, write)));
            let _nobody_waits = told.send(outcome);
        };
        thread.spawn(work).whilst("a thread for the load")?;
        outcome.await.map_err(|_| unusable("the load has ended early"))?
    }

    async fn drive(self, expected: u16, write: Write) -> Result<Outcome> {
        let mut open = Vec::new();
        for number in 0..self.connections {
            let address = self.addresses.get(number % self.addresses.len().max(1));
            let address = address.ok_or_else(|| unusable("a load without a server"))?;
            open.push(Connection::open(*address).await?);
        }
        let begin = Instant::now() + self.warm;
        let end = begin + self.measured;
        let mut working = JoinSet::new();
        for (number, connection) in open.into_iter().enumerate() {
            let worker = Worker { number, connection, write: Arc::clone(&write), expected };
            working.spawn(worker.run(begin, end));
        }
        tokio::time::sleep_until(begin.into()).await;
        let before = self.watched.cost();
        tokio::time::sleep_until(end.into()).await;
        let cost = self.watched.cost().since(before);
        let mut outcome = Outcome { cost, elapsed: self.measured, ..Outcome::default() };
        let mut micros = Vec::new();
        while let Some(done) = working.join_next().await {
            let done = done.map_err(|_| unusable("a connection of the load has failed"))??;
            outcome.answered += done.answered;
            outcome.refused += done.refused;
            outcome.acknowledged.extend(done.acknowledged);
            outcome.wrong.extend(done.wrong);
            micros.extend(done.micros);
        }
        outcome.latencies = Latencies::new(micros);
        outcome.wrong.truncate(5);
        Ok(outcome)
    }
}

struct Worker {
    number: usize,
    connection: Connection,
    write: Write,
    expected: u16,
}

#[derive(Default)]
struct Done {
    /// Answers that came while it was measured.
    answered: u64,
    /// Times of the requests that were sent while it was measured; at least one.
    micros: Vec<u32>,
    acknowledged: Vec<Acknowledged>,
    refused: u64,
    wrong: Vec<String>,
}

impl Worker {
    async fn run(mut self, begin: Instant, end: Instant) -> Result<Done> {
        let mut done = Done::default();
        let mut request = Vec::with_capacity(1024);
        for sequence in 0.. {
            let sent = Instant::now();
            if sent >= end && done.has_something() {
                break;
            }
            request.clear();
            (self.write)(self.number, sequence, &mut request);
            let answer = self.connection.exchange(&request).await?;
            let answered = Instant::now();
            if answer.status != self.expected {
                done.note(&answer);
                continue;
            }
            done.acknowledged.extend(acknowledged(self.expected, answer.body));
            done.answered += u64::from(answered > begin && answered <= end);
            if sent >= begin {
                let micros = answered.duration_since(sent).as_micros();
                done.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
            }
        }
        Ok(done)
    }
}

impl Done {
    fn has_something(&self) -> bool {
        !self.micros.is_empty() || self.refused > 0 || !self.wrong.is_empty()
    }

    fn note(&mut self, answer: &Answer<'_>) {
        if answer.status == 503 {
            self.refused += 1;
        } else if self.wrong.len() < 3 {
            let told = String::from_utf8_lossy(answer.body);
            self.wrong.push(format!("{} {told}", answer.status));
        }
    }
}

/// The lead that an answer is about: found in its text, because reading it as JSON would cost more
/// than sending the request.
fn acknowledged(status: u16, body: &[u8]) -> Option<Acknowledged> {
    if status != 201 {
        return None;
    }
    let id = |after: &[u8]| {
        let at = memmem::find(body, after)? + after.len();
        Uuid::try_parse_ascii(body.get(at..at + 36)?).ok()
    };
    let turn = memmem::find(body, b"\"turn\":").map(|at| &body[at + 7..]);
    let digits = turn.map(|rest| rest.iter().take_while(|it| it.is_ascii_digit()));
    let turn = digits
        .map_or(0, |digits| digits.fold(0_i64, |turn, digit| turn * 10 + i64::from(digit - b'0')));
    let owner = id(b"\"owner\":{\"id\":\"").unwrap_or_default();
    Some(Acknowledged { lead: id(b"\"id\":\"")?, owner, turn })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Acknowledged, acknowledged};

    #[test]
    fn a_lead_is_read_from_its_answer() {
        let (lead, owner) = (Uuid::from_u128(7), Uuid::from_u128(9));
        let body = format!(
            r#"{{"id":"{lead}","owner":{{"id":"{owner}"}},"assignment":{{"id":"x","turn":120}}}}"#
        );
        let read = acknowledged(201, body.as_bytes());
        assert_eq!(read, Some(Acknowledged { lead, owner, turn: 120 }));
        let body = format!(r#"{{"id":"{lead}","owner":null,"assignment":{{"turn":null}}}}"#);
        let read = acknowledged(201, body.as_bytes());
        assert_eq!(read, Some(Acknowledged { lead, owner: Uuid::nil(), turn: 0 }));
    }
}
