//! `POST /v1/users/{id}/permissions/copy`.

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{Person, World, ids_of};

async fn copy(client: &Client, from: &Person, to: &[&Person]) -> Answer {
    let body = json!({"to_user_ids": ids_of(to)});
    client.post(format!("/v1/users/{}/permissions/copy", from.id), body).await
}

async fn effective(client: &Client, of: &Person) -> Value {
    let path = format!("/v1/users/{}/permissions", of.id);
    client.get(path).await.expect(200).json()["effective"].clone()
}

async fn set(client: &Client, of: &Person, body: Value) {
    client.put(format!("/v1/users/{}/permissions", of.id), body).await.expect(200);
}

both! {
    async fn makes_what_they_may_do_equal_whatever_their_roles(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mia = acme.person("manager", "Mia").await;
        let ada = acme.person("admin", "Ada").await;
        set(&acme.owner, &tom, json!({"grant": ["leads.view_all"], "deny": ["leads.create"]})).await;
        set(&acme.owner, &ann, json!({"grant": ["audit_log.view"]})).await;
        let copied = copy(&acme.owner, &tom, &[&mia, &ann, &ada]).await.expect(200).items();
        let wanted = effective(&acme.owner, &tom).await;
        assert_eq!(wanted, json!(["leads.view", "leads.view_all", "leads.edit", "users.view"]));
        for (person, told) in [&mia, &ann, &ada].into_iter().zip(&copied) {
            assert_eq!(told["user_id"], person.id, "in the request's order");
            assert_eq!(told["effective"], wanted);
            assert_eq!(effective(&acme.owner, person).await, wanted);
            assert_eq!(person.get("/v1/me").await.expect(200).json()["permissions"], wanted);
        }
        assert_eq!(copied[0]["role"], "manager", "roles stay");
        let again = copy(&acme.owner, &tom, &[&mia]).await.expect(200).items();
        assert_eq!(again[0]["version"], copied[0]["version"], "nothing changed");
    }

    async fn is_for_all_of_them_or_none_and_names_each_fault(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let ada = acme.person("admin", "Ada").await;
        let [tom, ann, bob] = acme.agents(["Tom", "Ann", "Bob"]).await;
        set(&acme.owner, &ada, json!({"deny": ["audit_log.view"]})).await;
        set(&acme.owner, &tom, json!({"grant": ["audit_log.view"]})).await;
        set(&acme.owner, &bob, json!({"grant": ["audit_log.view"], "deny": ["leads.view"]})).await;
        let before = effective(&acme.owner, &bob).await;
        let refused = copy(&ada, &tom, &[&bob, &ann, &ada, &acme.owner, &globex.owner]).await;
        refused.expect_faults(&[
            ("/to_user_ids/1", "permission_not_held"),
            ("/to_user_ids/2", "own_permissions"),
            ("/to_user_ids/3", "permission_denied"),
            ("/to_user_ids/4", "unknown_user"),
        ]);
        assert_eq!(effective(&acme.owner, &bob).await, before, "nobody was changed");
        copy(&ada, &tom, &[&bob]).await.expect(200);

        let path = format!("/v1/users/{}/permissions/copy", tom.id);
        let none = acme.owner.post(&path, json!({"to_user_ids": []})).await;
        none.expect_faults(&[("/to_user_ids", "required")]);
        let twice = acme.owner.post(&path, json!({"to_user_ids": [ann.id, "x", ann.id]})).await;
        twice.expect_faults(&[
            ("/to_user_ids/1", "invalid_value"),
            ("/to_user_ids/2", "duplicate"),
        ]);
        let many: Vec<&str> = std::iter::repeat_n(ann.id.as_str(), 101).collect();
        let many = acme.owner.post(&path, json!({"to_user_ids": many})).await;
        many.expect_faults(&[("/to_user_ids", "too_many")]);
        let unknown = format!("/v1/users/{}/permissions/copy", globex.owner.id);
        let unknown = acme.owner.post(unknown, json!({"to_user_ids": [ann.id]})).await;
        unknown.expect_problem(404, "not_found");
    }

    async fn leaves_somebody_who_can_manage_people(database: Database) {
        let acme = World::start(database).await;
        let otto = acme.person("owner", "Otto").await;
        let zoe = acme.person("owner", "Zoe").await;
        let tom = acme.agent("Tom").await;
        // Two who may set permissions, and could not manage people any more.
        for owner in [&acme.owner, &zoe] {
            set(&otto, owner, json!({"deny": ["users.manage"]})).await;
        }
        let refused = copy(&zoe, &tom, &[&acme.owner, &otto]).await;
        refused.expect_faults(&[("/to_user_ids/1", "last_owner")]);
        copy(&zoe, &tom, &[&acme.owner]).await.expect(200);
        let refused = copy(&acme.owner, &tom, &[&otto]).await;
        refused.expect_problem(403, "permission_denied");
    }
}
