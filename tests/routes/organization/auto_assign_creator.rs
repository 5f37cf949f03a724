//! `auto_assign_creator`: who adds a lead owns it.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{distribution, owner};
use crate::support::world::World;

both! {
    async fn whoever_adds_a_lead_by_hand_owns_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 1, 0).await;
        let rule = json!({"name": "All", "conditions": {"all": []}, "target": {"group_id": group}});
        acme.owner.post("/v1/routing-rules", rule).await.expect(201);
        let before = acme.owner.get("/v1/organization").await.expect(200).json();
        assert_eq!(before["auto_assign_creator"], false);
        let lead = json!({"first_name": "Lee"});
        assert_eq!(owner(&ann.post("/v1/leads", lead.clone()).await.expect(201).json()), tom.id);

        let change = json!({"auto_assign_creator": true});
        let after = acme.owner.patch("/v1/organization", change).await.expect(200).json();
        assert_eq!(after["auto_assign_creator"], true);
        assert_eq!(after["name"], before["name"]);
        let made = tom.post("/v1/leads", lead.clone()).await.expect(201).json();
        assert_eq!((owner(&made), &made["assignment"]["source"]),
            (tom.id.clone(), &json!("creator")));
        assert_eq!((&made["rule"], &made["group_id"]), (&Value::Null, &Value::Null));
        // It took no turn and counts towards no limit.
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 1);
        // Who says how, and who is no person, is routed.
        let mut routed = lead.clone();
        routed["assignment"] = json!({"mode": "route"});
        let dealt = tom.post("/v1/leads", routed).await.expect(201).json();
        assert_eq!((owner(&dealt), &dealt["assignment"]["turn"]), (ann.id.clone(), &json!(2)));
        let full = form.post("/v1/leads", lead.clone()).await.expect(201).json();
        assert_eq!(full["assignment"]["reason"], "all_members_at_limit");

        let wrong = json!({"auto_assign_creator": null});
        acme.owner.patch("/v1/organization", wrong).await.expect_faults(
            &[("/auto_assign_creator", "required")]);
        let change = json!({"auto_assign_creator": false});
        acme.owner.patch("/v1/organization", change).await.expect(200);
        let made = tom.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(made["assignment"]["reason"], "all_members_at_limit");
    }
}
