//! What clients send about teams.

use std::collections::HashSet;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::team::{
    MAX_MEMBERS, MAX_NAME, NewTeam, PlacedSeat, Seats, TeamChange, TeamMemberChange, TeamSeat,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view;
use crate::body::{object, present, present_object};
use crate::fields;
use crate::routes::rotations::member_body::MemberFields;
use crate::routes::rotations::settings_body::ChangeTeamDistribution;

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
    /// How its rotation is to deal; sequentially and without limits when absent.
    #[serde(default, deserialize_with = "object")]
    distribution: Option<ChangeTeamDistribution>,
    /// Its managers: users with the role manager or above.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    manager_ids: Option<Vec<String>>,
    /// Its users, in turn order.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl CreateTeam {
    /// The team to make, and the seats that can be read.
    pub(crate) fn parse(self, faults: &mut Faults) -> (Option<NewTeam>, Vec<PlacedSeat>) {
        let Self { name, distribution, manager_ids, user_ids } = self;
        let name = fields::required_line(faults, "/name", name, MAX_NAME);
        let distribution = distribution.unwrap_or_default().begin(faults);
        let managers = manager_ids.unwrap_or_default();
        let (seats, placed) = seats(faults, &managers, &user_ids.unwrap_or_default());
        let team = || {
            let (distribution, include_managers) = distribution?;
            Some(NewTeam { name: name?, distribution, include_managers, seats: seats? })
        };
        (team(), placed)
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
    /// How its rotation is to deal.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = ChangeTeamDistribution, required = false)]
    distribution: Option<Option<ChangeTeamDistribution>>,
}

impl ChangeTeam {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<TeamChange> {
        let Self { name, distribution } = self;
        let name = match name {
            None => Some(None),
            Some(name) => fields::required_line(faults, "/name", name, MAX_NAME).map(Some),
        };
        let distribution = match distribution {
            None => Some(ChangeTeamDistribution::default()),
            Some(distribution) => fields::required(faults, "/distribution", distribution),
        };
        let (distribution, include_managers) =
            distribution.and_then(|distribution| distribution.parse(faults))?;
        Some(TeamChange { name: name?, distribution, include_managers })
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
    /// All its users, in turn order.
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

/// A change of somebody on a team (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"daily_limit": 10}))]
pub(crate) struct ChangeTeamMember {
    /// What they are to be.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = view::TeamSeat, required = false)]
    seat: Option<Option<String>>,
    /// Whether the team's rotation passes them over; null = no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    paused: Option<Option<bool>>,
    /// When the pause ends by itself; null = not by itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Option<String>>,
    /// Their own limit per local day, 0 = unlimited; null = the team's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// Their own limit per local month, 0 = unlimited; null = the team's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
    /// Their share in relation to the others' where leads are dealt by weight, 0 = never; null = 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000)]
    weight: Option<Option<u32>>,
}

impl ChangeTeamMember {
    pub(crate) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<TeamMemberChange> {
        let Self { seat, paused, paused_until, daily_limit, monthly_limit, weight } = self;
        let seat = match seat {
            None => Some(None),
            Some(seat) => fields::required(faults, "/seat", seat).and_then(|seat| {
                let words = TeamSeat::ALL.iter().map(|seat| seat.as_str()).collect::<Vec<_>>();
                fields::word(faults, "/seat", &seat, TeamSeat::from_text, &words).map(Some)
            }),
        };
        let settings = MemberFields { paused, paused_until, daily_limit, monthly_limit, weight };
        let settings = settings.parse(now, faults);
        Some(TeamMemberChange { seat: seat?, settings: settings? })
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
