//! Teams: managers, and the users whose records they see.

use std::collections::{HashMap, HashSet};

use crate::clock::Timestamp;
use crate::distribution::{Distribution, DistributionChange, MemberChange, MemberPlace};
use crate::error::Faults;
use crate::ids::{TeamId, UserId};
use crate::text::ValueFault;
use crate::user::{Role, UserName, UserStatus, coded};

coded! {
    /// What somebody is on a team. One person is one of the two on a team, and may be the other on
    /// another.
    TeamSeat {
        /// Sees the records of the team's users.
        Manager = 1 "manager",
        /// Is seen, and is dealt to where the team is.
        User = 2 "user",
    }
}

/// A team's id and name, as shown on other records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName {
    /// Id.
    pub id: TeamId,
    /// Name.
    pub name: String,
}

/// The most managers, and the most users, that one team may have.
pub const MAX_MEMBERS: usize = 1000;

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;

/// A team as the API shows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Id.
    pub id: TeamId,
    /// Name, unique in the organization without regard to case.
    pub name: String,
    /// How many manage it.
    pub manager_count: u64,
    /// How many are on it besides.
    pub user_count: u64,
    /// How its rotation deals.
    pub distribution: Distribution,
    /// Whether its managers are dealt to as well.
    pub include_managers: bool,
    /// Raised by every change of its settings or members, not by dealing.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings or members last changed.
    pub updated_at: Timestamp,
}

/// Somebody on a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// Who.
    pub user: UserName,
    /// What they are on it.
    pub seat: TeamSeat,
    /// Their role in the organization.
    pub role: Role,
    /// Where they are in their life cycle.
    pub status: UserStatus,
    /// Where they stand in its rotation; `None` = it does not deal to them.
    pub place: Option<MemberPlace>,
}

/// Everybody on a team; nobody is named twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seats {
    /// Its managers.
    pub managers: Vec<UserId>,
    /// Its users.
    pub users: Vec<UserId>,
}

impl Seats {
    /// Everybody with what they are.
    pub fn iter(&self) -> impl Iterator<Item = (UserId, TeamSeat)> {
        let managers = self.managers.iter().map(|user| (*user, TeamSeat::Manager));
        managers.chain(self.users.iter().map(|user| (*user, TeamSeat::User)))
    }

    /// Those of members as a team shows them.
    #[must_use]
    pub fn of(members: &[TeamMember]) -> Self {
        let on = |seat: TeamSeat| {
            let members = members.iter().filter(move |member| member.seat == seat);
            members.map(|member| member.user.id).collect()
        };
        Self { managers: on(TeamSeat::Manager), users: on(TeamSeat::User) }
    }
}

/// Whom a team's rotation deals to, in turn order: its users, and its managers behind them where
/// they are included; of them those who are active.
#[must_use]
pub fn dealt_to(
    seats: &Seats,
    include_managers: bool,
    is_active: impl Fn(UserId) -> bool,
) -> Vec<UserId> {
    let managers = seats.managers.iter().filter(|_| include_managers);
    seats.users.iter().chain(managers).copied().filter(|user| is_active(*user)).collect()
}

/// Those of `wanted` who are members already in the order they have, the others behind them.
#[must_use]
pub fn joining_last(members: &[UserId], wanted: &[UserId]) -> Vec<UserId> {
    let are_wanted: HashSet<&UserId> = wanted.iter().collect();
    let are_members: HashSet<&UserId> = members.iter().collect();
    let stay = members.iter().filter(|user| are_wanted.contains(user));
    stay.chain(wanted.iter().filter(|user| !are_members.contains(user))).copied().collect()
}

/// What a new team starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTeam {
    /// Name.
    pub name: String,
    /// How its rotation deals.
    pub distribution: Distribution,
    /// Whether its managers are dealt to as well.
    pub include_managers: bool,
    /// Who is on it.
    pub seats: Seats,
}

/// A change of a team: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChange {
    /// New name.
    pub name: Option<String>,
    /// How its rotation deals.
    pub distribution: DistributionChange,
    /// Whether its managers are dealt to as well.
    pub include_managers: Option<bool>,
}

/// A change of somebody on a team: what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TeamMemberChange {
    /// What they are on it.
    pub seat: Option<TeamSeat>,
    /// What is set for them in its rotation.
    pub settings: MemberChange,
}

/// Somebody who may come to be on a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user: UserName,
    /// Their role.
    pub role: Role,
    /// Where they are in their life cycle.
    pub status: UserStatus,
}

