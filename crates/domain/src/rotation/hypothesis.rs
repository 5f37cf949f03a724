//! What if: a rotation with some things otherwise. Made by the very functions that change a real one,
//! so that what is foreseen is what would happen.

use super::change::ChangeError;
use super::ledger::LedgerEntry;
use super::member::{Joining, Limits, Moment, Pause};
use super::policy::Policy;
use super::state::RotationState;
use crate::distribution::MemberChange;
use crate::ids::UserId;

/// What is to be otherwise; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hypothesis {
    /// How it deals.
    pub policy: Option<Policy>,
    /// The limits for members without their own.
    pub limits: Option<Limits>,
    /// Its own pause.
    pub pause: Option<Pause>,
    /// Exactly these members, in turn order.
    pub members: Option<Vec<UserId>>,
    /// What is set for members, those who only just joined among them. It waits for who is none yet.
    pub settings: Vec<(UserId, MemberChange)>,
}

impl Hypothesis {
    /// Changes `state` accordingly; gives the entries that a real change would have made, in order.
    /// `joining` says what a newcomer would come with.
    ///
    /// # Errors
    /// As the changes: `NotMember`, `NamedTwice`, `NilUser`, `ImpossibleCount`; then `state` may have
    /// changed in part.
    pub fn apply(
        &self,
        state: &mut RotationState,
        joining: impl Fn(UserId) -> Joining,
        moment: Moment,
    ) -> Result<Vec<LedgerEntry>, ChangeError> {
        let mut entries = Vec::new();
        if let Some(members) = &self.members {
            entries.extend(state.replace_members(members, joining, moment)?);
        }
        if let Some(policy) = self.policy {
            entries.extend(state.set_policy(policy, moment)?);
        }
        if let Some(limits) = self.limits {
            entries.extend(state.set_limits(limits, moment)?);
        }
        if let Some(pause) = self.pause {
            entries.extend(state.set_pause(pause, moment)?);
        }
        for (user, _) in &self.settings {
            entries.extend(self.set(state, *user, moment)?);
        }
        Ok(entries)
    }

    /// Sets what is set for one user, where they are a member.
    pub(super) fn set(
        &self,
        state: &mut RotationState,
        user: UserId,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        let change = self.settings.iter().find(|(named, _)| *named == user);
        let present = state.member(user).map(|member| member.settings);
        match change.zip(present) {
            Some(((_, change), present)) => state.set_member(user, change.apply(present), moment),
            None => Ok(None),
        }
    }
}
