use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::calendar::Zone;
use crate::ids::{GroupId, OrganizationId, SessionId, TeamId};
use crate::organization::{Country, Currency, Organization, first_statuses};
use crate::permission::{Credential, Permission, PermissionSet, Stamp, Subject, role_permissions};
use crate::team::{TeamName, TeamSeat};
use crate::user::{GroupName, Role, UserName, UserStatus};

fn user_id(number: u8) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn name(number: u8) -> UserName {
    let first_name = format!("User {number}");
    UserName { id: user_id(number), first_name, last_name: None, partner: false }
}

/// User 0.
fn viewer(role: Role, teams: Vec<(TeamSeat, Vec<u8>)>) -> ViewerFacts {
    let team = |(number, (seat, users)): (u128, (TeamSeat, Vec<u8>))| ViewerTeam {
        team: TeamName { id: team_id(number), name: format!("Team {number}") },
        seat,
        users: users.into_iter().map(name).collect(),
    };
    ViewerFacts {
        user: name(0),
        status: UserStatus::Active,
        role,
        permissions: role_permissions(role),
        teams: (0..).zip(teams).map(team).collect(),
        groups: Vec::new(),
    }
}

fn group(number: u128, pick_up_statuses: &[&str]) -> ViewerGroup {
    ViewerGroup {
        group: GroupName { id: group_id(number), name: format!("Group {number}") },
        pick_up_statuses: pick_up_statuses.iter().map(|key| (*key).to_owned()).collect(),
    }
}

fn group_id(number: u128) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(number))
}

fn team_id(number: u128) -> TeamId {
    TeamId::from_uuid(Uuid::from_u128(number))
}

fn lead(ties: &[(u8, LeadTie)]) -> LeadFacts {
    LeadFacts {
        ties: ties.iter().map(|(user, tie)| (user_id(*user), *tie)).collect(),
        made_by: None,
        status: "new".to_owned(),
        group_id: None,
        team_id: None,
        waits: false,
        archived: false,
    }
}

/// A lead without an owner, in the rotation of a group or a team.
fn nobodys(group: Option<u128>, team: Option<u128>) -> LeadFacts {
    LeadFacts { group_id: group.map(group_id), team_id: team.map(team_id), ..lead(&[]) }
}

/// What reading the viewer's session gives.
fn actor(viewer: &ViewerFacts) -> Actor {
    let on_it = viewer.role == Role::Agent && viewer.permissions.has(Permission::LeadsViewTeam);
    let teams = viewer.teams.iter().filter(|team| team.seat == TeamSeat::Manager || on_it);
    let mut team: Vec<UserId> =
        teams.flat_map(|team| team.users.iter().map(|user| user.id)).collect();
    team.sort_unstable();
    team.dedup();
    Actor {
        organization: Arc::new(Organization {
            id: OrganizationId::from_uuid(Uuid::nil()),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse::<Zone>().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: crate::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        }),
        subject: Subject::User {
            id: viewer.user.id,
            account_id: Uuid::nil().into(),
            name: viewer.user.first_name.clone(),
            role: viewer.role,
            team: team.into(),
        },
        permissions: viewer.permissions,
        stamp: Stamp {
            credential: Credential::Session(SessionId::from_uuid(Uuid::nil())),
            access_version: 1,
            settings_version: 1,
        },
        address: None,
    }
}

/// What the rules say, e.g. `owner`, or `!team:manages_no_team`.
fn told(explanation: &Explanation) -> Vec<String> {
    let word = |rule: &Rule| {
        if rule.applies {
            rule.name.as_str().to_owned()
        } else {
            format!("!{}:{}", rule.name.as_str(), rule.reason)
        }
    };
    explanation.rules.iter().map(word).collect()
}

#[test]
fn an_agent_who_has_nothing_to_do_with_it_is_told_so_by_every_rule() {
    let explanation = explain(&viewer(Role::Agent, Vec::new()), &lead(&[(1, LeadTie::Owner)]));
    assert_eq!(explanation.sight, None);
    assert_eq!(
        told(&explanation),
        [
            "user_active",
            "permission",
            "!everything:permission_missing",
            "!owner:does_not_own_it",
            "!collaborator:does_not_share_it",
            "!former_owner:never_owned_it",
            "!creator:did_not_enter_it",
            "!team:permission_missing",
            "!unassigned_in_team:permission_missing",
            "!pool:permission_missing",
        ]
    );
}

