//! What is seen of the members from outside: recorded before the decision that it may influence, so
//! that the ledger alone tells what was known.

use std::collections::HashMap;

use super::bytes::Content;
use super::codes::{Method, OffReason};
use super::ledger::LedgerEntry;
use super::member::{Member, Moment, OffDuty};
use super::state::RotationState;
use crate::ids::UserId;

impl RotationState {
    /// Records who is off duty and who is on duty again (`None`), as far as that differs from what
    /// holds at `moment` by what was recorded before. Users who are no members are left out.
    /// `None` when nothing differs, or when the rotation does not respect availability.
    pub fn observe_off_duty(
        &mut self,
        seen: impl IntoIterator<Item = (UserId, Option<OffDuty>)>,
        moment: Moment,
    ) -> Option<LedgerEntry> {
        if !self.policy.respects_availability {
            return None;
        }
        let now = self.present(moment);
        let seen: HashMap<UserId, Option<OffDuty>> = seen.into_iter().collect();
        let mut changes = Vec::new();
        for member in &mut self.members {
            let Some(off) = seen.get(&member.user_id) else { continue };
            let off = off.filter(|off| off.holds(now.at));
            if member.off.filter(|off| off.holds(now.at)) != off {
                member.off = off;
                changes.push((member.user_id, off));
            }
        }
        (!changes.is_empty()).then(|| self.record(&Content::OffDuty(changes), now))
    }

    /// Records how many open leads members have, as far as that differs from what is known. `None`
    /// when nothing differs, or when the rotation does not choose by open leads.
    pub fn observe_open_leads(
        &mut self,
        seen: impl IntoIterator<Item = (UserId, u32)>,
        moment: Moment,
    ) -> Option<LedgerEntry> {
        if self.policy.method != Method::LeastOpen {
            return None;
        }
        let now = self.present(moment);
        let seen: HashMap<UserId, u32> = seen.into_iter().collect();
        let mut changes = Vec::new();
        for member in &mut self.members {
            let Some(open) = seen.get(&member.user_id).copied() else { continue };
            if member.open_leads != open {
                member.open_leads = open;
                changes.push((member.user_id, open));
            }
        }
        (!changes.is_empty()).then(|| self.record(&Content::OpenLeads(changes), now))
    }

    /// A member's being off duty, where it holds and the rotation respects it.
    pub(super) fn off_duty(&self, member: &Member, now: Moment) -> Option<OffDuty> {
        member.off.filter(|off| self.policy.respects_availability && off.holds(now.at))
    }
}

impl OffReason {
    pub(super) const fn skip(self) -> super::SkipReason {
        match self {
            Self::OutsideWorkingHours => super::SkipReason::OutsideWorkingHours,
            Self::Absent => super::SkipReason::Absent,
            Self::Holiday => super::SkipReason::Holiday,
        }
    }
}
