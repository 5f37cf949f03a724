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
const AT_ONCE: u32 = 200;

/// Rest between two steps, so that a long way to go leaves the database to those who wait for it.
const BREATH: Duration = Duration::from_millis(20);

/// The most lines that are remembered as done before the log is settled up to them.
const AHEAD: usize = 50_000;

/// What a process knows of the index while it keeps it. Forgetting it costs nothing but time.
#[derive(Debug, Default)]
pub struct Following {
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
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        let claimed = lead_search::claim(&mut tx, process.name(), now).await?;
        tx.commit().await?;
        let Some(progress) = claimed else {
            *following = Following::default();
            return Ok(());
        };
        if !following.step(services, process, progress).await? {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
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
    /// Whether there is more to do right now.
    async fn step(
        &mut self,
        services: &Services,
        process: Process,
        progress: Progress,
    ) -> Result<bool, Error> {
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
            self.index(services, process, new.collect(), to).await?;
            self.ahead.retain(|sequence| *sequence > to.0);
            return Ok(true);
        }
        // Somebody may still be about to commit an earlier line. What is there is done already, and
        // looked at again when nothing can come before it any more.
        let from = self.reached.max(progress.0);
        let lines = match self.ahead.len() {
            AHEAD.. => Vec::new(),
            _ => lead_search::notes(store, from, i64::MAX, AT_ONCE).await?,
        };
        let Some(last) = lines.last().map(|line| line.sequence) else { return Ok(false) };
        let done: Vec<i64> = lines.iter().map(|line| line.sequence).collect();
        self.index(services, process, lines, progress).await?;
        self.ahead.extend(done);
        self.reached = last;
        Ok(true)
    }

    /// Does these lines, and notes the progress.
    async fn index(
        &self,
        services: &Services,
        process: Process,
        lines: Vec<Noted>,
        progress: Progress,
    ) -> Result<(), Error> {
        let leads: BTreeSet<_> = lines.into_iter().filter_map(|line| line.lead).collect();
        let texts = lead_search::texts(&services.store, &leads).await?;
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        if !lead_search::save(&mut tx, process.name(), progress, now).await? {
            // Another process took it over meanwhile, and does these lines.
            return Ok(());
        }
        lead_search::index(&mut tx, &texts).await?;
        Ok(tx.commit().await?)
    }
}
