//! What is to be otherwise in a dry run.

use std::collections::HashSet;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::{Distribution, DistributionChange, MemberChange};
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Hypothesis, Pause, RotationState};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use evenhand_persistence::ledgers::Past;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Read, intake};

use super::Asker;
use crate::distribution::check_possible_fallback;
use crate::memberships::impossible;

/// What is to be otherwise; what is absent stays. As changes of the rotation itself are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// How it deals.
    pub distribution: DistributionChange,
    /// Its own pause.
    pub pause: Option<Pause>,
    /// Exactly these members, in turn order, nobody twice.
    pub user_ids: Option<Vec<UserId>>,
    /// What is set for members, newcomers among them.
    pub members: Vec<(UserId, MemberChange)>,
}

impl Changes {
    /// Makes them in memory, to the rotation as it is.
    pub(super) async fn make(
        self,
        db: &impl Read,
        asker: &Asker,
        rotation: &mut Rotation,
        now: Timestamp,
    ) -> Result<(), Error> {
        let after = self.distribution.apply(rotation.distribution()).map_err(Error::Invalid)?;
        if self.distribution.is_about_fallback() {
            self.check_fallback(db, asker, rotation, after.when_nobody_eligible).await?;
        }
        self.check_newcomers(db, asker, &rotation.state, |status| status == UserStatus::Active)
            .await?;
        self.check_members(&rotation.state, |_| false)?;
        let hypothesis = Hypothesis {
            policy: Some(after.policy),
            limits: Some(after.limits),
            pause: self.pause,
            members: self.user_ids,
            settings: self.members,
        };
        let newcomers = hypothesis.members.clone().unwrap_or_default();
        let joining = rotations::joining(db, rotation, &newcomers, now).await?;
        let joining = |user: UserId| joining.get(&user).copied().unwrap_or_default();
        let moment = rotation.moment(now);
        hypothesis.apply(&mut rotation.state, joining, moment).map_err(impossible)?;
        rotation.when_nobody_eligible = after.when_nobody_eligible;
        rotation.has_to_look_again();
        Ok(())
    }

    /// The same for a rotation as it once was, which is looked at alone.
    pub(super) async fn of_past(
        self,
        db: &impl Read,
        asker: &Asker,
        past: &Past,
    ) -> Result<Hypothesis, Error> {
        let before = &past.before;
        if self.distribution.is_about_fallback() {
            let detail = "a replay is about this rotation alone";
            let pointer = "/distribution/when_nobody_eligible";
            return Err(Error::invalid(pointer, "invalid_value", detail));
        }
        // Who left meanwhile may be imagined back.
        self.check_newcomers(db, asker, before, |_| true).await?;
        let was = Distribution {
            policy: before.policy,
            limits: before.limits,
            when_nobody_eligible: WhenNobodyEligible::default(),
        };
        let after = self.distribution.apply(was).map_err(Error::Invalid)?;
        let Distribution { policy, limits, .. } = after;
        let change = self.distribution;
        let is_policy = change.method.is_some() || change.respects_availability.is_some();
        let is_limits = change.daily_limit.is_some() || change.monthly_limit.is_some();
        let members = past.members();
        self.check_members(before, |user| members.contains(&user))?;
        Ok(Hypothesis {
            policy: is_policy.then_some(policy),
            limits: is_limits.then_some(limits),
            pause: self.pause,
            members: self.user_ids,
            settings: self.members,
        })
    }

    /// Something can only be set for who is a member, or becomes one.
    fn check_members(
        &self,
        state: &RotationState,
        joins: impl Fn(UserId) -> bool,
    ) -> Result<(), Error> {
        let mut faults = Faults::default();
        for (index, (user, _)) in self.members.iter().enumerate() {
            let is_member = match &self.user_ids {
                Some(users) => users.contains(user),
                None => state.member(*user).is_some() || joins(*user),
            };
            if !is_member {
                let pointer = format!("/members/{index}/user_id");
                faults.add(pointer, "unknown_user", "not a member of the rotation");
            }
        }
        faults.into_result(())
    }

    /// Whoever is not a member can only be imagined to be one by who may see when they work.
    async fn check_newcomers(
        &self,
        db: &impl Read,
        asker: &Asker,
        state: &RotationState,
        may_be: impl Fn(UserStatus) -> bool,
    ) -> Result<(), Error> {
        let Some(users) = &self.user_ids else { return Ok(()) };
        let members: HashSet<UserId> = state.members.iter().map(|it| it.user_id).collect();
        let key = |user: &UserId| (state.organization_id, *user);
        let wanted: Vec<_> = users.iter().map(key).collect();
        let known = intake::users(db, &wanted).await?;
        let mut faults = Faults::default();
        for (index, key) in wanted.iter().enumerate() {
            let is_known = known.get(key).is_some_and(|(_, status)| may_be(*status));
            if members.contains(&key.1) || is_known && asker.sees_user(key.1) {
                continue;
            }
            let pointer = format!("/user_ids/{index}");
            faults.add(pointer, "unknown_user", "not an active user of this organization");
        }
        faults.into_result(())
    }

    async fn check_fallback(
        &self,
        db: &impl Read,
        asker: &Asker,
        rotation: &Rotation,
        after: WhenNobodyEligible,
    ) -> Result<(), Error> {
        let seen = match after.fallback() {
            Some(Fallback::Rotation(owner)) => asker.sees(db, owner).await?,
            Some(Fallback::User(_)) | None => true,
        };
        if !seen {
            let (field, code) = match after.fallback() {
                Some(Fallback::Rotation(RotationOwner::Team(_))) => ("team_id", "unknown_team"),
                _ => ("group_id", "unknown_group"),
            };
            let pointer = format!("/distribution/fallback/{field}");
            return Err(Error::invalid(pointer, code, "none of this organization"));
        }
        check_possible_fallback(db, rotation.key().0, rotation.owner, after).await
    }
}
