//! What a key may do and see, by its scopes, its source and its groups.

use serde_json::json;

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Credential;
use crate::support::leads::lead_for;
use crate::support::world::World;

both! {
    async fn a_key_reads_only_the_leads_it_made(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let other = acme.integration(&["leads.create", "leads.view"]).await;
        let own = form.post("/v1/leads", json!({"first_name": "Own"})).await.expect(201).json();
        let theirs =
            other.post("/v1/leads", json!({"first_name": "Theirs"})).await.expect(201).json();
        assert_eq!(
            own["created_by"],
            json!({"type": "api_key", "id": form.id, "name": "Web form"})
        );

        let seen = form.get("/v1/leads").await.expect(200).items();
        assert_eq!(ids(&seen), [text(&own["id"])]);
        form.get(format!("/v1/leads/{}", text(&own["id"]))).await.expect(200);
        for path in ["", "/assignments"] {
            let path = format!("/v1/leads/{}{path}", text(&theirs["id"]));
            form.get(path).await.expect_problem(404, "not_found");
        }
    }

    async fn a_key_may_be_granted_to_see_every_lead(database: Database) {
        let acme = World::start(database).await;
        let report = acme.integration(&["leads.view", "leads.view_all"]).await;
        let lead =
            acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!(ids(&report.get("/v1/leads").await.expect(200).items()), [text(&lead["id"])]);
    }

    async fn a_key_may_only_do_what_its_scopes_name(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let answer = form.get("/v1/groups").await;
        assert_eq!(answer.expect_problem(403, "permission_denied")["permission"], "groups.view");
        let reader = acme.integration(&["groups.view"]).await;
        reader.get("/v1/groups").await.expect(200);
        let answer = reader.post("/v1/leads", json!({"first_name": "Lee"})).await;
        assert_eq!(answer.expect_problem(403, "permission_denied")["permission"], "leads.create");
    }

    async fn a_key_with_a_source_gives_it_to_every_lead(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "name": "Ads", "scopes": ["leads.create", "leads.view"], "source": "facebook",
        });
        let ads = acme.integration_from(body).await;
        for lead in [json!({"first_name": "A"}), json!({"first_name": "B", "source": "google"})] {
            let made = ads.post("/v1/leads", lead).await.expect(201).json();
            assert_eq!(made["source"], "facebook");
        }
    }

    async fn a_key_with_groups_distributes_to_no_other(database: Database) {
        let acme = World::start(database).await;
        let sales = acme.group("Sales", &[&acme.owner]).await;
        let support = acme.group("Support", &[&acme.owner]).await;
        let body = json!({"name": "Form", "scopes": ["leads.create"], "group_ids": [sales]});
        let form = acme.integration_from(body).await;
        form.post("/v1/leads", lead_for(&sales, 1)).await.expect(201);
        let answer = form.post("/v1/leads", lead_for(&support, 2)).await;
        answer.expect_faults(&[("/assignment/group_id", "unknown_group")]);
        acme.owner.post("/v1/leads", lead_for(&support, 3)).await.expect(201);
    }

    async fn a_key_has_no_self_to_assign_to(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let answer = form.post("/v1/leads", lead).await;
        assert!(matches!(answer.status.as_u16(), 403 | 422), "{answer}");
    }

    async fn a_key_that_never_was_is_refused(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        let mut altered = form.key.clone();
        let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
        altered.push(last);
        for key in [altered, "evh_nonsense".to_owned(), "nonsense".to_owned()] {
            let liar = form.with(Credential::ApiKey(key));
            liar.get("/v1/leads").await.expect_problem(401, "invalid_credentials");
        }
    }
}
