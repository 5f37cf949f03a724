//! Reads canonical bytes back. Strict: every entry has exactly one accepted form, so bytes that
//! decode are the bytes that encoding gives.

use uuid::Uuid;

use super::bytes::{CHECKPOINT_TAG, Content, Record, VERSION};
use super::codes::{EntryKind, Method, OffReason, ResetPeriod, Undealt};
use super::hash::Hash;
use super::member::{
    Count, FIRST_DAY, LAST_DAY, Limits, Member, MemberSettings, Moment, OffDuty, Pause,
};
use super::policy::Policy;
use crate::calendar::LocalDay;
use crate::clock::Timestamp;
use crate::ids::{LeadId, OrganizationId, RotationId, UserId};

/// Why bytes are not the canonical bytes of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// A version that this code does not know.
    #[error("unknown version {0}")]
    Version(u8),
    /// A kind that is reserved or unknown.
    #[error("unknown kind {0}")]
    Kind(u8),
    /// An extension that is reserved or unknown: what it means for the entry cannot be told.
    #[error("unknown extension {0}")]
    Extension(u8),
    /// They end too early.
    #[error("too short")]
    TooShort,
    /// They go on after the end.
    #[error("too long")]
    TooLong,
    /// A field has a value it cannot have, or an absent value is not written as zeros.
    #[error("not canonical: {0}")]
    Field(&'static str),
}

