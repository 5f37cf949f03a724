//! What nobody gets by way of others: a request that was let in before access ended, owners that
//! vouch for each other, people above oneself.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::raw::RawConnection;
use crate::support::world::World;

both! {
    async fn a_request_whose_body_comes_after_the_end_of_access_does_nothing(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let body = json!({"name": "Outlives", "scopes": ["leads.create"]}).to_string();
        let mut slow = RawConnection::open(acme.server.address()).await;
        slow.send(&format!(
            "POST /v1/api-keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            ada.access_token,
            body.len(),
        ))
        .await;
        slow.wait_until_accepted().await;
        let leaves = format!("/v1/users/{}/deactivate", ada.id);
        acme.owner.post(leaves, json!({"leads": {"action": "keep"}})).await.expect(200);
        slow.send(&body).await;
        slow.answer().await.expect_problem(401, "invalid_credentials");
        let keys = acme.owner.get("/v1/api-keys").await.expect(200).items();
        assert!(keys.is_empty(), "{keys:?}");
    }

    async fn a_copy_for_all_owners_at_once_leaves_one_who_can_manage_people(database: Database) {
        let acme = World::start(database).await;
        let [anna, bert] = [acme.person("owner", "Anna").await, acme.person("owner", "Bert").await];
        let tom = acme.agent("Tom").await;
        let own = format!("/v1/users/{}/permissions", acme.owner.id);
        anna.put(own, json!({"grant": [], "deny": ["users.manage"]})).await.expect(200);
        let copy = format!("/v1/users/{}/permissions/copy", tom.id);
        let both = json!({"to_user_ids": [anna.id, bert.id]});
        acme.owner.post(&copy, both).await.expect_problem(409, "last_owner");
        acme.owner.post(copy, json!({"to_user_ids": [anna.id]})).await.expect(200);
    }

    async fn nobody_pauses_somebody_above_their_own_role(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let owner = format!("/v1/users/{}/pause", acme.owner.id);
        let problem = ada.put(owner, json!({})).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "users.manage");
    }

    async fn a_change_shows_no_more_than_a_look(database: Database) {
        let acme = World::start(database).await;
        let (mia, tom) = (acme.person("manager", "Mia").await, acme.agent("Tom").await);
        let may = format!("/v1/users/{}/permissions", mia.id);
        acme.owner.put(may, json!({"grant": ["users.manage"], "deny": []})).await.expect(200);
        let path = format!("/v1/users/{}", tom.id);
        for body in [json!({}), json!({"last_name": "Ash"})] {
            let shown = mia.patch(&path, body).await.expect(200).json();
            assert_eq!(shown["email"], Value::Null, "{shown}");
        }
    }
}
