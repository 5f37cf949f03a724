//! An idempotency key that another transaction, e.g. on another replica, has claimed and not
//! committed: nobody can know yet what becomes of it.

use std::future::IntoFuture as _;
use std::time::Duration;

use serde_json::json;

use crate::support::postgres;
use crate::support::session::Session;
use crate::support::world::{Integration, World};

/// How long anybody may wait for an answer meanwhile.
const AT_MOST: Duration = Duration::from_secs(8);

/// Somebody who has claimed a key of an integration's.
async fn claimed(acme: &World, form: &Integration, key: &str) -> Session {
    let session = Session::begin(&acme.database).await;
    // The lock of a key: the beginning of its hash, and the end of its credential's id.
    let lock = format!(
        "SELECT pg_advisory_xact_lock(\
           ('x' || substr(encode(sha256('{key}'), 'hex'), 1, 16))::bit(64)::bigint \
           # ('x' || '{}')::bit(64)::bigint)",
        &form.id.replace('-', "")[16..],
    );
    session.run(&lock).await;
    session
}

postgres! {
    async fn a_lead_under_it_is_refused_until_it_is_decided(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = || form.post("/v1/leads", json!({"first_name": "Lee"}));
        let under_the_key = || lead().idempotency_key("form-17").into_future();

        let somebody = claimed(&acme, &form, "form-17").await;
        let answers = tokio::time::timeout(AT_MOST, async {
            tokio::join!(under_the_key(), lead(), lead().idempotency_key("form-18"))
        });
        let (refused, without_a_key, under_another) = answers.await.expect("answers in time");
        refused.expect_problem(409, "idempotency_key_in_use");
        without_a_key.expect(201);
        under_another.expect(201);
        somebody.lets_go().await;
        let made = under_the_key().await.expect(201);
        assert_eq!(made.header("idempotency-replayed"), "");
        assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), 3);
    }

    async fn a_group_under_it_is_refused_until_it_is_decided(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["groups.manage"]).await;
        let under_the_key =
            || form.post("/v1/groups", json!({"name": "Sales"})).idempotency_key("form-17");

        let somebody = claimed(&acme, &form, "form-17").await;
        let answer = tokio::time::timeout(AT_MOST, under_the_key().into_future()).await;
        answer.expect("an answer in time").expect_problem(409, "idempotency_key_in_use");
        somebody.lets_go().await;
        under_the_key().await.expect(201);
        assert_eq!(acme.owner.get("/v1/groups").await.expect(200).items().len(), 1);
    }
}