impl Record {
    /// Reads the canonical bytes of an entry.
    ///
    /// # Errors
    /// A [`BodyFault`] for anything but bytes that the engine can have written. Whether the
    /// entry is the right one is [`super::Replay`]'s to say.
    pub fn decode(body: &[u8]) -> Result<Self, BodyFault> {
        let mut reader = Reader(body);
        reader.version()?;
        let kind = reader.u8()?;
        let kind = EntryKind::from_code(kind).ok_or(BodyFault::Kind(kind))?;
        let record = Self {
            rotation_id: RotationId::from_uuid(reader.id()?),
            entry: reader.u64()?,
            moment: reader.moment()?,
            content: reader.content(kind)?,
            checkpoint: reader.extensions()?,
        };
        reader.end()?;
        Ok(record)
    }
}

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], BodyFault> {
        let (head, rest) = self.0.split_first_chunk().ok_or(BodyFault::TooShort)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], BodyFault> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(BodyFault::TooShort)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn end(&self) -> Result<(), BodyFault> {
        if self.0.is_empty() { Ok(()) } else { Err(BodyFault::TooLong) }
    }

    pub(super) fn version(&mut self) -> Result<(), BodyFault> {
        match self.u8()? {
            VERSION => Ok(()),
            other => Err(BodyFault::Version(other)),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, BodyFault> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, BodyFault> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, BodyFault> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) fn length(&mut self) -> Result<usize, BodyFault> {
        usize::try_from(self.u32()?).map_err(|_| BodyFault::TooShort)
    }

    pub(super) fn id(&mut self) -> Result<Uuid, BodyFault> {
        self.take().map(Uuid::from_bytes)
    }

    pub(super) fn user(&mut self, field: &'static str) -> Result<UserId, BodyFault> {
        self.optional_user()?.ok_or(BodyFault::Field(field))
    }

    pub(super) fn optional_user(&mut self) -> Result<Option<UserId>, BodyFault> {
        let id = self.id()?;
        Ok((!id.is_nil()).then_some(UserId::from_uuid(id)))
    }

    pub(super) fn hash(&mut self) -> Result<Hash, BodyFault> {
        self.take().map(Hash::from_bytes)
    }

    fn timestamp(&mut self) -> Result<Timestamp, BodyFault> {
        Ok(Timestamp::from_micros(i64::from_be_bytes(self.take()?)))
    }

    fn day(&mut self) -> Result<LocalDay, BodyFault> {
        let day = LocalDay::from_number(i32::from_be_bytes(self.take()?));
        if (FIRST_DAY..=LAST_DAY).contains(&day) {
            Ok(day)
        } else {
            Err(BodyFault::Field("local_day"))
        }
    }

    pub(super) fn moment(&mut self) -> Result<Moment, BodyFault> {
        Ok(Moment { at: self.timestamp()?, local_day: self.day()? })
    }

    fn present(&mut self, field: &'static str) -> Result<bool, BodyFault> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BodyFault::Field(field)),
        }
    }

    pub(super) fn zone(&mut self) -> Result<String, BodyFault> {
        let length = usize::from(self.u8()?);
        let name = std::str::from_utf8(self.slice(length)?);
        name.map(str::to_owned).map_err(|_| BodyFault::Field("zone"))
    }

    pub(super) fn limits(&mut self) -> Result<Limits, BodyFault> {
        Ok(Limits { daily: self.u32()?, monthly: self.u32()? })
    }

    pub(super) fn policy(&mut self) -> Result<Policy, BodyFault> {
        Ok(Policy {
            method: Method::from_code(self.u8()?).ok_or(BodyFault::Field("method"))?,
            respects_availability: self.present("respects_availability")?,
        })
    }

    fn joined(&mut self) -> Result<Member, BodyFault> {
        Ok(Member::new(self.user("user")?, self.settings()?, self.count()?))
    }

    /// Collected one by one: a damaged length must not reserve memory.
    fn several<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, BodyFault>,
    ) -> Result<Vec<T>, BodyFault> {
        let length = self.length()?;
        (0..length).map(|_| one(self)).collect()
    }

    pub(super) fn off_duty(&mut self) -> Result<Option<OffDuty>, BodyFault> {
        let fault = BodyFault::Field("off_duty");
        let code = self.u8()?;
        let until = match (self.present("off_duty")?, self.timestamp()?) {
            (true, until) => Some(until),
            (false, zero) if zero.micros() == 0 => None,
            (false, _) => return Err(fault),
        };
        match (code, until) {
            (0, None) => Ok(None),
            (0, Some(_)) => Err(fault),
            (code, until) => {
                let reason = OffReason::from_code(code).ok_or(fault)?;
                Ok(Some(OffDuty { reason, until }))
            }
        }
    }

    pub(super) fn settings(&mut self) -> Result<MemberSettings, BodyFault> {
        Ok(MemberSettings {
            daily_limit: self.limit("daily_limit")?,
            monthly_limit: self.limit("monthly_limit")?,
            weight: self.u32()?,
            pause: self.pause()?,
        })
    }

    fn limit(&mut self, field: &'static str) -> Result<Option<u32>, BodyFault> {
        match (self.present(field)?, self.u32()?) {
            (true, limit) => Ok(Some(limit)),
            (false, 0) => Ok(None),
            (false, _) => Err(BodyFault::Field(field)),
        }
    }

    pub(super) fn pause(&mut self) -> Result<Pause, BodyFault> {
        match (self.u8()?, self.timestamp()?) {
            (0, end) if end.micros() == 0 => Ok(Pause::No),
            (1, end) if end.micros() == 0 => Ok(Pause::Indefinite),
            (2, end) => Ok(Pause::Until(end)),
            _ => Err(BodyFault::Field("pause")),
        }
    }

    pub(super) fn count(&mut self) -> Result<Option<Count>, BodyFault> {
        let present = self.present("count")?;
        let count = Count { day: self.day()?, of_day: self.u32()?, of_month: self.u32()? };
        let zeros = (count.day.number(), count.of_day, count.of_month) == (0, 0, 0);
        match (present, zeros) {
            (true, false) => Ok(Some(count)),
            (false, true) => Ok(None),
            _ => Err(BodyFault::Field("count")),
        }
    }

    fn content(&mut self, kind: EntryKind) -> Result<Content, BodyFault> {
        Ok(match kind {
            EntryKind::Created => Content::Created {
                organization_id: OrganizationId::from_uuid(self.id()?),
                policy: self.policy()?,
                limits: self.limits()?,
                seed: self.take()?,
                zone: self.zone()?,
            },
            EntryKind::Decision => self.decision()?,
            EntryKind::MemberAdded => Content::MemberAdded(self.joined()?),
            EntryKind::MemberRemoved => Content::MemberRemoved { user_id: self.user("user")? },
            EntryKind::Reordered => {
                Content::Reordered { order: self.several(|reader| reader.user("order"))? }
            }
            EntryKind::LimitsChanged => Content::LimitsChanged(self.limits()?),
            EntryKind::MemberChanged => {
                Content::MemberChanged { user_id: self.user("user")?, settings: self.settings()? }
            }
            EntryKind::ZoneChanged => Content::ZoneChanged { zone: self.zone()? },
            EntryKind::Availability => {
                Content::Availability { user_id: self.user("user")?, away: self.pause()? }
            }
            EntryKind::PolicyChanged => Content::PolicyChanged(self.policy()?),
            EntryKind::RotationPaused => Content::RotationPaused(self.pause()?),
            EntryKind::LimitsReset => Content::LimitsReset {
                period: ResetPeriod::from_code(self.u8()?).ok_or(BodyFault::Field("period"))?,
                users: self.several(|reader| reader.user("users"))?,
            },
            EntryKind::OffDuty => Content::OffDuty(
                self.several(|reader| Ok((reader.user("off_duty")?, reader.off_duty()?)))?,
            ),
            EntryKind::OpenLeads => Content::OpenLeads(
                self.several(|reader| Ok((reader.user("open_leads")?, reader.u32()?)))?,
            ),
            EntryKind::Archived => Content::Archived,
        })
    }

    fn decision(&mut self) -> Result<Content, BodyFault> {
        let lead_id = LeadId::from_uuid(self.id()?);
        let turn = Some(self.u64()?).filter(|turn| *turn > 0);
        let chosen = self.optional_user()?;
        let cursor_after = self.optional_user()?;
        let reason = match self.u8()? {
            0 => None,
            code => Some(Undealt::from_code(code).ok_or(BodyFault::Field("reason"))?),
        };
        if turn.is_some() != chosen.is_some() || chosen.is_some() == reason.is_some() {
            return Err(BodyFault::Field("chosen"));
        }
        Ok(Content::Decision { lead_id, turn, chosen, cursor_after, reason })
    }

    fn extensions(&mut self) -> Result<Option<Hash>, BodyFault> {
        let count = self.u8()?;
        if count == 0 {
            return Ok(None);
        }
        let tag = self.u8()?;
        let length = u16::from_be_bytes(self.take()?);
        if tag != CHECKPOINT_TAG {
            return Err(BodyFault::Extension(tag));
        }
        if length != 32 {
            return Err(BodyFault::Field("checkpoint"));
        }
        let digest = self.hash()?;
        if count == 1 { Ok(Some(digest)) } else { Err(BodyFault::Extension(self.u8()?)) }
    }
}
