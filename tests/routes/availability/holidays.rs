//! `GET` and `PUT /v1/organization/holidays`.

use serde_json::json;

use crate::support::both;
use crate::support::time::{hours_after, local_day};
use crate::support::world::World;

const PATH: &str = "/v1/organization/holidays";

both! {
    async fn are_set_whole_and_read_by_everybody(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let answer = tom.get(PATH).await.expect(200);
        assert_eq!(answer.json(), json!({"holidays": [], "version": 0}));
        assert_eq!(answer.header("etag"), "\"0\"");

        let body = json!({"holidays": [
            {"date": "2031-12-26"}, {"date": "2031-12-25", "name": " Christmas Day "},
        ]});
        let expected = json!({"holidays": [
            {"date": "2031-12-25", "name": "Christmas Day"}, {"date": "2031-12-26", "name": null},
        ], "version": 1});
        let set = acme.owner.put(PATH, body.clone()).if_match(&json!(0)).await.expect(200);
        assert_eq!((set.json(), set.header("etag")), (expected.clone(), "\"1\""));
        assert_eq!(tom.get(PATH).await.expect(200).json(), expected);
        assert_eq!(acme.owner.put(PATH, body).await.expect(200).json(), expected);
        let stale = acme.owner.put(PATH, json!({"holidays": []})).if_match(&json!(0)).await;
        stale.expect_problem(412, "precondition_failed");
        let one = json!({"holidays": [{"date": "2031-12-26"}, {"date": "2032-01-01"}]});
        acme.owner.put(PATH, one).if_match(&json!(1)).await.expect(200);
        let path = "/v1/audit-log?kind=organization.holidays_changed";
        let entries = acme.owner.get(path).await.expect(200).items();
        assert_eq!(entries[0]["data"], json!({
            "added": [{"date": "2032-01-01", "name": null}],
            "removed": [{"date": "2031-12-25", "name": "Christmas Day"}],
        }));

        let problem = tom.put(PATH, json!({"holidays": []})).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "organization.manage");
        let globex = acme.second_organization().await;
        assert_eq!(globex.owner.get(PATH).await.expect(200).json()["version"], 0);
    }

    async fn hold_where_somebody_is(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let mine = "/v1/me/availability";
        let now = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();
        let now = now["updated_at"].as_str().unwrap();
        let today = local_day(now, &acme.time_zone);
        acme.owner.put(PATH, json!({"holidays": [{"date": today}]})).await.expect(200);
        let shown = tom.get(mine).await.expect(200).json();
        assert_eq!((&shown["available_now"], &shown["reason"]), (&json!(false), &json!("holiday")));
        let end = shown["until"].as_str().unwrap();
        assert_eq!(local_day(&hours_after(end, -1), &acme.time_zone), today);
        assert_ne!(local_day(end, &acme.time_zone), today);

        let tomorrow = local_day(&hours_after(now, 24), &acme.time_zone);
        acme.owner.put(PATH, json!({"holidays": [{"date": tomorrow}]})).await.expect(200);
        assert_eq!(tom.get(mine).await.expect(200).json()["available_now"], true);
    }

    async fn all_faults_are_told_at_once(database: Database) {
        let acme = World::start(database).await;
        let put = |body| acme.owner.put(PATH, body);
        put(json!({})).await.expect_faults(&[("/holidays", "required")]);
        put(json!({"holidays": [
            {"date": "2026-12-25"}, {"date": "25.12.2026"}, {}, {"date": "2026-12-25"},
            {"date": "2026-12-27", "name": "x".repeat(201), "half": true},
        ]})).await.expect_faults(&[
            ("/holidays/1/date", "invalid_value"),
            ("/holidays/2/date", "required"),
            ("/holidays/3/date", "duplicate"),
            ("/holidays/4/half", "unknown_field"),
            ("/holidays/4/name", "too_long"),
        ]);
    }
}
