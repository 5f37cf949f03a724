//! Clients as integrations should be: they name each lead by a key and ask until they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::client::Client;
use crate::support::leads::{fresh_number, lead_for};
use crate::support::wait::eventually;

/// How far such clients have come.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<AtomicUsize>);

impl Progress {
    pub(crate) fn answered(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) async fn reaches(&self, answered: usize) {
        eventually("the clients get on", || async { (self.answered() >= answered).then_some(()) })
            .await;
    }
}

/// Sixteen such clients, spread over the given ones, begin to post `count` leads to a group.
pub(crate) fn begin(
    clients: &[Client],
    group: &str,
    count: usize,
    progress: &Progress,
) -> JoinSet<Vec<Value>> {
    let begun = Arc::new(AtomicUsize::new(0));
    let mut posting = JoinSet::new();
    for client in clients.iter().cycle().take(16) {
        let (client, group) = (client.clone(), group.to_owned());
        let (begun, progress) = (Arc::clone(&begun), progress.clone());
        posting.spawn(async move {
            let mut leads = Vec::new();
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                leads.push(post_until_answered(&client, &group, fresh_number()).await);
                progress.one_more();
            }
            leads
        });
    }
    posting
}

/// Posts the lead with this number under a key of its own. Asks again after a broken connection
/// (the answer may be lost, the lead may be there), while an earlier attempt still runs, while the
/// server says that it is unavailable, and when it stood still until the request's time was over
/// (408 asks for a repetition: RFC 9110 §15.5.9).
pub(crate) async fn post_until_answered(client: &Client, group: &str, number: usize) -> Value {
    eventually("the lead is acknowledged", || async {
        // A broken connection is not used again, and the server may have moved.
        let post = client.on_a_new_connection().post("/v1/leads", lead_for(group, number));
        let answer = post.idempotency_key(format!("lead-{number}")).try_send().await.ok()?;
        match (answer.status.as_u16(), answer.code().as_str()) {
            (201, _) => Some(answer.json()),
            (408, _) | (409, "idempotency_key_in_use") | (503, "unavailable") => None,
            _ => panic!("neither taken nor put off: {answer}"),
        }
    })
    .await
}
