//! What a dry run begins with.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::waiting::{self, Waiter};
use evenhand_persistence::{Error as StoreError, Read, availability, intake};

use crate::deal::Dealing;
use crate::fallback;

/// The most leads that wait for one rotation and are dealt before those of the dry run.
const MAX_WAITING: usize = 100_000;

/// A rotation, whatever it falls back to, and all that they deal by: what the lane has under lock,
/// here as of one moment.
#[derive(Debug)]
pub struct Scene {
    pub(super) first: RotationOwner,
    pub(super) rotations: BTreeMap<RotationOwner, Rotation>,
    pub(super) organization_id: OrganizationId,
    pub(super) times: Option<WorkingTimes>,
    /// Who waits for which rotation, in order.
    pub(super) lines: HashMap<RotationId, VecDeque<Waiter>>,
    /// Whoever is about to get leads that joined one of theirs, from whose waiting list.
    pub(super) following: Vec<(RotationOwner, UserId)>,
    pub(super) dealing: Dealing,
    /// It does not run backwards.
    pub(super) now: Timestamp,
}

impl Scene {
    /// Reads what belongs to `rotation`, which may be another than is stored. `db` is a snapshot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(
        db: &impl Read,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (organization_id, id) = rotation.key();
        let first = rotation.owner;
        let mut rotations = BTreeMap::from([(first, rotation)]);
        if let Some(next) = rotations.values().find_map(Rotation::fallback_owner) {
            let next = rotations::id_of(db, organization_id, next).await?;
            let next: Vec<RotationId> = next.into_iter().collect();
            let mut chain = rotations::fallbacks(db, organization_id, &next).await?;
            chain.retain(|it| *it != id);
            for rotation in rotations::snapshot(db, organization_id, &chain).await? {
                rotations.insert(rotation.owner, rotation);
            }
        }
        let users = intake::users(db, &fallback::users(rotations.values())).await?;
        fallback::note_found(rotations.values_mut(), &users);
        let times = times(db, organization_id, &rotations).await?;
        let (mut lines, mut following) = (HashMap::new(), Vec::new());
        for rotation in rotations.values_mut().filter(|rotation| rotation.waiting.has_leads) {
            let mut line = waiting::first(db, rotation.key(), MAX_WAITING).await?;
            if line.iter().any(|waiter| waiter.joins.is_some_and(|joins| joins.is_owned)) {
                let gone = waiting::following(db, rotation.key(), MAX_WAITING).await?;
                let leads: HashSet<LeadId> = gone.iter().map(|(lead, _)| *lead).collect();
                line.retain(|waiter| !leads.contains(&waiter.lead_id));
                following.extend(gone.into_iter().map(|(_, user)| (rotation.owner, user)));
            }
            rotation.waiting.tried(!line.is_empty());
            lines.insert(rotation.state.id, VecDeque::from(line));
        }
        let dealing = Dealing::begin(db, &rotations.values().collect::<Vec<_>>()).await?;
        Ok(Self { first, rotations, organization_id, times, lines, following, dealing, now })
    }
}

impl Scene {
    /// Whose rotations leads may come to rest at, besides the first.
    pub fn fallbacks(&self) -> impl Iterator<Item = RotationOwner> {
        self.rotations.keys().copied().filter(|owner| *owner != self.first)
    }
}

/// When the members of those rotations work that respect it; `None` where none does.
async fn times(
    db: &impl Read,
    organization_id: OrganizationId,
    rotations: &BTreeMap<RotationOwner, Rotation>,
) -> Result<Option<WorkingTimes>, StoreError> {
    let respecting = rotations.values().filter(|it| it.state.policy.respects_availability);
    let keys: Vec<_> = respecting.clone().map(Rotation::key).collect();
    let mut times = availability::of_members(db, &keys).await?.remove(&organization_id);
    if let Some(times) = &mut times {
        // The members may be others than those that are stored.
        let members = respecting.flat_map(|rotation| &rotation.state.members);
        let users: Vec<UserId> = members.map(|member| member.user_id).collect();
        availability::add_users(db, times, organization_id, &users).await?;
    }
    Ok(times)
}