impl Candidate {
    /// Refuses who lacks the role that managing a team takes (product.md, "Roles and what they
    /// see").
    ///
    /// # Errors
    /// `not_a_manager`, with their name.
    pub fn require_manager(&self) -> Result<(), ValueFault> {
        if self.role >= Role::Manager {
            return Ok(());
        }
        let UserName { first_name, last_name, .. } = &self.user;
        let last_name = last_name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let detail =
            format!("{first_name}{last_name} is {}: it takes a manager or above", self.role);
        Err(("not_a_manager", detail))
    }
}

/// One seat that is asked for, with where the request says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedSeat {
    /// JSON Pointer.
    pub pointer: String,
    /// Who.
    pub user: UserId,
    /// What they are to be.
    pub seat: TeamSeat,
}

/// The faults of seats that are asked for. Who is on the team already may stay whatever their
/// status; `known` are the organization's users among those named.
#[must_use]
pub fn seat_faults(
    seats: &[PlacedSeat],
    on_it: &[UserId],
    known: &HashMap<UserId, Candidate>,
) -> Faults {
    let mut faults = Faults::default();
    for PlacedSeat { pointer, user, seat } in seats {
        let may_come = |candidate: &&Candidate| {
            candidate.status != UserStatus::Inactive || on_it.contains(user)
        };
        match known.get(user).filter(may_come) {
            None => {
                let detail = "no user of this organization, or one who was deactivated";
                faults.add(pointer.as_str(), "unknown_user", detail);
            }
            Some(candidate) if *seat == TeamSeat::Manager => {
                faults.keep(pointer, candidate.require_manager());
            }
            Some(_) => {}
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn candidate(number: u128, role: Role, status: UserStatus) -> (UserId, Candidate) {
        let id = UserId::from_uuid(Uuid::from_u128(number));
        let user = UserName {
            id,
            first_name: "Tom".to_owned(),
            last_name: Some("Smith".to_owned()),
            partner: false,
        };
        (id, Candidate { user, role, status })
    }

    #[test]
    fn a_rotation_deals_to_active_users_and_managers_come_behind_where_they_are_included() {
        let ids = |numbers: &[u128]| -> Vec<UserId> {
            numbers.iter().map(|id| UserId::from_uuid(Uuid::from_u128(*id))).collect()
        };
        let seats = Seats { managers: ids(&[1, 2]), users: ids(&[5, 3, 4]) };
        let inactive = ids(&[2, 3]);
        let active = |user| !inactive.contains(&user);
        assert_eq!(dealt_to(&seats, false, active), ids(&[5, 4]));
        assert_eq!(dealt_to(&seats, true, active), ids(&[5, 4, 1]));
        assert_eq!(joining_last(&ids(&[1, 4, 7]), &ids(&[5, 4, 1])), ids(&[1, 4, 5]));
    }

    #[test]
    fn newcomers_are_known_and_not_deactivated_and_managers_hold_the_role() {
        let known = HashMap::from([
            candidate(1, Role::Agent, UserStatus::Active),
            candidate(2, Role::Manager, UserStatus::Invited),
            candidate(3, Role::Owner, UserStatus::Inactive),
            candidate(4, Role::Agent, UserStatus::Inactive),
        ]);
        let seats = |numbers: &[u128], seat| {
            let placed = |(index, number): (usize, &u128)| PlacedSeat {
                pointer: format!("/{index}"),
                user: UserId::from_uuid(Uuid::from_u128(*number)),
                seat,
            };
            numbers.iter().enumerate().map(placed).collect::<Vec<_>>()
        };
        let told = |seats: &[PlacedSeat], on_it: &[u128]| {
            let on_it: Vec<_> =
                on_it.iter().map(|id| UserId::from_uuid(Uuid::from_u128(*id))).collect();
            let faults = seat_faults(seats, &on_it, &known);
            let told = |fault: &crate::error::Fault| format!("{} {}", fault.pointer, fault.code);
            faults.as_slice().iter().map(told).collect::<Vec<_>>()
        };
        let all = [1, 2, 3, 4, 5];
        let managers = seats(&all, TeamSeat::Manager);
        assert_eq!(
            told(&managers, &[]),
            ["/0 not_a_manager", "/2 unknown_user", "/3 unknown_user", "/4 unknown_user"]
        );
        assert_eq!(
            told(&managers, &[3, 4, 5]),
            ["/0 not_a_manager", "/3 not_a_manager", "/4 unknown_user"]
        );
        assert_eq!(
            told(&seats(&all, TeamSeat::User), &[3]),
            ["/3 unknown_user", "/4 unknown_user"]
        );
        let faults = seat_faults(&managers, &[], &known);
        assert!(faults.as_slice()[0].detail.contains("Tom Smith"), "it names who");
    }
}
