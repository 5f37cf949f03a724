//! How many turns a second are dealt and verified, in memory, and how many bytes an entry takes with its
//! part of the checkpoints: `cargo run --release -p evenhand-domain
//! --example verify_speed [members]`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use std::time::Instant;

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{
    LedgerEntry, Limits, MemberSettings, Method, Moment, Policy, RotationState,
};
use evenhand_domain::verification::Walk;
use uuid::Uuid;

const TURNS: u64 = 1_000_000;

fn main() {
    let members: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(10);
    let (organization, rotation) = (OrganizationId::from_uuid(id(1)), RotationId::from_uuid(id(2)));
    let at = |turn: u64| Moment {
        at: Timestamp::from_micros(
            1_772_452_800_000_000 + i64::try_from(turn).unwrap() * 1_000_000,
        ),
        local_day: LocalDay::from_number(20_514 + i32::try_from(turn / 86_400).unwrap()),
    };
    let (mut state, created) = RotationState::create(
        organization,
        rotation,
        Policy::from(Method::Sequential),
        Limits { daily: 1_000_000, monthly: 0 },
        "UTC",
        [7; 32],
        at(0),
    );
    let mut entries: Vec<LedgerEntry> = vec![created];
    for member in 0..members {
        let user = UserId::from_uuid(id(0x1000 + member));
        entries.push(state.add_member(user, MemberSettings::default(), None, at(0)).unwrap());
    }
    let started = Instant::now();
    entries.extend(
        (0..TURNS).map(|turn| state.deal(LeadId::from_uuid(id(0x10_0000 + turn)), at(turn)).entry),
    );
    let dealt = started.elapsed();
    let started = Instant::now();
    let mut walk = Walk::from_start(organization, rotation);
    for entry in &entries {
        walk.step(&entry.stored()).unwrap();
    }
    let verified = started.elapsed();
    let bytes = |entry: &LedgerEntry| {
        entry.body.len() + entry.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.len())
    };
    let dealt_bytes: usize = entries.iter().rev().take(TURNS as usize).map(bytes).sum();
    let per_second = |seconds: f64| (TURNS as f64 / seconds).round();
    println!("{members} members, {} turns", walk.turn());
    println!("dealt    {:>9} a second", per_second(dealt.as_secs_f64()));
    println!("verified {:>9} a second", per_second(verified.as_secs_f64()));
    println!("entries  {:>9.1} bytes each", dealt_bytes as f64 / TURNS as f64);
}

fn id(last: u64) -> Uuid {
    Uuid::from_u64_pair(0x0198_0000_0000_7000, 0x8000_0000_0000_0000 | last)
}
