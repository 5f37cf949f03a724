//! What a user's leaving would do, and the names of what it did.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{ApiKeyId, LeadId, RotationId, UserId};
use evenhand_domain::off_boarding::{
    ApiKeyName, LeadStep, LeadsAction, OffBoarding, Plan, RotationPlace,
};
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::team::TeamName;
use evenhand_domain::user::{GroupName, User, UserName};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, rotations, users};

/// What would become of a user and what is theirs. Open leads are those in one of `open_statuses`.
///
/// # Errors
/// When the database fails.
pub async fn plan(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    organization: &Organization,
    user: &User,
    (action, revoke_api_keys): (LeadsAction, bool),
    now: Timestamp,
) -> Result<Plan> {
    let left = rotations::of_user(db, grant.organization_id(), user.id).await?;
    Ok(Plan {
        user: UserName {
            id: user.id,
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            partner: user.partner,
        },
        action,
        leads: open_leads(db, grant, organization, user.id).await?,
        rotations: places(db, grant, &left).await?,
        collaborations: collaborations(db, grant, user).await?,
        sessions: sessions(db, grant, user.id, now).await?,
        api_keys: api_keys(db, grant, user.id).await?,
        revoke_api_keys,
        revokes_invitation: has_open_invitation(db, grant, user.id).await?,
        teams: teams(db, grant, user.id).await?,
        fallback_of: fallback_of(db, grant, user.id).await?,
    })
}

#[derive(FromQueryResult)]
struct LeadRow {
    id: Uuid,
    assignment_id: Uuid,
}

