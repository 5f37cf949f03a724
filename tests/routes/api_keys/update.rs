//! `PATCH /v1/api-keys/{id}`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::world::World;

both! {
    async fn changes_the_name_and_the_expiry_and_nothing_else(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        let path = format!("/v1/api-keys/{}", form.id);
        let before = acme.owner.get(&path).await.expect(200).json();
        let change = json!({"name": "Landing page", "expires_at": "2100-01-01T00:00:00Z"});
        let after = acme.owner.patch(&path, change).if_match(&before["version"]).await.expect(200);
        assert_eq!(after.json()["name"], "Landing page");
        assert_eq!(after.json()["expires_at"], "2100-01-01T00:00:00.000000Z");
        assert_ne!(after.json()["version"], before["version"]);

        let cleared = acme.owner.patch(&path, json!({"expires_at": null})).await.expect(200).json();
        assert_eq!(cleared["expires_at"], Value::Null);
        assert_eq!(cleared["name"], "Landing page", "absent keeps");

        let stale =
            acme.owner.patch(&path, json!({"name": "x"})).if_match(&before["version"]).await;
        stale.expect_problem(412, "precondition_failed");
        let fixed = acme.owner.patch(&path, json!({"scopes": ["leads.create"]})).await;
        fixed.expect_faults(&[("/scopes", "unknown_field")]);
        form.get("/v1/leads").await.expect(200);
    }
}