/// What the last rule says, and how far the sight of the lead goes.
fn of_pool(viewer: &ViewerFacts, lead: &LeadFacts) -> (String, Option<Sight>) {
    let explanation = explain(viewer, lead);
    (told(&explanation)[9].clone(), explanation.sight)
}

#[test]
fn the_pool_is_what_ones_groups_let_one_pick_up() {
    let mut agent = viewer(Role::Agent, Vec::new());
    agent.groups = vec![group(1, &["new"]), group(2, &["contacted"])];
    let missing = ("!pool:permission_missing".to_owned(), None);
    assert_eq!(of_pool(&agent, &nobodys(Some(1), None)), missing);
    agent.permissions = agent.permissions.with(Permission::LeadsPickUp);
    let looks_on = ("pool".to_owned(), Some(Sight::ReadOnly));
    assert_eq!(of_pool(&agent, &nobodys(Some(1), None)), looks_on);
    assert_eq!(of_pool(&agent, &nobodys(None, None)), looks_on, "of no group, by any of theirs");
    let refused = |lead: &LeadFacts| {
        let (rule, sight) = of_pool(&agent, lead);
        assert_eq!(sight, None);
        rule
    };
    assert_eq!(refused(&nobodys(Some(2), None)), "!pool:status_not_picked_up");
    assert_eq!(refused(&nobodys(Some(3), None)), "!pool:in_another_rotation");
    assert_eq!(refused(&nobodys(None, Some(1))), "!pool:in_another_rotation");
    assert_eq!(refused(&lead(&[(1, LeadTie::Owner)])), "!pool:has_an_owner");
    agent.groups = Vec::new();
    assert_eq!(of_pool(&agent, &nobodys(None, None)).0, "!pool:in_no_group");
}

#[test]
fn a_manager_works_on_what_is_unassigned_in_the_rotations_of_their_teams() {
    let teams = vec![(TeamSeat::Manager, vec![1]), (TeamSeat::User, vec![0])];
    let mut manager = viewer(Role::Manager, teams);
    let seen = explain(&manager, &nobodys(None, Some(0)));
    assert_eq!(seen.sight, Some(Sight::Working));
    assert_eq!(seen.rules[8].teams[0].team.name, "Team 0");
    let other = explain(&manager, &nobodys(None, Some(1)));
    assert_eq!((other.sight, &*told(&other)[8]), (None, "!unassigned_in_team:in_no_such_rotation"));
    let owned = LeadFacts { team_id: Some(team_id(0)), ..lead(&[(5, LeadTie::Owner)]) };
    assert_eq!(told(&explain(&manager, &owned))[8], "!unassigned_in_team:has_an_owner");
    manager.groups = vec![group(1, &["new"])];
    assert_eq!(of_pool(&manager, &nobodys(None, None)), ("pool".to_owned(), Some(Sight::Working)));
}

#[test]
fn every_tie_shows_the_lead_and_two_of_them_show_it_only() {
    for tie in LeadTie::ALL {
        let explanation = explain(&viewer(Role::Agent, Vec::new()), &lead(&[(0, *tie)]));
        assert_eq!(explanation.sight, Some(Sight::of(*tie)), "{tie}");
        let mut applying = explanation.rules.iter().filter(|rule| rule.applies);
        let last = applying.next_back().map(|rule| rule.name.as_str());
        assert_eq!(last, Some(tie.as_str()), "{tie}");
    }
    let owner = explain(&viewer(Role::Agent, Vec::new()), &lead(&[(0, LeadTie::Owner)]));
    assert_eq!(told(&owner)[6], "!creator:stronger_tie");
}

#[test]
fn a_manager_sees_what_their_users_work_on_and_no_more() {
    let manager = viewer(
        Role::Manager,
        vec![
            (TeamSeat::Manager, vec![1, 2]),
            (TeamSeat::User, vec![0, 3]),
            (TeamSeat::Manager, vec![2]),
        ],
    );
    let shared = explain(&manager, &lead(&[(2, LeadTie::Collaborator), (3, LeadTie::Owner)]));
    assert_eq!(shared.sight, Some(Sight::Working));
    let teams: Vec<&str> =
        shared.rules[7].teams.iter().map(|tied| tied.team.name.as_str()).collect();
    assert_eq!(teams, ["Team 0", "Team 2"], "not the team they are a user of");

    for (user, tie) in [(3, LeadTie::Owner), (1, LeadTie::FormerOwner), (1, LeadTie::Creator)] {
        let explanation = explain(&manager, &lead(&[(user, tie)]));
        assert_eq!(explanation.sight, None, "{user} {tie}");
        assert_eq!(told(&explanation)[7], "!team:no_user_tied");
    }
}

