//! Every column of every row that a rotation's past is told by: whoever changes one behind the
//! server's back is found out.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{lead_for, post_at_once, post_in_turn};
use crate::support::tamper::{Row, Tamperer};
use crate::support::world::{Person, World};

/// What is no part of what is verified, and why.
const LEFT_ALONE: [(&str, &str, &str); 21] = [
    ("rotations", "group_id", "whose it is: who asks for the group then finds no ledger"),
    ("rotations", "team_id", "as group_id"),
    ("rotations", "availability_until", "until when a cache of working hours holds"),
    (
        "rotations",
        "when_nobody_eligible",
        "a setting that no decision depends on: in the audit log",
    ),
    ("rotations", "fallback_group_id", "as when_nobody_eligible"),
    ("rotations", "fallback_team_id", "as when_nobody_eligible"),
    ("rotations", "fallback_user_id", "as when_nobody_eligible"),
    ("rotations", "waiting", "says only that leads may wait: whoever deals looks"),
    ("rotations", "waiting_position", "where the next lead joins the waiting list"),
    ("rotations", "next_attempt_at", "when the service looks at the waiting list again"),
    ("rotation_heads", "organization_id", "as taking the row away: heads are for others to keep"),
    ("rotation_heads", "rotation_id", "as organization_id"),
    ("assignments", "decided_by_user_id", "who asked for it: in the log of events"),
    ("assignments", "decided_by_api_key_id", "as decided_by_user_id"),
    ("assignments", "note", "what somebody had to say"),
    (
        "rotation_counts",
        "virtual_time of who left",
        "never read again: who comes back starts level",
    ),
    ("rotation_counts", "last_turn of who left", "as virtual_time"),
    ("rotation_counts", "open_leads of who left", "as virtual_time"),
    ("leads", "everything but id, owner_id and assignment_id", "no part of who got it"),
    ("off_boarding_leads", "all", "which leads a deactivation moves, not who got what"),
    ("lead_access", "all", "who sees a lead, not who got it"),
];

fn is_left_alone(table: &str, column: &str, of_member: bool) -> bool {
    let of_lead = table == "leads" && !["id", "owner_id", "assignment_id"].contains(&column);
    let named =
        |name: &str| name == column || (!of_member && name == format!("{column} of who left"));
    of_lead || LEFT_ALONE.iter().any(|(of, name, _)| *of == table && named(name))
}

async fn verified(client: &Client, group: &str) -> Value {
    let path = format!("/v1/groups/{group}/distribution/verify");
    client.post(path, json!({})).await.expect(200).json()
}

/// Changes each column of each of these rows, one by one; what was found at which entry.
async fn change_all(
    tamperer: &Tamperer,
    client: &Client,
    group: &str,
    rows: &[Row],
    table: &str,
    members: usize,
    users: &[String],
) {
    for (number, row) in rows.iter().enumerate() {
        for (index, column) in row.columns().iter().enumerate() {
            let of_member = table != "rotation_counts" || number < members;
            if is_left_alone(table, &column.name, of_member) {
                continue;
            }
            for value in row.others(index, users) {
                if !tamperer.set(row, index, &value).await {
                    continue;
                }
                let told = verified(client, group).await;
                tamperer.set_back(row, index, &value).await;
                let what = format!("{table}.{} = {value} of {row:?}: {told}", column.name);
                assert_eq!(told["valid"], false, "{what}");
                let first = &told["first_invalid"];
                for word in ["problem", "detail"] {
                    assert!(!text(&first[word]).is_empty(), "{what}");
                }
                let has_entry = ["rotation_ledger", "assignments", "rotation_checkpoints"];
                if has_entry.contains(&table) {
                    assert_eq!(first["entry"].as_i64(), row.number("entry"), "{what}");
                }
            }
        }
    }
}

/// Leads dealt in turn, over limits and pauses, to members of whom one has left.
async fn small_history(acme: &World) -> (String, [Person; 4]) {
    let agents = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
    let [tom, ann, ben, _] = &agents;
    let group = acme.group_with_limits("Sales", &[tom, ann, ben], 3, 50).await;
    let path = format!("/v1/groups/{group}");
    post_in_turn(&acme.owner, &group, 4).await;
    let own = json!({"daily_limit": 2, "paused": true, "paused_until": "2199-01-01T00:00:00Z"});
    acme.owner.patch(format!("{path}/members/{}", tom.id), own).await.expect(200);
    ann.put("/v1/me/pause", json!({})).await.expect(200);
    let members = json!({"user_ids": [ann.id, tom.id]});
    acme.owner.put(format!("{path}/members"), members).await.expect(200);
    let nobody = acme.owner.post("/v1/leads", lead_for(&group, 1)).await.expect(201).json();
    assert_eq!(nobody["owner"], Value::Null, "{nobody}");
    (group, agents)
}

both! {
    async fn of_any_column_of_any_row_is_found(database: Database) {
        let mut acme = World::start(database).await;
        let (group, agents) = small_history(&acme).await;
        // A server that starts signs the heads of what has grown.
        acme.server.restart_with(&[]).await;
        let told = verified(&acme.owner, &group).await;
        assert_eq!((&told["valid"], &told["first_invalid"]), (&json!(true), &Value::Null), "{told}");
        let users: Vec<String> = agents.iter().map(|agent| agent.id.clone()).collect();
        let tamperer = Tamperer::of(&acme.database).await;
        let mut changed = Vec::new();
        for table in [
            "rotations",
            "rotation_members",
            "rotation_counts",
            "rotation_ledger",
            "rotation_heads",
            "assignments",
            "leads",
        ] {
            let mut rows = tamperer.rows(table).await;
            assert!(!rows.is_empty(), "{table} has rows");
            if table == "rotation_counts" {
                let left = users[2].replace('-', "");
                rows.sort_by_key(|row| {
                    format!("{row:?}").replace('-', "").to_lowercase().contains(&left)
                });
            }
            change_all(&tamperer, &acme.owner, &group, &rows, table, 2, &users).await;
            changed.push((table, rows.len()));
        }
        tamperer.done().await;
        let told = verified(&acme.owner, &group).await;
        assert_eq!(told["valid"], true, "everything was set back: {told} {changed:?}");
    }

    async fn of_checkpoints_and_of_what_lies_beyond_them_is_found(database: Database) {
        let acme = World::start(database).await;
        let agents = acme.agents(["Tom", "Ann", "Ben"]).await;
        let [tom, ann, ben] = &agents;
        let group = acme.group("Sales", &[tom, ann, ben]).await;
        post_at_once(&[(*acme.owner).clone()], &group, 600).await;
        let told = verified(&acme.owner, &group).await;
        assert_eq!((&told["valid"], &told["turns"]), (&json!(true), &json!(600)), "{told}");
        let tamperer = Tamperer::of(&acme.database).await;
        let rows = tamperer.rows("rotation_checkpoints").await;
        assert_eq!(rows.len(), 1);
        change_all(&tamperer, &acme.owner, &group, &rows, "rotation_checkpoints", 0, &[]).await;
        let mut rows = tamperer.rows("rotation_ledger").await;
        rows.retain(|row| row.number("entry") == Some(512));
        change_all(&tamperer, &acme.owner, &group, &rows, "rotation_ledger", 0, &[]).await;
        tamperer.done().await;
    }
}
