//! `POST /v1/users/{id}/deactivate` with leads that a team deals.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{owner, post_in_turn};
use crate::support::off_boarding::{counts, deactivate, preview};
use crate::support::teams::{expect_sound_team, team_distribution};
use crate::support::world::World;

both! {
    async fn the_team_deals_the_leads_in_turn(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let from = acme.group("Old", &[&tom]).await;
        let team = acme.team("Blue", &[], &[&tom, &ann, &ben]).await;
        post_in_turn(&acme.owner, &from, 4).await;
        let body = json!({"leads": {"action": "distribute", "team_id": team}});
        let plan = preview(&acme.owner, &tom, body.clone()).await.expect(200).json();
        assert_eq!(plan["leads"]["team"], json!({"id": team, "name": "Blue"}));
        assert_eq!((&plan["leads"]["group"], &plan["leads"]["count"]), (&Value::Null, &json!(4)));
        let both = json!({"leads": {"action": "distribute", "team_id": team, "group_id": from}});
        deactivate(&acme.owner, &tom, both).await.expect_faults(&[("/leads/team_id", "invalid_value")]);
        let none = json!({"leads": {"action": "distribute"}});
        deactivate(&acme.owner, &tom, none).await.expect_faults(&[("/leads/group_id", "required")]);
        let strange = json!({"leads": {"action": "distribute", "team_id": from}});
        deactivate(&acme.owner, &tom, strange).await.expect_faults(&[("/leads/team_id", "unknown_team")]);
        let odd = json!({"leads": {"action": "release", "team_id": team}});
        deactivate(&acme.owner, &tom, odd).await.expect_faults(&[("/leads/team_id", "invalid_value")]);

        let done = deactivate(&acme.owner, &tom, body).await.expect(200).json();
        assert_eq!(counts(&done), [4, 4, 0, 0]);
        assert_eq!(done["leads"]["team"]["id"], json!(team));
        let leads = acme.owner.get("/v1/leads").await.expect(200).items();
        for agent in [&ann, &ben] {
            assert_eq!(leads.iter().filter(|lead| owner(lead) == agent.id).count(), 2);
        }
        assert_eq!(team_distribution(&acme.owner, &team).await["turn"], 4);
        expect_sound_team(&acme, &team).await;
    }
}