#[test]
fn an_agent_with_the_permission_sees_what_the_teams_they_are_on_work_on() {
    let mut agent = viewer(Role::Agent, vec![(TeamSeat::User, vec![0, 1])]);
    agent.permissions = agent.permissions.with(Permission::LeadsViewTeam);
    assert_eq!(explain(&agent, &lead(&[(1, LeadTie::Owner)])).sight, Some(Sight::Working));
}

#[test]
fn nothing_helps_who_is_not_active_or_may_see_no_leads() {
    let mut gone = viewer(Role::Owner, Vec::new());
    gone.status = UserStatus::Inactive;
    let explanation = explain(&gone, &lead(&[(0, LeadTie::Owner)]));
    assert_eq!(explanation.sight, None);
    assert_eq!(told(&explanation)[..3], ["!user_active:inactive", "permission", "everything"]);

    let mut blind = viewer(Role::Owner, Vec::new());
    blind.permissions = blind.permissions.without(Permission::LeadsView);
    let explanation = explain(&blind, &lead(&[(0, LeadTie::Owner)]));
    assert_eq!(explanation.sight, None);
    assert_eq!(told(&explanation)[1], "!permission:permission_missing");
}

fn words(actor: &Actor, sight: Option<Sight>, owner: Option<UserId>) -> Vec<&'static str> {
    let lead = LeadState { owner, ..LeadState::default() };
    allowed_actions(actor, sight, lead).into_iter().map(LeadAction::as_str).collect()
}

#[test]
fn actions_follow_permissions_sight_and_ownership() {
    let (me, other) = (Some(user_id(0)), Some(user_id(1)));
    let agent = actor(&viewer(Role::Agent, Vec::new()));
    assert_eq!(words(&agent, Some(Sight::Working), me), ["read", "edit"]);
    let manager = actor(&viewer(Role::Manager, Vec::new()));
    let all = ["read", "edit", "assign", "release", "archive"];
    assert_eq!(words(&manager, Some(Sight::Working), other), all);
    let nobodys = ["read", "edit", "assign", "archive"];
    assert_eq!(words(&manager, Some(Sight::Working), None), nobodys);
    assert_eq!(words(&manager, Some(Sight::ReadOnly), other), ["read"]);
    assert!(words(&manager, None, other).is_empty());
    let pool = LeadState { may_pick_up: true, ..LeadState::default() };
    let pool = allowed_actions(&agent, Some(Sight::ReadOnly), pool);
    assert_eq!(pool, [LeadAction::Read, LeadAction::PickUp]);

    let mut generous = agent;
    generous.permissions = generous.permissions.with(Permission::LeadsTransferOwn);
    let own = ["read", "edit", "assign", "release"];
    assert_eq!(words(&generous, Some(Sight::Working), me), own);
    assert_eq!(words(&generous, Some(Sight::Working), other), ["read", "edit"]);
    assert_eq!(words(&generous, Some(Sight::Working), None), ["read", "edit"]);
}

#[test]
fn what_was_put_away_is_taken_back_first_unless_it_was_erased() {
    let admin = actor(&viewer(Role::Admin, Vec::new()));
    let owner = Some(user_id(1));
    let archived = LeadState { owner, archived: true, ..LeadState::default() };
    let words = |lead| {
        let actions = allowed_actions(&admin, Some(Sight::Working), lead);
        actions.into_iter().map(LeadAction::as_str).collect::<Vec<_>>()
    };
    assert_eq!(words(archived), ["read", "restore", "erase"]);
    assert_eq!(words(LeadState { erased: true, ..archived }), ["read"]);
}

fn tie() -> impl Strategy<Value = LeadTie> {
    (0..LeadTie::ALL.len()).prop_map(|index| LeadTie::ALL[index])
}

