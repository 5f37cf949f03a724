//! Collaborators who go with something else: the setting, their own deactivation, the lead's data.

use reqwest::Method;
use serde_json::json;

use crate::support::activities::{hand_over, own_lead};
use crate::support::answer::text;
use crate::support::both;
use crate::support::collaborators::{
    add, allow, expect_in_feed, expect_ties_in_step, of, tie, told,
};
use crate::support::leads::batch;
use crate::support::off_boarding::{deactivate, preview, reactivate, undo};
use crate::support::tamper::Tamperer;
use crate::support::world::World;

const PATH: &str = "/v1/organization";

fn line(what: &str, user: &str, why: &str) -> (String, String, String) {
    (what.to_owned(), user.to_owned(), why.to_owned())
}

both! {
    async fn switching_it_off_removes_all_there_are(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        for organization in [&acme, &globex] {
            allow(organization, true).await;
        }
        let elsewhere = own_lead(&globex.owner).await;
        let gil = globex.agent("Gil").await;
        add(&globex.owner, &elsewhere, &gil).await.expect(200);
        let [shared, archived, plain] = [own_lead(&tom).await, own_lead(&tom).await, own_lead(&tom).await];
        hand_over(&acme, &archived, &ann).await;
        for (lead, person) in [(&shared, &ann), (&shared, &ben), (&archived, &tom), (&archived, &ben)] {
            add(&acme.owner, lead, person).await.expect(200);
        }
        acme.owner.delete(format!("/v1/leads/{archived}")).await.expect(204);
        let before = acme.owner.get(format!("/v1/leads/{shared}")).await.expect(200).json();
        let untouched = acme.owner.get(format!("/v1/leads/{plain}")).await.expect(200).json();

        let body = json!({"allow_multiple_assignees": false});
        let stale = acme.owner.patch(PATH, body.clone()).if_match(&json!(1)).await;
        stale.expect_problem(412, "precondition_failed");
        let answer = acme.owner.patch(PATH, body).await.expect(200).json();
        assert_eq!(answer["allow_multiple_assignees"], false);
        assert_eq!(told(&acme.owner, &shared).await[2..], [
            line("removed", &ann.id, "setting_off"), line("removed", &ben.id, "setting_off"),
        ]);
        assert_eq!(told(&acme.owner, &archived).await[2..], [
            line("removed", &tom.id, "setting_off"), line("removed", &ben.id, "setting_off"),
        ]);
        expect_in_feed(&acme.owner, 4, 4).await;
        // Nothing else is changed by it.
        let mut after = acme.owner.get(format!("/v1/leads/{shared}")).await.expect(200).json();
        assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|version| version + 1));
        for member in ["version", "updated_at", "collaborators", "allowed_actions"] {
            after[member] = before[member].clone();
        }
        assert_eq!(after, before);
        let mut plain = acme.owner.get(format!("/v1/leads/{plain}")).await.expect(200).json();
        plain["allowed_actions"] = untouched["allowed_actions"].clone();
        assert_eq!(plain, untouched);
        for (lead, person, expected) in [
            (&shared, &ann, None), (&shared, &tom, Some("owner")), (&archived, &tom, Some("former_owner")),
        ] {
            assert_eq!(tie(&acme.owner, lead, person).await.as_deref(), expected);
        }
        ann.get(format!("/v1/leads/{shared}")).await.expect_problem(404, "not_found");
        assert_eq!(of(&globex.owner, &elsewhere).await, [&*gil.id]);
        let log = acme.owner.get("/v1/audit-log?kind=organization.changed").await.expect(200).items();
        assert_eq!(log[0]["data"]["collaborators_removed"], 4, "{}", log[0]);
        // It is what it says, and nothing comes back with it.
        add(&acme.owner, &shared, &ann).await.expect_problem(409, "multiple_assignees_not_allowed");
        allow(&acme, true).await;
        assert!(of(&acme.owner, &shared).await.is_empty());
        assert_eq!(expect_ties_in_step(&acme.database).await, 1);
        let wrong = acme.owner.patch(PATH, json!({"allow_multiple_assignees": null})).await;
        wrong.expect_faults(&[("/allow_multiple_assignees", "required")]);
    }

    async fn switching_it_off_removes_five_thousand(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let ann = acme.agent("Ann").await;
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        for _ in 0..5 {
            let leads = vec![lead.clone(); 1_000];
            acme.owner.post("/v1/leads/batch", batch("partial", &leads)).await.expect(200);
        }
        let tamperer = Tamperer::of(&acme.database).await;
        for table in [
            "lead_collaborators (organization_id, lead_id, user_id, added_at) \
             SELECT l.organization_id, l.id, u.id, l.created_at",
            "lead_access (organization_id, lead_id, user_id, kind) \
             SELECT l.organization_id, l.id, u.id, 2",
        ] {
            let from = "FROM leads l JOIN users u ON u.organization_id = l.organization_id \
                        WHERE u.first_name = 'Ann'";
            tamperer.run(&format!("INSERT INTO {table} {from}")).await;
        }
        tamperer.done().await;
        assert_eq!(expect_ties_in_step(&acme.database).await, 5_000);
        allow(&acme, false).await;
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);
        assert!(ann.get("/v1/leads").await.expect(200).items().is_empty());
        let tamperer = Tamperer::of(&acme.database).await;
        let events = tamperer.rows("events").await;
        let leads = tamperer.rows("leads").await;
        tamperer.done().await;
        let removed = events.iter().filter(|it| it.says("'lead.collaborator_removed'")).count();
        assert_eq!(removed, 5_000);
        assert!(leads.iter().all(|lead| lead.number("version") == Some(2)));
    }

    async fn who_is_deactivated_works_on_nothing_until_that_is_undone(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let mut leads = Vec::new();
        for _ in 0..4 {
            let lead = own_lead(&tom).await;
            for person in [&ann, &ben] {
                add(&acme.owner, &lead, person).await.expect(200);
            }
            leads.push(lead);
        }
        let [shared, archived, erased, given] = &leads[..] else { unreachable!() };
        let own = own_lead(&ann).await;
        let body = json!({"leads": {"action": "transfer", "user_id": ben.id}});
        let plan = preview(&acme.owner, &ann, body.clone()).await.expect(200).json();
        assert_eq!(plan["collaborations"], 4);
        deactivate(&acme.owner, &ann, body).await.expect(200);
        for lead in &leads {
            assert_eq!(of(&acme.owner, lead).await, [&*ben.id]);
            assert_eq!(told(&acme.owner, lead).await.pop(), Some(line("removed", &ann.id, "deactivated")));
            assert_eq!(tie(&acme.owner, lead, &ann).await, None);
        }
        acme.owner.delete(format!("/v1/leads/{archived}")).await.expect(204);
        acme.owner.request(Method::POST, format!("/v1/leads/{erased}/erase")).await.expect(200);
        hand_over(&acme, given, &ben).await;
        undo(&acme.owner, &ann).await.expect(200);
        let back = line("added", &ann.id, "deactivation_undone");
        for (lead, expected) in [
            (shared, vec![&*ann.id, &*ben.id]), (archived, vec![&*ann.id, &*ben.id]),
            (erased, vec![]), (given, vec![&*ann.id]),
        ] {
            assert_eq!(of(&acme.owner, lead).await, expected, "where they stood");
            let last = told(&acme.owner, lead).await.pop();
            assert_eq!(last.as_ref() == Some(&back), lead != erased, "{last:?}");
        }
        let ann = ann.signed_in_again().await;
        assert_eq!(ann.get(format!("/v1/leads/{own}")).await.expect(200).json()["owner"]["id"], ann.id);
        ann.get(format!("/v1/leads/{archived}")).await.expect(200);
        let listed = ann.get("/v1/leads?collaborator=me").await.expect(200).items();
        assert_eq!(listed.len(), 2);
        expect_ties_in_step(&acme.database).await;

        // Who is only taken back is not; nor is who may not be by now.
        let kept = json!({"leads": {"action": "keep"}});
        deactivate(&acme.owner, &ann, kept.clone()).await.expect(200);
        reactivate(&acme.owner, &ann).await.expect(200);
        assert_eq!(of(&acme.owner, shared).await, [&*ben.id]);
        deactivate(&acme.owner, &ben, kept).await.expect(200);
        allow(&acme, false).await;
        undo(&acme.owner, &ben).await.expect(200);
        assert!(of(&acme.owner, shared).await.is_empty());
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);

        // Nor is who was away while there were none.
        allow(&acme, true).await;
        add(&acme.owner, shared, &ben).await.expect(200);
        deactivate(&acme.owner, &ben, json!({"leads": {"action": "keep"}})).await.expect(200);
        allow(&acme, false).await;
        allow(&acme, true).await;
        undo(&acme.owner, &ben).await.expect(200);
        assert!(of(&acme.owner, shared).await.is_empty());
    }

    async fn an_archived_lead_keeps_them_and_an_erased_one_does_not(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own_lead(&tom).await;
        add(&acme.owner, &lead, &ann).await.expect(200);
        let path = format!("/v1/leads/{lead}");
        acme.owner.delete(&path).await.expect(204);
        assert!(ann.get("/v1/leads").await.expect(200).items().is_empty());
        assert_eq!(ann.get("/v1/leads?archived=true").await.expect(200).items().len(), 1);
        let restored = acme.owner.request(Method::POST, format!("{path}/restore")).await.expect(200);
        assert_eq!(text(&restored.json()["collaborators"][0]["id"]), ann.id);
        assert_eq!(ann.get("/v1/leads").await.expect(200).items().len(), 1);
        let erased = acme.owner.request(Method::POST, format!("{path}/erase")).await.expect(200);
        assert_eq!(erased.json()["collaborators"], json!([]));
        assert_eq!(told(&acme.owner, &lead).await.pop(), Some(line("removed", &ann.id, "erased")));
        ann.get(&path).await.expect_problem(404, "not_found");
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);
    }
}
