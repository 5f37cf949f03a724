//! What a demo starts with: people, teams, a group, an API key, a first dozen leads.

use std::sync::Arc;

use evenhand_application::api_keys::{self, NewApiKey};
use evenhand_application::people::{self, Accept, Invite};
use evenhand_application::sign_in::SignedIn;
use evenhand_application::start::{self, SetUp};
use evenhand_application::{Services, groups, teams};
use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::clock::Entropy;
use evenhand_domain::contact::Email;
use evenhand_domain::distribution::Distribution;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::group::NewGroup;
use evenhand_domain::ids::{GroupId, UserId};
use evenhand_domain::lead::{AssignmentRequest, LeadInput, NewLead};
use evenhand_domain::organization::{Country, Currency};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{
    Actor, CreateLeads, InviteUsers, ManageApiKeys, ManageGroups, ManageTeams, Permission,
    authorize, authorize_unconfirmed,
};
use evenhand_domain::rotation::Limits;
use evenhand_domain::team::{NewTeam, Seats};
use evenhand_domain::user::Role;
use evenhand_identity::Presented;
use evenhand_persistence::idempotency::Outcome;
use secrecy::SecretString;

use crate::clock::OsEntropy;
use crate::exit::Failure;
use crate::service::Service;

/// What is told of the scene.
pub(super) struct Scene {
    pub(super) people: Vec<Somebody>,
    pub(super) password: SecretString,
    pub(super) api_key: SecretString,
    pub(super) group_id: GroupId,
    pub(super) deals: Vec<Deal>,
}

/// Who can sign in.
pub(super) struct Somebody {
    pub(super) email: &'static str,
    pub(super) role: Role,
    /// Their team, by its name.
    pub(super) team: Option<&'static str>,
}

/// One line of the table.
pub(super) struct Deal {
    pub(super) turn: u64,
    pub(super) lead: String,
    pub(super) owner: String,
}

const OWNER: (&str, &str) = ("Olivia", "olivia@demo.example.com");

