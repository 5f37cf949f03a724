//! How many open leads members have, for rotations that choose by it: read under the rotations'
//! locks, kept up while a transaction deals, and recorded in a ledger before the decision that it
//! influences.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::rotation::{LedgerEntry, Method};
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Error as StoreError, Read, open_leads, organizations};

/// The open leads of the members of rotations that choose by them.
#[derive(Debug, Default)]
pub(crate) struct OpenLeads(HashMap<(OrganizationId, UserId), u32>);

impl OpenLeads {
    /// Reads them.
    pub(crate) async fn read(
        db: &impl Read,
        members: Vec<(OrganizationId, UserId)>,
    ) -> Result<Self, StoreError> {
        if members.is_empty() {
            return Ok(Self::default());
        }
        let mut organizations: Vec<_> =
            members.iter().map(|(organization, _)| *organization).collect();
        organizations.sort_unstable();
        organizations.dedup();
        let statuses = organizations::open_statuses(db, &organizations).await?;
        let counted = open_leads::count(db, &members, &statuses).await?;
        let open = |key| (key, counted.get(&key).copied().unwrap_or(0));
        Ok(Self(members.into_iter().map(open).collect()))
    }

    /// Records what is not known in the ledger yet, before a lead is dealt.
    pub(crate) fn observe(&self, rotation: &mut Rotation, now: Timestamp) -> Option<LedgerEntry> {
        if !counts(rotation) {
            return None;
        }
        let moment = rotation.moment(now);
        let state = &mut rotation.state;
        let organization_id = state.organization_id;
        let users: Vec<UserId> = state.members.iter().map(|member| member.user_id).collect();
        let seen = users.into_iter().filter_map(|user| {
            let open = self.0.get(&(organization_id, user))?;
            Some((user, *open))
        });
        state.observe_open_leads(seen, moment)
    }

    /// Somebody was dealt a lead, by whatever rotation.
    pub(crate) fn dealt(&mut self, organization_id: OrganizationId, user: UserId) {
        if let Some(open) = self.0.get_mut(&(organization_id, user)) {
            *open = open.saturating_add(1);
        }
    }
}

/// The members whose open leads have to be known: of rotations that choose by them.
pub(crate) fn members<'a>(
    rotations: impl Iterator<Item = &'a Rotation>,
) -> Vec<(OrganizationId, UserId)> {
    let by_open = rotations.filter(|rotation| counts(rotation)).map(|rotation| &rotation.state);
    let keys = by_open.flat_map(|state| {
        state.members.iter().map(|member| (state.organization_id, member.user_id))
    });
    keys.collect()
}

fn counts(rotation: &Rotation) -> bool {
    rotation.state.policy.method == Method::LeastOpen
}
