//! `POST /v1/auth/switch`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::{Organization, Person, World};

/// Somebody joins a further organization with the account they have.
async fn joins(organization: &Organization, person: &Person, role: &str) -> Person {
    let body = json!({
        "email": person.email, "first_name": "Tom", "role": role, "send_email": false,
    });
    let invited = organization.owner.post("/v1/users", body).await.expect(201).json();
    let accept = format!("/v1/invitations/{}/accept", text(&invited["invitation"]["token"]));
    Person::from_sign_in(person, &person.post(accept, json!({})).await)
}

both! {
    async fn starts_a_session_in_another_organization_of_the_account(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let there = joins(&globex, &tom, "manager").await;
        let switched = tom.post("/v1/auth/switch", json!({"organization_id": globex.id})).await;
        let body = switched.json();
        assert_eq!(body["organization"]["id"], globex.id);
        assert_eq!((&body["user"]["id"], &body["user"]["role"]), (&json!(there.id), &json!("manager")));
        let abroad = Person::from_sign_in(&tom, &switched);
        let me = abroad.get("/v1/me").await.expect(200).json();
        assert_eq!(me["organization"]["id"], globex.id);
        abroad.get(format!("/v1/users/{}", tom.id)).await.expect_problem(404, "not_found");
        let me = tom.get("/v1/me").await.expect(200).json();
        assert_eq!(me["organization"]["id"], acme.id, "the old session stays");
        let back = abroad.post("/v1/auth/switch", json!({"organization_id": acme.id})).await;
        assert_eq!(back.expect(200).json()["user"]["id"], tom.id);
        let choices = json!({"email": tom.email, "password": crate::support::world::PASSWORD});
        let login = tom.post("/v1/auth/login", choices).await;
        login.expect_problem(409, "organization_required");
    }

    async fn knows_no_organization_where_the_account_is_not_active(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let to = |id: &str| tom.post("/v1/auth/switch", json!({"organization_id": id}));
        to(&globex.id).await.expect_problem(404, "not_found");
        let body = json!({"email": tom.email, "first_name": "Tom", "send_email": false});
        globex.owner.post("/v1/users", body).await.expect(201);
        to(&globex.id).await.expect_problem(404, "not_found");
        to(&tom.id).await.expect_problem(404, "not_found");
        tom.post("/v1/auth/switch", json!({})).await.expect_faults(&[("/organization_id", "required")]);
        let key = acme.integration(&["leads.view"]).await;
        let by_key = key.post("/v1/auth/switch", json!({"organization_id": acme.id})).await;
        by_key.expect_problem(403, "person_required");
    }
}
