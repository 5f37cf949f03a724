//! Rotations' ledgers as they are stored: to be shown, exported, and compared with everything else
//! that is stored of their rotations. Nothing of it is trusted: what cannot be read as what it should
//! be is told, not failed on.

mod assignments;
mod beside;
mod counts;
mod entries;
mod fairness;
mod heads;
mod past;
mod period;
mod state;

use evenhand_domain::ids::{GroupId, OrganizationId, RotationId, TeamId};
use evenhand_domain::permission::{Action, Grant, UserScope, ViewGroups, ViewTeams};
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{Error, Read, Result, teams};

pub use assignments::{broken_history, count, moved_owner, other_reason, stray, unlike};
pub use beside::{StoredCheckpoint, StoredHead, beyond, checkpoints, heads_between};
pub use entries::{Direction, EntryFilter, RawEntry, between, is_longer_than, last, list};
pub use fairness::{Weighed, fairness};
pub use heads::{SignedHead, list_heads};
pub use past::{Past, Recalled, past};
pub use period::Period;
pub use state::{Expected, difference};

/// A rotation whose ledger may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The rotation.
    pub rotation_id: RotationId,
}

/// What allows to read ledgers, and whose.
pub trait OnLedgers: Action {
    /// Whether those of groups.
    fn groups(scope: &Self::Scope) -> bool;
    /// The teams whose it are.
    fn teams(scope: &Self::Scope) -> &UserScope;
}

impl OnLedgers for ViewGroups {
    fn groups((): &()) -> bool {
        true
    }

    fn teams((): &()) -> &UserScope {
        &UserScope::Nobody
    }
}

impl OnLedgers for ViewTeams {
    fn groups(_: &UserScope) -> bool {
        false
    }

    fn teams(scope: &UserScope) -> &UserScope {
        scope
    }
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// The ledger of a group's or team's rotation, also of one that is archived: that is what it is kept
/// for. `None` when there is none, or it is not visible.
///
/// # Errors
/// When the database fails.
pub async fn find<A: OnLedgers>(
    db: &impl Read,
    grant: &Grant<A>,
    owner: RotationOwner,
) -> Result<Option<Ledger>> {
    let organization_id = grant.organization_id();
    let mut values: Vec<Value> = vec![organization_id.uuid().into(), owner.uuid().into()];
    let sql = match owner {
        RotationOwner::Group(_) if !A::groups(grant.scope()) => return Ok(None),
        RotationOwner::Group(_) => "SELECT r.id FROM rotations r \
             WHERE r.organization_id = $1 AND r.group_id = $2"
            .to_owned(),
        RotationOwner::Team(_) => {
            let visible = teams::visible(A::teams(grant.scope()), &mut values);
            format!(
                "SELECT r.id FROM rotations r JOIN teams t \
                 ON t.organization_id = r.organization_id AND t.id = r.team_id \
                 WHERE r.organization_id = $1 AND r.team_id = $2 AND {visible}"
            )
        }
    };
    let row: Option<IdRow> = db.db().one(&sql, values).await?;
    Ok(row.map(|row| Ledger { organization_id, rotation_id: row.id.into() }))
}

/// A ledger, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// The ledger.
    pub ledger: Ledger,
    /// The group or team.
    pub owner: RotationOwner,
}

/// Which ledgers the service looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Which {
    /// Only one tenant's.
    pub organization_id: Option<OrganizationId>,
    /// Only one group's or team's.
    pub owner: Option<RotationOwner>,
}

#[derive(FromQueryResult)]
struct OwnedRow {
    organization_id: Uuid,
    id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
}

/// Up to `limit` ledgers behind `after` in the order of their keys, of archived rotations too: for the
/// service's own checks.
///
/// # Errors
/// When the database fails.
pub async fn owned(
    db: &impl Read,
    which: &Which,
    after: Option<Ledger>,
    limit: u32,
) -> Result<Vec<Owned>> {
    let (organization, rotation) = after.map_or((Uuid::nil(), Uuid::nil()), |ledger| {
        (ledger.organization_id.uuid(), ledger.rotation_id.uuid())
    });
    let mut values: Vec<Value> = vec![organization.into(), rotation.into()];
    let mut sql = "SELECT r.organization_id, r.id, r.group_id, r.team_id FROM rotations r \
                   WHERE (r.organization_id, r.id) > ($1, $2)"
        .to_owned();
    let mut narrow = |column: &str, id: Option<Uuid>| {
        if let Some(id) = id {
            values.push(id.into());
            sql.push_str(&format!(" AND r.{column} = ${}", values.len()));
        }
    };
    narrow("organization_id", which.organization_id.map(OrganizationId::uuid));
    narrow("group_id", which.owner.and_then(RotationOwner::group_id).map(GroupId::uuid));
    narrow("team_id", which.owner.and_then(RotationOwner::team_id).map(TeamId::uuid));
    sql.push_str(&format!(" ORDER BY r.organization_id, r.id LIMIT {limit}"));
    let rows: Vec<OwnedRow> = db.db().all(&sql, values).await?;
    rows.into_iter()
        .map(|row| {
            let owner = match (row.group_id, row.team_id) {
                (Some(group), None) => RotationOwner::Group(group.into()),
                (None, Some(team)) => RotationOwner::Team(team.into()),
                _ => return Err(Error::corrupt("whose a rotation is")),
            };
            let ledger =
                Ledger { organization_id: row.organization_id.into(), rotation_id: row.id.into() };
            Ok(Owned { ledger, owner })
        })
        .collect()
}

impl Ledger {
    /// `$1` and `$2`.
    fn key(&self) -> Vec<Value> {
        vec![self.organization_id.uuid().into(), self.rotation_id.uuid().into()]
    }

    /// `$1` to `$4`: entries after one number, up to another.
    fn range(&self, after: u64, last: u64) -> Vec<Value> {
        let mut values = self.key();
        values.extend([after, last].map(|number| Value::from(signed(number))));
        values
    }
}

/// A number as it is stored.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
