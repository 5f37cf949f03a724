//! Keeping the index of what leads are searched by. Every replica offers itself, one does it: it
//! follows the log of events and reads every lead anew that something happened to. Each step is one
//! transaction, and doing one twice does no harm.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use evenhand_domain::error::Error;
use evenhand_persistence::lead_search::{self, Mark, Noted, Progress};

use crate::Services;
use crate::off_boarding::Process;

/// Lines of the log in one step: on SQLite nobody else writes meanwhile.
const AT_ONCE: u32 = 1000;

/// Rest between two steps of a long way, which leaves the database to those who wait for it.
const BREATH: Duration = Duration::from_millis(20);

/// Rest where there is nothing more to do for now. While leads come all the time, whatever came
/// meanwhile is one step: every step is a commit, which on SQLite nobody else makes meanwhile.
const REST: Duration = Duration::from_millis(250);

/// Rest after a step of [`MANY`] lines: the more of them are one step, the less each costs.
const LONG_REST: Duration = Duration::from_secs(1);

/// So many lines in a step that leads come faster than people write them.
const MANY: usize = 100;

/// The most lines that are remembered as done before the log is settled up to them.
const AHEAD: usize = 50_000;

/// What a process knows of the index while it keeps it. Forgetting it costs nothing but time.
#[derive(Debug, Default)]
pub struct Following {
    /// How far the index is, as long as it is this process's to keep.
    held: Option<Progress>,
    /// Up to where the log is settled soon, or is already.
    mark: Option<(Mark, bool)>,
    /// Lines behind the progress that were done as soon as they were there.
    ahead: HashSet<i64>,
    /// The last of them.
    reached: i64,
}

/// Brings the index up to date with the log, if no other process is at it; returns when it is, or
/// `go_on` says so between two steps.
///
/// # Errors
/// Unavailability: what is left is done by a later call, of this process or another.
pub async fn work(
    services: &Services,
    process: Process,
    following: &mut Following,
    go_on: impl Fn() -> bool,
) -> Result<(), Error> {
    while go_on() && is_behind(services).await {
        let Some(progress) = following.hold(services, process).await? else { return Ok(()) };
        match following.step(services, process, progress).await? {
            Step::Short(lines) if lines < MANY => tokio::time::sleep(REST).await,
            Step::Short(_) => tokio::time::sleep(LONG_REST).await,
            Step::Full => tokio::time::sleep(BREATH).await,
            Step::None => return Ok(()),
        }
    }
    Ok(())
}

/// What was done of the log at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// As much as there was: so many lines.
    Short(usize),
    /// As much as is done at once.
    Full,
    /// Nothing: there is nothing that can be done right now, or another process keeps the index.
    None,
}

/// Asked all the time: a database that is away is not worth a line each time.
async fn is_behind(services: &Services) -> bool {
    match lead_search::is_behind(&services.store).await {
        Ok(is_behind) => is_behind,
        Err(error) => {
            tracing::debug!(error = ?error, "the log of events cannot be looked at");
            false
        }
    }
}

impl Following {
    /// How far the index is, where it is this process's to keep.
    async fn hold(
        &mut self,
        services: &Services,
        process: Process,
    ) -> Result<Option<Progress>, Error> {
        if self.held.is_none() {
            let mut tx = services.store.begin().await?;
            let now = tx.now().await?;
            let claimed = lead_search::claim(&mut tx, process.name(), now).await?;
            tx.commit().await?;
            *self = Self { held: claimed, ..Self::default() };
        }
        Ok(self.held)
    }

    async fn step(
        &mut self,
        services: &Services,
        process: Process,
        progress: Progress,
    ) -> Result<Step, Error> {
        let store = &services.store;
        let (mark, is_settled) = match self.mark {
            Some(known) if known.0.sequence > progress.0 => known,
            _ => (lead_search::mark(store).await?, false),
        };
        let is_settled = is_settled || lead_search::is_settled(store, mark).await?;
        self.mark = Some((mark, is_settled));
        if is_settled {
            let lines = lead_search::notes(store, progress.0, mark.sequence, AT_ONCE).await?;
            // Between the last line and the mark there is none, and never will be.
            let is_all = lines.len() < AT_ONCE as usize;
            let last = lines.last().filter(|_| !is_all).map(|line| line.sequence);
            let to = Progress(last.unwrap_or(mark.sequence));
            let new = lines.into_iter().filter(|line| !self.ahead.contains(&line.sequence));
            let new: Vec<_> = new.collect();
            let count = new.len();
            if !self.index(services, process, new, to).await? {
                return Ok(Step::None);
            }
            self.ahead.retain(|sequence| *sequence > to.0);
            return Ok(if is_all { Step::Short(count) } else { Step::Full });
        }
        // Somebody may still be about to commit an earlier line. What is there is done already, and
        // looked at again when nothing can come before it any more.
        let from = self.reached.max(progress.0);
        let lines = match self.ahead.len() {
            AHEAD.. => Vec::new(),
            _ => lead_search::notes(store, from, i64::MAX, AT_ONCE).await?,
        };
        let Some(last) = lines.last().map(|line| line.sequence) else { return Ok(Step::None) };
        let done: Vec<i64> = lines.iter().map(|line| line.sequence).collect();
        if !self.index(services, process, lines, progress).await? {
            return Ok(Step::None);
        }
        let step =
            if done.len() >= AT_ONCE as usize { Step::Full } else { Step::Short(done.len()) };
        self.ahead.extend(done);
        self.reached = last;
        Ok(step)
    }

    /// Does these lines, and notes the progress; `false` where another process took the index over
    /// meanwhile, which does these lines.
    async fn index(
        &mut self,
        services: &Services,
        process: Process,
        lines: Vec<Noted>,
        progress: Progress,
    ) -> Result<bool, Error> {
        let leads: BTreeSet<_> = lines.into_iter().filter_map(|line| line.lead).collect();
        let texts = lead_search::texts(&services.store, &leads).await?;
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        if !lead_search::save(&mut tx, process.name(), progress, now).await? {
            *self = Self::default();
            return Ok(false);
        }
        lead_search::index(&mut tx, &texts).await?;
        tx.commit().await?;
        self.held = Some(progress);
        Ok(true)
    }
}
