//! What an invited person comes with besides a role: a colleague's permissions, teams, groups.

use std::collections::HashSet;

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::permission::{
    Actor, Grant, InviteUsers, Overrides, Permission, PermissionSet, Subject, first_unheld,
    role_permissions,
};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::team;
use evenhand_domain::user::Role;
use evenhand_persistence::{Tx, invitations, permission_overrides, rotations, users};

use crate::Services;

/// What an invited person comes with besides a role. Teams and groups have their places in the
/// request with them, for what is said against them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The colleague whose permissions they get, exactly.
    pub copy_permissions_from: Option<UserId>,
    /// The teams they are on at once, each once.
    pub team_ids: Vec<(usize, TeamId)>,
    /// The groups they join on accepting, each once.
    pub group_ids: Vec<(usize, GroupId)>,
}

impl Wanted {
    /// Whether there is nothing of it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.copy_permissions_from.is_none()
            && self.team_ids.is_empty()
            && self.group_ids.is_empty()
    }

    /// The teams.
    pub(super) fn teams(&self) -> Vec<TeamId> {
        self.team_ids.iter().map(|(_, team)| *team).collect()
    }

    /// The groups.
    pub(super) fn groups(&self) -> Vec<GroupId> {
        self.group_ids.iter().map(|(_, group)| *group).collect()
    }

    /// Refuses who may not put people on teams or into groups.
    pub(super) fn require_permissions(&self, actor: &Actor) -> Result<(), Error> {
        let needed = [
            (self.team_ids.is_empty(), Permission::TeamsManage),
            (self.group_ids.is_empty(), Permission::GroupsManage),
        ];
        let missing = needed.into_iter().find(|(unasked, needed)| !unasked && !actor.may(*needed));
        missing.map_or(Ok(()), |(_, needed)| Err(Error::Denied(needed)))
    }

    /// The overrides that somebody with `role` gets, and what is wrong with all of it, the role
    /// included; the teams are locked. Without a role, which could not be read, only the rest is
    /// checked.
    ///
    /// # Errors
    /// [`Error::PersonRequired`], unavailability.
    pub(super) async fn check(
        &self,
        tx: &mut Tx,
        grant: &Grant<InviteUsers>,
        role: Option<Role>,
    ) -> Result<(Overrides, Faults), Error> {
        let mut faults = Faults::default();
        if let Some(role) = role
            && missing_to_hand_out(grant.actor(), role, role_permissions(role))?.is_some()
        {
            let detail = format!("you may not make somebody {role}");
            faults.add("/role", "permission_not_held", detail);
        }
        let copied = self.copied(tx, grant, &mut faults).await?;
        self.check_teams(tx, grant, &mut faults).await?;
        self.check_groups(tx, grant, &mut faults).await?;
        let overrides = copied.zip(role).map(|(wanted, role)| Overrides::towards(wanted, role));
        Ok((overrides.unwrap_or_default(), faults))
    }

    async fn copied(
        &self,
        tx: &mut Tx,
        grant: &Grant<InviteUsers>,
        faults: &mut Faults,
    ) -> Result<Option<PermissionSet>, Error> {
        const AT: &str = "/copy_permissions_from";
        let Some(id) = self.copy_permissions_from else { return Ok(None) };
        let Some(colleague) = users::find(tx, grant, id).await? else {
            faults.add(AT, "unknown_user", "no user of this organization");
            return Ok(None);
        };
        let overrides = permission_overrides::of(tx, grant, id).await?;
        let wanted = overrides.effective(colleague.role);
        if let Some(missing) = first_unheld(grant.actor(), PermissionSet::default(), wanted) {
            let detail = format!("they hold {missing}, which you do not");
            faults.add(AT, "permission_not_held", detail);
        }
        Ok(Some(wanted))
    }

    async fn check_teams(
        &self,
        tx: &mut Tx,
        grant: &Grant<InviteUsers>,
        faults: &mut Faults,
    ) -> Result<(), Error> {
        if self.team_ids.is_empty() {
            return Ok(());
        }
        let known = invitations::lock_teams(tx, grant, &self.teams()).await?;
        for (index, team) in &self.team_ids {
            let pointer = format!("/team_ids/{index}");
            match known.get(team) {
                None => faults.add(pointer, "unknown_team", "no team of this organization"),
                Some(users) if *users >= team::MAX_MEMBERS => {
                    let detail = format!("the team has {} users already", team::MAX_MEMBERS);
                    faults.add(pointer, "too_many", detail);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    async fn check_groups(
        &self,
        tx: &mut Tx,
        grant: &Grant<InviteUsers>,
        faults: &mut Faults,
    ) -> Result<(), Error> {
        let wanted: Vec<_> = self
            .groups()
            .into_iter()
            .map(|group| (grant.organization_id(), group.into()))
            .collect();
        let known = rotations::existing(tx, &wanted).await?;
        let known: HashSet<RotationOwner> = known.into_iter().map(|(_, owner)| owner).collect();
        for (index, group) in &self.group_ids {
            if !known.contains(&(*group).into()) {
                let pointer = format!("/group_ids/{index}");
                faults.add(pointer, "unknown_group", "no group of this organization");
            }
        }
        Ok(())
    }
}

/// The faults of what an invited person is to come with, for a request that is refused anyway: the
/// invitation itself checks it under lock.
///
/// # Errors
/// [`Error::PersonRequired`], unavailability.
pub async fn faults_of(
    services: &Services,
    grant: &Grant<InviteUsers>,
    wanted: &Wanted,
    role: Option<Role>,
) -> Result<Faults, Error> {
    let mut tx = services.store.begin().await?;
    let (_, faults) = wanted.check(&mut tx, grant, role).await?;
    Ok(faults)
}

/// What keeps a person from making somebody with this role and these permissions: one of the
/// permissions that they lack themselves, or `users.invite`, which reaches up to their own role
/// (product.md, "Roles"). `None` = nothing.
///
/// # Errors
/// [`Error::PersonRequired`].
pub(crate) fn missing_to_hand_out(
    actor: &Actor,
    role: Role,
    permissions: PermissionSet,
) -> Result<Option<Permission>, Error> {
    let Subject::User { role: own, .. } = &actor.subject else {
        return Err(Error::PersonRequired);
    };
    let unheld = first_unheld(actor, PermissionSet::default(), permissions);
    Ok(unheld.or_else(|| (role > *own).then_some(Permission::UsersInvite)))
}
