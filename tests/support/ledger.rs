//! What must hold of a rotation's ledger whatever happened: it replays to itself, to what the
//! server says, and to every receipt that was given out. Read straight from the database, as an
//! auditor would.

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::{Hash, Member, Moment, Pause, RotationState};
use evenhand_persistence::rotations;
use sea_orm::{FromQueryResult, Statement};
use serde_json::Value;
use uuid::Uuid;

use super::answer::text;
use super::database::Database;
use super::leads::{all_leads_of, distribution};
use super::store::open_store;
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
    let leads = all_leads_of(&organization.owner, group).await;
    expect_sound(world, &organization.id, &told, &leads).await;
}

/// The same for the rotation with this state, which made decisions on these leads.
pub(crate) async fn expect_sound(world: &World, organization: &str, told: &Value, leads: &[Value]) {
    let rotation = text(&told["rotation_id"]);
    let state = replayed(&world.database, organization, &rotation).await;
    expect_same_state(told, &state);
    assert_eq!(stored_members(&world.database, &rotation).await, members_of(&state));

    let decisions = decisions(&world.database, &rotation).await;
    let turns = decisions.iter().filter(|decision| decision.turn.is_some()).count();
    assert_eq!(u64::try_from(turns).unwrap(), state.turn, "the turns in the ledger");
    for lead in leads {
        expect_receipt(lead, &rotation, &decisions);
    }
    let assigned = assigned(&world.database, &rotation).await;
    assert_eq!(assigned, decisions, "each decision is one assignment, whatever came later");
}

/// The state after all of the ledger, every entry checked and done again.
async fn replayed(database: &Database, organization: &str, rotation: &str) -> RotationState {
    let store = open_store(database, 2).await;
    let organization: OrganizationId = organization.parse().unwrap();
    let rotation: RotationId = rotation.parse().unwrap();
    let history = rotations::history(&store, organization, rotation).await;
    let history = history.unwrap_or_else(|error| panic!("the ledger of {rotation}: {error}"));
    store.close().await.unwrap();
    history.state().expect("a ledger with entries").clone()
}

#[track_caller]
fn expect_same_state(told: &Value, state: &RotationState) {
    assert_eq!(told["entry"], state.entry, "the last entry: {told}");
    assert_eq!(told["turn"], state.turn, "the last turn: {told}");
    assert_eq!(told["ledger_hash"], state.head.to_string(), "the head: {told}");
    let zone: Zone = state.zone.parse().unwrap();
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
fn expect_receipt(lead: &Value, rotation: &str, decisions: &[Decided]) {
    let assignment = &lead["assignment"];
    // Behind others that wait, a lead waits without a decision.
    if assignment["rotation_id"] != rotation || assignment["reason"] == "others_waiting" {
        return;
    }
    let receipt = text(&assignment["ledger_hash"]);
    let decision = decisions.iter().find(|decision| decision.receipt() == receipt);
    let decision = decision.unwrap_or_else(|| panic!("not in the ledger: {lead}"));
    assert_eq!(text(&lead["id"]), decision.lead_id.to_string(), "{lead}");
    assert_eq!(assignment["turn"].as_i64(), decision.turn, "the turn of {lead}");
    let owner = decision.user_id.map(|user| user.to_string());
    assert_eq!(lead["owner"]["id"].as_str(), owner.as_deref(), "the owner of {lead}");
}

/// A member with what is set for them, here and for all rotations.
#[derive(Debug, PartialEq, Eq, FromQueryResult)]
struct StoredMember {
    user_id: Uuid,
    daily_limit: Option<i32>,
    monthly_limit: Option<i32>,
    paused: bool,
    paused_until: Option<i64>,
    away: bool,
    away_until: Option<i64>,
    off_reason: Option<i16>,
    off_until: Option<i64>,
}

/// The members that a ledger leads to, in turn order.
fn members_of(state: &RotationState) -> Vec<StoredMember> {
    let columns = |pause| match pause {
        Pause::No => (false, None),
        Pause::Indefinite => (true, None),
        Pause::Until(end) => (true, Some(end.micros())),
    };
    let limit = |limit: Option<u32>| limit.map(|limit| i32::try_from(limit).unwrap());
    let stored = |member: &Member| {
        let (paused, paused_until) = columns(member.settings.pause);
        let (away, away_until) = columns(member.away);
        StoredMember {
            user_id: member.user_id.uuid(),
            daily_limit: limit(member.settings.daily_limit),
            monthly_limit: limit(member.settings.monthly_limit),
            paused,
            paused_until,
            away,
            away_until,
            off_reason: member.off.map(|off| off.reason.code().into()),
            off_until: member.off.and_then(|off| off.until).map(Timestamp::micros),
        }
    };
    state.members.iter().map(stored).collect()
}

/// The members as the database has them, in turn order.
async fn stored_members(database: &Database, rotation: &str) -> Vec<StoredMember> {
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let sql = "SELECT user_id, daily_limit, monthly_limit, paused, paused_until, away, away_until, \
               off_reason, off_until FROM rotation_members WHERE rotation_id = $1 ORDER BY position";
    let rotation: Uuid = rotation.parse().unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [rotation.into()]);
    let rows = StoredMember::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}

#[derive(FromQueryResult)]
struct ZoneRow {
    zone: String,
}

/// The time zone of an organization, and those of its rotations.
pub(crate) async fn zones(world: &World) -> (String, Vec<String>) {
    let connection = sea_orm::Database::connect(world.database.url()).await.unwrap();
    let id: Uuid = world.id.parse().unwrap();
    let mut found = Vec::new();
    for sql in [
        "SELECT zone FROM organizations WHERE id = $1",
        "SELECT zone FROM rotations WHERE organization_id = $1",
    ] {
        let backend = connection.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [id.into()]);
        let rows = ZoneRow::find_by_statement(statement).all(&connection).await.unwrap();
        found.push(rows.into_iter().map(|row| row.zone).collect::<Vec<_>>());
    }
    connection.close().await.unwrap();
    let rotations = found.pop().unwrap();
    (found.remove(0).remove(0), rotations)
}

/// A decision as the ledger's table has it, or the one of assignments.
#[derive(Debug, PartialEq, Eq, FromQueryResult)]
struct Decided {
    entry: i64,
    lead_id: Uuid,
    turn: Option<i64>,
    user_id: Option<Uuid>,
    hash: Vec<u8>,
}

impl Decided {
    fn receipt(&self) -> String {
        Hash::from_bytes(self.hash.as_slice().try_into().unwrap()).to_string()
    }
}

/// The decisions of a rotation, in their order.
async fn decisions(database: &Database, rotation: &str) -> Vec<Decided> {
    let sql = "SELECT entry, lead_id, turn, user_id, hash FROM rotation_ledger \
               WHERE rotation_id = $1 AND lead_id IS NOT NULL ORDER BY entry";
    decided(database, rotation, sql).await
}

/// The assignments that a rotation made, and the decisions by which it passed leads on, in the order
/// of its decisions.
async fn assigned(database: &Database, rotation: &str) -> Vec<Decided> {
    let sql = "SELECT entry, lead_id, turn, to_user_id AS user_id, ledger_hash AS hash \
               FROM assignments WHERE rotation_id = $1 \
               UNION ALL SELECT entry, lead_id, NULL, NULL, ledger_hash \
               FROM assignment_steps WHERE rotation_id = $1 ORDER BY entry";
    decided(database, rotation, sql).await
}

async fn decided(database: &Database, rotation: &str, sql: &str) -> Vec<Decided> {
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let rotation: Uuid = rotation.parse().unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [rotation.into()]);
    let rows = Decided::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}
