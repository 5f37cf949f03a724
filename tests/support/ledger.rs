//! What must hold of a rotation's ledger whatever happened: it replays to itself, to what the
//! server says, and to every receipt that was given out. Read straight from the database, as an
//! auditor would.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::{Hash, Moment, RotationState};
use evenhand_persistence::{Store, StoreOptions, rotations};
use sea_orm::{FromQueryResult, Statement};
use serde_json::Value;
use uuid::Uuid;

use super::answer::text;
use super::database::Database;
use super::leads::{all_leads_of, distribution};
use super::world::{Organization, World};

/// Panics unless the ledger of a group's rotation is sound.
pub(crate) async fn expect_sound_ledger(world: &World, group: &str) {
    expect_sound_ledger_of(world, world, group).await;
}

/// The same for a group of another organization of the world.
pub(crate) async fn expect_sound_ledger_of(
    world: &World,
    organization: &Organization,
    group: &str,
) {
    let told = distribution(&organization.owner, group).await;
    let rotation = text(&told["rotation_id"]);
    let state = replayed(&world.database, &organization.id, &rotation).await;
    expect_same_state(&told, &state, &organization.time_zone);

    let decisions = decisions(&world.database, &rotation).await;
    let leads = all_leads_of(&organization.owner, group).await;
    let turns = decisions.values().filter(|decision| decision.turn.is_some()).count();
    assert_eq!(u64::try_from(turns).unwrap(), state.turn, "the turns in the ledger");
    for lead in &leads {
        expect_receipt(lead, &rotation, &decisions);
    }
    let of_rotation = leads.iter().filter(|lead| lead["assignment"]["rotation_id"] == *rotation);
    assert_eq!(of_rotation.count(), decisions.len(), "each decision is about one lead");
}

/// The state after all of the ledger, every entry checked and done again.
async fn replayed(database: &Database, organization: &str, rotation: &str) -> RotationState {
    let store = Store::connect(StoreOptions {
        url: database.url().to_owned(),
        max_connections: 2,
        acquire_timeout: Duration::from_secs(30),
        clock: Arc::new(NoClock),
        clock_offset_micros: 0,
    })
    .await
    .unwrap();
    let organization: OrganizationId = organization.parse().unwrap();
    let rotation: RotationId = rotation.parse().unwrap();
    let history = rotations::history(&store, organization, rotation).await;
    let history = history.unwrap_or_else(|error| panic!("the ledger of {rotation}: {error}"));
    store.close().await.unwrap();
    history.state().expect("a ledger with entries").clone()
}

/// Reading a ledger back needs no time.
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

#[track_caller]
fn expect_same_state(told: &Value, state: &RotationState, zone: &str) {
    assert_eq!(told["entry"], state.entry, "the last entry: {told}");
    assert_eq!(told["turn"], state.turn, "the last turn: {told}");
    assert_eq!(told["ledger_hash"], state.head.to_string(), "the head: {told}");
    let zone: Zone = zone.parse().unwrap();
    let at = state.last_at;
    let standing = state.standing(Moment { at, local_day: zone.local_day(at) });
    let next = standing.next.map(|user| user.to_string());
    assert_eq!(told["next"]["id"].as_str(), next.as_deref(), "who is next: {told}");
    let replayed: Vec<_> = standing
        .members
        .iter()
        .map(|member| (member.user_id.to_string(), member.of_day, member.of_month))
        .collect();
    let counted: Vec<_> = told["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            let count = |name: &str| u32::try_from(member[name].as_u64().unwrap()).unwrap();
            (text(&member["user"]["id"]), count("today"), count("this_month"))
        })
        .collect();
    assert_eq!(counted, replayed, "members in their order, today, this month");
}

#[track_caller]
fn expect_receipt(lead: &Value, rotation: &str, decisions: &BTreeMap<String, Decided>) {
    let assignment = &lead["assignment"];
    if assignment["rotation_id"] != rotation {
        return;
    }
    let decision = decisions.get(&text(&lead["id"]));
    let decision = decision.unwrap_or_else(|| panic!("not in the ledger: {lead}"));
    assert_eq!(assignment["turn"].as_i64(), decision.turn, "the turn of {lead}");
    let owner = decision.user_id.map(|user| user.to_string());
    assert_eq!(lead["owner"]["id"].as_str(), owner.as_deref(), "the owner of {lead}");
    let hash = Hash::from_bytes(decision.hash.as_slice().try_into().unwrap()).to_string();
    assert_eq!(assignment["ledger_hash"], hash, "the receipt of {lead}");
}

/// A decision as the ledger's table has it.
#[derive(FromQueryResult)]
struct Decided {
    lead_id: Uuid,
    turn: Option<i64>,
    user_id: Option<Uuid>,
    hash: Vec<u8>,
}

/// The decisions of a rotation by their lead.
async fn decisions(database: &Database, rotation: &str) -> BTreeMap<String, Decided> {
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let sql = "SELECT lead_id, turn, user_id, hash FROM rotation_ledger \
               WHERE rotation_id = $1 AND lead_id IS NOT NULL ORDER BY entry";
    let rotation: Uuid = rotation.parse().unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [rotation.into()]);
    let rows = Decided::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    let count = rows.len();
    let by_lead: BTreeMap<_, _> =
        rows.into_iter().map(|row| (row.lead_id.to_string(), row)).collect();
    assert_eq!(by_lead.len(), count, "no lead is decided on twice");
    by_lead
}
