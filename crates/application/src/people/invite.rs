//! Inviting somebody into the organization.

use evenhand_domain::contact::Email;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::{Grant, InviteUsers, Overrides};
use evenhand_domain::rotation::Pause;
use evenhand_domain::team::TeamSeat;
use evenhand_domain::text::{line, required_line};
use evenhand_domain::user::{Role, User, UserStatus};
use evenhand_persistence::events::Event;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{
    Tx, accounts, events, invitations, organizations, permission_overrides, users,
};
use serde_json::json;

use super::MAX_NAME;
use super::link::{InvitationLink, add_invitation};
use super::wanted::Wanted;
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
    /// Whether this is an outside account.
    pub partner: bool,
    /// What else they come with.
    pub wanted: Wanted,
    /// Whether to mail the link, where mail is sent at all; else it is shown to the inviter.
    pub send_email: bool,
}

impl Invite {
    /// An invitation with nothing but a name and a role.
    #[must_use]
    pub fn new(email: Email, first_name: String, role: Role) -> Self {
        Self {
            email,
            first_name,
            last_name: None,
            role,
            partner: false,
            wanted: Wanted::default(),
            send_email: true,
        }
    }

    /// Reads the texts of a request and notes every fault; an absent text is an empty one, an
    /// absent role is agent.
    pub fn parse(
        email: &str,
        first_name: &str,
        last_name: Option<&str>,
        role: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let email = faults.keep("/email", Email::parse(email));
        let first_name = faults.keep("/first_name", required_line(first_name, MAX_NAME));
        let last_name = faults.keep("/last_name", line(last_name.unwrap_or_default(), MAX_NAME));
        let role = role.map_or(Some(Role::Agent), |role| parse_role(role, faults));
        Some(Self { last_name: last_name?, ..Self::new(email?, first_name?, role?) })
    }
}

/// The role that a request names at `/role`.
pub fn parse_role(text: &str, faults: &mut Faults) -> Option<Role> {
    let unknown = || {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        ("invalid_value", format!("one of {}", roles.join(", ")))
    };
    faults.keep("/role", Role::from_text(text).ok_or_else(unknown))
}

/// An invited user.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The user, who has no access yet.
    pub user: User,
    /// Their way in; `None` where it was mailed to them.
    pub invitation: Option<InvitationLink>,
}

/// Adds an invited user to the organization. The answer does not depend on whether the address
/// has an account already.
///
/// Only people do: a key that could invite would make itself a person who outlives it.
///
/// # Errors
/// [`Error::PersonRequired`]; [`Error::Denied`] for teams and groups without the permission to
/// manage them; faults `permission_not_held` at `/role` or `/copy_permissions_from` for what the
/// inviter may not hand out, and `unknown_user`, `unknown_team` and `unknown_group` where what is named is not there; [`Conflict::UserExists`],
/// [`Error::IdempotencyKeyReused`], unavailability.
pub async fn invite(
    services: &Services,
    grant: &Grant<InviteUsers>,
    request: &Invite,
    once: Option<&Once<Invited>>,
) -> Result<Outcome<Invited>, Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    request.wanted.require_permissions(grant.actor())?;
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    if !request.wanted.is_empty() {
        organizations::lock(&mut tx, grant).await?;
    }
    let (overrides, faults) = request.wanted.check(&mut tx, grant, Some(request.role)).await?;
    faults.into_result(())?;
    let user = add_user(services, &mut tx, grant, request).await?;
    settle(&mut tx, grant, request, &user, overrides).await?;
    let new = add_invitation(services, &mut tx, grant, &user, request.send_email).await?;
    let wanted = &request.wanted;
    let data = json!({
        "role": user.role.as_str(), "partner": user.partner,
        "copied_from": wanted.copy_permissions_from,
        "grant": names(overrides.grant), "deny": names(overrides.deny),
        "team_ids": wanted.teams(), "group_ids": wanted.groups(), "mailed": new.is_none(),
    });
    let event = Event::by(grant.actor(), "user.invited", user.id, tx.now().await?, data);
    let event = event.with_details(json!({
        "email": &user.email, "first_name": &user.first_name, "last_name": &user.last_name,
    }));
    events::append(&mut tx, vec![event]).await?;
    let subject_id = user.id.uuid();
    let invited = Invited { user, invitation: new };
    idempotency::finish(&mut tx, organization_id, once, subject_id, &invited).await?;
    tx.commit().await?;
    Ok(Outcome::Done(invited))
}

/// The names of permissions, for events.
pub(super) fn names(set: evenhand_domain::permission::PermissionSet) -> Vec<&'static str> {
    set.iter().map(|permission| permission.as_str()).collect()
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
        partner: request.partner,
        created_at: now,
    };
    if !users::insert(tx, new).await? {
        return Err(Error::Conflict(Conflict::UserExists));
    }
    Ok(User {
        id,
        email: Some(request.email.key().to_owned()),
        first_name: request.first_name.clone(),
        last_name: request.last_name.clone(),
        role: request.role,
        status: UserStatus::Invited,
        partner: request.partner,
        pause: Some(Pause::No),
        joined_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Gives a new user what they come with.
async fn settle(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    request: &Invite,
    user: &User,
    overrides: Overrides,
) -> Result<(), Error> {
    let now = tx.now().await?;
    if overrides != Overrides::default() {
        permission_overrides::replace(tx, grant, &[(user.id, overrides)]).await?;
    }
    let (team_ids, group_ids) = (request.wanted.teams(), request.wanted.groups());
    if !team_ids.is_empty() {
        invitations::add_to_teams(tx, grant, user.id, &team_ids, now).await?;
        users::raise_access_on_teams(tx, grant, &team_ids).await?;
        let invited = |team: TeamId| {
            let data = json!({ "user_id": user.id, "seat": TeamSeat::User.as_str() });
            Event::by(grant.actor(), "team.member_invited", team, now, data)
        };
        events::append(tx, team_ids.into_iter().map(invited).collect()).await?;
    }
    if !group_ids.is_empty() {
        invitations::wait_for_groups(tx, grant, user.id, &group_ids).await?;
    }
    Ok(())
}
