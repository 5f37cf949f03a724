//! Typed identifiers: a `LeadId` cannot be passed where a `UserId` is meant.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::{Entropy, Timestamp};

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that was made by [`IdSource`] or read from storage.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare id, for storage and canonical bytes.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

typed_id! {
    /// A tenant.
    OrganizationId;
    /// A person's sign-in, across organizations.
    AccountId;
    /// An account's membership of one organization.
    UserId;
    /// A signed-in device: one family of refresh tokens.
    SessionId;
    /// An integration's credential.
    ApiKeyId;
    /// Many leads assigned at once.
    BulkAssignmentId;
    /// A single-use link that makes an invited user active.
    InvitationId;
    /// A department of users with rules for dealing.
    GroupId;
    /// Managers and users.
    TeamId;
    /// What deals leads to an ordered list of members.
    RotationId;
    /// A routing rule.
    RuleId;
    /// A prospective customer.
    LeadId;
    /// What somebody saved of their lists of leads.
    LeadViewId;
    /// One change of a lead's ownership, or one decision to leave it unassigned.
    AssignmentId;
    /// A note on a lead.
    NoteId;
    /// A call, letter or meeting with a lead, as it was put down.
    CommunicationId;
    /// Something to be done about a lead.
    TaskId;
    /// A letter that leaves by mail.
    MailId;
    /// A user's leaving, or the way back from it.
    OffBoardingId;
    /// A verification of a ledger that is too long for one answer.
    VerificationId;
    /// One HTTP request.
    RequestId;
}

/// Makes UUIDv7 ids whose order is the order in which they were made.
///
/// The 12 bits behind the milliseconds carry its fraction (RFC 9562 §6.2 method 3) and are
/// raised by one where two ids would fall together, so ids of one source never tie: paging by id
/// is paging by creation.
#[derive(Clone)]
pub struct IdSource {
    entropy: Arc<dyn Entropy>,
    last_tick: Arc<Mutex<u64>>,
}

impl IdSource {
    /// A source that draws its random bits from `entropy`.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, last_tick: Arc::new(Mutex::new(0)) }
    }

    /// A new id, not before `now` and after every earlier id of this source.
    pub fn next<T: From<Uuid>>(&self, now: Timestamp) -> T {
        self.make(self.tick(now, 0))
    }

    /// As [`IdSource::next`], and after `previous` as well, whichever process made that: ids of what
    /// follows one another are in that order though their makers began in another and waited for
    /// each other.
    pub fn next_after<T: From<Uuid>>(&self, previous: Uuid, now: Timestamp) -> T {
        let (high, _) = previous.as_u64_pair();
        let tick = (high >> 16 << 12) | (high & 0xfff);
        self.make(self.tick(now, tick + 1))
    }

    fn make<T: From<Uuid>>(&self, tick: u64) -> T {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let fraction = (tick & 0xfff) as u16;
        random[..2].copy_from_slice(&fraction.to_be_bytes());
        T::from(uuid::Builder::from_unix_timestamp_millis(tick >> 12, &random).into_uuid())
    }

    fn tick(&self, now: Timestamp, least: u64) -> u64 {
        let micros = u64::try_from(now.micros()).unwrap_or(0);
        let wanted = ((micros / 1000) << 12) | ((micros % 1000) * 4096 / 1000);
        let mut last = self.last_tick.lock().unwrap_or_else(PoisonError::into_inner);
        *last = wanted.max(least).max(*last + 1);
        *last
    }
}

impl fmt::Debug for IdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSource")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn ids_of_one_instant_keep_the_order_they_were_made_in() {
        let ids = IdSource::new(Arc::new(Zeros));
        let now = Timestamp::from_micros(1_700_000_000_123_456);
        let made: Vec<LeadId> = (0..10_000).map(|_| ids.next(now)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(made[0].uuid().get_version_num(), 7);
    }

    #[test]
    fn what_follows_another_s_id_comes_after_it_though_its_maker_began_before() {
        let (one, other) = (IdSource::new(Arc::new(Zeros)), IdSource::new(Arc::new(Zeros)));
        let late: LeadId = one.next(Timestamp::from_micros(1_700_000_000_999_999));
        let early = Timestamp::from_micros(1_700_000_000_000_000);
        let next: LeadId = other.next_after(late.uuid(), early);
        assert!(late < next);
        assert!(other.next::<LeadId>(early) > next);
    }

    #[test]
    fn a_clock_that_steps_back_does_not_turn_ids_back() {
        let ids = IdSource::new(Arc::new(Zeros));
        let first: LeadId = ids.next(Timestamp::from_micros(2_000_000));
        let second: LeadId = ids.next(Timestamp::from_micros(1_000_000));
        assert!(first < second);
    }
}
