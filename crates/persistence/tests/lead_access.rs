//! Who sees which lead: what the SQL gives is what the rules say, on random organizations.
#![expect(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::contact::Email;
use evenhand_domain::ids::{AccountId, GroupId, IdSource, LeadId, OrganizationId, TeamId, UserId};
use evenhand_domain::lead::{LeadFilter, LeadOrder, OwnerFilter};
use evenhand_domain::organization::{Country, Currency, Organization, first_statuses};
use evenhand_domain::origin::Origin;
use evenhand_domain::page::PageRequest;
use evenhand_domain::permission::lead_access::{Explanation, Rule, RuleName, ViewerFacts, explain};
use evenhand_domain::permission::{
    Actor, ExplainLeadAccess, Grant, LeadTie, Permission, Sight, ViewLeads, authorize,
};
use evenhand_domain::team::TeamSeat;
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::leads::{Listed, Look, SeenLead};
use evenhand_persistence::sessions::Session;
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{
    Store, StoreOptions, access, accounts, leads, organizations, sessions, users,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// Counts: ids need no unpredictability here.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

#[derive(Debug, Clone)]
struct UserPlan {
    role: Role,
    status: UserStatus,
    overrides: BTreeMap<usize, bool>,
}

/// People by their places in `users`.
#[derive(Debug, Clone)]
struct Plan {
    users: Vec<UserPlan>,
    teams: Vec<BTreeMap<usize, TeamSeat>>,
    groups: Vec<GroupPlan>,
    leads: Vec<LeadPlan>,
}

#[derive(Debug, Clone)]
struct GroupPlan {
    members: BTreeSet<usize>,
    pick_up: BTreeSet<&'static str>,
    is_archived: bool,
}

#[derive(Debug, Clone)]
struct LeadPlan {
    ties: BTreeMap<usize, LeadTie>,
    status: &'static str,
    place: PlacePlan,
    /// Whether it waits, where nobody owns it.
    waits: bool,
}

/// Whose rotation a lead was given to, by places in `groups` and `teams`.
#[derive(Debug, Clone, Copy)]
enum PlacePlan {
    Nowhere,
    Group(usize),
    Team(usize),
}

const TEAMS: usize = 3;
const GROUPS: usize = 3;
const STATUSES: [&str; 2] = ["new", "contacted"];

const USERS: usize = 6;

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn plan() -> impl Strategy<Value = Plan> {
    // Of all permissions those that decide here come up often.
    let leads = [
        Permission::LeadsView,
        Permission::LeadsViewTeam,
        Permission::LeadsViewAll,
        Permission::LeadsViewUnassigned,
        Permission::LeadsPickUp,
        Permission::LeadsPickUp,
    ];
    let of_leads = move |permission: &Permission| leads.contains(permission);
    let places: Vec<usize> =
        (0..Permission::ALL.len()).filter(|place| of_leads(&Permission::ALL[*place])).collect();
    let overrides = prop::collection::btree_map(
        prop_oneof![3 => proptest::sample::select(places), 1 => 0..Permission::ALL.len()],
        any::<bool>(),
        0..3,
    );
    let status = prop_oneof![6 => Just(UserStatus::Active), 1 => one_of(UserStatus::ALL)];
    let role = prop_oneof![
        4 => Just(Role::Agent),
        4 => Just(Role::Manager),
        1 => one_of(Role::ALL),
    ];
    let user = (role, status, overrides).prop_map(|(role, status, overrides)| UserPlan {
        role,
        status,
        overrides,
    });
    let team = prop::collection::btree_map(0..USERS, one_of(TeamSeat::ALL), 0..=USERS);
    let statuses = prop::collection::btree_set(one_of(&STATUSES), 0..=2);
    let members = prop::collection::btree_set(0..USERS, 0..=USERS);
    let group = (members, statuses, prop::bool::weighted(0.1))
        .prop_map(|(members, pick_up, is_archived)| GroupPlan { members, pick_up, is_archived });
    let place = prop_oneof![
        2 => Just(PlacePlan::Nowhere),
        2 => (0..GROUPS).prop_map(PlacePlan::Group),
        1 => (0..TEAMS).prop_map(PlacePlan::Team),
    ];
    let ties =
        prop::collection::btree_map(0..USERS, one_of(LeadTie::ALL), 0..4).prop_map(|mut ties| {
            // One owner at most.
            let owner = ties.iter().find(|(_, tie)| **tie == LeadTie::Owner).map(|(user, _)| *user);
            ties.retain(|user, tie| *tie != LeadTie::Owner || Some(*user) == owner);
            ties
        });
    let waits = prop::bool::weighted(0.2);
    let lead = (ties, one_of(&STATUSES), place, waits)
        .prop_map(|(ties, status, place, waits)| LeadPlan { ties, status, place, waits });
    (
        prop::collection::vec(user, USERS),
        prop::collection::vec(team, TEAMS),
        prop::collection::vec(group, GROUPS),
        prop::collection::vec(lead, 1..10),
    )
        .prop_map(|(users, teams, groups, leads)| Plan { users, teams, groups, leads })
}

/// A store that every case has an organization of its own in.
struct World {
    store: Store,
    sql: sea_orm::DatabaseConnection,
    ids: IdSource,
    told: Told,
    _folder: TempDir,
}

/// How often a rule decided: the plans are worth something only where each does.
#[derive(Default)]
struct Told {
    nothing: AtomicU32,
    looks_on: AtomicU32,
    by_team_alone: AtomicU32,
    by_unassigned_alone: AtomicU32,
    by_pool_alone: AtomicU32,
}

impl Told {
    fn count(&self, explanation: &Explanation) {
        let applying: Vec<RuleName> =
            explanation.rules.iter().filter(|rule| rule.applies).map(|rule| rule.name).collect();
        let alone = match applying[..] {
            [RuleName::UserActive, RuleName::Permission, rule] => Some(rule),
            _ => None,
        };
        let counter = match (explanation.sight, alone) {
            (None, _) => &self.nothing,
            (_, Some(RuleName::Pool)) => &self.by_pool_alone,
            (Some(Sight::ReadOnly), _) => &self.looks_on,
            (_, Some(RuleName::Team)) => &self.by_team_alone,
            (_, Some(RuleName::UnassignedInTeam)) => &self.by_unassigned_alone,
            (Some(Sight::Working), _) => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// An organization as planned, and an owner besides who asks about everybody.
struct Acme {
    organization_id: OrganizationId,
    owner: Actor,
    users: Vec<UserId>,
    teams: Vec<TeamId>,
    groups: Vec<GroupId>,
    leads: Vec<LeadId>,
}

fn hex(id: impl Into<Uuid>) -> String {
    format!("x'{}'", id.into().as_simple())
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::connect(StoreOptions {
            url: url.clone(),
            max_connections: 2,
            acquire_timeout: Duration::from_secs(5),
            clock: Arc::new(Standing),
            clock_offset_micros: 0,
        });
        let store = store.await.unwrap();
        store.migrate().await.unwrap();
        let sql = sea_orm::Database::connect(url).await.unwrap();
        let ids = IdSource::new(Arc::new(Counting::default()));
        Self { store, sql, ids, told: Told::default(), _folder: folder }
    }

    async fn acme(&self, plan: &Plan) -> Acme {
        let organization = Organization {
            id: self.ids.next(NOW),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        };
        let mut tx = self.store.begin().await.unwrap();
        organizations::insert_at_set_up(&mut tx, &organization, NOW).await.unwrap();
        let mut made: Vec<UserId> = Vec::new();
        let owner =
            UserPlan { role: Role::Owner, status: UserStatus::Active, overrides: BTreeMap::new() };
        for user in plan.users.iter().chain([&owner]) {
            let id: UserId = self.ids.next(NOW);
            let email = Email::parse(&format!("{id}@acme.example")).unwrap();
            let account_id: AccountId = self.ids.next(NOW);
            let new = NewUser {
                organization_id: organization.id,
                id,
                account_id: accounts::find_or_insert(&mut tx, &email, account_id, NOW)
                    .await
                    .unwrap(),
                role: user.role,
                status: user.status,
                partner: false,
                first_name: "Tom".to_owned(),
                last_name: None,
                created_at: NOW,
            };
            assert!(users::insert(&mut tx, new).await.unwrap());
            made.push(id);
        }
        tx.commit().await.unwrap();
        let owner = made.pop().unwrap();
        let mut acme = Acme {
            organization_id: organization.id,
            owner: self.actor(organization.id, owner).await.unwrap(),
            users: made,
            teams: plan.teams.iter().map(|_| self.ids.next(NOW)).collect(),
            groups: plan.groups.iter().map(|_| self.ids.next(NOW)).collect(),
            leads: plan.leads.iter().map(|_| self.ids.next(NOW)).collect(),
        };
        self.sql.execute_unprepared(&acme.statements(plan)).await.unwrap();
        // Newest first, as lists have them.
        acme.leads.reverse();
        acme
    }

    /// What the next request of a user is made by; `None` = there is none.
    async fn actor(&self, organization_id: OrganizationId, user: UserId) -> Option<Actor> {
        let mut tx = self.store.begin().await.unwrap();
        let session = Session {
            id: self.ids.next(NOW),
            organization_id,
            user_id: user,
            expires_at: NOW.after(HOUR),
            ended_at: None,
        };
        sessions::insert_at_sign_in(&mut tx, &session, &Origin::default(), NOW).await.unwrap();
        tx.commit().await.unwrap();
        access::load_session(&self.store, session.id, organization_id, user, NOW).await.unwrap()
    }

    /// Every lead of a list with how far the reader's sight of it goes and whether they may pick it
    /// up, read in small pages.
    async fn all(&self, grant: &Grant<ViewLeads>, filter: &LeadFilter) -> Vec<Seen> {
        let mut request = PageRequest { limit: 2, after: None };
        let mut found = Vec::new();
        loop {
            let order = LeadOrder::default();
            let listed = leads::list(&self.store, grant, filter, order, &request).await.unwrap();
            let Listed::Page(page) = listed else { unreachable!("in the order of ids") };
            found.extend(page.rows.iter().map(seen));
            request.after = page.next;
            if request.after.is_none() {
                return found;
            }
        }
    }
}

type Seen = (LeadId, Sight, bool);

fn seen(seen: &SeenLead) -> Seen {
    (seen.lead.id, seen.sight, seen.may_pick_up)
}

/// Whether the pool rule applies to who may pick up.
fn may_pick_up(viewer: &ViewerFacts, explanation: &Explanation) -> bool {
    let of_pool = |rule: &Rule| rule.name == RuleName::Pool && rule.applies;
    viewer.permissions.has(Permission::LeadsPickUp) && explanation.rules.iter().any(of_pool)
}

impl Acme {
    /// What no use case makes as freely as these plans are.
    fn statements(&self, plan: &Plan) -> String {
        let mut sql = Vec::new();
        let organization = hex(self.organization_id);
        for (id, user) in self.users.iter().zip(&plan.users) {
            for (place, granted) in &user.overrides {
                let permission = Permission::ALL[*place];
                sql.push(format!(
                    "INSERT INTO permission_overrides VALUES ({organization}, {}, '{permission}', {granted})",
                    hex(*id)
                ));
            }
        }
        for (id, team) in self.teams.iter().zip(&plan.teams) {
            let team_id = hex(*id);
            sql.push(format!(
                "INSERT INTO teams (organization_id, id, name, name_key, version, created_at, \
                 updated_at) VALUES ({organization}, {team_id}, '{id}', '{id}', 1, 0, 0)"
            ));
            for (user, seat) in team {
                let user = hex(self.users[*user]);
                sql.push(format!(
                    "INSERT INTO team_members VALUES ({organization}, {team_id}, {user}, {})",
                    seat.code()
                ));
            }
        }
        for (id, group) in self.groups.iter().zip(&plan.groups) {
            let group_id = hex(*id);
            let archived = if group.is_archived { "1" } else { "NULL" };
            sql.push(format!(
                "INSERT INTO groups VALUES ({organization}, {group_id}, '{id}', '{id}', 1, 0, 0, \
                 {archived})"
            ));
            // Its rotation has the same id.
            sql.push(format!(
                "INSERT INTO rotations (organization_id, id, group_id, method, daily_limit, \
                 monthly_limit, seed, zone, archived_at, entry, turn, head, last_at, local_day) \
                 VALUES ({organization}, {group_id}, {group_id}, 1, 0, 0, x'00', 'Europe/London', \
                 {archived}, 1, 0, x'00', 0, 0)"
            ));
            for user in &group.members {
                let user = hex(self.users[*user]);
                sql.push(format!(
                    "INSERT INTO rotation_members (organization_id, rotation_id, user_id, \
                     position, paused) VALUES ({organization}, {group_id}, {user}, 1, 0)"
                ));
            }
            for status in &group.pick_up {
                sql.push(format!(
                    "INSERT INTO group_pick_up_statuses VALUES ({organization}, {group_id}, \
                     '{status}', 1)"
                ));
            }
        }
        for (position, (id, planned)) in self.leads.iter().zip(&plan.leads).enumerate() {
            let LeadPlan { ties, status, place, waits } = planned;
            let lead = hex(*id);
            let (group, team) = match place {
                PlacePlan::Nowhere => ("NULL".to_owned(), "NULL".to_owned()),
                PlacePlan::Group(group) => (hex(self.groups[*group]), "NULL".to_owned()),
                PlacePlan::Team(team) => ("NULL".to_owned(), hex(self.teams[*team])),
            };
            let owner = ties.iter().find(|(_, tie)| **tie == LeadTie::Owner);
            let owner = owner.map_or("NULL".to_owned(), |(user, _)| hex(self.users[*user]));
            let creator = hex(self.owner.user_id().unwrap());
            sql.push(format!(
                "INSERT INTO leads (organization_id, id, owner_id, group_id, team_id, \
                 assignment_id, status, tags, custom_fields, created_by_user_id, created_by_name, \
                 version, created_at, updated_at) VALUES ({organization}, {lead}, {owner}, \
                 {group}, {team}, {lead}, '{status}', '[]', '{{}}', {creator}, 'Olivia', 1, 0, 0)"
            ));
            sql.push(format!(
                "INSERT INTO assignments (organization_id, lead_id, id, to_user_id, decided_at) \
                 VALUES ({organization}, {lead}, {lead}, {owner}, 0)"
            ));
            if *waits && owner == "NULL" {
                let rotation = hex(self.groups[0]);
                sql.push(format!(
                    "INSERT INTO waiting_leads (organization_id, rotation_id, position, lead_id, \
                     assignment_id) VALUES ({organization}, {rotation}, {position}, {lead}, {lead})"
                ));
            }
            for (user, tie) in ties {
                let user = hex(self.users[*user]);
                sql.push(format!(
                    "INSERT INTO lead_access (organization_id, user_id, lead_id, kind) \
                     VALUES ({organization}, {user}, {lead}, {})",
                    tie.code()
                ));
                // Whatever ties them to it, its history names them.
                sql.push(format!(
                    "INSERT INTO lead_collaborators (organization_id, lead_id, user_id, added_at) \
                     VALUES ({organization}, {lead}, {user}, 0)"
                ));
            }
        }
        format!("BEGIN; {}; COMMIT", sql.join("; "))
    }

    fn plan_of<'a>(&self, plan: &'a Plan, lead: LeadId) -> &'a LeadPlan {
        let place = self.leads.iter().rev().position(|known| *known == lead).unwrap();
        &plan.leads[place]
    }

    fn users_of(&self, team: &BTreeMap<usize, TeamSeat>) -> BTreeSet<UserId> {
        let users = team.iter().filter(|(_, seat)| **seat == TeamSeat::User);
        users.map(|(user, _)| self.users[*user]).collect()
    }

    /// Who owns or shares a lead.
    fn workers(&self, plan: &Plan, lead: LeadId) -> BTreeSet<UserId> {
        let ties = self.plan_of(plan, lead).ties.iter().filter(|(_, tie)| tie.is_working());
        ties.map(|(user, _)| self.users[*user]).collect()
    }
}

async fn check(world: &World, plan: &Plan) -> Result<(), TestCaseError> {
    let acme = world.acme(plan).await;
    let asking: Grant<ExplainLeadAccess> =
        authorize(&Arc::new(acme.owner.clone()), ExplainLeadAccess).unwrap();
    for user in &acme.users {
        let viewer = leads::viewer(&world.store, &asking, *user).await.unwrap().unwrap();
        let mut expected = Vec::new();
        for lead in &acme.leads {
            let facts = leads::facts(&world.store, &asking, *lead).await.unwrap().unwrap();
            let explanation = explain(&viewer, &facts);
            world.told.count(&explanation);
            let picked = may_pick_up(&viewer, &explanation);
            expected.extend(explanation.sight.map(|sight| (*lead, sight, picked)));
        }
        let actor = world.actor(acme.organization_id, *user).await.map(Arc::new);
        let grant = actor.and_then(|actor| authorize(&actor, ViewLeads).ok());
        let Some(grant) = grant else {
            prop_assert_eq!(expected, Vec::new(), "who may not ask sees nothing");
            continue;
        };
        let scope = grant.scope();
        let everything = world.all(&grant, &LeadFilter::default()).await;
        prop_assert_eq!(&everything, &expected, "the list of {:?}", scope);
        for lead in &acme.leads {
            let seen = leads::get(&world.store, &grant, *lead).await.unwrap();
            let told = expected.iter().find(|(id, ..)| id == lead).copied();
            prop_assert_eq!(seen.as_ref().map(self::seen), told, "one lead of {:?}", scope);
        }
        let looks: Vec<Look<'_>> = acme
            .leads
            .iter()
            .map(|lead| Look { organization_id: acme.organization_id, lead_id: *lead, scope })
            .collect();
        let covered = leads::covered(&world.store, &looks).await.unwrap();
        let told = |lead: &LeadId| expected.iter().any(|(id, ..)| id == lead);
        let told: Vec<bool> = acme.leads.iter().map(told).collect();
        prop_assert_eq!(covered, told, "all leads at once of {:?}", scope);
        for (id, team) in acme.teams.iter().zip(&plan.teams) {
            let users = acme.users_of(team);
            let filter = LeadFilter { team_id: Some(*id), ..LeadFilter::default() };
            let mut of_team = expected.clone();
            of_team.retain(|(lead, ..)| !acme.workers(plan, *lead).is_disjoint(&users));
            prop_assert_eq!(world.all(&grant, &filter).await, of_team, "a team's of {:?}", scope);
        }
        for owner in &acme.users {
            let owner_filter = Some(OwnerFilter::User(*owner));
            let filter = LeadFilter { owner: owner_filter, ..LeadFilter::default() };
            let mut owned = expected.clone();
            owned.retain(|(lead, ..)| {
                let ties = &acme.plan_of(plan, *lead).ties;
                let tie = ties.iter().find(|(user, _)| acme.users[**user] == *owner);
                tie.is_some_and(|(_, tie)| *tie == LeadTie::Owner)
            });
            prop_assert_eq!(world.all(&grant, &filter).await, owned, "one's of {:?}", scope);
        }
        let filter = LeadFilter { owner: Some(OwnerFilter::Unassigned), ..LeadFilter::default() };
        let mut nobodys = expected.clone();
        nobodys.retain(|(lead, ..)| {
            acme.plan_of(plan, *lead).ties.values().all(|tie| *tie != LeadTie::Owner)
        });
        prop_assert_eq!(world.all(&grant, &filter).await, nobodys, "nobody's of {:?}", scope);
        let mut pool = expected.clone();
        pool.retain(|(.., may_pick_up)| *may_pick_up);
        let filter = LeadFilter { pool: true, ..LeadFilter::default() };
        prop_assert_eq!(world.all(&grant, &filter).await, pool.clone(), "the pool of {:?}", scope);
        for (id, team) in acme.teams.iter().zip(&plan.teams) {
            let users = acme.users_of(team);
            let filter = LeadFilter { team_id: Some(*id), pool: true, ..LeadFilter::default() };
            let mut shared = pool.clone();
            shared.retain(|(lead, ..)| !acme.workers(plan, *lead).is_disjoint(&users));
            prop_assert_eq!(world.all(&grant, &filter).await, shared, "shared in {:?}", scope);
        }
    }
    Ok(())
}

#[test]
fn what_the_database_gives_is_what_the_rules_say() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    // The same organizations each time: whether every rule decides now and then is no matter of luck.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&plan(), |plan| runtime.block_on(check(&world, &plan)));
    outcome.unwrap();
    let Told { nothing, looks_on, by_team_alone, by_unassigned_alone, by_pool_alone } = &world.told;
    let told = [nothing, looks_on, by_team_alone, by_unassigned_alone, by_pool_alone]
        .map(|counter| counter.load(Ordering::Relaxed));
    assert!(told.iter().all(|times| *times > 10), "every rule decides now and then: {told:?}");
}
