//! How much is measured.

use std::time::Duration;

/// Sizes and times of a run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) is_quick: bool,
    /// Interleaved rounds of everything that is compared.
    pub(crate) rounds: usize,
    /// Load before it is measured.
    pub(crate) warm: Duration,
    /// Load that is measured.
    pub(crate) measured: Duration,
    /// Each run of pgbench.
    pub(crate) baseline: Duration,
    /// Requests of one kind of page, one after the other.
    pub(crate) page: Duration,
    /// The numbers of clients of which a baseline's best counts.
    pub(crate) clients: Vec<usize>,
    /// Connections for the curve of throughput; the last is the number for everything else.
    pub(crate) curve: Vec<usize>,
    /// Groups that leads are spread over.
    pub(crate) groups: usize,
    /// Leads of the small, the middle and the large database that is read.
    pub(crate) sizes: [u64; 3],
    /// The newest of them, which can be searched and have a timeline.
    pub(crate) logged: u64,
    /// Agents among whom they are.
    pub(crate) agents: usize,
    /// Organizations at once, and the groups of each.
    pub(crate) organizations: usize,
    /// Leads of a dry run.
    pub(crate) dry_run: u64,
    /// Requests for 1,000 leads that make the ledger which is verified.
    pub(crate) ledger_batches: usize,
}

impl Plan {
    /// What reports are made of.
    pub(crate) fn full(rounds: usize) -> Self {
        Self {
            is_quick: false,
            rounds: rounds.max(3),
            warm: Duration::from_secs(2),
            measured: Duration::from_secs(10),
            baseline: Duration::from_secs(5),
            page: Duration::from_secs(2),
            clients: vec![1, 2, 4, 16],
            curve: vec![1, 4, 16, 64],
            groups: 50,
            sizes: [100_000, 1_000_000, 10_000_000],
            logged: 100_000,
            agents: 2_000,
            organizations: 1_000,
            dry_run: 100_000,
            ledger_batches: 100,
        }
    }

    /// Whether everything works: its figures say little.
    pub(crate) fn quick() -> Self {
        Self {
            is_quick: true,
            rounds: 1,
            warm: Duration::from_millis(300),
            measured: Duration::from_secs(1),
            baseline: Duration::from_secs(1),
            page: Duration::from_millis(150),
            clients: vec![1, 4],
            curve: vec![1, 64],
            groups: 10,
            sizes: [1_000, 5_000, 20_000],
            logged: 500,
            agents: 100,
            organizations: 8,
            dry_run: 10_000,
            ledger_batches: 3,
        }
    }

    /// What the databases that are read take of the disk while they are made, with the log beside them.
    pub(crate) fn bytes_to_read(&self) -> u64 {
        self.sizes.iter().sum::<u64>() * 2_500
    }

    /// Connections of whatever is not a curve.
    pub(crate) fn connections(&self) -> usize {
        self.curve.last().copied().unwrap_or(64)
    }
}
