//! `GET` and `PUT /v1/teams/{id}/members`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::{Person, World, ids_of};

fn lists(managers: &[&Person], users: &[&Person]) -> Value {
    json!({"manager_ids": ids_of(managers), "user_ids": ids_of(users)})
}

/// Who is on a team, as pairs of id and seat.
fn seats(members: &[Value]) -> Vec<(String, String)> {
    let mut seats: Vec<_> =
        members.iter().map(|member| (text(&member["user"]["id"]), text(&member["seat"]))).collect();
    seats.sort();
    seats
}

both! {
    async fn are_saved_both_at_once(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.team("Blue", &[&mia], &[&tom]).await;
        let path = format!("/v1/teams/{team}/members");
        let saved = acme.owner.put(&path, lists(&[&acme.owner], &[&ann, &mia])).await.expect(200);
        assert_eq!(saved.header("etag"), "\"2\"");
        let read = acme.owner.get(&path).await.expect(200);
        assert_eq!(saved.items(), read.items());
        assert_eq!(read.header("etag"), "\"2\"");
        let mut expected = vec![
            (acme.owner.id.clone(), "manager".to_owned()),
            (ann.id.clone(), "user".to_owned()),
            (mia.id.clone(), "user".to_owned()),
        ];
        expected.sort();
        assert_eq!(seats(&read.items()), expected);
        assert_eq!(read.items()[0]["seat"], "manager", "managers first");
        let members = read.items();
        let anns = members.iter().find(|member| member["user"]["id"] == *ann.id).unwrap();
        assert_eq!(anns["user"]["first_name"], "Ann");
        assert_eq!(anns["user"]["partner"], false);
        assert_eq!((&anns["role"], &anns["status"]), (&json!("agent"), &json!("active")));
        let team = acme.owner.get(format!("/v1/teams/{team}")).await.expect(200).json();
        assert_eq!((&team["manager_count"], &team["user_count"]), (&json!(1), &json!(2)));
        assert_eq!(team["version"], 2);

        let again = acme.owner.put(&path, lists(&[&acme.owner], &[&ann, &mia])).await.expect(200);
        assert_eq!(again.header("etag"), "\"2\"", "nothing changed");
        let nobody = acme.owner.put(&path, lists(&[], &[])).await.expect(200);
        assert!(nobody.items().is_empty());
    }

    async fn are_refused_with_every_fault_and_none_saved(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[&acme.owner], &[]).await;
        let path = format!("/v1/teams/{team}/members");
        let answer = acme.owner.put(&path, lists(&[&tom, &globex.owner], &[&acme.owner])).await;
        answer.expect_faults(&[
            ("/manager_ids/0", "not_a_manager"),
            ("/manager_ids/1", "unknown_user"),
        ]);
        let answer = acme.owner.put(&path, lists(&[&acme.owner], &[&tom, &acme.owner, &tom])).await;
        answer.expect_faults(&[("/user_ids/1", "duplicate"), ("/user_ids/2", "duplicate")]);
        let answer = acme.owner.put(&path, json!({"user_ids": [tom.id]})).await;
        answer.expect_faults(&[("/manager_ids", "required")]);
        let many: Vec<String> =
            (0..1001).map(|n| format!("01890a5d-ac96-774b-bcce-{n:012}")).collect();
        let answer = acme.owner.put(&path, json!({"manager_ids": [], "user_ids": many})).await;
        answer.expect_faults(&[("/user_ids", "too_many")]);
        let members = acme.owner.get(&path).await.expect(200);
        assert_eq!(members.header("etag"), "\"1\"");
        assert_eq!(members.items().len(), 1);
    }

    async fn may_be_invited_still(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "ivy@acme.example", "first_name": "Ivy", "send_email": false});
        let invited = acme.owner.post("/v1/users", body).await.expect(201).json();
        let team = acme.team("Blue", &[], &[]).await;
        let path = format!("/v1/teams/{team}/members");
        let ids = json!({"manager_ids": [], "user_ids": [invited["id"]]});
        let saved = acme.owner.put(&path, ids).await.expect(200);
        assert_eq!(saved.items()[0]["status"], "invited");
    }

    async fn stay_when_deactivated_and_do_not_come_then(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let mine = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        tom.post("/v1/leads", mine).await.expect(201);
        let kept = json!({"leads": {"action": "keep"}});
        acme.owner.post(format!("/v1/users/{}/deactivate", tom.id), kept).await.expect(200);
        let path = format!("/v1/teams/{blue}/members");
        let saved = acme.owner.put(&path, lists(&[&mia], &[&ann, &tom])).await.expect(200).items();
        let toms = saved.iter().find(|member| member["user"]["id"] == *tom.id).unwrap();
        assert_eq!(toms["status"], "inactive");
        assert_eq!(mia.get("/v1/leads").await.expect(200).items().len(), 1, "what he owned");
        acme.owner.put(&path, lists(&[&mia], &[&ann])).await.expect(200);
        assert!(mia.get("/v1/leads").await.expect(200).items().is_empty());
        let back = acme.owner.put(&path, lists(&[&mia], &[&ann, &tom])).await;
        back.expect_faults(&[("/user_ids/1", "unknown_user")]);
    }

    async fn honour_if_match(database: Database) {
        let acme = World::start(database).await;
        let team = acme.team("Blue", &[], &[]).await;
        let path = format!("/v1/teams/{team}/members");
        let stale = acme.owner.put(&path, lists(&[&acme.owner], &[])).if_match(&json!(9)).await;
        stale.expect_problem(412, "precondition_failed");
        assert!(acme.owner.get(&path).await.expect(200).items().is_empty());
    }
}
