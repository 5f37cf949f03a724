//! Accepting an invitation.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Faults, Unauthenticated};
use evenhand_domain::ids::{AccountId, OrganizationId, UserId};
use evenhand_domain::origin::Origin;
use evenhand_domain::rotation::MemberSettings;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::text::{ValueFault, line};
use evenhand_identity::{invitations as tokens, password_rules};
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::invitations::{self, Invitation};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{
    Read, Tx, accounts, events, organizations, password_resets, sessions, users,
};
use secrecy::SecretString;
use serde_json::json;

use super::MAX_NAME;
use crate::account::ended;
use crate::account::throttle::{self, Attempt};
use crate::sign_in::{SignedIn, start_session};
use crate::{Services, memberships};

/// What the invited person says.
#[derive(Debug, Clone, Default)]
pub struct Accept {
    /// A new account's password from now on; an existing account's as it is. Who is signed in
    /// with the account needs none.
    pub password: Option<SecretString>,
    /// Their first name, instead of what the inviter wrote.
    pub first_name: Option<String>,
    /// Their last name, instead of what the inviter wrote.
    pub last_name: Option<String>,
    /// The account that the request is signed in with, in whatever organization.
    pub signed_in: Option<AccountId>,
}

impl Accept {
    /// By somebody who sets or proves this password.
    #[must_use]
    pub fn with_password(password: SecretString) -> Self {
        Self { password: Some(password), ..Self::default() }
    }

    /// Reads the texts of a request and notes every fault. What is said of the password depends
    /// on the account, so [`accept`] says it.
    pub fn parse(
        password: Option<SecretString>,
        first_name: Option<&str>,
        last_name: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let first_name = line(first_name.unwrap_or_default(), MAX_NAME);
        let first_name = faults.keep("/first_name", first_name);
        let last_name = faults.keep("/last_name", line(last_name.unwrap_or_default(), MAX_NAME));
        let (first_name, last_name) = (first_name?, last_name?);
        Some(Self { password, first_name, last_name, signed_in: None })
    }
}

/// The invitation that a token is for, while it can be accepted.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::InvitationUsed`], [`Conflict::InvitationRevoked`],
/// [`Conflict::InvitationExpired`], unavailability.
pub async fn find_invitation(
    services: &Services,
    token: &SecretString,
) -> Result<Invitation, Error> {
    let hash = tokens::parse(token).ok_or(NOT_FOUND)?;
    find_open(&services.store, &hash, services.clock.now()).await
}

const NOT_FOUND: Error = Error::NotFound("invitation");

/// How often an acceptance begins again because the account or its groups changed in between.
const ROUNDS: usize = 3;

/// Makes the invited user active, puts them into the groups that wait for them, and signs them
/// in. Of several who accept at once one does.
///
/// Who the account belongs to is settled as follows. A link that was mailed proves the address; one
/// that was shown to the inviter proves nothing, for they may be the one who uses it.
///
/// | account | link mailed | link shown to the inviter |
/// |---|---|---|
/// | without a password | sets one; the address is proved | sets one; the address is not proved |
/// | with one, address not proved | sets a new one, all sessions end; the address is proved | proves it |
/// | with one, address proved | proves it | proves it |
///
/// Who is signed in with the account has proved its password.
///
/// # Errors
/// As [`find_invitation`]; faults at `/password` (`required`, `too_short`, `too_long`,
/// `weak_password`) where one is set, [`Unauthenticated::WrongPassword`] where one is proved,
/// [`Error::TooManyAttempts`].
pub async fn accept(
    services: &Services,
    token: &SecretString,
    request: &Accept,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let hash = tokens::parse(token).ok_or(NOT_FOUND)?;
    for _ in 0..ROUNDS {
        let invitation = find_open(&services.store, &hash, services.clock.now()).await?;
        let new_password = prove_or_hash(services, &invitation, request, origin).await?;
        let joined = join(services, &hash, &invitation, request, new_password, origin).await?;
        if let Some(signed_in) = joined {
            return Ok(signed_in);
        }
    }
    Err(Error::Unauthenticated(Unauthenticated::WrongPassword))
}

async fn find_open(db: &impl Read, hash: &[u8; 32], now: Timestamp) -> Result<Invitation, Error> {
    let invitation = invitations::find_by_token(db, hash).await?.ok_or(NOT_FOUND)?;
    if invitation.used_at.is_some() {
        return Err(Error::Conflict(Conflict::InvitationUsed));
    }
    if invitation.revoked_at.is_some() {
        return Err(Error::Conflict(Conflict::InvitationRevoked));
    }
    if invitation.expires_at <= now {
        return Err(Error::Conflict(Conflict::InvitationExpired));
    }
    Ok(invitation)
}

/// The hash of the password that the account gets; `None` when it keeps its own, which has been
/// proved. Before the transaction: nobody waits for a hash.
async fn prove_or_hash(
    services: &Services,
    invitation: &Invitation,
    request: &Accept,
    origin: &Origin,
) -> Result<Option<String>, Error> {
    let account = &invitation.account;
    let is_set = account.password_hash.is_none() || (invitation.mailed && !account.is_verified);
    if !is_set && request.signed_in == Some(invitation.account_id) {
        return Ok(None);
    }
    let Some(password) = request.password.clone() else {
        return Err(Error::invalid("/password", "required", "is required"));
    };
    let refused = |(code, detail): ValueFault| Error::invalid("/password", code, detail);
    let rules = check_rules(&password, invitation, request);
    if !is_set || !invitation.mailed {
        // Who was shown the link is not to learn whether the address has an account. What no
        // account can have for a password is refused at once, and what a new account may not have
        // here in the same words, after the same time and as often: all else makes the account.
        password_rules::check(&password, &[&invitation.email]).map_err(refused)?;
        if account.password_hash.is_some() || rules.is_err() {
            let stored = account.password_hash.as_deref();
            let attempt = Attempt { email: &invitation.email, password: &password, stored, origin };
            if throttle::prove(services, &attempt).await? {
                return Ok(None);
            }
        }
    }
    rules.map_err(refused)?;
    if !is_set {
        return Err(Error::Unauthenticated(Unauthenticated::WrongPassword));
    }
    services.passwords.hash(password).await.map(Some)
}

