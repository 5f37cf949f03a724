//! Leads, posted by one client or by many at once, and what must hold for those that were dealt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::answer::text;
use super::client::Client;

/// A lead to be dealt to a group.
pub(crate) fn lead_for(group: &str, number: usize) -> Value {
    json!({
        "first_name": "Lee",
        "last_name": format!("Number {number}"),
        "email": format!("lee{number}@customer.example"),
        "assignment": {"mode": "distribute", "group_id": group},
    })
}

/// A request for these leads.
pub(crate) fn batch(mode: &str, leads: &[Value]) -> Value {
    json!({"mode": mode, "leads": leads})
}

/// So many new leads to be dealt to a group.
pub(crate) fn fresh_leads_for(group: &str, count: usize) -> Vec<Value> {
    (0..count).map(|_| lead_for(group, fresh_number())).collect()
}

/// The leads that a request for many made, of which there is one for each, in their order.
#[track_caller]
pub(crate) fn all_added(answer: &Value) -> Vec<Value> {
    assert_eq!(answer["failed"], 0, "{answer}");
    let items = answer["data"].as_array().unwrap();
    assert_eq!(answer["created"], items.len());
    for (index, item) in items.iter().enumerate() {
        assert_eq!((&item["index"], &item["status"]), (&json!(index), &json!(201)));
        assert_eq!(item["problem"], Value::Null);
    }
    items.iter().map(|item| item["lead"].clone()).collect()
}

/// A number that no lead has had yet: no two leads of these tests are the same person.
pub(crate) fn fresh_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Posts `count` leads to a group, one after the other; what was answered.
pub(crate) async fn post_in_turn(client: &Client, group: &str, count: usize) -> Vec<Value> {
    let mut leads = Vec::new();
    for _ in 0..count {
        let lead = lead_for(group, fresh_number());
        leads.push(client.post("/v1/leads", lead).await.expect(201).json());
    }
    leads
}

/// Sixteen clients, spread over the given ones, post `count` leads to a group; what was answered.
pub(crate) async fn post_at_once(clients: &[Client], group: &str, count: usize) -> Vec<Value> {
    let begun = Arc::new(AtomicUsize::new(0));
    let mut posting = JoinSet::new();
    for client in clients.iter().cycle().take(16) {
        let (client, group) = (client.on_a_new_connection(), group.to_owned());
        let begun = Arc::clone(&begun);
        posting.spawn(async move {
            let mut leads = Vec::new();
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                let posted = client.post("/v1/leads", lead_for(&group, fresh_number())).await;
                leads.push(posted.expect(201).json());
            }
            leads
        });
    }
    posting.join_all().await.concat()
}

/// Every lead of a group, by following the list to its end.
pub(crate) async fn all_leads_of(client: &Client, group: &str) -> Vec<Value> {
    let first = format!("/v1/leads?limit=100&group_id={group}");
    let mut leads = Vec::new();
    let mut path = first.clone();
    loop {
        let page = client.get(&path).await.expect(200);
        leads.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return leads,
        }
    }
}

/// The state of a group's rotation.
pub(crate) async fn distribution(client: &Client, group: &str) -> Value {
    client.get(format!("/v1/groups/{group}/distribution")).await.expect(200).json()
}

/// The number of the turn that dealt a lead.
#[track_caller]
pub(crate) fn turn(lead: &Value) -> usize {
    let turn = lead["assignment"]["turn"].as_u64();
    usize::try_from(turn.unwrap_or_else(|| panic!("not dealt: {lead}"))).unwrap()
}

/// The id of a lead's owner.
#[track_caller]
pub(crate) fn owner(lead: &Value) -> String {
    text(&lead["owner"]["id"])
}

/// How many leads each owner has.
pub(crate) fn per_owner(leads: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for lead in leads {
        *counts.entry(owner(lead)).or_default() += 1;
    }
    counts
}

/// The leads that were dealt, and those that nobody got.
pub(crate) fn dealt_and_not(leads: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    leads.into_iter().partition(|lead| lead["owner"].is_object())
}

/// The turns of these leads are 1, 2, 3 … without a gap or a double.
#[track_caller]
pub(crate) fn expect_gapless_turns(leads: &[Value]) {
    let mut turns: Vec<usize> = leads.iter().map(turn).collect();
    turns.sort_unstable();
    let expected: Vec<usize> = (1..=leads.len()).collect();
    assert_eq!(turns, expected, "turns are numbered without gaps");
}

/// Turn after turn went to the next in order: `order[(turn − 1) mod n]`.
#[track_caller]
pub(crate) fn expect_strict_order(leads: &[Value], order: &[&str]) {
    expect_gapless_turns(leads);
    for lead in leads {
        let turn = turn(lead);
        assert_eq!(owner(lead), order[(turn - 1) % order.len()], "turn {turn} of {lead}");
    }
}

/// Every acknowledged lead is there exactly once, as it was acknowledged.
#[track_caller]
pub(crate) fn expect_all_there(acknowledged: &[Value], stored: &[Value]) {
    let by_id: BTreeMap<String, &Value> =
        stored.iter().map(|lead| (text(&lead["id"]), lead)).collect();
    assert_eq!(by_id.len(), stored.len(), "no lead is listed twice");
    for lead in acknowledged {
        let found = by_id.get(&text(&lead["id"])).unwrap_or_else(|| panic!("lost: {lead}"));
        assert_eq!(owner(found), owner(lead), "the owner of {lead}");
        assert_eq!(turn(found), turn(lead), "the turn of {lead}");
    }
}
