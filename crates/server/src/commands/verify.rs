//! `evenhand verify`

use std::io::{IsTerminal, Write, stderr};

use clap::Args;
use evenhand_distribution::verify::Verification;
use evenhand_domain::ids::{GroupId, OrganizationId, TeamId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::verification::{Invalid, Proofs, Verdict};
use evenhand_identity::heads::HeadKeys;
use evenhand_persistence::Store;
use evenhand_persistence::ledgers::{self, Owned, Which};
use serde_json::{Value, json};

use crate::commands::print;
use crate::config::Config;
use crate::exit::Failure;
use crate::service;

/// Rotations per look for the next ones.
const AT_ONCE: u32 = 100;

/// Which rotations to verify.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// Only those of this organization, by its id.
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// Only this group's.
    #[arg(long, value_name = "ID", conflicts_with = "team")]
    group: Option<GroupId>,
    /// Only this team's.
    #[arg(long, value_name = "ID")]
    team: Option<TeamId>,
    /// Print {"valid": …, "rotations": […]}.
    #[arg(long)]
    json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 everything is as it must be, 1 something is not, \
                          2 told something that makes no sense, 3 database not reachable or not ready.";

pub(crate) async fn run(config: Config, arguments: Arguments) -> Result<(), Failure> {
    let store = service::connect(&config).await?.store;
    if !store.is_migrated().await? {
        let message = "the schema is not up to date: run `evenhand migrate`";
        return Err(Failure::Database(message.to_owned()));
    }
    let owner = match (arguments.group, arguments.team) {
        (Some(group), _) => Some(RotationOwner::Group(group)),
        (None, team) => team.map(RotationOwner::Team),
    };
    let which = Which { organization_id: arguments.organization, owner };
    let keys = HeadKeys::load(&store).await?;
    let (mut told, mut wrong, mut after) = (Vec::new(), 0_usize, None);
    loop {
        let found = ledgers::owned(&store, &which, after, AT_ONCE).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.ledger);
        for owned in found {
            let verdict = verify(&store, &keys, &owned).await?;
            wrong += usize::from(verdict.first_invalid.is_some());
            if arguments.json {
                told.push(described(&owned, &verdict));
            } else {
                told.push(Value::Null);
                print::line(&line(&owned, &verdict))?;
            }
        }
    }
    store.close().await?;
    if told.is_empty() && owner.is_some() {
        return Err(Failure::Usage("there is no such rotation".to_owned()));
    }
    if arguments.json {
        print::line(&json!({"valid": wrong == 0, "rotations": told}).to_string())?;
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(Failure::Failed(format!("{wrong} of {} rotations are not as they must be", told.len())))
}

async fn verify(store: &Store, keys: &HeadKeys, owned: &Owned) -> Result<Verdict, Failure> {
    let snapshot = store.snapshot().await?;
    let open = |jws: &str| keys.open(jws).map(|opened| (opened.head, opened.signed_at));
    let ledger = owned.ledger;
    let mut verification =
        Verification::begin(&snapshot, ledger, Proofs::default(), &open, None).await?;
    let watched = stderr().is_terminal();
    loop {
        let verdict = verification.next(&snapshot).await?;
        if watched {
            let (done, all) = verification.done();
            let end = if verdict.is_some() { "\r\x1b[K" } else { "" };
            // Progress that cannot be shown is no failure.
            drop(write!(stderr(), "\r{} {done}/{all}{end}", ledger.rotation_id));
        }
        if let Some(verdict) = verdict {
            return Ok(verdict);
        }
    }
}

fn described(owned: &Owned, verdict: &Verdict) -> Value {
    let Verdict { entries, turns, first_invalid } = verdict;
    json!({
        "organization_id": owned.ledger.organization_id,
        "rotation_id": owned.ledger.rotation_id,
        "group_id": owned.owner.group_id(),
        "team_id": owned.owner.team_id(),
        "valid": first_invalid.is_none(),
        "entries": entries,
        "turns": turns,
        "first_invalid": first_invalid.map(|Invalid { entry, turn, problem }| json!({
            "entry": entry,
            "turn": turn,
            "problem": problem.as_str(),
            "detail": problem.to_string(),
        })),
    })
}

fn line(owned: &Owned, verdict: &Verdict) -> String {
    let Verdict { entries, turns, first_invalid } = verdict;
    let owner = match owned.owner {
        RotationOwner::Group(id) => format!("group {id}"),
        RotationOwner::Team(id) => format!("team {id}"),
    };
    match first_invalid {
        None => format!("{owner}  valid    {entries} entries, {turns} turns"),
        Some(Invalid { entry, turn: _, problem }) => {
            format!("{owner}  INVALID  entry {entry}: {problem}")
        }
    }
}
