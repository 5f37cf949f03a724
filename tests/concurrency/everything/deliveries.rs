//! What a rotation's ledger may say, worked out from its export alone and without the engine: who may
//! be dealt to, and how many leads, at each entry.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;

use crate::support::answer::text;

/// Where the local day stands in an entry's bytes: behind version, kind, rotation, number and time.
const LOCAL_DAY: std::ops::Range<usize> = 34..38;

/// What the ledger comes to.
#[derive(Default)]
pub(super) struct Deliveries {
    /// By receipt: the number of the entry.
    pub(super) entries: BTreeMap<String, u64>,
    /// Who is a member at the end.
    pub(super) members: BTreeMap<String, Member>,
    /// By user: the entry by which they left last.
    pub(super) left: BTreeMap<String, u64>,
    /// How many deliveries there are, and how many were the last that a limit allowed.
    pub(super) turns: u64,
    pub(super) last_allowed: u64,
    counts: BTreeMap<String, Count>,
    limits: Limits,
    paused: bool,
}

#[derive(Default)]
struct Limits {
    daily: u64,
    monthly: u64,
}

/// A member as far as it matters to whether they may be dealt to.
#[derive(Default)]
pub(super) struct Member {
    daily: Option<u64>,
    monthly: Option<u64>,
    weight: u64,
    paused: bool,
    away: bool,
}

/// What somebody was dealt, whether they have left and come back since or not.
#[derive(Default)]
struct Count {
    day: Date,
    of_day: u64,
    of_month: u64,
}

impl Count {
    /// Nothing that was counted on another day, or in another month, counts any more.
    fn on(&mut self, day: Date) -> &mut Self {
        if self.day != day {
            self.of_day = 0;
        }
        if (self.day.year(), self.day.month()) != (day.year(), day.month()) {
            self.of_month = 0;
        }
        self.day = day;
        self
    }
}

impl Deliveries {
    /// Panics at the first entry that is not the next, or deals to who may not be dealt to.
    pub(super) fn of(export: &[u8]) -> Self {
        let lines = export.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let (mut deliveries, mut method) = (Self::default(), String::new());
        for (number, line) in (1..).zip(lines) {
            let line: Value = serde_json::from_slice(line).unwrap();
            assert_eq!(line["entry"], number, "entries are numbered without gaps: {line}");
            deliveries.entries.insert(text(&line["hash"]), number);
            if let Some(named) = line["content"]["method"].as_str() {
                named.clone_into(&mut method);
            }
            deliveries.take(&line, number, &method);
        }
        deliveries
    }

    fn take(&mut self, line: &Value, number: u64, method: &str) {
        let content = &line["content"];
        let user = || text(&content["user_id"]);
        match line["kind"].as_str().unwrap() {
            "created" | "limits_changed" => {
                let limit = |name: &str| content[name].as_u64().unwrap();
                self.limits =
                    Limits { daily: limit("daily_limit"), monthly: limit("monthly_limit") };
            }
            "member_added" => {
                let joined = Member::with(&content["settings"]);
                assert!(self.members.insert(user(), joined).is_none(), "joined twice: {line}");
            }
            "member_removed" => {
                assert!(self.members.remove(&user()).is_some(), "left twice: {line}");
                self.left.insert(user(), number);
            }
            "member_changed" => {
                let member = self.members.get_mut(&user()).expect("a member");
                *member = Member { away: member.away, ..Member::with(&content["settings"]) };
            }
            "availability" => {
                let away = content["paused"].as_bool().unwrap();
                self.members.get_mut(&user()).expect("a member").away = away;
            }
            "rotation_paused" => self.paused = content["paused"].as_bool().unwrap(),
            "limits_reset" => self.reset(line),
            "decision" if !line["turn"].is_null() => self.deliver(line, method),
            "decision" | "reordered" | "policy_changed" | "open_leads" => {}
            kind => panic!("nothing in this history makes an entry of the kind {kind}: {line}"),
        }
    }

    fn reset(&mut self, line: &Value) {
        let (content, day) = (&line["content"], local_day(line));
        for user in content["user_ids"].as_array().unwrap() {
            let count = self.counts.entry(text(user)).or_default().on(day);
            count.of_day = 0;
            if content["period"] == "month" {
                count.of_month = 0;
            }
        }
    }

    fn deliver(&mut self, line: &Value, method: &str) {
        let chosen = text(&line["user_id"]);
        self.turns += 1;
        assert_eq!(line["turn"], self.turns, "turns are numbered without gaps: {line}");
        assert!(!self.paused, "dealt while the rotation is paused: {line}");
        let member = self.members.get(&chosen);
        let member = member.unwrap_or_else(|| panic!("dealt to who is no member: {line}"));
        assert!(!member.paused && !member.away, "dealt to who is paused: {line}");
        assert!(method != "weighted" || member.weight > 0, "dealt to who has no weight: {line}");
        let count = self.counts.entry(chosen).or_default().on(local_day(line));
        let daily = member.daily.unwrap_or(self.limits.daily);
        let monthly = member.monthly.unwrap_or(self.limits.monthly);
        assert!(daily == 0 || count.of_day < daily, "more than {daily} a day: {line}");
        assert!(monthly == 0 || count.of_month < monthly, "more than {monthly} a month: {line}");
        count.of_day += 1;
        count.of_month += 1;
        if count.of_day == daily || count.of_month == monthly {
            self.last_allowed += 1;
        }
    }
}

impl Member {
    fn with(settings: &Value) -> Self {
        assert!(settings["paused_until"].is_null(), "no pause of this history has an end");
        Self {
            daily: settings["daily_limit"].as_u64(),
            monthly: settings["monthly_limit"].as_u64(),
            weight: settings["weight"].as_u64().unwrap(),
            paused: settings["paused"].as_bool().unwrap(),
            away: false,
        }
    }
}

/// The local day that an entry was made on.
fn local_day(line: &Value) -> Date {
    let body = text(&line["body"]);
    let digits = &body[LOCAL_DAY.start * 2..LOCAL_DAY.end * 2];
    let day = u32::from_str_radix(digits, 16).unwrap().cast_signed();
    Date::constant(1970, 1, 1).checked_add(i64::from(day).days()).unwrap()
}
