//! `evenhand simulate`

use std::collections::HashMap;

use clap::Args;
use evenhand_application::simulation::{self, Asker, Leads, Simulated};
use evenhand_domain::clock::Clock;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{GroupId, OrganizationId, TeamId, UserId};
use evenhand_domain::lead::UnassignedReason;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ledgers::{self, Which};
use evenhand_persistence::{Store, intake};
use serde_json::{Map, Value, json};

use crate::commands::print;
use crate::config::Config;
use crate::exit::{Failure, chain};
use crate::service;

/// Which rotation, which leads, and what is to be otherwise.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The group's rotation.
    #[arg(long, value_name = "ID", conflicts_with = "team", required_unless_present = "team")]
    group: Option<GroupId>,
    /// The team's rotation.
    #[arg(long, value_name = "ID")]
    team: Option<TeamId>,
    /// How many leads come in.
    #[arg(long, value_name = "NUMBER", required_unless_present = "replay_from")]
    leads: Option<u32>,
    /// When the first of them comes in (RFC 3339); now when absent.
    #[arg(long, value_name = "INSTANT", requires = "leads")]
    from: Option<String>,
    /// They are spread evenly up to before this instant; all at once when absent.
    #[arg(long, value_name = "INSTANT", requires = "leads")]
    until: Option<String>,
    /// Instead of new leads: deal those of a past period again, from this instant on.
    #[arg(long, value_name = "INSTANT", conflicts_with = "leads", requires = "replay_until")]
    replay_from: Option<String>,
    /// The first instant behind that period.
    #[arg(long, value_name = "INSTANT", requires = "replay_from")]
    replay_until: Option<String>,
    /// What is to be otherwise, as in the body of `POST …/distribution/simulate`:
    /// {"distribution": {"method": "weighted"}, "members": […], "user_ids": […], "paused": …}.
    #[arg(long, value_name = "JSON")]
    changes: Option<String>,
    /// Print what the API answers, with ids instead of names.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: Config, arguments: Arguments) -> Result<(), Failure> {
    let connected = service::connect(&config).await?;
    let store = connected.store;
    if !store.is_migrated().await? {
        let message = "the schema is not up to date: run `evenhand migrate`";
        return Err(Failure::Database(message.to_owned()));
    }
    let owner = match (arguments.group, arguments.team) {
        (Some(group), _) => RotationOwner::Group(group),
        (None, Some(team)) => RotationOwner::Team(team),
        (None, None) => return Err(Failure::Usage("name a group or a team".to_owned())),
    };
    let now = connected.clock.now();
    let body = arguments.body()?.to_string();
    let (question, changes) = evenhand_http::simulation_of(&body, now).map_err(told)?;
    let which = Which { organization_id: None, owner: Some(owner) };
    let found = ledgers::owned(&store, &which, None, 1).await?;
    let nowhere = || Failure::Usage("there is no such rotation".to_owned());
    let ledger = found.first().ok_or_else(nowhere)?.ledger;
    let about = (ledger, owner);
    let simulated =
        simulation::simulate(&store, &*connected.clock, &Asker::Operator, about, question, changes);
    let simulated = simulated.await.map_err(told)?;
    if arguments.json {
        print::line(&evenhand_http::simulated_json(&simulated).to_string())?;
    } else {
        print::raw(&words(&store, ledger.organization_id, &simulated).await?)?;
    }
    Ok(store.close().await?)
}

impl Arguments {
    /// The body that asks the same of the API.
    fn body(&self) -> Result<Value, Failure> {
        let changes = self.changes.as_deref().unwrap_or("{}");
        let mut body: Map<String, Value> = serde_json::from_str(changes)
            .map_err(|error| Failure::Usage(format!("--changes: {error}")))?;
        let replay =
            self.replay_from.as_ref().map(|from| json!({"from": from, "until": self.replay_until}));
        let own = [
            ("leads", self.leads.map(Value::from)),
            ("from", self.from.clone().map(Value::from)),
            ("until", self.until.clone().map(Value::from)),
            ("replay", replay),
        ];
        body.extend(own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(Value::Object(body))
    }
}

fn told(error: Error) -> Failure {
    match error {
        Error::Invalid(faults) => {
            let faults = faults.as_slice().iter();
            let lines = faults.map(|fault| format!("{}: {}", fault.pointer, fault.detail));
            Failure::Usage(lines.collect::<Vec<_>>().join("; "))
        }
        Error::NotFound(what) => Failure::Usage(format!("the {what} is archived")),
        Error::Unavailable(..) => Failure::Database(chain(&error)),
        other => Failure::Failed(chain(&other)),
    }
}

/// A line for each lead, and one for each who gets some.
async fn words(
    store: &Store,
    organization_id: OrganizationId,
    simulated: &Simulated,
) -> Result<String, Failure> {
    let decided: Vec<(String, Option<UserId>, Option<&str>)> = match &simulated.leads {
        Leads::Next(leads) => leads
            .iter()
            .map(|it| {
                let reason = it.reason.map(UnassignedReason::as_str);
                (it.decided_at.to_rfc3339(), it.owner, reason)
            })
            .collect(),
        Leads::Past(leads) => leads
            .iter()
            .map(|it| {
                let reason = it.decision.reason.map(|it| UnassignedReason::from(it).as_str());
                (it.moment.at.to_rfc3339(), it.decision.chosen, reason)
            })
            .collect(),
    };
    let mut totals: HashMap<UserId, u64> = HashMap::new();
    for user in decided.iter().filter_map(|(_, user, _)| *user) {
        *totals.entry(user).or_default() += 1;
    }
    let keys: Vec<_> = totals.keys().map(|user| (organization_id, *user)).collect();
    let known = intake::users(store, &keys).await?;
    let name = |user: UserId| match known.get(&(organization_id, user)) {
        Some((name, _)) => match &name.last_name {
            Some(last) => format!("{} {last}", name.first_name),
            None => name.first_name.clone(),
        },
        None => user.to_string(),
    };
    let mut text = String::new();
    for (number, (at, user, reason)) in (1..).zip(&decided) {
        let to = user.map(name);
        let to = to.unwrap_or_else(|| format!("nobody: {}", reason.unwrap_or("none")));
        text.push_str(&format!("{number:>6}  {at}  {to}\n"));
    }
    text.push('\n');
    let mut totals: Vec<(String, u64)> =
        totals.into_iter().map(|(user, leads)| (name(user), leads)).collect();
    totals.sort();
    for (name, leads) in totals {
        text.push_str(&format!("{leads:>6}  {name}\n"));
    }
    Ok(text)
}
