//! What is seen of the members from outside: recorded before the decision that it may influence, so
//! that the ledger alone tells what was known.

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
        let mut changes = Vec::new();
        for (user, off) in seen {
            let off = off.filter(|off| off.holds(now.at));
            let position = self.members.iter().position(|member| member.user_id == user);
            let Some((position, member)) =
                position.and_then(|at| Some((at, self.members.get_mut(at)?)))
            else {
                continue;
            };
            if member.off.filter(|off| off.holds(now.at)) != off {
                member.off = off;
                changes.push((position, user, off));
            }
        }
        changes.sort_unstable_by_key(|(position, ..)| *position);
        let changes: Vec<_> = changes.into_iter().map(|(_, user, off)| (user, off)).collect();
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
        let mut changes = Vec::new();
        for (user, open) in seen {
            let position = self.members.iter().position(|member| member.user_id == user);
            let Some((position, member)) =
                position.and_then(|at| Some((at, self.members.get_mut(at)?)))
            else {
                continue;
            };
            if member.open_leads != open {
                member.open_leads = open;
                changes.push((position, user, open));
            }
        }
        changes.sort_unstable_by_key(|(position, ..)| *position);
        let changes: Vec<_> = changes.into_iter().map(|(_, user, open)| (user, open)).collect();
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
