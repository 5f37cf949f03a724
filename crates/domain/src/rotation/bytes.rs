//! Canonical bytes, version 1: the one form of an entry that is hashed. The layout is specified,
//! for those who verify without this code, in `docs/distribution.md`; [`super::decode`] is its
//! inverse.
//!
//! Only ids, numbers, codes and the zone's name are in them, never personal data, so that a
//! person can be erased and the ledger still be verified.

use uuid::Uuid;

use super::codes::{EntryKind, ResetPeriod, Undealt};
use super::hash::Hash;
use super::member::{Count, Limits, Member, MemberSettings, Moment, OffDuty, Pause};
use super::policy::Policy;
use crate::clock::Timestamp;
use crate::ids::{LeadId, OrganizationId, RotationId, UserId};

/// The version that leads every body and every checkpoint.
pub(super) const VERSION: u8 = 1;

/// The extension that carries the digest of the checkpoint made with an entry.
pub(super) const CHECKPOINT_TAG: u8 = 1;

/// What a ledger entry says, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The rotation whose ledger it is in.
    pub rotation_id: RotationId,
    /// Its number, from 1.
    pub entry: u64,
    /// When it was made, and the local day that was in force.
    pub moment: Moment,
    /// What it records.
    pub content: Content,
    /// The digest of the checkpoint made with it, where one was.
    pub checkpoint: Option<Hash>,
}

/// What a ledger entry records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The rotation began.
    Created {
        /// The tenant.
        organization_id: OrganizationId,
        /// How it deals.
        policy: Policy,
        /// The limits for members without their own.
        limits: Limits,
        /// Unpredictable bytes for methods that need chance.
        seed: [u8; 32],
        /// The IANA name of the time zone.
        zone: String,
    },
    /// A lead was dealt, or nobody could take it.
    Decision {
        /// The lead.
        lead_id: LeadId,
        /// The number of the turn, where it was delivered.
        turn: Option<u64>,
        /// Who got it.
        chosen: Option<UserId>,
        /// Whose turn is next after it; `None` only without members.
        cursor_after: Option<UserId>,
        /// Why nobody got it.
        reason: Option<Undealt>,
    },
    /// Somebody joined, with these settings and this count.
    MemberAdded(Member),
    /// Somebody left.
    MemberRemoved {
        /// Who.
        user_id: UserId,
    },
    /// The order became this one.
    Reordered {
        /// All members.
        order: Vec<UserId>,
    },
    /// The rotation's limits became these.
    LimitsChanged(Limits),
    /// A member's settings became these.
    MemberChanged {
        /// Who.
        user_id: UserId,
        /// The new settings.
        settings: MemberSettings,
    },
    /// The time zone became this one.
    ZoneChanged {
        /// Its IANA name.
        zone: String,
    },
    /// A member's being out of all rotations became this.
    Availability {
        /// Who.
        user_id: UserId,
        /// `No` when they came back.
        away: Pause,
    },
    /// How it deals became this.
    PolicyChanged(Policy),
    /// The rotation's own pause became this.
    RotationPaused(Pause),
    /// What was counted was set back.
    LimitsReset {
        /// For which period.
        period: ResetPeriod,
        /// The members whose counts changed by it, in turn order.
        users: Vec<UserId>,
    },
    /// Members were seen to be off duty, or on duty again (`None`), in turn order.
    OffDuty(Vec<(UserId, Option<OffDuty>)>),
    /// Members were seen to have so many open leads, in turn order.
    OpenLeads(Vec<(UserId, u32)>),
    /// The rotation was taken out of use.
    Archived,
}

impl Content {
    /// The kind of entry that records this.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Created { .. } => EntryKind::Created,
            Self::Decision { .. } => EntryKind::Decision,
            Self::MemberAdded(_) => EntryKind::MemberAdded,
            Self::MemberRemoved { .. } => EntryKind::MemberRemoved,
            Self::Reordered { .. } => EntryKind::Reordered,
            Self::LimitsChanged(_) => EntryKind::LimitsChanged,
            Self::MemberChanged { .. } => EntryKind::MemberChanged,
            Self::ZoneChanged { .. } => EntryKind::ZoneChanged,
            Self::Availability { .. } => EntryKind::Availability,
            Self::PolicyChanged(_) => EntryKind::PolicyChanged,
            Self::RotationPaused(_) => EntryKind::RotationPaused,
            Self::LimitsReset { .. } => EntryKind::LimitsReset,
            Self::OffDuty(_) => EntryKind::OffDuty,
            Self::OpenLeads(_) => EntryKind::OpenLeads,
            Self::Archived => EntryKind::Archived,
        }
    }

    /// The turn that this is, where it is a delivery.
    #[must_use]
    pub const fn turn(&self) -> Option<u64> {
        match self {
            Self::Decision { turn, .. } => *turn,
            _ => None,
        }
    }

    /// The lead that was decided on, where it is a decision.
    #[must_use]
    pub const fn lead_id(&self) -> Option<LeadId> {
        match self {
            Self::Decision { lead_id, .. } => Some(*lead_id),
            _ => None,
        }
    }

    /// The one user concerned: who got the lead, or the member who joined, left or was changed.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Decision { chosen, .. } => *chosen,
            Self::MemberAdded(member) => Some(member.user_id),
            Self::MemberRemoved { user_id }
            | Self::MemberChanged { user_id, .. }
            | Self::Availability { user_id, .. } => Some(*user_id),
            Self::Created { .. }
            | Self::Reordered { .. }
            | Self::LimitsChanged(_)
            | Self::ZoneChanged { .. }
            | Self::PolicyChanged(_)
            | Self::RotationPaused(_)
            | Self::LimitsReset { .. }
            | Self::OffDuty(_)
            | Self::OpenLeads(_)
            | Self::Archived => None,
        }
    }
}

