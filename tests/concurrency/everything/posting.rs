//! Clients that post leads and ask until they are answered.

use std::sync::Arc;

use serde_json::{Value, json};

use super::asking::is_put_off;
use super::chance::Chance;
use super::stage::{Rotation, Stage};
use crate::support::answer::Answer;
use crate::support::wait::eventually;

/// Posts so many leads, one after the other, each to any of the rotations.
pub(super) async fn post_leads(stage: Arc<Stage>, number: usize, count: usize) {
    let mut chance = Chance::of(stage.seed, number);
    for lead in 0..count {
        let to = chance.one_of(&stage.rotations);
        let name = format!("{number}-{lead}");
        let posted = post(&stage, &name, to, number + lead).await;
        if chance.once_in(6) {
            // It was acknowledged, and has to be the same lead for good, at every server.
            let again = until_answered(&stage, &name, to, number + lead + 1).await;
            assert_eq!(again.header("idempotency-replayed"), "true", "{again}");
            assert_eq!(again.json(), posted, "acknowledged twice, as another:\n{again}");
        }
    }
}

/// Posts one lead under a key and an external id of its own until it is acknowledged; as it is then.
pub(super) async fn post(stage: &Stage, name: &str, to: &Rotation, door: usize) -> Value {
    let answer = until_answered(stage, name, to, door).await;
    let lead = answer.json();
    assert_eq!(lead["external_id"], name, "{answer}");
    stage.acknowledged.lock().unwrap().push(lead.clone());
    stage.progress.one_more();
    lead
}

/// Asks at another server each time that there is no answer.
async fn until_answered(stage: &Stage, name: &str, to: &Rotation, door: usize) -> Answer {
    let mut assignment = to.named();
    assignment["mode"] = json!("distribute");
    let body = json!({
        "first_name": "Lee", "email": format!("lee-{name}@customer.example"),
        "source": "everything", "external_id": name, "assignment": assignment,
    });
    let mut time = door;
    eventually("the lead is acknowledged", || {
        time += 1;
        let post = stage.form.at(time).post("/v1/leads", body.clone()).idempotency_key(name);
        async move {
            let answer = post.try_send().await.ok()?;
            match (answer.status.as_u16(), answer.code().as_str()) {
                (201, _) => Some(answer),
                (409, "idempotency_key_in_use") => None,
                _ if is_put_off(&answer) => None,
                _ => panic!("neither taken nor put off:\n{answer}"),
            }
        }
    })
    .await
}
