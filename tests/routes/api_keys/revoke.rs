//! `DELETE /v1/api-keys/{id}`, and keys whose time is over.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::lead_for;
use crate::support::time::hours_after;
use crate::support::world::World;

both! {
    async fn ends_access_with_the_very_next_request_on_every_replica(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let mut doors = vec![form.clone().on_a_new_connection()];
        doors.extend(replicas.iter().map(|replica| form.at(replica)));
        for (number, door) in doors.iter().enumerate() {
            door.post("/v1/leads", lead_for(&group, number)).await.expect(201);
            door.get("/v1/leads").await.expect(200);
        }
        acme.owner.delete(format!("/v1/api-keys/{}", form.id)).await.expect(204);
        for door in doors.iter().rev() {
            let intake = door.post("/v1/leads", lead_for(&group, 9)).await;
            intake.expect_problem(401, "invalid_credentials");
            door.get("/v1/leads").await.expect_problem(401, "invalid_credentials");
        }
    }

    async fn may_be_asked_twice(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let path = format!("/v1/api-keys/{}", form.id);
        acme.owner.delete(&path).await.expect(204);
        let revoked_at = acme.owner.get(&path).await.expect(200).json()["revoked_at"].clone();
        acme.owner.delete(&path).await.expect(204);
        assert_eq!(acme.owner.get(&path).await.expect(200).json()["revoked_at"], revoked_at);
    }

    async fn knows_no_key_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = globex.integration(&["leads.view"]).await;
        let path = format!("/v1/api-keys/{}", theirs.id);
        acme.owner.get(&path).await.expect_problem(404, "not_found");
        acme.owner.delete(&path).await.expect_problem(404, "not_found");
        theirs.get("/v1/leads").await.expect(200);
    }

    async fn keeps_what_changed_meanwhile(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        let path = format!("/v1/api-keys/{}", form.id);
        let stale = acme.owner.delete(&path).if_match(&json!(999)).await;
        stale.expect_problem(412, "precondition_failed");
        form.get("/v1/leads").await.expect(200);
    }

    async fn comes_by_itself_when_a_key_expires(database: Database) {
        let mut acme = World::start(database).await;
        let made = acme.integration(&["leads.create"]).await;
        let made = acme.owner.get(format!("/v1/api-keys/{}", made.id)).await.expect(200).json();
        let expires_at = hours_after(&text(&made["created_at"]), 2);
        let body = json!({
            "name": "Campaign", "scopes": ["leads.create", "leads.view"], "expires_at": expires_at,
        });
        let campaign = acme.integration_from(body).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+1h")]).await;
        campaign.get("/v1/leads").await.expect(200);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+3h")]).await;
        campaign.get("/v1/leads").await.expect_problem(401, "invalid_credentials");
        let lead = json!({"first_name": "Lee"});
        campaign.post("/v1/leads", lead).await.expect_problem(401, "invalid_credentials");
    }
}
