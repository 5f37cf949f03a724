//! Single-use links that make invited users active, and what waits for them to be.

mod account;
mod places;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::OrganizationChoice;
use evenhand_domain::ids::{AccountId, InvitationId, UserId};
use evenhand_domain::permission::{Grant, InviteUsers};
use evenhand_domain::user::Role;
use sea_orm::{EntityTrait, FromQueryResult, Set};
use uuid::Uuid;

use crate::entities::invitation;
use crate::users::OnUsers;
use crate::{Read, Result, Tx, convert};

pub use account::{AccountState, account_of, set_password};
pub use places::{
    add_to_teams, forget_group, lock_teams, stop_waiting, wait_for_groups, waiting_rotations,
};

/// An invitation with what it is to.
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// To which organization.
    pub organization: OrganizationChoice,
    /// The invited user.
    pub user_id: UserId,
    /// The account behind the user.
    pub account_id: AccountId,
    /// What the account has to prove that it is somebody's.
    pub account: AccountState,
    /// The account's address, lower-cased.
    pub email: String,
    /// First name, as the inviter wrote it.
    pub first_name: String,
    /// Last name, as the inviter wrote it.
    pub last_name: Option<String>,
    /// The role the user will have.
    pub role: Role,
    /// Whether the link was mailed to the address and shown to nobody else.
    pub mailed: bool,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub used_at: Option<Timestamp>,
    /// When it was withdrawn, or replaced by a newer one.
    pub revoked_at: Option<Timestamp>,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A link to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewInvitation {
    /// Id.
    pub id: InvitationId,
    /// The invited user.
    pub user_id: UserId,
    /// The SHA-256 of the token.
    pub hash: [u8; 32],
    /// Whether the link is mailed to the address and shown to nobody else.
    pub mailed: bool,
    /// When.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Stores an invitation of a user of the grant's organization.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant<InviteUsers>, new: NewInvitation) -> Result<()> {
    let row = invitation::ActiveModel {
        hash: Set(new.hash.to_vec()),
        id: Set(new.id.uuid()),
        organization_id: Set(grant.organization_id().uuid()),
        user_id: Set(new.user_id.uuid()),
        created_by: Set(grant.user_id().map(UserId::uuid)),
        created_at: Set(new.created_at.micros()),
        expires_at: Set(new.expires_at.micros()),
        used_at: Set(None),
        revoked_at: Set(None),
        mailed: Set(new.mailed),
    };
    invitation::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// The invitation whose token has this SHA-256, in whatever state: the token is its own proof.
///
/// # Errors
/// When the database fails.
pub async fn find_by_token(db: &impl Read, hash: &[u8; 32]) -> Result<Option<Invitation>> {
    let sql = "SELECT i.id, i.organization_id, o.name AS organization_name, i.user_id, \
                      u.account_id, a.password_hash, a.email_verified_at, a.email_key, \
                      u.first_name, u.last_name, u.role, i.mailed, i.expires_at, i.used_at, \
                      i.revoked_at \
               FROM invitations i \
               JOIN users u ON u.organization_id = i.organization_id AND u.id = i.user_id \
               JOIN accounts a ON a.id = u.account_id \
               JOIN organizations o ON o.id = i.organization_id \
               WHERE i.hash = $1";
    let row: Option<Row> = db.db().one(sql, [hash.to_vec().into()]).await?;
    row.map(Row::into_domain).transpose()
}

/// Withdraws every open invitation of a user of the grant's organization, who has to be locked
/// ([`crate::users::lock`]), and gives how many there were. One whose time is over counts as open:
/// it, too, was replaced.
///
/// # Errors
/// When the database fails.
pub async fn revoke_open<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    user_id: UserId,
    now: Timestamp,
) -> Result<u64> {
    let sql = "UPDATE invitations SET revoked_at = $3 WHERE organization_id = $1 \
               AND user_id = $2 AND used_at IS NULL AND revoked_at IS NULL";
    let values =
        [grant.organization_id().uuid().into(), user_id.uuid().into(), now.micros().into()];
    tx.db().execute(sql, values).await
}

/// As [`revoke_open`], only those that somebody else than the actor was shown: who holds such a
/// link can join as the user.
///
/// # Errors
/// When the database fails.
pub async fn revoke_shown_to_others<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    user_id: UserId,
    now: Timestamp,
) -> Result<u64> {
    let sql = "UPDATE invitations SET revoked_at = $3 WHERE organization_id = $1 \
               AND user_id = $2 AND used_at IS NULL AND revoked_at IS NULL AND NOT mailed \
               AND (created_by IS NULL OR created_by <> $4)";
    let values = [
        grant.organization_id().uuid().into(),
        user_id.uuid().into(),
        now.micros().into(),
        grant.user_id().map(UserId::uuid).into(),
    ];
    tx.db().execute(sql, values).await
}

#[derive(FromQueryResult)]
struct Awaited {
    team: bool,
    grp: bool,
}

/// Whether an invited user has a place on a team, and whether one in a group waits for them.
///
/// # Errors
/// When the database fails.
pub async fn places_awaited(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    user_id: UserId,
) -> Result<(bool, bool)> {
    let sql = "SELECT EXISTS (SELECT 1 FROM team_members m WHERE m.organization_id = $1 \
               AND m.user_id = $2) AS team, EXISTS (SELECT 1 FROM invitation_groups g \
               WHERE g.organization_id = $1 AND g.user_id = $2) AS grp";
    let values = [grant.organization_id().uuid().into(), user_id.uuid().into()];
    let row: Option<Awaited> = tx.db().one(sql, values).await?;
    Ok(row.map_or((false, false), |row| (row.team, row.grp)))
}

/// Uses an invitation up; `false` when somebody was faster, it was withdrawn or its time is over.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let sql = "UPDATE invitations SET used_at = $2 \
               WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
    Ok(tx.db().execute(sql, [hash.to_vec().into(), now.micros().into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    organization_name: String,
    user_id: Uuid,
    account_id: Uuid,
    password_hash: Option<String>,
    email_verified_at: Option<i64>,
    email_key: String,
    first_name: String,
    last_name: Option<String>,
    role: i16,
    mailed: bool,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl Row {
    fn into_domain(self) -> Result<Invitation> {
        Ok(Invitation {
            id: self.id.into(),
            organization: OrganizationChoice {
                id: self.organization_id.into(),
                name: self.organization_name,
            },
            user_id: self.user_id.into(),
            account_id: self.account_id.into(),
            account: AccountState {
                password_hash: self.password_hash,
                is_verified: self.email_verified_at.is_some(),
            },
            email: self.email_key,
            first_name: self.first_name,
            last_name: self.last_name,
            role: convert::role(self.role)?,
            mailed: self.mailed,
            expires_at: Timestamp::from_micros(self.expires_at),
            used_at: self.used_at.map(Timestamp::from_micros),
            revoked_at: self.revoked_at.map(Timestamp::from_micros),
        })
    }
}
