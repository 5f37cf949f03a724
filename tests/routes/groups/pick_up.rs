//! The statuses in which the members of a group may pick up leads.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn are_kept_as_given_and_changed_like_the_rest(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"name": "Sales", "pick_up_statuses": ["qualified", "new"]});
        let group = acme.owner.post("/v1/groups", body).await.expect(201).json();
        assert_eq!(group["pick_up_statuses"], json!(["qualified", "new"]));
        let path = format!("/v1/groups/{}", text(&group["id"]));
        assert_eq!(acme.owner.get(&path).await.expect(200).json(), group);
        let listed = acme.owner.get("/v1/groups").await.expect(200).items();
        assert_eq!(listed, std::slice::from_ref(&group));

        let change = |statuses| acme.owner.patch(&path, json!({"pick_up_statuses": statuses}));
        let same = change(json!(["qualified", "new"])).await.expect(200).json();
        assert_eq!(same["version"], 1, "nothing has changed");
        let changed = change(json!(["contacted"])).if_match(&json!(1)).await.expect(200).json();
        assert_eq!((&changed["pick_up_statuses"], &changed["version"]), (&json!(["contacted"]), &json!(2)));
        change(json!([])).if_match(&json!(1)).await.expect_problem(412, "precondition_failed");
        let kept = acme.owner.patch(&path, json!({"name": "Tele-Sales"})).await.expect(200).json();
        assert_eq!(kept["pick_up_statuses"], json!(["contacted"]));
        let cleared = change(json!(null)).await.expect(200).json();
        assert_eq!(cleared["pick_up_statuses"], json!([]));

        let log = acme.owner.get("/v1/audit-log?kind=group.changed").await.expect(200).items();
        let told: Vec<_> = log
            .iter()
            .map(|event| (&event["data"]["before"]["pick_up_statuses"], &event["data"]["after"]["pick_up_statuses"]))
            .collect();
        let (contacted, none, first) = (json!(["contacted"]), json!([]), json!(["qualified", "new"]));
        assert_eq!(told, [(&contacted, &none), (&contacted, &contacted), (&first, &contacted)]);
    }

    async fn are_none_unless_told(database: Database) {
        let acme = World::start(database).await;
        for body in [json!({"name": "A"}), json!({"name": "B", "pick_up_statuses": null})] {
            let group = acme.owner.post("/v1/groups", body).await.expect(201).json();
            assert_eq!(group["pick_up_statuses"], json!([]));
        }
    }

    async fn are_statuses_of_the_organization_each_once(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = json!({"key": "theirs", "name": "Theirs"});
        globex.owner.post("/v1/lead-statuses", theirs).await.expect(201);
        let statuses = json!(["new", "theirs", "new", "", "won"]);
        let expected = [
            ("/name", "required"),
            ("/pick_up_statuses/1", "unknown_status"),
            ("/pick_up_statuses/2", "duplicate"),
            ("/pick_up_statuses/3", "unknown_status"),
        ];
        let body = json!({"pick_up_statuses": statuses});
        acme.owner.post("/v1/groups", body.clone()).await.expect_faults(&expected);
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}");
        acme.owner.patch(&path, body).await.expect_faults(&expected[1..]);
        let many = json!({"pick_up_statuses": vec!["new"; 51]});
        acme.owner.patch(&path, many).await.expect_faults(&[("/pick_up_statuses", "too_many")]);
    }

    async fn keep_a_status_from_being_deleted(database: Database) {
        let acme = World::start(database).await;
        let body = |name: &str| json!({"name": name, "pick_up_statuses": ["contacted"]});
        let east = acme.owner.post("/v1/groups", body("East")).await.expect(201).json();
        let west = acme.owner.post("/v1/groups", body("West")).await.expect(201).json();
        let path = "/v1/lead-statuses/contacted";
        let problem = acme.owner.delete(path).await.expect_problem(409, "status_in_use");
        let named = |group: &serde_json::Value| json!({"id": group["id"], "name": group["name"]});
        assert_eq!(problem["groups"], json!([named(&east), named(&west)]));
        let east = format!("/v1/groups/{}", text(&east["id"]));
        acme.owner.patch(east, json!({"pick_up_statuses": []})).await.expect(200);
        let problem = acme.owner.delete(path).await.expect_problem(409, "status_in_use");
        assert_eq!(problem["groups"], json!([named(&west)]));
        // One that is out of use needs it no more.
        acme.owner.delete(format!("/v1/groups/{}", text(&west["id"]))).await.expect(204);
        acme.owner.delete(path).await.expect(204);
    }
}
