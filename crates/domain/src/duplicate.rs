//! Leads of a person who came before (product.md, "Duplicates"): how the person is recognised, and
//! what becomes of the lead.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::ids::{LeadId, UserId};
use crate::lead::{AssignmentRequest, NewLead};
use crate::rotation_owner::RotationOwner;
use crate::text::ValueFault;
use crate::user::coded;

coded! {
    /// What an organization wants done with a duplicate.
    DuplicatePolicy {
        /// Given to whoever owns the earlier lead; where that waits to be dealt, it waits with it.
        AssignToPreviousOwner = 1 "assign_to_previous_owner",
        /// Linked to the earlier lead, and else like any other.
        Flag = 2 "flag",
        /// Not stored.
        Reject = 3 "reject",
        /// Not looked for.
        Off = 4 "off",
    }
}

/// How long after a lead another of the same person is its duplicate: so many times 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DuplicateWindow(u16);

impl DuplicateWindow {
    /// The longest, in days.
    pub const MAX_DAYS: u16 = 3_650;

    /// A window of so many days.
    ///
    /// # Errors
    /// `invalid_value` for less than one day and more than [`DuplicateWindow::MAX_DAYS`].
    pub fn parse(days: i64) -> Result<Self, ValueFault> {
        let days = u16::try_from(days).ok().filter(|days| (1..=Self::MAX_DAYS).contains(days));
        days.map(Self).ok_or_else(|| {
            ("invalid_value", format!("a number of days from 1 to {}", Self::MAX_DAYS))
        })
    }

    /// Its length in days of 24 hours.
    #[must_use]
    pub const fn days(self) -> u16 {
        self.0
    }

    /// Whether a lead that comes now is the duplicate of one that came at `earlier`. One that came
    /// exactly the window's length ago is outside. Where the clock went back, less than nothing
    /// has passed.
    #[must_use]
    pub fn covers(self, earlier: Timestamp, now: Timestamp) -> bool {
        earlier > now.before(Duration::from_secs(u64::from(self.0) * 24 * 60 * 60))
    }
}

/// What is set for an organization about duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateSettings {
    /// What becomes of them.
    pub policy: DuplicatePolicy,
    /// Until when a lead is one.
    pub window: DuplicateWindow,
}

impl Default for DuplicateSettings {
    fn default() -> Self {
        Self { policy: DuplicatePolicy::AssignToPreviousOwner, window: DuplicateWindow(30) }
    }
}

coded! {
    /// By what a person is recognised.
    ContactKind {
        /// [`crate::contact::Email::key`].
        Email = 1 "email",
        /// [`crate::contact::Phone::e164`].
        Phone = 2 "phone",
    }
}

/// A normalised e-mail address or phone number: leads that share one are of the same person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactKey {
    /// Which of the two.
    pub kind: ContactKind,
    /// The normalised text.
    pub text: String,
}

impl ContactKey {
    /// Those of a lead, at most one of each kind.
    pub fn all_of(lead: &NewLead) -> impl Iterator<Item = Self> {
        let email = lead.email.as_ref().map(|email| (ContactKind::Email, email.key()));
        let phone = lead.phone.as_ref().map(|phone| (ContactKind::Phone, phone.e164()));
        [email, phone]
            .into_iter()
            .flatten()
            .map(|(kind, text)| Self { kind, text: text.to_owned() })
    }
}

/// The most recent lead of the same person, within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The lead.
    pub lead_id: LeadId,
    /// Whose it is, where that is an active user.
    pub active_owner: Option<UserId>,
    /// Whose rotation it waits for.
    pub waits_for: Option<RotationOwner>,
}

/// What becomes of a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// What the request asks for.
    AsRequested,
    /// This user owns it; no rotation takes notice.
    ToPreviousOwner(UserId),
    /// It waits with the earlier one for the rotation of this group or team, and goes to whoever
    /// gets that one.
    Join(RotationOwner),
    /// It is refused.
    Reject,
}