fn any_viewer() -> impl Strategy<Value = ViewerFacts> {
    let seat = prop_oneof![Just(TeamSeat::Manager), Just(TeamSeat::User)];
    let team = (seat, prop::collection::btree_set(0_u8..6, 0..4));
    let overrides = prop::collection::vec((0..Permission::ALL.len(), any::<bool>()), 0..6);
    let statuses = prop::collection::vec(any_status(), 0..2);
    let groups = prop::collection::btree_map(0_u128..3, statuses, 0..3);
    let teams = prop::collection::vec(team, 0..4);
    (0..Role::ALL.len(), 0..UserStatus::ALL.len(), overrides, teams, groups).prop_map(
        |(role, status, overrides, teams, groups)| {
            let teams = teams.into_iter().map(|(seat, users)| (seat, users.into_iter().collect()));
            let mut viewer = viewer(Role::ALL[role], teams.collect());
            viewer.status = UserStatus::ALL[status];
            let with = |set: PermissionSet, (index, granted): (usize, bool)| {
                let permission = Permission::ALL[index];
                if granted { set.with(permission) } else { set.without(permission) }
            };
            viewer.groups =
                groups.iter().map(|(number, statuses)| group(*number, statuses)).collect();
            viewer.permissions = overrides.into_iter().fold(viewer.permissions, with);
            viewer
        },
    )
}

fn any_status() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("new"), Just("contacted")]
}

fn any_lead() -> impl Strategy<Value = LeadFacts> {
    let place = prop_oneof![
        Just((None, None)),
        (0_u128..3).prop_map(|group| (Some(group_id(group)), None)),
        (0_u128..3).prop_map(|team| (None, Some(team_id(team)))),
    ];
    let ties = prop::collection::btree_map(0_u8..6, tie(), 0..5);
    let seldom = || prop::bool::weighted(0.2);
    (ties, place, any_status(), seldom(), seldom()).prop_map(
        |(ties, (group_id, team_id), status, waits, archived)| LeadFacts {
            group_id,
            team_id,
            status: status.to_owned(),
            waits,
            archived,
            ..lead(&ties.into_iter().collect::<Vec<_>>())
        },
    )
}

/// How far the scope goes for a lead whatever ties the viewer to it.
fn without_ties(scope: &LeadScope, viewer: &ViewerFacts, lead: &LeadFacts) -> Option<Sight> {
    let LeadScope::User { unassigned, .. } = scope else { return None };
    if !lead.is_unassigned() {
        return None;
    }
    let of_team = |team: &ViewerTeam| {
        unassigned.teams.is_some_and(|own| own.covers(team.seat))
            && lead.team_id == Some(team.team.id)
    };
    let lets = |group: &ViewerGroup| {
        !lead.waits
            && !lead.archived
            && lead.team_id.is_none()
            && lead.group_id.is_none_or(|of| of == group.group.id)
            && group.pick_up_statuses.contains(&lead.status)
    };
    let by_team = viewer.teams.iter().any(of_team).then_some(Sight::Working);
    by_team.max(unassigned.pool.filter(|_| viewer.groups.iter().any(lets)))
}

proptest! {
    #[test]
    fn the_explanation_is_what_the_scope_says(viewer in any_viewer(), lead in any_lead()) {
        let explanation = explain(&viewer, &lead);
        let scope = LeadScope::of(&actor(&viewer));
        let expected = scope.sight(&lead).max(without_ties(&scope, &viewer, &lead));
        let expected = expected.filter(|_| viewer.status == UserStatus::Active);
        prop_assert_eq!(explanation.sight, expected, "{:?}", scope);
    }

    #[test]
    fn a_manager_sees_the_union_of_what_each_of_their_teams_shows(
        viewer in any_viewer(),
        lead in any_lead(),
    ) {
        let alone = |team: &ViewerTeam| {
            explain(&ViewerFacts { teams: vec![team.clone()], ..viewer.clone() }, &lead).sight
        };
        let none = explain(&ViewerFacts { teams: Vec::new(), ..viewer.clone() }, &lead).sight;
        let union = viewer.teams.iter().map(alone).chain([none]).max().flatten();
        prop_assert_eq!(explain(&viewer, &lead).sight, union);
    }

    #[test]
    fn a_denial_shows_nobody_more(
        viewer in any_viewer(),
        lead in any_lead(),
        denied in 0..Permission::ALL.len(),
    ) {
        let permissions = viewer.permissions.without(Permission::ALL[denied]);
        let denied = ViewerFacts { permissions, ..viewer.clone() };
        prop_assert!(explain(&denied, &lead).sight <= explain(&viewer, &lead).sight);
    }
}
