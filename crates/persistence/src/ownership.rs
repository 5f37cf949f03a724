//! Leads that change hands: locked, read within a scope, written back with their assignments and
//! who may see them. Many to a statement.

pub mod collaborators;
mod pick_up;
mod places;

use evenhand_domain::activity::{Author, NoteFields};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error as DomainError};
use evenhand_domain::ids::{AssignmentId, LeadId, NoteId, OrganizationId, RotationId, UserId};
use evenhand_domain::lead::{AssignmentSource, Dealt, PassedOn, UnassignedReason, Waiting};
use evenhand_domain::permission::{Grant, LeadScope, LeadTie, Sight};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::activities::notes::{self, NewNote};
use crate::events::EventActor;
use crate::leads::OnLeads;
use crate::leads::scope::{sight, sight_of_code, visible};
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx, Writes, waiting};

use collaborators::Collaborator;
pub use pick_up::{WantedLead, lock_wanted};
pub use places::{Place, places};

/// A locked lead, as far as its ownership goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLead {
    /// Id.
    pub id: LeadId,
    /// Whose it is.
    pub owner_id: Option<UserId>,
    /// The latest decision on that.
    pub assignment_id: AssignmentId,
    /// Its version.
    pub version: i64,
    /// The rotation that it waits for.
    pub waits_for: Option<RotationId>,
    /// Its place there.
    pub waits_at: Option<u64>,
    /// Whether it was put away.
    pub archived: bool,
    /// How far the sight of whoever locked it goes.
    pub sight: Sight,
}

impl HeldLead {
    /// Refuses what is not done with leads that were put away.
    ///
    /// # Errors
    /// [`Conflict::LeadArchived`].
    pub const fn check_not_archived(&self) -> std::result::Result<(), DomainError> {
        if self.archived { Err(DomainError::Conflict(Conflict::LeadArchived)) } else { Ok(()) }
    }
}

#[derive(FromQueryResult)]
struct LockedRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct HeldRow {
    id: Uuid,
    owner_id: Option<Uuid>,
    assignment_id: Uuid,
    version: i64,
    waits_for: Option<Uuid>,
    waits_at: Option<i64>,
    archived: bool,
    sight: i32,
}

/// Locks those of the leads that the grant's scope covers, in the order of their ids, and reads
/// them in that order; others are missing.
///
/// # Errors
/// When the database fails.
pub async fn lock<A: OnLeads>(
    tx: &mut Tx,
    grant: &Grant<A>,
    leads: &[LeadId],
) -> Result<Vec<HeldLead>> {
    locked(tx, grant.organization_id(), A::leads(grant.scope()), leads).await
}

/// As [`lock`], of all the organization's: for work that was decided before.
///
/// # Errors
/// When the database fails.
pub async fn lock_for_service(
    tx: &mut Tx,
    organization_id: OrganizationId,
    leads: &[LeadId],
) -> Result<Vec<HeldLead>> {
    locked(tx, organization_id, &LeadScope::Everything, leads).await
}

async fn locked(
    tx: &mut Tx,
    organization_id: OrganizationId,
    scope: &LeadScope,
    leads: &[LeadId],
) -> Result<Vec<HeldLead>> {
    if leads.is_empty() {
        return Ok(Vec::new());
    }
    let dialect = tx.db().dialect;
    let input = |leads: &[LeadId]| {
        let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
        leads.iter().for_each(|lead| rows.push([organization_id.into(), (*lead).into()]));
        (rows.input(dialect), rows.into_values(dialect))
    };
    let joined = "FROM input i JOIN leads l ON l.organization_id = i.organization_id \
                  AND l.id = i.id";
    let lock = dialect.pick("FOR NO KEY UPDATE OF l", "");
    let mut held_leads = leads.to_vec();
    if !lock.is_empty() {
        let (rows, mut values) = input(leads);
        let visible = visible(scope, "l", &mut values, dialect);
        // What was in sight is locked, also where somebody who was faster has changed its owner: with
        // the condition beside the lock, it would be asked of the changed lead and the ties of before.
        let sql = format!(
            "{rows}, seen AS MATERIALIZED (\
               SELECT l.organization_id, l.id {joined} WHERE {visible}) \
             SELECT l.id FROM seen s JOIN leads l ON l.organization_id = s.organization_id \
             AND l.id = s.id ORDER BY l.id {lock}"
        );
        let locked: Vec<LockedRow> = tx.db().all(&sql, values).await?;
        // What came into sight since is not locked, and stays out.
        held_leads = locked.into_iter().map(|row| row.id.into()).collect();
        if held_leads.is_empty() {
            return Ok(Vec::new());
        }
    }
    // A statement of its own: the first one's sight of ties is older than the locks it waited for.
    let (rows, mut values) = input(&held_leads);
    let sight = sight(scope, "l", &mut values, dialect);
    let visible = visible(scope, "l", &mut values, dialect);
    let sql = format!(
        "{rows} SELECT l.id, l.owner_id, l.assignment_id, l.version, \
         w.rotation_id AS waits_for, w.position AS waits_at, l.archived_at IS NOT NULL AS archived, {sight} AS sight {joined} \
         LEFT JOIN waiting_leads w ON w.organization_id = l.organization_id \
         AND w.lead_id = l.id WHERE {visible} ORDER BY l.id"
    );
    let rows: Vec<HeldRow> = tx.db().all(&sql, values).await?;
    rows.iter().map(held).collect()
}

