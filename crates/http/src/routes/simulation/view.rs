//! What a dry run comes to, as the API shows it.

use std::collections::{BTreeMap, HashMap};

use evenhand_application::simulation::{Leads, Simulated};
use evenhand_distribution::simulate::Foreseen;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::lead::UnassignedReason;
use evenhand_domain::rotation::Rehearsed;
use evenhand_domain::user::UserName;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::rotation_view::name;
use crate::routes::users::view::UserNameView;
use crate::schema::Instant;

/// What would happen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Simulation)]
pub(crate) struct SimulationView {
    /// As of when everything was read.
    as_of: Instant,
    /// What would become of each lead, in the order in which they come in.
    decisions: Vec<SimulatedDecisionView>,
    /// How many leads everybody would get who gets any, or in a replay got any.
    members: Vec<SimulatedShareView>,
    /// How many of the leads nobody would get, those that wait among them.
    unassigned: u64,
    /// How many of the leads would still wait at the end.
    waiting: u64,
}

/// What would become of a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedDecision)]
pub(crate) struct SimulatedDecisionView {
    /// When it comes in, or in a replay came in.
    at: Instant,
    /// The turn that it would be; null unless a rotation would deliver it.
    turn: Option<u64>,
    /// Who would get it; null = nobody.
    user_id: Option<Uuid>,
    /// Why nobody would, as in a lead's `assignment`; null when somebody would. `passed_on`: a group
    /// or team that you may not see would decide; no more is told then.
    reason: Option<&'static str>,
    /// When that would be decided: later than it comes in where it waits first.
    decided_at: Instant,
    /// Whether it would still wait at the end.
    waiting: bool,
    /// The group that it would come to rest at; null where that is a team.
    group_id: Option<Uuid>,
    /// The team that it would come to rest at; null where that is a group.
    team_id: Option<Uuid>,
    /// In a replay, the lead.
    lead_id: Option<Uuid>,
    /// In a replay, who got it from this rotation; null = nobody.
    previous_user_id: Option<Uuid>,
}

/// How many leads somebody would get.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedShare)]
pub(crate) struct SimulatedShareView {
    /// Who.
    user: UserNameView,
    /// Of the leads of the dry run.
    leads: u64,
    /// Of the leads that wait already and are dealt before them.
    waiting_leads: u64,
    /// In a replay, how many they got.
    previous_leads: Option<u64>,
}

/// What is decided, and everybody who gets a lead or got one, as far as the asker may be told.
pub(super) fn decided(simulated: &Simulated) -> (Vec<SimulatedDecisionView>, Vec<UserId>) {
    let decisions = decisions(simulated);
    let receivers = shares(simulated, &decisions).into_keys().collect();
    (decisions, receivers)
}

impl SimulationView {
    pub(super) fn new(
        simulated: &Simulated,
        decisions: Vec<SimulatedDecisionView>,
        names: &HashMap<UserId, UserName>,
    ) -> Self {
        let is_past = matches!(simulated.leads, Leads::Past(_));
        let members = shares(simulated, &decisions).into_iter().map(|(user, share)| {
            let Share { leads, waiting_leads, previous } = share;
            SimulatedShareView {
                user: name(user, names),
                leads,
                waiting_leads,
                previous_leads: is_past.then_some(previous),
            }
        });
        let members = members.collect();
        let count = |which: fn(&SimulatedDecisionView) -> bool| {
            u64::try_from(decisions.iter().filter(|it| which(it)).count()).unwrap_or(u64::MAX)
        };
        Self {
            as_of: simulated.as_of.into(),
            members,
            unassigned: count(|it| it.user_id.is_none() && it.reason != Some(PASSED_ON)),
            waiting: count(|it| it.waiting),
            decisions,
        }
    }
}

/// The same as text, with ids for names: for the command line.
pub fn simulated_json(simulated: &Simulated) -> serde_json::Value {
    let view = SimulationView::new(simulated, decisions(simulated), &HashMap::new());
    serde_json::to_value(view).unwrap_or_default()
}

/// Instead of what is decided where the asker may not look.
const PASSED_ON: &str = "passed_on";

#[derive(Default)]
struct Share {
    leads: u64,
    waiting_leads: u64,
    previous: u64,
}

fn shares(simulated: &Simulated, decisions: &[SimulatedDecisionView]) -> BTreeMap<UserId, Share> {
    let mut shares: BTreeMap<UserId, Share> = BTreeMap::new();
    for decision in decisions {
        if let Some(user) = decision.user_id {
            shares.entry(user.into()).or_default().leads += 1;
        }
        if let Some(user) = decision.previous_user_id {
            shares.entry(user.into()).or_default().previous += 1;
        }
    }
    let seen = simulated.waiting_dealt.iter().filter(|((at, _), _)| !simulated.unseen.contains(at));
    for ((_, user), leads) in seen {
        shares.entry(*user).or_default().waiting_leads += u64::from(*leads);
    }
    shares
}

fn decisions(simulated: &Simulated) -> Vec<SimulatedDecisionView> {
    match &simulated.leads {
        Leads::Next(leads) => leads
            .iter()
            .map(|lead| {
                let mut decision = foreseen(lead);
                if simulated.unseen.contains(&lead.at) {
                    (decision.turn, decision.user_id) = (None, None);
                    (decision.reason, decision.waiting) = (Some(PASSED_ON), false);
                    // Not where it goes on to from there, nor how long it waits there.
                    decision.decided_at = lead.arrived_at.into();
                    (decision.group_id, decision.team_id) = (None, None);
                }
                decision
            })
            .collect(),
        Leads::Past(leads) => leads.iter().map(rehearsed).collect(),
    }
}

fn foreseen(lead: &Foreseen) -> SimulatedDecisionView {
    SimulatedDecisionView {
        at: lead.arrived_at.into(),
        turn: lead.turn,
        user_id: lead.owner.map(UserId::uuid),
        reason: lead.reason.map(UnassignedReason::as_str),
        decided_at: lead.decided_at.into(),
        waiting: lead.waits,
        group_id: lead.at.group_id().map(GroupId::uuid),
        team_id: lead.at.team_id().map(TeamId::uuid),
        lead_id: None,
        previous_user_id: None,
    }
}

fn rehearsed(again: &Rehearsed) -> SimulatedDecisionView {
    let Rehearsed { lead_id, moment, before, decision } = again;
    SimulatedDecisionView {
        at: moment.at.into(),
        turn: decision.turn,
        user_id: decision.chosen.map(UserId::uuid),
        reason: decision.reason.map(|reason| UnassignedReason::from(reason).as_str()),
        decided_at: decision.entry.at.into(),
        waiting: false,
        group_id: None,
        team_id: None,
        lead_id: Some(lead_id.uuid()),
        previous_user_id: before.map(UserId::uuid),
    }
}
