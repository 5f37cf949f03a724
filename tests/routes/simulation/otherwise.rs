//! `POST /v1/groups/{id}/distribution/simulate`: with some things otherwise.

use serde_json::{Value, json};

use super::{decisions, receivers, simulate};
use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::waiting::{Then, when_nobody_eligible};
use crate::support::world::World;

both! {
    async fn members_limits_weights_and_pauses(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let [t, a, b] = [&tom, &ann, &ben].map(|person| json!(person.id));
        let told = simulate(&acme.owner, &group, json!({"leads": 3, "user_ids": [b, t]})).await;
        assert_eq!(receivers(&told), [&t, &b, &t], "the turn stays with whose it is");
        let members = json!([{"user_id": t, "weight": 2}]);
        let body = json!({"leads": 6, "members": members, "distribution": {"method": "weighted"}});
        let told = simulate(&acme.owner, &group, body).await;
        let toms = receivers(&told).iter().filter(|user| ***user == t).count();
        assert_eq!(toms, 4, "{told}");
        let members = json!([{"user_id": t, "daily_limit": 1}, {"user_id": a, "paused": true}]);
        let told = simulate(&acme.owner, &group, json!({"leads": 2, "members": members})).await;
        assert_eq!(receivers(&told), [&t, &Value::Null]);
        assert_eq!(decisions(&told)[1]["reason"], "nobody_available");
        let told = simulate(&acme.owner, &group, json!({"leads": 1, "paused": true})).await;
        assert_eq!(decisions(&told)[0]["reason"], "rotation_paused");
        let told = simulate(&acme.owner, &group, json!({"leads": 1, "user_ids": []})).await;
        assert_eq!(decisions(&told)[0]["reason"], "no_members");
    }

    async fn another_place_to_go_on_to(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, uma] = acme.agents(["Tom", "Ann", "Uma"]).await;
        let first = acme.group_with_limits("First", &[&tom], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &second, Then::User(&uma.id)).await;
        let body = json!({"leads": 3, "distribution": {
            "when_nobody_eligible": "fallback", "fallback": {"group_id": second},
        }});
        let told = simulate(&acme.owner, &first, body).await;
        assert_eq!(receivers(&told), [&json!(tom.id), &json!(ann.id), &json!(uma.id)]);
        let places: Vec<&Value> = decisions(&told).iter().map(|it| &it["group_id"]).collect();
        assert_eq!(places, [&json!(first), &json!(second), &json!(second)]);
        let turns: Vec<&Value> = decisions(&told).iter().map(|it| &it["turn"]).collect();
        assert_eq!(turns, [&json!(1), &json!(1), &Value::Null]);
        // As it is, they stay.
        post_in_turn(&acme.owner, &first, 1).await;
        let told = simulate(&acme.owner, &first, json!({"leads": 1})).await;
        assert_eq!(decisions(&told)[0]["reason"], "all_members_at_limit");
    }
}