fn held(row: &HeldRow) -> Result<HeldLead> {
    Ok(HeldLead {
        id: row.id.into(),
        owner_id: row.owner_id.map(Into::into),
        assignment_id: row.assignment_id.into(),
        version: row.version,
        waits_for: row.waits_for.map(Into::into),
        waits_at: row.waits_at.map(i64::unsigned_abs),
        archived: row.archived,
        sight: sight_of_code(row.sight)?,
    })
}

/// What is said with a change of ownership: a note on the lead, by who made the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffNote {
    /// Its id.
    pub id: NoteId,
    /// What it says; not blank.
    pub body: String,
}

/// One change of a locked lead's ownership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The lead.
    pub lead_id: LeadId,
    /// The new assignment.
    pub assignment_id: AssignmentId,
    /// Who gives it up.
    pub from: Option<UserId>,
    /// Who gets it.
    pub to: Option<UserId>,
    /// What kind of act it is.
    pub source: Option<AssignmentSource>,
    /// Why nobody gets it.
    pub reason: Option<UnassignedReason>,
    /// Its place in a rotation's ledger.
    pub dealt: Option<Dealt>,
    /// Where it waits from now on.
    pub waiting: Option<Waiting>,
    /// The decisions that passed it on to this one.
    pub passed_on: Vec<PassedOn>,
    /// Where it comes to rest; `None` = where it was.
    pub place: Option<Place>,
    /// What is said about it.
    pub note: Option<HandoffNote>,
    /// When it was decided.
    pub at: Timestamp,
}

/// Writes changes of locked leads, each lead at most once: owner and version of the lead, the
/// assignment, who sees it now, and whether it waits. Who gave it up remains a former owner, whatever
/// else tied them to it; who got it is a collaborator no more; one that waited does so no more, unless
/// the change says where. Gives the collaborators who got what they worked on.
///
/// # Errors
/// When the database fails.
pub async fn store(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: EventActor,
    changes: &[Change],
    now: Timestamp,
) -> Result<Vec<Collaborator>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    update_leads(tx, organization_id, changes, now).await?;
    update_access(tx, organization_id, changes).await?;
    let owners = changes.iter().filter_map(|change| Some((change.lead_id, change.to?)));
    let gone = collaborators::remove_owners(tx, organization_id, owners).await?;
    let assignments = changes.iter().map(|change| assignment(organization_id, by, change));
    let mut writes = Writes::of(tx);
    insert_assignments(&mut writes, assignments);
    writes.run(tx).await?;
    insert_notes(tx, organization_id, by, changes).await?;
    let steps = changes.iter().map(|change| {
        ((organization_id, change.lead_id, change.assignment_id), change.passed_on.as_slice())
    });
    waiting::insert_steps(tx, steps).await?;
    // Whatever has an owner does not wait.
    let unowned = changes.iter().filter(|change| change.from.is_none());
    waiting::leave(tx, organization_id, unowned.map(|change| change.lead_id)).await?;
    let joining = changes.iter().filter_map(|change| {
        let key = (organization_id, change.lead_id, change.assignment_id);
        change.waiting.map(|waiting| (key, waiting, None))
    });
    waiting::join(tx, joining).await?;
    Ok(gone)
}

/// Puts what was said with the changes among the notes of the leads. The service says nothing.
async fn insert_notes(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: EventActor,
    changes: &[Change],
) -> Result<()> {
    let author = match by {
        EventActor::User(id) => Author::User(id.into()),
        EventActor::ApiKey(id) => Author::ApiKey(id.into()),
        EventActor::Service => return Ok(()),
    };
    let notes = changes.iter().filter_map(|change| {
        let HandoffNote { id, body } = change.note.clone()?;
        Some(NewNote {
            id,
            lead_id: change.lead_id,
            fields: NoteFields { body, mentions: Vec::new() },
            author,
            assignment_id: Some(change.assignment_id),
            at: change.at,
        })
    });
    notes::insert(tx, organization_id, &notes.collect::<Vec<_>>()).await
}