async fn open_leads(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    organization: &Organization,
    user: UserId,
) -> Result<Vec<(LeadId, evenhand_domain::ids::AssignmentId)>> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("owner_id", Kind::Uuid),
        ("status", Kind::Text),
    ]);
    for status in organization.open_status_keys() {
        rows.push([grant.organization_id().into(), user.into(), status.into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT l.id, l.assignment_id FROM input i JOIN leads l \
         ON l.organization_id = i.organization_id AND l.owner_id = i.owner_id \
         AND l.status = i.status AND l.archived_at IS NULL ORDER BY l.id",
        rows.input(db.dialect),
    );
    let leads: Vec<LeadRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(leads.into_iter().map(|row| (row.id.into(), row.assignment_id.into())).collect())
}

#[derive(FromQueryResult)]
struct PlaceRow {
    id: Uuid,
    group_id: Option<Uuid>,
    group_name: Option<String>,
    team_id: Option<Uuid>,
    team_name: Option<String>,
}

/// What rotations belong to, in the order of their ids.
async fn places(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    ids: &[RotationId],
) -> Result<Vec<RotationPlace>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for id in ids {
        rows.push([grant.organization_id().into(), (*id).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT r.id, r.group_id, g.name AS group_name, r.team_id, t.name AS team_name \
         FROM input i JOIN rotations r ON r.organization_id = i.organization_id AND r.id = i.id \
         LEFT JOIN groups g ON g.organization_id = r.organization_id AND g.id = r.group_id \
         LEFT JOIN teams t ON t.organization_id = r.organization_id AND t.id = r.team_id \
         ORDER BY r.id",
        rows.input(db.dialect),
    );
    let found: Vec<PlaceRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let places = found.into_iter().map(|row| RotationPlace {
        rotation_id: row.id.into(),
        group: (row.group_id.zip(row.group_name))
            .map(|(id, name)| GroupName { id: id.into(), name }),
        team: row.team_id.zip(row.team_name).map(|(id, name)| TeamName { id: id.into(), name }),
    });
    Ok(places.collect())
}

#[derive(FromQueryResult)]
struct RotationRow {
    id: Uuid,
}

/// The rotations in use that fall back to a user.
async fn fallback_of(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Vec<RotationPlace>> {
    let sql = "SELECT id FROM rotations WHERE organization_id = $1 AND fallback_user_id = $2 \
               AND archived_at IS NULL";
    let rows: Vec<RotationRow> = db.db().all(sql, key(grant, user)).await?;
    let ids: Vec<RotationId> = rows.into_iter().map(|row| row.id.into()).collect();
    places(db, grant, &ids).await
}

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

async fn sessions(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
    now: Timestamp,
) -> Result<u32> {
    let sql = "SELECT count(*) AS number FROM sessions WHERE organization_id = $1 \
               AND user_id = $2 AND ended_at IS NULL AND expires_at > $3";
    let [organization_id, user] = key(grant, user);
    let row: Option<Number> =
        db.db().one(sql, [organization_id, user, now.micros().into()]).await?;
    let number = row.map_or(0, |row| row.number);
    u32::try_from(number).map_err(|_| Error::corrupt("a number of sessions"))
}

/// None of who is inactive: they end with the user's leaving.
async fn collaborations(db: &impl Read, grant: &Grant<ManageUsers>, user: &User) -> Result<u64> {
    let sql = "SELECT count(*) AS number FROM lead_collaborators WHERE organization_id = $1 \
               AND user_id = $2";
    let row: Option<Number> = db.db().one(sql, key(grant, user.id)).await?;
    Ok(row.map_or(0, |row| row.number.unsigned_abs()))
}

#[derive(FromQueryResult)]
struct NamedRow {
    id: Uuid,
    name: String,
}

async fn api_keys(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Vec<ApiKeyName>> {
    let sql = "SELECT id, name FROM api_keys WHERE organization_id = $1 AND created_by = $2 \
               AND revoked_at IS NULL ORDER BY id";
    let rows: Vec<NamedRow> = db.db().all(sql, key(grant, user)).await?;
    Ok(rows.into_iter().map(|row| ApiKeyName { id: row.id.into(), name: row.name }).collect())
}

async fn has_open_invitation(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<bool> {
    let sql = "SELECT count(*) AS number FROM invitations WHERE organization_id = $1 \
               AND user_id = $2 AND used_at IS NULL AND revoked_at IS NULL";
    let row: Option<Number> = db.db().one(sql, key(grant, user)).await?;
    Ok(row.is_some_and(|row| row.number > 0))
}

async fn teams(db: &impl Read, grant: &Grant<ManageUsers>, user: UserId) -> Result<Vec<TeamName>> {
    let sql = "SELECT t.id, t.name FROM team_members m JOIN teams t \
               ON t.organization_id = m.organization_id AND t.id = m.team_id \
               WHERE m.organization_id = $1 AND m.user_id = $2 AND t.archived_at IS NULL \
               ORDER BY t.name_key, t.id";
    let rows: Vec<NamedRow> = db.db().all(sql, key(grant, user)).await?;
    Ok(rows.into_iter().map(|row| TeamName { id: row.id.into(), name: row.name }).collect())
}

/// The names of what an off-boarding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffBoardingDetails {
    /// Who leaves or comes back.
    pub user: Option<UserName>,
    /// Who or what gets the leads.
    pub to: Recipient,
    /// The rotations that were left, or taken up again.
    pub rotations: Vec<RotationPlace>,
    /// The API keys that were revoked.
    pub api_keys: Vec<ApiKeyName>,
    /// The rotations that name the user as their fallback by now.
    pub fallback_of: Vec<RotationPlace>,
    /// The first of the leads that were left alone, by their ids.
    pub skipped: Vec<LeadId>,
}

/// How many leads that were left alone are named.
const NAMED: u32 = 100;

/// Reads these names.
///
/// # Errors
/// When the database fails.
pub async fn details(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    of: &OffBoarding,
) -> Result<OffBoardingDetails> {
    let mut names = users::mentioned(db, grant, &[of.user_id]).await?;
    let to = recipient(db, grant, of.action).await?;
    let api_keys = match of.api_key_ids.as_slice() {
        [] => Vec::new(),
        revoked => api_key_names(db, grant, revoked).await?,
    };
    Ok(OffBoardingDetails {
        user: names.remove(&of.user_id).map(|(name, _)| name),
        to,
        rotations: places(db, grant, &of.rotation_ids).await?,
        api_keys,
        fallback_of: fallback_of(db, grant, of.user_id).await?,
        skipped: if of.skipped > 0 { skipped(db, grant, of).await? } else { Vec::new() },
    })
}

/// Whom an action gives leads to, by their names; at most one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// A user.
    pub user: Option<UserName>,
    /// The group that deals them.
    pub group: Option<GroupName>,
    /// The team that deals them.
    pub team: Option<TeamName>,
}

/// Reads whom an action gives leads to.
///
/// # Errors
/// When the database fails.
pub async fn recipient(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    action: LeadsAction,
) -> Result<Recipient> {
    if let Some(user) = action.user_id() {
        let known = users::mentioned(db, grant, &[user]).await?.remove(&user);
        return Ok(Recipient { user: known.map(|(name, _)| name), ..Recipient::default() });
    }
    let Some(owner) = action.rotation_owner() else { return Ok(Recipient::default()) };
    let sql = match owner {
        RotationOwner::Group(_) => {
            "SELECT id, name FROM groups WHERE organization_id = $1 AND id = $2"
        }
        RotationOwner::Team(_) => {
            "SELECT id, name FROM teams WHERE organization_id = $1 AND id = $2"
        }
    };
    let values = [grant.organization_id().uuid().into(), Value::from(owner.uuid())];
    let row: Option<NamedRow> = db.db().one(sql, values).await?;
    let Some(NamedRow { id, name }) = row else { return Ok(Recipient::default()) };
    Ok(match owner {
        RotationOwner::Group(_) => {
            let group = Some(GroupName { id: id.into(), name });
            Recipient { group, ..Recipient::default() }
        }
        RotationOwner::Team(_) => {
            let team = Some(TeamName { id: id.into(), name });
            Recipient { team, ..Recipient::default() }
        }
    })
}

async fn api_key_names(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    ids: &[ApiKeyId],
) -> Result<Vec<ApiKeyName>> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for id in ids {
        rows.push([grant.organization_id().into(), (*id).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT k.id, k.name FROM input i JOIN api_keys k \
         ON k.organization_id = i.organization_id AND k.id = i.id ORDER BY k.id",
        rows.input(db.dialect),
    );
    let found: Vec<NamedRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(found.into_iter().map(|row| ApiKeyName { id: row.id.into(), name: row.name }).collect())
}

#[derive(FromQueryResult)]
struct SkippedRow {
    lead_id: Uuid,
}

async fn skipped(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    of: &OffBoarding,
) -> Result<Vec<LeadId>> {
    let sql = format!(
        "SELECT lead_id FROM off_boarding_leads WHERE organization_id = $1 \
         AND off_boarding_id = $2 AND step = {} ORDER BY lead_id LIMIT {NAMED}",
        LeadStep::Skipped.code(),
    );
    let values = [grant.organization_id().uuid().into(), Value::from(of.id.uuid())];
    let rows: Vec<SkippedRow> = db.db().all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.lead_id.into()).collect())
}

fn key(grant: &Grant<ManageUsers>, user: UserId) -> [Value; 2] {
    [grant.organization_id().uuid().into(), user.uuid().into()]
}