fn check_rules(
    password: &SecretString,
    invitation: &Invitation,
    request: &Accept,
) -> Result<(), ValueFault> {
    let (first_name, last_name) = names(invitation, request);
    let organization = &invitation.organization.name;
    let known = [&invitation.email, first_name, last_name.unwrap_or_default(), organization];
    password_rules::check(password, &known)
}

/// What the person calls themselves, or else what the inviter calls them.
fn names<'a>(invitation: &'a Invitation, request: &'a Accept) -> (&'a str, Option<&'a str>) {
    let first_name = request.first_name.as_deref().unwrap_or(&invitation.first_name);
    (first_name, request.last_name.as_deref().or(invitation.last_name.as_deref()))
}

/// `None` when the account has changed since, so that it has to be proved anew.
async fn join(
    services: &Services,
    hash: &[u8; 32],
    invitation: &Invitation,
    request: &Accept,
    new_password: Option<String>,
    origin: &Origin,
) -> Result<Option<SignedIn>, Error> {
    let organization_id = invitation.organization.id;
    let user_id = invitation.user_id;
    let mut tx = services.store.begin().await?;
    // Organization, rotations, account, user: the lock order of all. Under the first nobody changes
    // who is on a team; the groups that wait are those of the invitation.
    organizations::locked_for_service(&mut tx, organization_id).await?;
    let mut wanted = rotations::of_seats(&tx, organization_id, user_id).await?;
    wanted.extend(invitations::waiting_rotations(&tx, organization_id, user_id).await?);
    let rotations = rotations::lock_each(&mut tx, organization_id, &wanted).await?;
    accounts::lock(&mut tx, invitation.account_id).await?;
    let account = invitations::account_of(&tx, invitation.account_id).await?;
    let user = users::lock_at_accept(&mut tx, organization_id, user_id).await?;
    let user = user.ok_or(NOT_FOUND)?;
    let now = tx.now().await?;
    if !invitations::claim(&mut tx, hash, now).await? {
        find_open(&tx, hash, now).await?;
        return Err(Error::internal("an open invitation could not be used"));
    }
    if account != invitation.account {
        return Ok(None);
    }
    let mut told = Vec::new();
    if let Some(new_password) = &new_password {
        let verified_at = invitation.mailed.then_some(now);
        invitations::set_password(&mut tx, invitation.account_id, new_password, verified_at)
            .await?;
        let account_id = invitation.account_id;
        password_resets::revoke_all(&mut tx, account_id, now).await?;
        let sessions = sessions::end_all_of_account(&mut tx, account_id, None, now).await?;
        told = ended(&sessions, "password_replaced", now);
    }
    // Under the lock: the inviter may have corrected the names since.
    let first_name = request.first_name.as_deref().unwrap_or(&user.first_name);
    let last_name = request.last_name.as_deref().or(user.last_name.as_deref());
    let names = (first_name, last_name);
    if !users::activate(&mut tx, organization_id, user_id, names, now).await? {
        return Err(Error::Conflict(Conflict::InvitationRevoked));
    }
    let joined = join_rotations(&mut tx, rotations, organization_id, user_id).await?;
    let by = EventActor::User(user_id.uuid());
    let data = json!({
        "invitation_id": invitation.id, "mailed": invitation.mailed,
        "group_ids": joined.iter().filter_map(|owner| owner.group_id()).collect::<Vec<_>>(),
        "team_ids": joined.iter().filter_map(|owner| owner.team_id()).collect::<Vec<_>>(),
        "password": if new_password.is_none() { "kept" } else { "set" },
    });
    let event =
        Event::without_credential(organization_id, by, "user.activated", user_id, now, data);
    told.push(event.from_address(origin.address));
    events::append(&mut tx, told).await?;
    let signed_in = start_session(services, &mut tx, organization_id, user_id, origin).await?;
    tx.commit().await?;
    Ok(Some(signed_in))
}

/// Adds the user at the end of each rotation. One that is full is left out: whoever accepts cannot
/// do anything about it.
async fn join_rotations(
    tx: &mut Tx,
    rotations: Vec<Rotation>,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<Vec<RotationOwner>, Error> {
    let now = tx.now().await?;
    let mut joined = Vec::new();
    for mut rotation in rotations {
        let before: Vec<UserId> =
            rotation.state.members.iter().map(|member| member.user_id).collect();
        let settings = MemberSettings::default();
        if !memberships::join(tx, &mut rotation, user_id, settings, now).await? {
            continue;
        }
        joined.push(rotation.owner);
        // Who is on a team stays the same.
        let Some(group) = rotation.owner.group_id() else { continue };
        let after: Vec<UserId> =
            rotation.state.members.iter().map(|member| member.user_id).collect();
        let by = EventActor::User(user_id.uuid());
        let data = json!({ "before": before, "after": after });
        let kind = "group.members_changed";
        let event = Event::without_credential(organization_id, by, kind, group, now, data);
        events::append(tx, vec![event]).await?;
    }
    rotations::raise_owners(tx, organization_id, &joined, now).await?;
    invitations::stop_waiting(tx, organization_id, user_id).await?;
    Ok(joined)
}
