//! What a dry run foretells is what then happens: whatever is set, and whatever is otherwise.

use serde_json::{Map, Value, json};

use super::{decisions, simulate};
use crate::support::answer::text;
use crate::support::availability::set;
use crate::support::both;
use crate::support::leads::{fresh_number, lead_for, post_in_turn};
use crate::support::time::hours_after;
use crate::support::world::{Person, World};

/// Numbers that are the same on every run (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most).unwrap()).unwrap()
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn some_of<'a>(&mut self, all: &'a [Person]) -> Vec<&'a str> {
        let mut left: Vec<&str> = all.iter().map(|person| person.id.as_str()).collect();
        let mut chosen = Vec::new();
        while !left.is_empty() && (chosen.len() < 2 || !self.one_in(3)) {
            chosen.push(left.remove(self.below(left.len())));
        }
        chosen
    }

    /// Settings of a rotation; `fallbacks` are where it may go on to.
    fn distribution(&mut self, fallbacks: &[Value]) -> Value {
        let methods = ["sequential", "random", "weighted", "least_open"];
        let mut settings = json!({
            "method": self.one_of(&methods),
            "daily_limit": self.one_of(&[0, 0, 3, 5]),
            "monthly_limit": self.one_of(&[0, 6]),
            "respect_availability": self.one_in(2),
        });
        match self.below(3) {
            0 => settings["when_nobody_eligible"] = json!("wait"),
            1 => {
                settings["when_nobody_eligible"] = json!("fallback");
                settings["fallback"] = self.one_of(fallbacks).clone();
            }
            _ => settings["when_nobody_eligible"] = json!("leave_unassigned"),
        }
        settings
    }

    fn member(&mut self) -> Value {
        let mut settings = json!({"weight": self.below(4)});
        if self.one_in(3) {
            settings["daily_limit"] = json!(self.below(4));
        }
        if self.one_in(5) {
            settings["paused"] = json!(true);
        }
        settings
    }
}

/// Makes for real what a dry run only imagined, in the same order.
async fn make(acme: &World, group: &str, changes: &Map<String, Value>) {
    let path = format!("/v1/groups/{group}");
    if let Some(users) = changes.get("user_ids") {
        let members = json!({"user_ids": users});
        acme.owner.put(format!("{path}/members"), members).await.expect(200);
    }
    if let Some(distribution) = changes.get("distribution") {
        acme.owner.patch(&path, json!({"distribution": distribution})).await.expect(200);
    }
    if changes.get("paused") == Some(&json!(true)) {
        acme.owner.put(format!("{path}/distribution/pause"), json!({})).await.expect(200);
    }
    for member in changes.get("members").and_then(Value::as_array).into_iter().flatten() {
        let mut settings = member.clone();
        let user = settings.as_object_mut().unwrap().remove("user_id");
        let path = format!("{path}/members/{}", text(&user.unwrap()));
        acme.owner.patch(path, settings).await.expect(200);
    }
}

/// Whom a lead went to, by which turn of which group, and why nobody, waiting or not.
fn outline(lead: &Value) -> Value {
    let assignment = &lead["assignment"];
    json!([
        lead["owner"]["id"],
        assignment["turn"],
        assignment["reason"],
        lead["group_id"],
        assignment["outcome"] == "waiting",
    ])
}

fn foretold(decision: &Value) -> Value {
    json!([
        decision["user_id"],
        decision["turn"],
        decision["reason"],
        decision["group_id"],
        decision["waiting"],
    ])
}

/// A group with a history, then a dry run with changes, then those changes and leads for real.
async fn case(acme: &World, people: &[Person], number: u64) {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15 ^ (number + 1));
    let mut group = async |name: &str, distribution: Value| {
        let body = json!({
            "name": format!("{name} {number}"),
            "user_ids": chance.some_of(people),
            "distribution": distribution,
        });
        let made = acme.owner.post("/v1/groups", body).await.expect(201).json();
        text(&made["id"])
    };
    let second = group("Second", json!({"method": "weighted", "daily_limit": 2})).await;
    let first = group("First", json!({})).await;
    let fallbacks = [json!({"group_id": second}), json!({"user_id": people[0].id})];
    let mut settings = chance.distribution(&fallbacks);
    // Who waits is dealt by the service itself between two changes: not by what is imagined.
    settings["when_nobody_eligible"] = json!("leave_unassigned");
    settings.as_object_mut().unwrap().remove("fallback");
    acme.owner
        .patch(format!("/v1/groups/{first}"), json!({"distribution": settings}))
        .await
        .expect(200);
    post_in_turn(&acme.owner, &first, chance.below(6)).await;

    let mut changes = Map::new();
    let state = acme.owner.get(format!("/v1/groups/{first}/distribution")).await.expect(200).json();
    let members = state["members"].as_array().unwrap().iter();
    let mut members: Vec<String> = members.map(|it| text(&it["user"]["id"])).collect();
    if chance.one_in(2) {
        members = chance.some_of(people).into_iter().map(str::to_owned).collect();
        changes.insert("user_ids".to_owned(), json!(members));
    }
    if !chance.one_in(4) {
        changes.insert("distribution".to_owned(), chance.distribution(&fallbacks));
    }
    if chance.one_in(8) {
        changes.insert("paused".to_owned(), json!(true));
    }
    let mut set: Vec<Value> = Vec::new();
    for user in &members {
        if chance.one_in(2) {
            let mut settings = chance.member();
            settings["user_id"] = json!(user);
            set.push(settings);
        }
    }
    changes.insert("members".to_owned(), json!(set));
    let count = 4 + chance.below(8);
    let mut body = Value::Object(changes.clone());
    body["leads"] = json!(count);
    let told = simulate(&acme.owner, &first, body.clone()).await;
    make(acme, &first, &changes).await;
    let leads = post_in_turn(&acme.owner, &first, count).await;
    let real: Vec<Value> = leads.iter().map(outline).collect();
    let told: Vec<Value> = decisions(&told).iter().map(foretold).collect();
    assert_eq!(told, real, "case {number}: {body}");
}

both! {
    async fn for_any_settings_and_changes(database: Database) {
        let acme = World::start(database).await;
        let people = acme.agents(["Tom", "Ann", "Ben", "Uma", "Kim"]).await;
        // Open leads are uneven, and one is away.
        let [_, ann, ben, ..] = &people;
        let mut now = String::new();
        for owner in [&ann.id, &ann.id, &ann.id, &ben.id] {
            let mut lead = lead_for("", fresh_number());
            lead["assignment"] = json!({"mode": "user", "user_id": owner});
            now = text(&acme.owner.post("/v1/leads", lead).await.expect(201).json()["created_at"]);
        }
        let absence = json!({"from": hours_after(&now, -24), "to": hours_after(&now, 24)});
        set(ben, json!({"time_zone": "Etc/UTC", "weekly": null, "absences": [absence]})).await;
        for number in 0..16 {
            case(&acme, &people, number).await;
        }
    }
}
