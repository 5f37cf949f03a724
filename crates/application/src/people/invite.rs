//! Inviting somebody into the organization.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::Email;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::{InvitationId, UserId};
use evenhand_domain::permission::{
    Actor, Grant, InviteUsers, Permission, Subject, role_permissions,
};
use evenhand_domain::text::{line, required_line};
use evenhand_domain::user::{Role, User, UserStatus};
use evenhand_identity::invitations;
use evenhand_persistence::events::Event;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{Tx, accounts, events, users};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::MAX_NAME;
use crate::Services;

/// Who is invited, as what.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Their address.
    pub email: Email,
    /// Their first name.
    pub first_name: String,
    /// Their last name.
    pub last_name: Option<String>,
    /// Their role.
    pub role: Role,
}

impl Invite {
    /// Reads the texts of a request and notes every fault; an absent text is an empty one, an
    /// absent role is agent.
    pub fn parse(
        email: &str,
        first_name: &str,
        last_name: Option<&str>,
        role: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let role = role.map_or(Some(Role::Agent), Role::from_text);
        let role = role.ok_or_else(|| {
            let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            ("invalid_value", format!("one of {}", roles.join(", ")))
        });
        let email = faults.keep("/email", Email::parse(email));
        let first_name = faults.keep("/first_name", required_line(first_name, MAX_NAME));
        let last_name = faults.keep("/last_name", line(last_name.unwrap_or_default(), MAX_NAME));
        let role = faults.keep("/role", role);
        Some(Self { email: email?, first_name: first_name?, last_name: last_name?, role: role? })
    }
}

/// The way for the invited person to join.
#[derive(Debug, Clone)]
pub struct InvitationLink {
    /// Single use; to be shown or sent once.
    pub token: SecretString,
    /// Where the token is looked up and accepted.
    pub url: SecretString,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// An invited user.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The user, who has no access yet.
    pub user: User,
    /// Their way in.
    pub invitation: InvitationLink,
}

/// Adds an invited user to the organization. The answer does not depend on whether the address
/// has an account already.
///
/// Only people do: a key that could invite would make itself a person who outlives it.
///
/// # Errors
/// [`Error::PersonRequired`]; a fault `permission_not_held` at `/role` for a role that the inviter
/// may not hand out; [`Conflict::UserExists`], [`Error::IdempotencyKeyReused`], unavailability.
pub async fn invite(
    services: &Services,
    grant: &Grant<InviteUsers>,
    request: &Invite,
    once: Option<&Once<Invited>>,
) -> Result<Outcome<Invited>, Error> {
    if missing_for_role(grant.actor(), request.role)?.is_some() {
        let detail = format!("you may not make somebody {}", request.role);
        return Err(Error::invalid("/role", "permission_not_held", detail));
    }
    let organization_id = grant.organization_id();
    let mut tx = services.store.begin().await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let user = add_user(services, &mut tx, grant, request).await?;
    let invitation = add_invitation(services, &mut tx, grant, user.id).await?;
    let data = json!({ "role": user.role.as_str() });
    let event = Event::by(grant.actor(), "user.invited", user.id, tx.now().await?, data);
    let event = event.with_details(json!({
        "email": &user.email, "first_name": &user.first_name, "last_name": &user.last_name,
    }));
    events::append(&mut tx, vec![event]).await?;
    let subject_id = user.id.uuid();
    let invited = Invited { user, invitation };
    idempotency::finish(&mut tx, organization_id, once, subject_id, &invited).await?;
    tx.commit().await?;
    Ok(Outcome::Done(invited))
}

/// What keeps a person from handing out a role: a permission of it that they lack themselves, or
/// `users.invite`, which reaches up to their own role (product.md, "Roles"). `None` = nothing.
///
/// # Errors
/// [`Error::PersonRequired`].
pub(super) fn missing_for_role(actor: &Actor, role: Role) -> Result<Option<Permission>, Error> {
    let Subject::User { role: own, .. } = &actor.subject else {
        return Err(Error::PersonRequired);
    };
    let missing = role_permissions(role).iter().find(|needed| !actor.may(*needed));
    Ok(missing.or_else(|| (role > *own).then_some(Permission::UsersInvite)))
}

async fn add_user(
    services: &Services,
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    request: &Invite,
) -> Result<User, Error> {
    let now = tx.now().await?;
    let new_id = services.ids.next(now);
    let account_id = accounts::find_or_insert(tx, &request.email, new_id, now).await?;
    let id: UserId = services.ids.next(now);
    let new = NewUser {
        organization_id: grant.organization_id(),
        id,
        account_id,
        role: request.role,
        status: UserStatus::Invited,
        first_name: request.first_name.clone(),
        last_name: request.last_name.clone(),
        created_at: now,
    };
    if !users::insert(tx, new).await? {
        return Err(Error::Conflict(Conflict::UserExists));
    }
    Ok(User {
        id,
        email: request.email.key().to_owned(),
        first_name: request.first_name.clone(),
        last_name: request.last_name.clone(),
        role: request.role,
        status: UserStatus::Invited,
        partner: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Makes a link for an invited user.
pub(super) async fn add_invitation(
    services: &Services,
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    user_id: UserId,
) -> Result<InvitationLink, Error> {
    let now = tx.now().await?;
    let new = invitations::generate(services.entropy.as_ref());
    let id: InvitationId = services.ids.next(now);
    let expires_at = now.after(invitations::VALID_FOR);
    evenhand_persistence::invitations::insert(tx, grant, id, user_id, &new.hash, (now, expires_at))
        .await?;
    let url = format!("{}/v1/invitations/{}", services.public_url, new.token.expose_secret());
    Ok(InvitationLink { token: new.token, url: url.into(), expires_at })
}
