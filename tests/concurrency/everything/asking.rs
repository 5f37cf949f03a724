//! How a client takes what it is answered while servers die and come back.

use crate::support::answer::{Answer, text};
use crate::support::client::{Client, Request};
use crate::support::server::TestServer;

/// Somebody, at every server.
#[derive(Clone)]
pub(super) struct Doors(Vec<Client>);

impl Doors {
    pub(super) fn of(client: &Client, replicas: &[TestServer]) -> Self {
        let mut doors = vec![client.on_a_new_connection()];
        doors.extend(replicas.iter().map(|replica| client.at(replica).on_a_new_connection()));
        Self(doors)
    }

    /// At one server after the other.
    pub(super) fn at(&self, time: usize) -> &Client {
        &self.0[time % self.0.len()]
    }
}

/// A refusal that what others do at the same time explains: its status and its code, with 422 that
/// of each fault.
pub(super) type Refusal = (u16, &'static str);

/// What came of a request that is sent once.
pub(super) enum Outcome {
    Done(Answer),
    /// One of the refusals that could be expected.
    Refused,
    /// No answer, or one by a server that could not say: it was done or it was not.
    Unknown,
}

impl Outcome {
    /// The answer, if it was done.
    pub(super) fn done(self) -> Option<Answer> {
        match self {
            Self::Done(answer) => Some(answer),
            Self::Refused | Self::Unknown => None,
        }
    }
}

/// Sends a request once. Panics on every answer that is neither a success nor put off nor among
/// `refusals`: on errors of the server above all.
pub(super) async fn ask(request: Request, refusals: &[Refusal]) -> Outcome {
    let Ok(answer) = request.try_send().await else { return Outcome::Unknown };
    if answer.status.is_success() {
        return Outcome::Done(answer);
    }
    if is_put_off(&answer) {
        return Outcome::Unknown;
    }
    let status = answer.status.as_u16();
    for code in codes(&answer) {
        let expected = refusals.iter().any(|(of, expected)| *of == status && *expected == code);
        assert!(
            expected,
            "refused by {status} {code}, which nothing that happened explains:\n{answer}"
        );
    }
    Outcome::Refused
}

/// Whether a server says that it could not get to it: to be asked again (408: RFC 9110 §15.5.9).
pub(super) fn is_put_off(answer: &Answer) -> bool {
    matches!((answer.status.as_u16(), answer.code().as_str()), (408, _) | (503, "unavailable"))
}

/// The code of a problem; those of its faults where it is a list of them.
fn codes(answer: &Answer) -> Vec<String> {
    let code = answer.code();
    if code != "validation_failed" {
        return vec![code];
    }
    answer.json()["errors"].as_array().unwrap().iter().map(|fault| text(&fault["code"])).collect()
}
