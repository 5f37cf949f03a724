//! What depends on a group or team that is to be archived.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Dependents;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::off_boarding::OffBoardingStatus;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use sea_orm::{FromQueryResult, Value};

use crate::store::Dialect;
use crate::{Read, Result};

/// Rotations that leads go on to it from.
pub const FALLBACKS: &str = "fallbacks";
/// API keys that may distribute to it.
pub const API_KEYS: &str = "api_keys";
/// Invitations of people who will join it.
pub const INVITATIONS: &str = "invitations";
/// Deactivations whose leads it is dealing.
pub const OFF_BOARDINGS: &str = "off_boardings";
/// Leads that wait for it.
pub const WAITING_LEADS: &str = "waiting_leads";

#[derive(FromQueryResult)]
struct CountRow {
    kind: String,
    count: i64,
}

/// What depends on a group or team besides its members, each kind that there is with its number.
/// Whoever makes something that does has the organization locked, as the caller has.
///
/// # Errors
/// When the database fails.
pub async fn dependents(
    db: &impl Read,
    organization_id: OrganizationId,
    owner: RotationOwner,
    now: Timestamp,
) -> Result<Vec<Dependents>> {
    let db = db.db();
    let kinds = kinds(owner, db.dialect);
    let counts: Vec<String> = kinds
        .iter()
        .map(|(kind, of)| format!("SELECT '{kind}' AS kind, count(*) AS count FROM {of}"))
        .collect();
    let values = [
        Value::from(organization_id.uuid()),
        Value::from(owner.uuid()),
        Value::from(owner.uuid().to_string()),
        Value::from(now.micros()),
    ];
    let rows: Vec<CountRow> = db.all(&counts.join(" UNION ALL "), values).await?;
    let count = |kind| rows.iter().find(|row| row.kind == kind).map_or(0, |row| row.count);
    let found =
        kinds.iter().map(|(kind, _)| Dependents { kind, count: count(*kind).unsigned_abs() });
    Ok(found.filter(|found| found.count > 0).collect())
}

/// Each kind with the rows that are of it. `$1` is the organization, `$2` the group or team, `$3` the
/// same as text, `$4` now.
fn kinds(owner: RotationOwner, dialect: Dialect) -> [(&'static str, String); 5] {
    let column = |group: &'static str, team: &'static str| match owner {
        RotationOwner::Group(_) => group,
        RotationOwner::Team(_) => team,
    };
    let of = column("group_id", "team_id");
    let falls_back = column("fallback_group_id", "fallback_team_id");
    let deals = column("to_group_id", "to_team_id");
    let may_distribute = dialect.pick(
        "k.group_ids @> to_jsonb($3::text)",
        "EXISTS (SELECT 1 FROM json_each(k.group_ids) j WHERE j.value = $3)",
    );
    let (invited, running) = (UserStatus::Invited.code(), OffBoardingStatus::Running.code());
    [
        (
            FALLBACKS,
            format!(
                "rotations r WHERE r.organization_id = $1 AND r.{falls_back} = $2 \
                 AND r.archived_at IS NULL"
            ),
        ),
        (
            API_KEYS,
            format!(
                "api_keys k WHERE k.organization_id = $1 AND {may_distribute} \
                 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4)"
            ),
        ),
        (
            INVITATIONS,
            format!(
                "invitation_groups i JOIN users u ON u.organization_id = i.organization_id \
                 AND u.id = i.user_id WHERE i.organization_id = $1 AND i.group_id = $2 \
                 AND u.status = {invited}"
            ),
        ),
        (
            OFF_BOARDINGS,
            format!(
                "off_boardings o WHERE o.organization_id = $1 AND o.{deals} = $2 \
                 AND o.status = {running}"
            ),
        ),
        (
            WAITING_LEADS,
            format!(
                "waiting_leads w JOIN rotations r ON r.organization_id = w.organization_id \
                 AND r.id = w.rotation_id WHERE w.organization_id = $1 AND r.{of} = $2"
            ),
        ),
    ]
}
