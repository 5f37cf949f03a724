//! What clients send about teams.

use std::collections::HashSet;

use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::team::{MAX_MEMBERS, MAX_NAME, NewTeam, PlacedSeat, Seats, TeamSeat};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view;
use crate::body::present;
use crate::fields;

/// A team to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Blue",
    "manager_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08"],
    "user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"],
}))]
pub(crate) struct CreateTeam {
    /// Unique in the organization without regard to case.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Its managers: users with the role manager or above.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    manager_ids: Option<Vec<String>>,
    /// Its users.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl CreateTeam {
    /// The team to make, and the seats that can be read.
    pub(crate) fn parse(self, faults: &mut Faults) -> (Option<NewTeam>, Vec<PlacedSeat>) {
        let Self { name, manager_ids, user_ids } = self;
        let name = fields::required_line(faults, "/name", name, MAX_NAME);
        let managers = manager_ids.unwrap_or_default();
        let (seats, placed) = seats(faults, &managers, &user_ids.unwrap_or_default());
        let team = name.zip(seats).map(|(name, seats)| NewTeam { name, seats });
        (team, placed)
    }
}

/// A change of a team (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Blue North"}))]
pub(crate) struct ChangeTeam {
    /// Unique in the organization without regard to case.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
}

impl ChangeTeam {
    /// The new name; `Some(None)` keeps the old one.
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Option<String>> {
        match self.name {
            None => Some(None),
            Some(name) => fields::required_line(faults, "/name", name, MAX_NAME).map(Some),
        }
    }
}

/// Everybody on a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "manager_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08"],
    "user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e07"],
}))]
pub(crate) struct SetTeamMembers {
    /// All its managers: users with the role manager or above.
    #[schema(value_type = HashSet<Uuid>, required = true, max_items = 1000)]
    manager_ids: Option<Vec<String>>,
    /// All its users.
    #[schema(value_type = HashSet<Uuid>, required = true, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl SetTeamMembers {
    /// The seats, and those of them that can be read.
    pub(crate) fn parse(self, faults: &mut Faults) -> (Option<Seats>, Vec<PlacedSeat>) {
        let managers = fields::required(faults, "/manager_ids", self.manager_ids);
        let users = fields::required(faults, "/user_ids", self.user_ids);
        let are_there = managers.is_some() && users.is_some();
        let (managers, users) = (managers.unwrap_or_default(), users.unwrap_or_default());
        let (seats, placed) = seats(faults, &managers, &users);
        (seats.filter(|_| are_there), placed)
    }
}

/// A change of what somebody is on a team (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seat": "manager"}))]
pub(crate) struct ChangeTeamMember {
    /// What they are to be.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = view::TeamSeat, required = false)]
    seat: Option<Option<String>>,
}

impl ChangeTeamMember {
    /// The new seat; `Some(None)` keeps the old one.
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Option<TeamSeat>> {
        let Some(seat) = self.seat else { return Some(None) };
        let seat = fields::required(faults, "/seat", seat)?;
        let words = TeamSeat::ALL.iter().map(|seat| seat.as_str()).collect::<Vec<_>>();
        fields::word(faults, "/seat", &seat, TeamSeat::from_text, &words).map(Some)
    }
}

/// Both lists; somebody who is on both is told where they come second.
fn seats(
    faults: &mut Faults,
    managers: &[String],
    users: &[String],
) -> (Option<Seats>, Vec<PlacedSeat>) {
    let managers = fields::ids::<UserId>(faults, "/manager_ids", managers, MAX_MEMBERS);
    let users = fields::ids::<UserId>(faults, "/user_ids", users, MAX_MEMBERS);
    let managing: HashSet<UserId> = managers.placed.iter().map(|(_, id)| *id).collect();
    let mut is_twofold = false;
    for (index, _) in users.placed.iter().filter(|(_, id)| managing.contains(id)) {
        let detail = "is among the managers: nobody is both on one team";
        faults.add(format!("/user_ids/{index}"), "duplicate", detail);
        is_twofold = true;
    }
    let placed = |list: &str, placed: &[(usize, UserId)], seat| -> Vec<PlacedSeat> {
        let seats = placed.iter().map(|(index, user)| PlacedSeat {
            pointer: format!("/{list}/{index}"),
            user: *user,
            seat,
        });
        seats.collect()
    };
    let mut all = placed("manager_ids", &managers.placed, TeamSeat::Manager);
    let others = users.placed.iter().filter(|(_, id)| !managing.contains(id)).copied();
    all.extend(placed("user_ids", &others.collect::<Vec<_>>(), TeamSeat::User));
    let seats = managers.all().zip(users.all()).filter(|_| !is_twofold);
    (seats.map(|(managers, users)| Seats { managers, users }), all)
}
