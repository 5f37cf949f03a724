//! Leads that the routing rules send somewhere. Where, was decided before they came into the batch,
//! by rules whose version [`Batch::confirm`] confirms; here it is carried out.

use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::lead::{AssignmentSource, UnassignedReason};
use evenhand_domain::routing::AppliedRule;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::intake::Users;

use super::item::Item;
use super::{Batch, unknown};
use crate::intake::Submitted;

impl Batch<'_> {
    /// The users to whom rules send leads: they are locked with those that requests name.
    pub(super) fn routed_users(&mut self) -> Vec<(OrganizationId, UserId)> {
        self.open().filter_map(|item| Some((item.organization_id(), item.routed_user()?))).collect()
    }

    /// Who is not active any more gets nothing.
    pub(super) fn find_unavailable(&mut self, users: &Users) {
        for item in self.open() {
            let Some(user) = item.routed_user() else { continue };
            let found = users.get(&(item.organization_id(), user));
            item.is_unavailable = found.is_none_or(|(_, status)| *status != UserStatus::Active);
        }
    }
}

impl Item<'_> {
    fn routed_user(&self) -> Option<UserId> {
        self.routed?.user()
    }

    /// The rule that the lead falls under.
    pub(super) fn rule(&self) -> Option<AppliedRule> {
        self.routed?.rule
    }

    /// Whose a lead is by the rules when no rotation deals it.
    pub(super) fn by_rules(
        &self,
    ) -> (Option<UserId>, Option<AssignmentSource>, Option<UnassignedReason>) {
        match self.routed_user().filter(|_| !self.is_unavailable) {
            Some(user) => (Some(user), Some(AssignmentSource::Distribution), None),
            None => {
                let reason = self.routed.map(|routed| routed.unassigned());
                (None, None, Some(reason.unwrap_or(UnassignedReason::NoRuleMatched)))
            }
        }
    }

    /// There is no rotation to deal the lead. What rules name is not archived before they let go of
    /// it: they have changed since the batch began, and the lead is to be routed anew.
    pub(super) fn without_rotation(&mut self) {
        if self.routed.is_some() {
            self.answer(Ok(Submitted::Stale));
        } else if let Some(owner) = self.target() {
            self.fail(unknown(owner));
        }
    }
}