/// The canonical bytes of an entry.
pub(super) fn encode(
    rotation_id: RotationId,
    entry: u64,
    moment: Moment,
    content: &Content,
    checkpoint: Option<Hash>,
) -> Vec<u8> {
    let mut writer = Writer::with_capacity(136);
    writer.u8(VERSION);
    writer.u8(content.kind().code());
    writer.id(rotation_id.uuid());
    writer.u64(entry);
    writer.moment(moment);
    writer.content(content);
    writer.u8(u8::from(checkpoint.is_some()));
    if let Some(digest) = checkpoint {
        writer.u8(CHECKPOINT_TAG);
        writer.bytes(&32_u16.to_be_bytes());
        writer.bytes(digest.bytes());
    }
    writer.0
}

/// Appends fixed-width big-endian fields. An absent value is written as zeros.
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn id(&mut self, id: Uuid) {
        self.bytes(id.as_bytes());
    }

    pub(super) fn user(&mut self, user: Option<UserId>) {
        self.id(user.map_or(Uuid::nil(), UserId::uuid));
    }

    pub(super) fn moment(&mut self, moment: Moment) {
        self.bytes(&moment.at.micros().to_be_bytes());
        self.bytes(&moment.local_day.number().to_be_bytes());
    }

    /// Callers hold fewer than 2³² members and bytes: each is at least a byte in memory.
    pub(super) fn length(&mut self, length: usize) {
        self.u32(u32::try_from(length).unwrap_or(u32::MAX));
    }

    /// `zone` came through [`super::state::zone_name`], so one byte holds its length.
    pub(super) fn zone(&mut self, zone: &str) {
        self.u8(u8::try_from(zone.len()).unwrap_or(u8::MAX));
        self.bytes(zone.as_bytes());
    }

    pub(super) fn limits(&mut self, limits: Limits) {
        self.u32(limits.daily);
        self.u32(limits.monthly);
    }

    pub(super) fn policy(&mut self, policy: Policy) {
        self.u8(policy.method.code());
        self.u8(u8::from(policy.respects_availability));
    }

    /// As somebody joins: what else is known of them, later entries say.
    fn joined(&mut self, member: &Member) {
        self.user(Some(member.user_id));
        self.settings(&member.settings);
        self.count(member.count);
    }

    fn users(&mut self, users: &[UserId]) {
        self.length(users.len());
        users.iter().for_each(|user| self.user(Some(*user)));
    }

    pub(super) fn off_duty(&mut self, off: Option<OffDuty>) {
        self.u8(off.map_or(0, |off| off.reason.code()));
        let until = off.and_then(|off| off.until);
        self.u8(u8::from(until.is_some()));
        self.bytes(&until.map_or(0, Timestamp::micros).to_be_bytes());
    }

    pub(super) fn settings(&mut self, settings: &MemberSettings) {
        for limit in [settings.daily_limit, settings.monthly_limit] {
            self.u8(u8::from(limit.is_some()));
            self.u32(limit.unwrap_or(0));
        }
        self.u32(settings.weight);
        self.pause(settings.pause);
    }

    pub(super) fn pause(&mut self, pause: Pause) {
        let (code, end) = match pause {
            Pause::No => (0, 0),
            Pause::Indefinite => (1, 0),
            Pause::Until(end) => (2, end.micros()),
        };
        self.u8(code);
        self.bytes(&end.to_be_bytes());
    }

    pub(super) fn count(&mut self, count: Option<Count>) {
        self.u8(u8::from(count.is_some()));
        let (day, of_day, of_month) =
            count.map_or((0, 0, 0), |c| (c.day.number(), c.of_day, c.of_month));
        self.bytes(&day.to_be_bytes());
        self.u32(of_day);
        self.u32(of_month);
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Created { organization_id, policy, limits, seed, zone } => {
                self.id(organization_id.uuid());
                self.policy(*policy);
                self.limits(*limits);
                self.bytes(seed);
                self.zone(zone);
            }
            Content::Decision { lead_id, turn, chosen, cursor_after, reason } => {
                self.id(lead_id.uuid());
                self.u64(turn.unwrap_or(0));
                self.user(*chosen);
                self.user(*cursor_after);
                self.u8(reason.map_or(0, Undealt::code));
            }
            Content::MemberAdded(member) => self.joined(member),
            Content::MemberRemoved { user_id } => self.user(Some(*user_id)),
            Content::Reordered { order } => self.users(order),
            Content::LimitsChanged(limits) => self.limits(*limits),
            Content::MemberChanged { user_id, settings } => {
                self.user(Some(*user_id));
                self.settings(settings);
            }
            Content::ZoneChanged { zone } => self.zone(zone),
            Content::Availability { user_id, away } => {
                self.user(Some(*user_id));
                self.pause(*away);
            }
            Content::PolicyChanged(policy) => self.policy(*policy),
            Content::RotationPaused(pause) => self.pause(*pause),
            Content::LimitsReset { period, users } => {
                self.u8(period.code());
                self.users(users);
            }
            Content::OffDuty(changes) => {
                self.length(changes.len());
                for (user, off) in changes {
                    self.user(Some(*user));
                    self.off_duty(*off);
                }
            }
            Content::OpenLeads(changes) => {
                self.length(changes.len());
                for (user, open) in changes {
                    self.user(Some(*user));
                    self.u32(*open);
                }
            }
            Content::Archived => {}
        }
    }
}
