//! Rotations that let leads wait, and what must hold for those that did.

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;
use uuid::Uuid;

use super::answer::text;
use super::client::Client;
use super::database::Database;
use super::leads::turn;
use super::wait::eventually;

/// What a group does with a lead when nobody is eligible.
#[derive(Clone, Copy)]
pub(crate) enum Then<'a> {
    Leave,
    Wait,
    Group(&'a str),
    User(&'a str),
}

/// Sets what a group does when nobody is eligible.
pub(crate) async fn when_nobody_eligible(database: &Database, group: &str, then: Then<'_>) {
    let id = |text: &str| -> Option<Uuid> { Some(text.parse().unwrap()) };
    let (code, to_group, to_user) = match then {
        Then::Leave => (1_i16, None, None),
        Then::Wait => (2, None, None),
        Then::Group(group) => (3, id(group), None),
        Then::User(user) => (3, None, id(user)),
    };
    let sql = "UPDATE rotations SET when_nobody_eligible = $2, fallback_group_id = $3, \
               fallback_user_id = $4 WHERE group_id = $1";
    let values = [id(group).into(), code.into(), to_group.into(), to_user.into()];
    execute(database, sql, values.to_vec()).await;
}

/// Keeps the service's own work from a group's waiting list until something changes.
pub(crate) async fn forget_to_try(database: &Database, group: &str) {
    let group: Uuid = group.parse().unwrap();
    let sql = "UPDATE rotations SET next_attempt_at = NULL WHERE group_id = $1";
    execute(database, sql, vec![group.into()]).await;
}

async fn execute(database: &Database, sql: &str, values: Vec<sea_orm::Value>) {
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    assert_eq!(connection.execute_raw(statement).await.unwrap().rows_affected(), 1, "{sql}");
    connection.close().await.unwrap();
}

/// The leads that wait for a group, in their order.
pub(crate) async fn waiting(client: &Client, group: &str) -> Vec<Value> {
    let first = format!("/v1/groups/{group}/distribution/waiting?limit=100");
    let (mut leads, mut path) = (Vec::new(), first.clone());
    loop {
        let page = client.get(&path).await.expect(200);
        leads.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => break,
        }
    }
    let positions: Vec<u64> = leads.iter().map(|lead| lead["position"].as_u64().unwrap()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "first in, first out: {positions:?}");
    leads
}

/// The ids of leads that wait, in their order.
pub(crate) fn lead_ids(waiting: &[Value]) -> Vec<String> {
    waiting.iter().map(|lead| text(&lead["lead_id"])).collect()
}

/// Returns once so many leads wait for a group.
pub(crate) async fn until_waiting(client: &Client, group: &str, count: usize) {
    eventually("leads are dealt that waited", || async {
        let path = format!("/v1/groups/{group}/distribution/waiting?limit=100");
        let answer = client.on_a_new_connection().get(path).try_send().await.ok()?;
        if answer.status == 503 {
            return None;
        }
        (answer.expect(200).items().len() == count).then_some(())
    })
    .await;
}

/// A lead as it is now.
pub(crate) async fn now(client: &Client, lead: &Value) -> Value {
    client.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200).json()
}

/// Leads of these ids were dealt by turns that follow on each other in this order, from `first`.
#[track_caller]
pub(crate) fn expect_dealt_in_order(leads: &[Value], order: &[String], first: usize) {
    for (offset, id) in order.iter().enumerate() {
        let lead = leads.iter().find(|lead| lead["id"] == id.as_str());
        let lead = lead.unwrap_or_else(|| panic!("lost: {id}"));
        assert_eq!(turn(lead), first + offset, "number {offset} in line: {lead}");
    }
}
