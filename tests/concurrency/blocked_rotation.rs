//! One rotation is locked by somebody who does not let go: nobody else's business.

use std::future::IntoFuture as _;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use super::retrying::post_until_answered;
use crate::support::client::Client;
use crate::support::leads::{
    all_leads_of, expect_all_there, expect_strict_order, fresh_number, lead_for,
};
use crate::support::ledger::{expect_sound_ledger, expect_sound_ledger_of};
use crate::support::postgres;
use crate::support::session::Session;
use crate::support::world::World;

/// How long anybody may wait for an answer meanwhile.
const AT_MOST: Duration = Duration::from_secs(8);

/// Posts leads with these numbers, all at once, and waits no longer than is right.
async fn post_at_once(
    client: &Client,
    group: &str,
    numbers: &[usize],
) -> Vec<crate::support::answer::Answer> {
    let posts = numbers.iter().map(|number| {
        let post = client.post("/v1/leads", lead_for(group, *number));
        post.idempotency_key(format!("lead-{number}")).into_future()
    });
    tokio::time::timeout(AT_MOST, join_all(posts))
        .await
        .unwrap_or_else(|_| panic!("no answer within {AT_MOST:?} for the group {group}"))
}

fn created(answers: Vec<crate::support::answer::Answer>) -> Vec<Value> {
    answers.into_iter().map(|answer| answer.expect(201).json()).collect()
}

postgres! {
    async fn everybody_else_is_dealt_to_and_its_own_leads_are_put_off(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let [gil, gus] = globex.agents(["Gil", "Gus"]).await;
        let blocked = acme.group("Blocked", &[&tom, &ann]).await;
        let free = acme.group("Free", &[&ann, &tom]).await;
        let foreign = globex.group("Foreign", &[&gil, &gus]).await;
        let form = acme.integration(&["leads.create"]).await;
        let other_form = globex.integration(&["leads.create"]).await;
        let numbers: Vec<usize> = (0..4).map(|_| fresh_number()).collect();
        let (mut of_free, mut of_foreign) = (Vec::new(), Vec::new());

        let somebody = Session::with_rotation(&acme.database, &blocked).await;
        for _ in 0..3 {
            let fresh: Vec<usize> = (0..4).map(|_| fresh_number()).collect();
            let (put_off, dealt, dealt_abroad) = tokio::join!(
                post_at_once(&form, &blocked, &numbers),
                post_at_once(&form, &free, &fresh),
                post_at_once(&other_form, &foreign, &fresh),
            );
            for answer in put_off {
                answer.expect_problem(503, "unavailable");
            }
            of_free.extend(created(dealt));
            of_foreign.extend(created(dealt_abroad));
        }
        somebody.lets_go().await;

        let mut of_blocked = Vec::new();
        for number in numbers {
            of_blocked.push(post_until_answered(&form, &blocked, number).await);
        }
        let sides = [
            (&acme.organization, &blocked, of_blocked, [&tom.id, &ann.id]),
            (&acme.organization, &free, of_free, [&ann.id, &tom.id]),
            (&globex, &foreign, of_foreign, [&gil.id, &gus.id]),
        ];
        for (organization, group, acknowledged, order) in sides {
            let stored = all_leads_of(&organization.owner, group).await;
            assert_eq!(stored.len(), acknowledged.len(), "one lead for each key");
            expect_all_there(&acknowledged, &stored);
            expect_strict_order(&stored, &order.map(String::as_str));
            expect_sound_ledger_of(&acme, organization, group).await;
        }
    }

    async fn a_change_of_the_group_itself_is_put_off(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Blocked", &[&tom]).await;
        let body = serde_json::json!({"user_ids": [ann.id, tom.id]});
        let put = || acme.owner.put(format!("/v1/groups/{group}/members"), body.clone());

        let somebody = Session::with_rotation(&acme.database, &group).await;
        let answer = tokio::time::timeout(AT_MOST, put().into_future()).await;
        answer.expect("an answer in time").expect_problem(503, "unavailable");
        somebody.lets_go().await;
        put().await.expect(200);
        expect_sound_ledger(&acme, &group).await;
    }
}
