//! What a ledger entry says, to be read by people: a decoded body.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::{Content, Count, Limits, Member, MemberSettings, OffDuty, Pause};
use serde_json::{Value, json};

/// The fields of an entry, by its kind. Nothing of it is personal data.
pub(super) fn content(content: &Content) -> Value {
    match content {
        Content::Created { organization_id, policy, limits, seed, zone } => json!({
            "organization_id": organization_id,
            "method": policy.method.as_str(),
            "respects_availability": policy.respects_availability,
            "daily_limit": limits.daily,
            "monthly_limit": limits.monthly,
            "seed": hex::encode(seed),
            "time_zone": zone,
        }),
        Content::Decision { lead_id, turn, chosen, cursor_after, reason } => json!({
            "lead_id": lead_id,
            "turn": turn,
            "chosen_id": chosen,
            "cursor_after_id": cursor_after,
            "reason": reason.map(|reason| reason.as_str()),
        }),
        Content::MemberAdded(Member { user_id, settings: set, count, .. }) => json!({
            "user_id": user_id,
            "settings": settings(set),
            "count": count.map(|Count { day, of_day, of_month }| json!({
                "local_day": day.to_string(), "of_day": of_day, "of_month": of_month,
            })),
        }),
        Content::MemberRemoved { user_id } => json!({"user_id": user_id}),
        Content::Reordered { order } => json!({"user_ids": order}),
        Content::LimitsChanged(Limits { daily, monthly }) => {
            json!({"daily_limit": daily, "monthly_limit": monthly})
        }
        Content::MemberChanged { user_id, settings: set } => {
            json!({"user_id": user_id, "settings": settings(set)})
        }
        Content::ZoneChanged { zone } => json!({"time_zone": zone}),
        Content::Availability { user_id, away } => {
            let (paused, until) = pause(*away);
            json!({"user_id": user_id, "paused": paused, "paused_until": until})
        }
        Content::PolicyChanged(policy) => json!({
            "method": policy.method.as_str(),
            "respects_availability": policy.respects_availability,
        }),
        Content::RotationPaused(set) => {
            let (paused, until) = pause(*set);
            json!({"paused": paused, "paused_until": until})
        }
        Content::LimitsReset { period, users } => {
            json!({"period": period.as_str(), "user_ids": users})
        }
        Content::OffDuty(seen) => {
            let seen = seen.iter().map(|(user_id, off)| {
                json!({
                    "user_id": user_id,
                    "reason": off.map(|off| off.reason.as_str()),
                    "until": off.and_then(|OffDuty { until, .. }| until).map(Timestamp::to_rfc3339),
                })
            });
            json!({"members": seen.collect::<Vec<_>>()})
        }
        Content::OpenLeads(seen) => {
            let seen =
                seen.iter().map(|(user_id, open)| json!({"user_id": user_id, "open_leads": open}));
            json!({"members": seen.collect::<Vec<_>>()})
        }
        Content::Archived => json!({}),
    }
}

fn settings(settings: &MemberSettings) -> Value {
    let MemberSettings { daily_limit, monthly_limit, weight, pause: set } = settings;
    let (paused, until) = pause(*set);
    json!({
        "daily_limit": daily_limit,
        "monthly_limit": monthly_limit,
        "weight": weight,
        "paused": paused,
        "paused_until": until,
    })
}

fn pause(pause: Pause) -> (bool, Option<String>) {
    match pause {
        Pause::No => (false, None),
        Pause::Indefinite => (true, None),
        Pause::Until(end) => (true, Some(end.to_rfc3339())),
    }
}