/// Erases what was said with one decision on a lead.
///
/// # Errors
/// When the database fails.
pub(crate) async fn erase_note(
    tx: &mut Tx,
    organization_id: OrganizationId,
    lead: LeadId,
    assignment: AssignmentId,
) -> Result<()> {
    let sql = "UPDATE assignments SET note = NULL \
               WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let values = [organization_id.uuid().into(), lead.uuid().into(), assignment.uuid().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Erases what was said about the assignments of a lead.
///
/// # Errors
/// When the database fails.
pub async fn erase_notes(tx: &mut Tx, organization_id: OrganizationId, lead: LeadId) -> Result<()> {
    let sql = "UPDATE assignments SET note = NULL WHERE organization_id = $1 AND lead_id = $2 \
               AND note IS NOT NULL";
    tx.db().execute(sql, [organization_id.uuid().into(), lead.uuid().into()]).await?;
    Ok(())
}

async fn update_leads(
    tx: &mut Tx,
    organization_id: OrganizationId,
    changes: &[Change],
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("owner_id", Kind::Uuid),
        ("assignment_id", Kind::Uuid),
        ("placed", Kind::Flag),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("updated_at", Kind::Int),
    ]);
    for change in changes {
        let place = change.place.unwrap_or_default();
        rows.push([
            organization_id.into(),
            change.lead_id.into(),
            change.to.into(),
            change.assignment_id.into(),
            change.place.is_some().into(),
            place.group_id.into(),
            place.team_id.into(),
            place.rotation_id.into(),
            now.micros().into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE leads SET owner_id = i.owner_id, assignment_id = i.assignment_id, \
         group_id = CASE WHEN i.placed THEN i.group_id ELSE leads.group_id END, \
         team_id = CASE WHEN i.placed THEN i.team_id ELSE leads.team_id END, \
         rotation_id = CASE WHEN i.placed THEN i.rotation_id ELSE leads.rotation_id END, \
         version = leads.version + 1, updated_at = i.updated_at FROM input i \
         WHERE leads.organization_id = i.organization_id AND leads.id = i.id",
        rows.input(db.dialect),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

async fn update_access(
    tx: &mut Tx,
    organization_id: OrganizationId,
    changes: &[Change],
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("kind", Kind::Int),
    ]);
    for change in changes {
        // One and the same user who gets back what they gave up is its owner.
        let from = change.from.filter(|from| Some(*from) != change.to);
        for (user, tie) in [(from, LeadTie::FormerOwner), (change.to, LeadTie::Owner)] {
            if let Some(user) = user {
                let lead = change.lead_id;
                rows.push([organization_id.into(), user.into(), lead.into(), tie.code().into()]);
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, user_id, lead_id) DO UPDATE \
                SET kind = excluded.kind";
    db.insert(rows, "lead_access", then).await?;
    Ok(())
}

fn assignment(organization_id: OrganizationId, by: EventActor, change: &Change) -> [Cell; 15] {
    let (by_user, by_key) = match by {
        EventActor::User(id) => (Some(id), None),
        EventActor::ApiKey(id) => (None, Some(id)),
        EventActor::Service => (None, None),
    };
    let dealt = change.dealt.as_ref();
    [
        organization_id.into(),
        change.lead_id.into(),
        change.assignment_id.into(),
        change.from.into(),
        change.to.into(),
        change.source.map(AssignmentSource::code).into(),
        change.reason.map(UnassignedReason::code).into(),
        dealt.map(|dealt| dealt.rotation_id).into(),
        dealt.map(|dealt| dealt.entry).into(),
        dealt.and_then(|dealt| dealt.turn).into(),
        dealt.map(|dealt| *dealt.hash.bytes()).into(),
        by_user.into(),
        by_key.into(),
        change.at.micros().into(),
        change.note.as_ref().map(|note| note.body.as_str()).into(),
    ]
}

/// Inserts rows of `assignments`, in the order of the columns below.
pub(crate) fn insert_assignments(
    writes: &mut Writes,
    assignments: impl IntoIterator<Item = [Cell; 15]>,
) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("from_user_id", Kind::Uuid),
        ("to_user_id", Kind::Uuid),
        ("source", Kind::Int),
        ("reason", Kind::Int),
        ("rotation_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("turn", Kind::Int),
        ("ledger_hash", Kind::Bytes),
        ("decided_by_user_id", Kind::Uuid),
        ("decided_by_api_key_id", Kind::Uuid),
        ("decided_at", Kind::Int),
        ("note", Kind::Text),
    ]);
    assignments.into_iter().for_each(|assignment| rows.push(assignment));
    writes.insert(rows, "assignments", "");
}
