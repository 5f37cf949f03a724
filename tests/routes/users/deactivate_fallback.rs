//! `POST /v1/users/{id}/deactivate` of somebody to whom groups and teams fall back.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{deactivate, preview, reactivate};
use crate::support::teams::team_distribution;
use crate::support::world::World;

both! {
    async fn names_them_and_they_go_on_naming_who_left(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[]).await;
        let other = acme.group("Other", &[]).await;
        let gone = acme.group("Gone", &[]).await;
        let blue = acme.team("Blue", &[], &[&ann]).await;
        let to = |person: &str| json!({"distribution": {"when_nobody_eligible": "fallback",
            "fallback": {"user_id": person}}});
        for group in [&sales, &gone] {
            acme.owner.patch(format!("/v1/groups/{group}"), to(&tom.id)).await.expect(200);
        }
        acme.owner.patch(format!("/v1/teams/{blue}"), to(&tom.id)).await.expect(200);
        acme.owner.patch(format!("/v1/groups/{other}"), to(&ann.id)).await.expect(200);
        acme.owner.delete(format!("/v1/groups/{gone}")).await.expect(204);
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!(owner(&lead), tom.id);

        let group = acme.owner.get(format!("/v1/groups/{sales}/distribution")).await.expect(200).json();
        let team = team_distribution(&acme.owner, &blue).await;
        let expected = json!([
            {"rotation_id": group["rotation_id"], "group": {"id": sales, "name": "Sales"}, "team": null},
            {"rotation_id": team["rotation_id"], "group": null, "team": {"id": blue, "name": "Blue"}},
        ]);
        let keep = json!({"leads": {"action": "keep"}});
        let plan = preview(&acme.owner, &tom, keep.clone()).await.expect(200).json();
        assert_eq!(plan["fallback_of"], expected);
        let none = preview(&acme.owner, &acme.agent("Ben").await, keep.clone()).await.expect(200);
        assert_eq!(none.json()["fallback_of"], json!([]));

        let exactly = json!({"leads": {"action": "keep"}, "plan_hash": plan["plan_hash"]});
        let done = deactivate(&acme.owner, &tom, exactly).await.expect(200).json();
        assert_eq!(done["fallback_of"], expected);
        let path = format!("/v1/users/{}/deactivation", tom.id);
        assert_eq!(acme.owner.get(&path).await.expect(200).json(), done);
        let named = acme.owner.get(format!("/v1/groups/{sales}")).await.expect(200).json();
        assert_eq!(named["distribution"]["fallback"]["user_id"], json!(tom.id), "{named}");
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!((&lead["owner"], &lead["assignment"]["reason"]), (&Value::Null, &json!("no_members")));

        reactivate(&acme.owner, &tom).await.expect(200);
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!(owner(&lead), tom.id, "it goes to him again");
        // Who has another fallback by then is named no more.
        deactivate(&acme.owner, &tom, keep).await.expect(200);
        acme.owner.patch(format!("/v1/teams/{blue}"), to(&ann.id)).await.expect(200);
        let told = acme.owner.get(&path).await.expect(200).json();
        assert_eq!(told["fallback_of"], json!([expected[0]]));
        expect_sound_ledger(&acme, &sales).await;
    }
}
