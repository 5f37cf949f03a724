//! `GET`, `PUT` and `DELETE /v1/me/availability`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::time::{expect_instant, hours_after};
use crate::support::world::World;

const PATH: &str = "/v1/me/availability";

both! {
    async fn is_set_whole_and_shown_in_order(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let answer = tom.get(PATH).await.expect(200);
        assert_eq!(answer.header("etag"), "\"0\"");
        assert_eq!(answer.json(), json!({
            "scheduled": false, "time_zone": acme.time_zone, "weekly": null, "absences": [],
            "available_now": true, "reason": null, "until": null, "version": 0,
        }));

        let body = json!({
            "time_zone": "europe/berlin",
            "weekly": [
                {"day": "tuesday", "from": "09:00", "to": "17:30"},
                {"day": "monday", "from": "22:00", "to": "24:00"},
            ],
            "absences": [
                {"from": "2031-12-24", "to": "2031-12-31", "note": " Skiing "},
                {"from": "2031-12-01T10:00:00+01:00", "to": "2031-12-01T12:00:00+01:00"},
            ],
        });
        let set = tom.put(PATH, body.clone()).if_match(&json!(0)).await.expect(200);
        assert_eq!(set.header("etag"), "\"1\"");
        let shown = tom.get(PATH).await.expect(200).json();
        for (name, expected) in [
            ("scheduled", json!(true)),
            ("time_zone", json!("Europe/Berlin")),
            ("weekly", json!([
                {"day": "monday", "from": "22:00", "to": "24:00"},
                {"day": "tuesday", "from": "09:00", "to": "17:30"},
            ])),
            ("absences", json!([
                {"from": "2031-12-01T09:00:00.000000Z", "to": "2031-12-01T11:00:00.000000Z",
                    "note": null},
                {"from": "2031-12-24", "to": "2031-12-31", "note": "Skiing"},
            ])),
            ("version", json!(1)),
        ] {
            assert_eq!(shown[name], expected, "{name}");
            assert_eq!(set.json()[name], expected, "{name}");
        }
        expect_instant(shown["until"].as_str().unwrap());

        // Said twice is said once; what was shown can be sent back.
        let again = tom.put(PATH, body).await.expect(200).json();
        assert_eq!(again["version"], 1);
        let same = json!({"time_zone": shown["time_zone"], "weekly": shown["weekly"],
            "absences": shown["absences"]});
        assert_eq!(tom.put(PATH, same).await.expect(200).json()["version"], 1);
        let stale = tom.put(PATH, json!({"time_zone": "UTC"})).if_match(&json!(0)).await;
        stale.expect_problem(412, "precondition_failed");
        tom.delete(PATH).if_match(&json!(0)).await.expect_problem(412, "precondition_failed");

        tom.delete(PATH).if_match(&json!(1)).await.expect(204);
        let cleared = tom.get(PATH).await.expect(200).json();
        assert_eq!((&cleared["scheduled"], &cleared["version"]), (&json!(false), &json!(2)));
        tom.delete(PATH).await.expect(204);
        assert_eq!(tom.get(PATH).await.expect(200).json(), cleared);
    }

    async fn tells_the_present(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let present = |shown: Value| (
            shown["available_now"].clone(), shown["reason"].clone(), shown["until"].clone());
        let set = async |body: Value| present(tom.put(PATH, body).await.expect(200).json());
        let zone = &acme.time_zone;

        let anything = json!({"time_zone": zone});
        assert_eq!(set(anything).await, (json!(true), Value::Null, Value::Null));
        let never = json!({"time_zone": zone, "weekly": []});
        assert_eq!(set(never).await,
            (json!(false), json!("outside_working_hours"), Value::Null));

        let now = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();
        let now = now["updated_at"].as_str().unwrap();
        let (before, after) = (hours_after(now, -1), hours_after(now, 2));
        let away = json!({"time_zone": zone, "absences": [{"from": before, "to": after}]});
        let (is, reason, until) = set(away).await;
        assert_eq!((is, reason), (json!(false), json!("absent")));
        assert_eq!(hours_after(until.as_str().unwrap(), 0), after);
        let soon = json!({"time_zone": zone,
            "absences": [{"from": after, "to": hours_after(&after, 1)}]});
        let (is, reason, until) = set(soon).await;
        assert_eq!((is, reason), (json!(true), Value::Null));
        assert_eq!(hours_after(until.as_str().unwrap(), 0), after);
    }

    async fn all_faults_are_told_at_once(database: Database) {
        let acme = World::start(database).await;
        let put = |body| acme.owner.put(PATH, body);
        put(json!({})).await.expect_faults(&[("/time_zone", "required")]);
        put(json!({
            "time_zone": "Mars/Olympus",
            "weekly": [
                {"day": "monday", "from": "09:00", "to": "08:00"},
                {"day": "someday", "from": "9", "to": "24:00", "at": "home"},
                {"day": "friday", "from": "09:00", "to": "12:00"},
                {"day": "friday", "from": "11:00", "to": "13:00"},
            ],
            "absences": [
                {"from": "2026-12-24"},
                {"from": "2026-12-24", "to": "2026-12-24T12:00:00Z", "note": "a\u{7}b"},
            ],
            "pause": true,
        })).await.expect_faults(&[
            ("/absences/0/to", "required"),
            ("/absences/1/note", "forbidden_character"),
            ("/absences/1/to", "mixed_dates_and_instants"),
            ("/pause", "unknown_field"),
            ("/time_zone", "invalid_time_zone"),
            ("/weekly/0/to", "ends_before_start"),
            ("/weekly/1/at", "unknown_field"),
            ("/weekly/1/day", "invalid_value"),
            ("/weekly/1/from", "invalid_value"),
            ("/weekly/3", "overlap"),
        ]);
        put(json!({"time_zone": "UTC", "weekly": [["monday", "09:00", "17:00"]]})).await
            .expect_faults(&[("/weekly/0", "invalid_type")]);
        put(json!({"time_zone": "UTC", "absences": [null]})).await
            .expect_faults(&[("/absences/0", "invalid_type")]);
        let flood = vec![json!({"from": "2026-01-01", "to": "2026-01-01"}); 201];
        put(json!({"time_zone": "UTC", "absences": flood})).await
            .expect_faults(&[("/absences", "too_many")]);
        assert_eq!(acme.owner.get(PATH).await.expect(200).json()["version"], 0);
    }

    async fn is_of_people_alone(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        form.get(PATH).await.expect_problem(403, "person_required");
        form.put(PATH, json!({"time_zone": "UTC"})).await.expect_problem(403, "person_required");
        form.delete(PATH).await.expect_problem(403, "person_required");
    }

    async fn why_somebody_is_away_can_be_erased(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let absence = json!({"from": "2031-03-02", "to": "2031-03-06", "note": "Knee surgery"});
        tom.put(PATH, json!({"time_zone": "UTC", "absences": [absence]})).await.expect(200);
        tom.delete(PATH).await.expect(204);
        let path = "/v1/audit-log?kind=user.availability_changed";
        let entries = acme.owner.get(path).await.expect(200).items();
        let told: Vec<_> = entries.iter().map(|entry| (
            entry["data"]["after"].clone(),
            entry["details"].clone(),
        )).collect();
        assert_eq!(told, [
            (json!({"time_zone": null, "weekly": null, "absences": 0}),
                json!({"absences_added": [], "absences_removed": [absence]})),
            (json!({"time_zone": "UTC", "weekly": null, "absences": 1}),
                json!({"absences_added": [absence], "absences_removed": []})),
        ]);
        assert!(entries.iter().all(|entry| entry["subject"]["id"] == tom.id));
    }
}
