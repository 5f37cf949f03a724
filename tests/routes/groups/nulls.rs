//! Null in a merge patch: clears what can be absent, and is refused for what cannot.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::world::World;

both! {
    async fn what_a_group_cannot_be_without_is_not_cleared(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group_with_limits("Sales", &[], 5, 50).await;
        let path = format!("/v1/groups/{group}");
        let before = acme.owner.get(&path).await.expect(200).json();
        for (body, pointer) in [
            (json!({"name": null}), "/name"),
            (json!({"distribution": null}), "/distribution"),
            (json!({"distribution": {"method": null}}), "/distribution/method"),
        ] {
            acme.owner.patch(&path, body).await.expect_faults(&[(pointer, "required")]);
        }
        assert_eq!(acme.owner.get(&path).await.expect(200).json(), before);
        let lift = json!({"distribution": {"daily_limit": null}});
        let after = acme.owner.patch(&path, lift).await.expect(200).json();
        assert_eq!(after["distribution"]["daily_limit"], 0);
    }

    async fn null_takes_a_pause_away(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let path = format!("/v1/groups/{group}/members/{}", acme.owner.id);
        for pause in [json!({"paused": true}), json!({"paused_until": "2099-01-01T00:00:00Z"})] {
            let member = acme.owner.patch(&path, pause).await.expect(200).json();
            assert_eq!(member["paused"], true);
            let member = acme.owner.patch(&path, json!({"paused": null})).await.expect(200).json();
            assert_eq!(member["paused"], false);
            assert_eq!(member["paused_until"], Value::Null);
        }
    }
}
