//! `GET /v1/audit-log`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::post_in_turn;
use crate::support::world::{PASSWORD, World};

const PATH: &str = "/v1/audit-log";

/// Every line of a reading, by following the list to its end.
async fn all(client: &Client, filters: &str) -> Vec<Value> {
    let first = format!("{PATH}?limit=3&{filters}");
    let (mut lines, mut path) = (Vec::new(), first.clone());
    loop {
        let page = client.get(&path).await.expect(200);
        lines.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return lines,
        }
    }
}

fn kinds(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| text(&line["kind"])).collect()
}

both! {
    async fn says_who_did_what_when_to_whom_from_where(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        acme.owner.put(format!("/v1/users/{}/pause", tom.id), json!({})).await.expect(200);
        let change = json!({"distribution": {"daily_limit": 9}});
        acme.owner.patch(format!("/v1/groups/{group}"), change).await.expect(200);
        acme.owner.patch("/v1/organization", json!({"name": "Acme plc"})).await.expect(200);
        let body = json!({"key": "spam", "name": "Spam"});
        acme.owner.post("/v1/lead-statuses", body).await.expect(201);
        acme.owner.delete("/v1/lead-statuses/spam").await.expect(204);

        let lines = acme.owner.get(PATH).await.expect(200).items();
        let newest = ["lead_status.deleted", "lead_status.created", "organization.changed",
            "group.changed", "user.paused", "group.created"];
        assert_eq!(kinds(&lines)[..6], newest);
        for line in &lines[..6] {
            assert_eq!(line["actor"]["type"], "user");
            assert_eq!((&line["actor"]["id"], &line["actor"]["name"]),
                (&json!(acme.owner.id), &json!("Olivia Owner")));
            assert_ne!(line["credential_id"], Value::Null);
            assert_eq!(line["address"], "127.0.0.1");
        }
        assert_eq!(lines[0]["subject"], json!({"type": "organization", "id": acme.id}));
        assert_eq!(lines[0]["data"]["before"]["name"], "Spam");
        assert_eq!(lines[2]["data"]["before"]["name"], "Acme");
        assert_eq!(lines[2]["data"]["after"]["name"], "Acme plc");
        assert_eq!(lines[3]["subject"], json!({"type": "group", "id": group}));
        assert_eq!(lines[3]["data"]["after"]["daily_limit"], 9);
        assert_eq!(lines[4]["subject"], json!({"type": "user", "id": tom.id}));
        assert_eq!(lines[4]["data"]["before"]["paused"], false);
        assert_eq!(lines[4]["data"]["after"]["paused"], true);
        let first = all(&acme.owner, "").await;
        assert_eq!(kinds(&first).last().unwrap(), "organization.created");
        assert_eq!(first.last().unwrap()["actor"],
            json!({"type": "service", "id": null, "name": null}));
    }

    async fn a_change_of_a_key_says_what_it_was(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let path = format!("/v1/api-keys/{}", form.id);
        let change = json!({"name": "Old form", "expires_at": "2099-01-01T00:00:00Z"});
        acme.owner.patch(&path, change).await.expect(200);
        acme.owner.post(format!("{path}/rotate"), json!({})).await.expect(200);
        acme.owner.delete(&path).await.expect(204);

        let lines = all(&acme.owner, &format!("subject_id={}", form.id)).await;
        let expected =
            ["api_key.revoked", "api_key.rotated", "api_key.changed", "api_key.created"];
        assert_eq!(kinds(&lines), expected);
        assert_eq!(lines[0]["details"]["name"], "Old form");
        let (before, after) = (&lines[1]["data"]["before"], &lines[1]["data"]["after"]);
        assert_eq!(before["prefix"], lines[3]["data"]["prefix"]);
        assert_ne!(before["prefix"], after["prefix"]);
        assert_eq!(lines[2]["data"]["before"]["expires_at"], Value::Null);
        assert_eq!(lines[2]["data"]["after"]["expires_at"], "2099-01-01T00:00:00.000000Z");
        assert_eq!(lines[2]["details"]["before"]["name"], "Web form");
        assert_eq!(lines[3]["data"]["scopes"], json!(["leads.create"]));
    }

    async fn leads_are_told_elsewhere(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let before = all(&acme.owner, "").await;
        post_in_turn(&acme.owner, &group, 5).await;
        assert_eq!(all(&acme.owner, "").await, before);
        acme.owner.get(format!("{PATH}?kind=lead.created")).await
            .expect_faults(&[("/kind", "invalid_value")]);
    }

    async fn is_read_page_by_page_narrowed_and_in_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom]).await;
        for user in [&tom, &ann] {
            acme.owner.put(format!("/v1/users/{}/pause", user.id), json!({})).await.expect(200);
            user.delete("/v1/me/pause").await.expect(204);
        }
        let lines = all(&acme.owner, "").await;
        let numbers: Vec<i64> =
            lines.iter().map(|line| text(&line["id"]).parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
        let whole = acme.owner.get(format!("{PATH}?limit=100")).await.expect(200).items();
        assert_eq!(whole, lines);

        let paused = all(&acme.owner, "kind=user.paused").await;
        assert_eq!(kinds(&paused), ["user.paused", "user.paused"]);
        let users = all(&acme.owner, "kind=user.").await;
        assert!(kinds(&users).iter().all(|kind| kind.starts_with("user.")));
        assert!(users.len() > 4);
        let by_tom = all(&acme.owner, &format!("actor_id={}&kind=user.resumed", tom.id)).await;
        assert_eq!(by_tom.len(), 1);
        assert_eq!(by_tom[0]["actor"]["name"], "Tom");
        let of_group = all(&acme.owner, &format!("subject_id={group}")).await;
        assert_eq!(kinds(&of_group), ["group.created"]);

        let at = text(&paused[0]["at"]);
        let later = all(&acme.owner, &format!("from={at}")).await;
        assert_eq!(kinds(&later), ["user.resumed", "user.paused"]);
        let earlier = all(&acme.owner, &format!("to={at}")).await;
        assert_eq!(later.len() + earlier.len(), lines.len());
        let none = all(&acme.owner, "kind=user.no_such_thing").await;
        assert!(none.is_empty());
    }

    async fn refuses_what_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        let wrong = "kind=users&actor_id=me&subject_id=x&from=now&to=then&who=me";
        acme.owner.get(format!("{PATH}?{wrong}")).await.expect_faults(&[
            ("/kind", "invalid_value"),
            ("/actor_id", "invalid_value"),
            ("/subject_id", "invalid_value"),
            ("/from", "invalid_value"),
            ("/to", "invalid_value"),
            ("/who", "unknown_parameter"),
        ]);
        let reversed = "from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z";
        acme.owner.get(format!("{PATH}?{reversed}")).await
            .expect_faults(&[("/to", "invalid_value")]);
        // A cursor is good for the filters it was made with.
        acme.agent("Tom").await;
        let page = acme.owner.get(format!("{PATH}?limit=1")).await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        acme.owner.get(format!("{PATH}?cursor={cursor}&kind=user.")).await
            .expect_faults(&[("/cursor", "invalid_cursor")]);
    }

    async fn is_for_owners_and_admins_and_of_their_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [admin, manager, agent] = [
            acme.person("admin", "Adam").await,
            acme.person("manager", "Mia").await,
            acme.agent("Tom").await,
        ];
        assert_eq!(all(&admin, "").await, all(&acme.owner, "").await);
        for nobody in [&manager, &agent] {
            let problem = nobody.get(PATH).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "audit_log.view");
        }
        let theirs = all(&globex.owner, "").await;
        assert!(theirs.iter().all(|line| line["actor"]["id"] != acme.owner.id));
        let about = all(&globex.owner, &format!("subject_id={}", agent.id)).await;
        assert!(about.is_empty());
        let reader = acme.integration(&["audit_log.view"]).await;
        assert!(!all(&reader, "").await.is_empty());
    }

    async fn holds_no_secret(database: Database) {
        let acme = World::start(database).await;
        let token = acme.invitation("agent", "Tom").await;
        let tom = acme.agent("Ann").await;
        let form = acme.integration(&["leads.create"]).await;
        let rotated = acme.owner.post(format!("/v1/api-keys/{}/rotate", form.id), json!({})).await;
        let secrets = [
            PASSWORD.to_owned(), token, tom.access_token.clone(), tom.refresh_token.clone(),
            form.key.clone(), text(&rotated.expect(200).json()["key"]),
        ];
        let log = Value::from(all(&acme.owner, "").await).to_string();
        for secret in secrets {
            assert!(!log.contains(&secret), "a secret is in the audit log");
        }
    }
}
