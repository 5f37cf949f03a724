//! What clients send about communications.

use evenhand_domain::activity::{
    Channel, CommunicationChange, CommunicationFields, Direction, NewCommunication, bounds,
};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::text;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{CHANNELS, CommunicationChannel, CommunicationDirection, DIRECTIONS};
use crate::body::present;
use crate::fields;

/// A communication to put down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "channel": "call", "direction": "outbound",
    "summary": "Talked about the pension; calls back after the holidays.",
    "outcome": "call back", "duration_seconds": 420, "occurred_at": "2026-03-02T09:20:00Z",
}))]
pub(crate) struct AddCommunication {
    /// By what means.
    #[schema(value_type = CommunicationChannel, required = true)]
    channel: Option<String>,
    /// Who began it; may be left out of a meeting and of what is none of the other channels.
    #[schema(value_type = Option<CommunicationDirection>)]
    direction: Option<String>,
    /// What was said, in one line or several.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 10000)]
    summary: Option<String>,
    /// What came of it.
    #[schema(max_length = 200)]
    outcome: Option<String>,
    /// How long it took, at most a week.
    #[schema(maximum = 604800)]
    duration_seconds: Option<u32>,
    /// When it was (RFC 3339), since 1970; now when absent.
    #[schema(format = DateTime)]
    occurred_at: Option<String>,
}

impl AddCommunication {
    pub(super) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<NewCommunication> {
        let Self { channel, direction, summary, outcome, duration_seconds, occurred_at } = self;
        let channel = parse_channel(channel, faults);
        let direction = parse_direction(direction, faults);
        let direction = match (channel, direction) {
            (Some(channel), Some(direction)) => faults.keep("/direction", channel.begun(direction)),
            _ => None,
        };
        let summary = fields::required_lines(faults, "/summary", summary, bounds::TEXT);
        let outcome = parse_outcome(outcome, faults);
        let duration_seconds = parse_duration(duration_seconds, faults);
        let occurred_at = fields::optional(occurred_at, |at| parse_occurred_at(&at, now, faults));
        Some(NewCommunication {
            channel: channel?,
            direction: direction?,
            summary: summary?,
            outcome: outcome?,
            duration_seconds: duration_seconds?,
            occurred_at: occurred_at?,
        })
    }
}

/// A change of a communication (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "wants an offer"}))]
pub(crate) struct ChangeCommunication {
    /// By what means.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = CommunicationChannel, required = false)]
    channel: Option<Option<String>>,
    /// Who began it; null of a meeting and of what is none of the other channels.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CommunicationDirection>)]
    direction: Option<Option<String>>,
    /// What was said, in one line or several.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 10000)]
    summary: Option<Option<String>>,
    /// What came of it; null = nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    outcome: Option<Option<String>>,
    /// How long it took, at most a week; null = not known.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 604800)]
    duration_seconds: Option<Option<u32>>,
    /// When it was (RFC 3339), since 1970.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = DateTime)]
    occurred_at: Option<Option<String>>,
}

impl ChangeCommunication {
    pub(super) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<CommunicationChange> {
        let Self { channel, direction, summary, outcome, duration_seconds, occurred_at } = self;
        let channel = fields::patched(channel, |channel| parse_channel(channel, faults));
        let direction = fields::patched(direction, |direction| parse_direction(direction, faults));
        let summary = fields::patched(summary, |summary| {
            fields::required_lines(faults, "/summary", summary, bounds::TEXT)
        });
        let outcome = fields::patched(outcome, |outcome| parse_outcome(outcome, faults));
        let duration_seconds =
            fields::patched(duration_seconds, |duration| parse_duration(duration, faults));
        let occurred_at = fields::patched(occurred_at, |at| {
            let at = fields::required(faults, "/occurred_at", at)?;
            parse_occurred_at(&at, now, faults)
        });
        Some(CommunicationChange {
            channel: channel?,
            direction: direction?,
            summary: summary?,
            outcome: outcome?,
            duration_seconds: duration_seconds?,
            occurred_at: occurred_at?,
        })
    }
}

fn parse_channel(channel: Option<String>, faults: &mut Faults) -> Option<Channel> {
    let channel = fields::required(faults, "/channel", channel)?;
    fields::word(faults, "/channel", &channel, Channel::from_text, &CHANNELS)
}

fn parse_direction(direction: Option<String>, faults: &mut Faults) -> Option<Option<Direction>> {
    fields::optional(direction, |direction| {
        fields::word(faults, "/direction", &direction, Direction::from_text, &DIRECTIONS)
    })
}

fn parse_outcome(outcome: Option<String>, faults: &mut Faults) -> Option<Option<String>> {
    faults.keep("/outcome", text::line(&outcome.unwrap_or_default(), bounds::LINE))
}

fn parse_duration(duration: Option<u32>, faults: &mut Faults) -> Option<Option<u32>> {
    fields::optional(duration, |duration| {
        fields::at_most(faults, "/duration_seconds", duration, bounds::DURATION_SECONDS)
    })
}

fn parse_occurred_at(at: &str, now: Timestamp, faults: &mut Faults) -> Option<Timestamp> {
    let at = fields::instant(faults, "/occurred_at", at)?;
    faults.keep("/occurred_at", CommunicationFields::occurred(at, now))
}
