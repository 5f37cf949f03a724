//! Communications: calls, letters and meetings with a lead, as they were put down.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::ids::{CommunicationId, LeadId};
use crate::lead::CreatedBy;
use crate::text::ValueFault;
use crate::user::coded;

coded! {
    /// By what means people were in touch.
    Channel {
        /// By telephone.
        Call = 1 "call",
        /// By e-mail.
        Email = 2 "email",
        /// By text message.
        Sms = 3 "sms",
        /// In one place, or on one screen.
        Meeting = 4 "meeting",
        /// By anything else.
        Other = 5 "other",
    }
}

impl Channel {
    /// A direction that goes with it: a call, a letter and a message have been begun by somebody.
    ///
    /// # Errors
    /// `required` where there has to be one.
    pub fn begun(self, direction: Option<Direction>) -> Result<Option<Direction>, ValueFault> {
        match (self, direction) {
            (Self::Call | Self::Email | Self::Sms, None) => {
                Err(("required", format!("is required of channel {self}")))
            }
            _ => Ok(direction),
        }
    }
}

coded! {
    /// Who began it.
    Direction {
        /// The lead.
        Inbound = 1 "inbound",
        /// The organization.
        Outbound = 2 "outbound",
    }
}

/// How far ahead clocks of clients may be.
const AHEAD: Duration = Duration::from_secs(300);

/// What is put down of a communication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunicationFields {
    /// By what means.
    pub channel: Channel,
    /// Who began it; `None` only of what nobody need have begun.
    pub direction: Option<Direction>,
    /// What was said, at most [`super::bounds::TEXT`] characters.
    pub summary: String,
    /// What came of it, at most [`super::bounds::LINE`] characters.
    pub outcome: Option<String>,
    /// How long it took, at most [`super::bounds::DURATION_SECONDS`].
    pub duration_seconds: Option<u32>,
    /// When it was.
    pub occurred_at: Timestamp,
}

/// A communication to put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommunication {
    /// By what means.
    pub channel: Channel,
    /// Who began it.
    pub direction: Option<Direction>,
    /// What was said.
    pub summary: String,
    /// What came of it.
    pub outcome: Option<String>,
    /// How long it took.
    pub duration_seconds: Option<u32>,
    /// When it was; `None` = as it is put down.
    pub occurred_at: Option<Timestamp>,
}

impl NewCommunication {
    /// What is put down of it `now`.
    #[must_use]
    pub fn put_down(self, now: Timestamp) -> CommunicationFields {
        let Self { channel, direction, summary, outcome, duration_seconds, occurred_at } = self;
        let occurred_at = occurred_at.unwrap_or(now);
        CommunicationFields { channel, direction, summary, outcome, duration_seconds, occurred_at }
    }
}

/// A change of a communication; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommunicationChange {
    /// By what means.
    pub channel: Option<Channel>,
    /// Who began it.
    pub direction: Option<Option<Direction>>,
    /// What was said.
    pub summary: Option<String>,
    /// What came of it.
    pub outcome: Option<Option<String>>,
    /// How long it took.
    pub duration_seconds: Option<Option<u32>>,
    /// When it was.
    pub occurred_at: Option<Timestamp>,
}

impl CommunicationFields {
    /// These with the change made.
    ///
    /// # Errors
    /// `required` at `/direction`, where it has to have one.
    pub fn changed(self, change: CommunicationChange) -> Result<Self, Error> {
        let CommunicationChange {
            channel,
            direction,
            summary,
            outcome,
            duration_seconds,
            occurred_at,
        } = change;
        let channel = channel.unwrap_or(self.channel);
        let direction = channel.begun(direction.unwrap_or(self.direction));
        Ok(Self {
            channel,
            direction: direction
                .map_err(|(code, detail)| Error::invalid("/direction", code, detail))?,
            summary: summary.unwrap_or(self.summary),
            outcome: outcome.unwrap_or(self.outcome),
            duration_seconds: duration_seconds.unwrap_or(self.duration_seconds),
            occurred_at: occurred_at.unwrap_or(self.occurred_at),
        })
    }

    /// When a communication that is put down `now` can have been: since 1970, and no later than a
    /// client's clock may be ahead.
    ///
    /// # Errors
    /// `must_be_past`, `invalid_value`.
    pub fn occurred(at: Timestamp, now: Timestamp) -> Result<Timestamp, ValueFault> {
        if at > now.after(AHEAD) {
            return Err(("must_be_past", "must not lie in the future".to_owned()));
        }
        if at.micros() < 0 {
            return Err(("invalid_value", "must not lie before 1970".to_owned()));
        }
        Ok(at)
    }
}

/// A stored communication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Communication {
    /// Id.
    pub id: CommunicationId,
    /// The lead it was with.
    pub lead_id: LeadId,
    /// What was put down.
    pub fields: CommunicationFields,
    /// Who put it down.
    pub author: CreatedBy,
    /// Raised by every change.
    pub version: i64,
    /// When it was put down.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(channel: Channel, direction: Option<Direction>) -> CommunicationFields {
        CommunicationFields {
            channel,
            direction,
            summary: "Hello".to_owned(),
            outcome: None,
            duration_seconds: None,
            occurred_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn somebody_begins_a_call_a_letter_and_a_message() {
        for channel in Channel::ALL {
            let must = !matches!(channel, Channel::Meeting | Channel::Other);
            assert_eq!(channel.begun(None).is_err(), must, "{channel}");
            assert!(channel.begun(Some(Direction::Inbound)).is_ok(), "{channel}");
        }
    }

    #[test]
    fn a_meeting_that_turns_out_to_be_a_call_needs_its_direction() {
        let call =
            CommunicationChange { channel: Some(Channel::Call), ..CommunicationChange::default() };
        assert!(a(Channel::Meeting, None).changed(call.clone()).is_err());
        let direction = Some(Some(Direction::Outbound));
        let with = CommunicationChange { direction, ..call };
        assert!(a(Channel::Meeting, None).changed(with).is_ok());
    }

    #[test]
    fn it_was_since_1970_and_not_later_than_clocks_differ() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let code = |at| CommunicationFields::occurred(at, now).map_err(|fault| fault.0);
        assert_eq!(code(now.after(AHEAD)), Ok(now.after(AHEAD)));
        assert_eq!(code(now.after(AHEAD).shifted(1)), Err("must_be_past"));
        assert_eq!(code(Timestamp::from_micros(0)), Ok(Timestamp::from_micros(0)));
        assert_eq!(code(Timestamp::from_micros(-1)), Err("invalid_value"));
    }
}
