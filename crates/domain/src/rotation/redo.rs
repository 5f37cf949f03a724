//! Does again what a ledger entry records: the part of replay that knows each kind.

use std::collections::BTreeMap;

use super::bytes::Content;
use super::explain::Explanation;
use super::fault::LedgerFaultKind;
use super::ledger::LedgerEntry;
use super::member::{Count, Member, Moment, Period};
use super::state::RotationState;
use crate::ids::{LeadId, UserId};

/// The entry that the engine gives, to be compared with the recorded one.
pub(super) struct Redone {
    pub(super) entry: LedgerEntry,
    pub(super) explanation: Option<Explanation>,
}

impl From<LedgerEntry> for Redone {
    fn from(entry: LedgerEntry) -> Self {
        Self { entry, explanation: None }
    }
}

/// The counts with which members left, as far as the replay saw them leave.
#[derive(Debug, Clone)]
pub(super) struct Departed {
    /// Whether the replay saw everybody who ever left.
    complete: bool,
    counts: BTreeMap<UserId, Option<Count>>,
}

impl Departed {
    pub(super) fn since_start() -> Self {
        Self { complete: true, counts: BTreeMap::new() }
    }

    pub(super) fn since_checkpoint() -> Self {
        Self { complete: false, counts: BTreeMap::new() }
    }

    /// Whether the count that `member` joins with is what they left with.
    fn agrees(&self, member: &Member, period: Period) -> bool {
        match self.counts.get(&member.user_id) {
            Some(count) => period.live(*count) == member.count,
            None if self.complete => member.count.is_none(),
            None => true,
        }
    }
}

/// Deals the lead again. `chosen` is who got it, says the entry.
pub(super) fn decide(
    state: &mut RotationState,
    lead: LeadId,
    chosen: Option<UserId>,
    moment: Moment,
    explain: bool,
) -> Result<Redone, LedgerFaultKind> {
    let (decision, explanation) = if explain {
        let (decision, explanation) = state.deal_explained(lead, moment);
        (decision, Some(explanation))
    } else {
        (state.deal(lead, moment), None)
    };
    if decision.chosen != chosen {
        return Err(LedgerFaultKind::Unfair { expected: decision.chosen, recorded: chosen });
    }
    Ok(Redone { entry: decision.entry, explanation })
}

/// Makes the change again.
pub(super) fn change(
    state: &mut RotationState,
    departed: &mut Departed,
    content: &Content,
    moment: Moment,
) -> Result<LedgerEntry, LedgerFaultKind> {
    let entry = match content {
        Content::Created { .. } | Content::Decision { .. } => None,
        Content::MemberAdded(member) => {
            let period = Period::of(state.present(moment).local_day);
            if !departed.agrees(member, period) {
                return Err(LedgerFaultKind::Count(member.user_id));
            }
            departed.counts.remove(&member.user_id);
            Some(state.add_member(member.user_id, member.settings, member.count, moment)?)
        }
        Content::MemberRemoved { user_id } => {
            let count = state.member(*user_id).and_then(|member| member.count);
            departed.counts.insert(*user_id, count);
            Some(state.remove_member(*user_id, moment)?)
        }
        Content::Reordered { order } => Some(state.reorder(order, moment)?),
        Content::LimitsChanged(limits) => state.set_limits(*limits, moment)?,
        Content::MemberChanged { user_id, settings } => {
            state.set_member(*user_id, *settings, moment)?
        }
        Content::ZoneChanged { zone } => state.set_zone(zone, moment)?,
        Content::Availability { user_id, away } => state.set_away(*user_id, *away, moment)?,
        Content::PolicyChanged(policy) => state.set_policy(*policy, moment)?,
        Content::RotationPaused(pause) => state.set_pause(*pause, moment)?,
        Content::LimitsReset { period, users } => state.reset_limits(users, *period, moment)?,
        Content::OffDuty(changes) => state.observe_off_duty(changes.iter().copied(), moment),
        Content::OpenLeads(changes) => state.observe_open_leads(changes.iter().copied(), moment),
        Content::Archived => Some(state.archive(moment)),
    };
    entry.ok_or(LedgerFaultKind::Content)
}