/// A team: its name, its manager and its users, by first name and address.
type TeamOfDemo = (&'static str, (&'static str, &'static str), [(&'static str, &'static str); 2]);

const TEAMS: [TeamOfDemo; 2] = [
    (
        "Blue",
        ("Bella", "bella@demo.example.com"),
        [("Tom", "tom@demo.example.com"), ("Stephanie", "stephanie@demo.example.com")],
    ),
    (
        "Red",
        ("Rory", "rory@demo.example.com"),
        [("Lewis", "lewis@demo.example.com"), ("Denise", "denise@demo.example.com")],
    ),
];

const LEADS: [&str; 12] = [
    "Amara Okafor",
    "Ben Carter",
    "Chloe Martin",
    "Daniel Novak",
    "Elena Rossi",
    "Farid Haddad",
    "Grace Kim",
    "Hugo Silva",
    "Ines Moreau",
    "Jonas Weber",
    "Kira Larsen",
    "Liam Walsh",
];

/// Sets the scene, with the same use cases that the API calls.
pub(super) async fn set(service: &Service) -> Result<Scene, Failure> {
    let services = &service.services;
    let password = password();
    found(services, &password).await?;
    let login = evenhand_application::sign_in::SignIn {
        email: OWNER.1.to_owned(),
        password: password.clone(),
        organization_id: None,
    };
    let owner = evenhand_application::sign_in::login(services, login, &Origin::default()).await?;
    let actor = actor(service, &owner).await?;
    let mut people = vec![Somebody { email: OWNER.1, role: Role::Owner, team: None }];
    let mut members = Vec::new();
    for (name, manager, users) in TEAMS {
        let mut seats = Seats::default();
        for (role, (first_name, email)) in
            [(Role::Manager, manager)].into_iter().chain(users.map(|user| (Role::Agent, user)))
        {
            let id = join(services, &actor, first_name, email, role, &password).await?;
            match role {
                Role::Manager => seats.managers.push(id),
                _ => seats.users.push(id),
            }
            people.push(Somebody { email, role, team: Some(name) });
        }
        members.extend_from_slice(&seats.users);
        team(services, &actor, name, seats).await?;
    }
    let group_id = tele_sales(services, &actor, members).await?;
    let api_key = integration(services, &actor).await?;
    let mut deals = Vec::new();
    for name in LEADS {
        deals.push(deal(service, &actor, group_id, name).await?);
    }
    Ok(Scene { people, password, api_key, group_id, deals })
}

fn password() -> SecretString {
    let mut random = [0; 8];
    OsEntropy.fill(&mut random);
    SecretString::from(format!("{:016x}", u64::from_be_bytes(random)))
}

async fn found(services: &Services, password: &SecretString) -> Result<(), Failure> {
    let zone = "Europe/London".parse().map_err(|_| wrong("time zone"))?;
    let request = SetUp {
        name: "Evenhand Demo".to_owned(),
        zone,
        country: Country::parse("GB").map_err(|_| wrong("country"))?,
        currency: Currency::parse("GBP").map_err(|_| wrong("currency"))?,
        email: Email::parse(OWNER.1).map_err(|_| wrong("address"))?,
        first_name: OWNER.0.to_owned(),
        last_name: None,
        password: password.clone(),
    };
    start::set_up(services, request).await?;
    Ok(())
}

async fn actor(service: &Service, signed_in: &SignedIn) -> Result<Arc<Actor>, Failure> {
    let presented = Presented::Bearer(signed_in.access_token.clone());
    Ok(service.authenticator.actor(&presented).await?)
}

async fn join(
    services: &Services,
    owner: &Arc<Actor>,
    first_name: &str,
    email: &str,
    role: Role,
    password: &SecretString,
) -> Result<UserId, Failure> {
    let grant = authorize(owner, InviteUsers).map_err(Error::from)?;
    let email = Email::parse(email).map_err(|_| wrong("address"))?;
    let invite = Invite { send_email: false, ..Invite::new(email, first_name.to_owned(), role) };
    let invited = done(people::invite(services, &grant, &invite, None).await?)?;
    let invitation = invited.invitation.ok_or_else(|| wrong("invitation"))?;
    let accept = Accept::with_password(password.clone());
    people::accept(services, &invitation.token, &accept, &Origin::default()).await?;
    Ok(invited.user.id)
}

async fn team(
    services: &Services,
    owner: &Arc<Actor>,
    name: &str,
    seats: Seats,
) -> Result<(), Failure> {
    let grant = authorize(owner, ManageTeams).map_err(Error::from)?;
    let new = NewTeam {
        name: name.to_owned(),
        distribution: Distribution::default(),
        include_managers: false,
        seats,
    };
    done(teams::create(services, &grant, new, None).await?)?;
    Ok(())
}

async fn tele_sales(
    services: &Services,
    owner: &Arc<Actor>,
    members: Vec<UserId>,
) -> Result<GroupId, Failure> {
    let grant = authorize(owner, ManageGroups).map_err(Error::from)?;
    let new = NewGroup {
        name: "Tele-Sales".to_owned(),
        distribution: Distribution {
            limits: Limits { daily: 40, monthly: 0 },
            ..Distribution::default()
        },
        pick_up_statuses: Vec::new(),
        members,
    };
    Ok(done(groups::create(services, &grant, new, None).await?)?.id)
}

async fn integration(services: &Services, owner: &Arc<Actor>) -> Result<SecretString, Failure> {
    let grant = authorize(owner, ManageApiKeys).map_err(Error::from)?;
    let new = NewApiKey {
        name: "Web form".to_owned(),
        scopes: vec![Permission::LeadsCreate, Permission::LeadsView],
        source: Some("web".to_owned()),
        group_ids: None,
        expires_at: None,
    };
    Ok(done(api_keys::create(services, &grant, &new, None).await?)?.key)
}

async fn deal(
    service: &Service,
    owner: &Arc<Actor>,
    group_id: GroupId,
    name: &str,
) -> Result<Deal, Failure> {
    let grant = authorize_unconfirmed(owner, CreateLeads).map_err(Error::from)?;
    let (first_name, last_name) = name.split_once(' ').unwrap_or((name, ""));
    let input = LeadInput {
        first_name: Some(first_name.to_owned()),
        last_name: Some(last_name.to_owned()),
        email: Some(format!("{}@example.com", name.to_lowercase().replace(' ', "."))),
        ..LeadInput::default()
    };
    let mut faults = Faults::default();
    let lead = NewLead::parse(input, grant.organization(), Some("demo"), &mut faults);
    let lead = lead.ok_or_else(|| Failure::from(Error::Invalid(faults)))?;
    let how = AssignmentRequest::Distribute(group_id.into());
    let submission = Submission { grant, lead, how, once: None };
    let Submitted::Created(lead) = service.intake.submit(submission).await? else {
        return Err(wrong("lead"));
    };
    let turn = lead.assignment.dealt.as_ref().and_then(|dealt| dealt.turn);
    Ok(Deal {
        turn: turn.unwrap_or_default(),
        lead: name.to_owned(),
        owner: lead.owner().map_or_else(String::new, |owner| owner.first_name.clone()),
    })
}

fn done<T>(outcome: Outcome<T>) -> Result<T, Failure> {
    match outcome {
        Outcome::Done(done) => Ok(done),
        Outcome::Replayed(_) => Err(wrong("replay")),
    }
}

fn wrong(what: &str) -> Failure {
    Failure::Failed(format!("the demo's own {what} is wrong"))
}