/// What becomes of a lead whose person came `earlier`, where the request asks for `how`. Who names
/// an owner, or says that there shall be none, is not overruled.
#[must_use]
pub const fn treat_duplicate(
    policy: DuplicatePolicy,
    how: &AssignmentRequest,
    earlier: &Earlier,
) -> Treatment {
    match (policy, how) {
        (DuplicatePolicy::Reject, _) => Treatment::Reject,
        (
            DuplicatePolicy::AssignToPreviousOwner,
            AssignmentRequest::Route | AssignmentRequest::Distribute(_),
        ) => match (earlier.active_owner, earlier.waits_for) {
            (Some(owner), _) => Treatment::ToPreviousOwner(owner),
            (None, Some(rotation)) => Treatment::Join(rotation),
            (None, None) => Treatment::AsRequested,
        },
        _ => Treatment::AsRequested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GroupId, TeamId};
    use uuid::Uuid;

    const DAY: i64 = 24 * 60 * 60 * 1_000_000;

    #[test]
    fn the_window_ends_after_exactly_so_many_times_24_hours() {
        let then = Timestamp::from_micros(1_780_000_000_000_000);
        for days in [1, 30, 3_650] {
            let window = DuplicateWindow::parse(days).unwrap();
            assert!(window.covers(then, then.shifted(days * DAY - 1)), "{days}");
            assert!(!window.covers(then, then.shifted(days * DAY)), "{days}");
            assert!(window.covers(then, then));
            assert!(window.covers(then, then.shifted(-DAY)), "the clock went back");
        }
    }

    #[test]
    fn a_window_has_from_one_day_to_ten_years() {
        for days in [i64::MIN, -1, 0, 3_651, 65_537, i64::MAX] {
            assert_eq!(DuplicateWindow::parse(days).unwrap_err().0, "invalid_value", "{days}");
        }
        assert_eq!(DuplicateWindow::parse(3_650).map(DuplicateWindow::days), Ok(3_650));
        assert_eq!(DuplicateSettings::default().window.days(), 30);
    }

    #[test]
    fn an_explicit_owner_is_not_overruled_and_reject_refuses_whatever_is_asked() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let other = UserId::from_uuid(Uuid::from_u128(2));
        let lead_id = LeadId::from_uuid(Uuid::from_u128(3));
        let owned = Earlier { lead_id, active_owner: Some(user), waits_for: None };
        let nobodys = Earlier { lead_id, active_owner: None, waits_for: None };
        let team = RotationOwner::Team(TeamId::from_uuid(Uuid::from_u128(5)));
        let waiting = Earlier { lead_id, active_owner: None, waits_for: Some(team) };
        let group = RotationOwner::Group(GroupId::from_uuid(Uuid::from_u128(4)));
        let dealt = [AssignmentRequest::Route, AssignmentRequest::Distribute(group)];
        let explicit =
            [AssignmentRequest::User(other), AssignmentRequest::Me, AssignmentRequest::None];
        let treat = treat_duplicate;
        for how in dealt.iter().chain(&explicit) {
            assert_eq!(treat(DuplicatePolicy::Reject, how, &owned), Treatment::Reject);
            for policy in [DuplicatePolicy::Flag, DuplicatePolicy::Off] {
                assert_eq!(treat(policy, how, &owned), Treatment::AsRequested);
                assert_eq!(treat(policy, how, &waiting), Treatment::AsRequested);
            }
            let previous = DuplicatePolicy::AssignToPreviousOwner;
            assert_eq!(treat(previous, how, &nobodys), Treatment::AsRequested);
            let (of_owned, of_waiting) = if dealt.contains(how) {
                (Treatment::ToPreviousOwner(user), Treatment::Join(team))
            } else {
                (Treatment::AsRequested, Treatment::AsRequested)
            };
            assert_eq!(treat(previous, how, &owned), of_owned, "{how:?}");
            assert_eq!(treat(previous, how, &waiting), of_waiting, "{how:?}");
        }
    }
}
