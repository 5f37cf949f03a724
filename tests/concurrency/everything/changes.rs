//! Clients that change everything that leads are dealt by, and leads that were dealt.

mod leads;
mod people;
mod rotations;

use std::sync::Arc;

use super::chance::Chance;
use super::stage::Stage;
use people::Leaver;

/// One of them.
struct Changer<'a> {
    stage: &'a Stage,
    chance: Chance,
    number: usize,
    /// How many requests it has made; they go to one server after the other.
    asked: usize,
    leaver: Option<Leaver<'a>>,
}

/// Changes something so often.
pub(super) async fn change_things(stage: Arc<Stage>, number: usize, count: usize) {
    let chance = Chance::of(!stage.seed, number);
    let leaver = stage.leaver_of(number).map(Leaver::of);
    let mut changer = Changer { stage: &stage, chance, number, asked: number, leaver };
    for _ in 0..count {
        changer.change_something().await;
    }
}

impl Changer<'_> {
    async fn change_something(&mut self) {
        self.asked += 1;
        if self.leaver.is_some() && self.chance.once_in(3) {
            return self.let_somebody_leave_or_come_back().await;
        }
        match self.chance.below(24) {
            0..3 => self.set_members().await,
            3..6 => self.change_a_member().await,
            6..9 => self.change_a_rotation().await,
            9 => self.pause_a_rotation().await,
            10..12 => self.resume_a_rotation().await,
            12 => self.reset_limits().await,
            13..16 => self.pick_up().await,
            16..18 => self.give_to_somebody().await,
            18 => self.release().await,
            19..21 => self.distribute().await,
            21 => self.deal_or_remove_who_waits().await,
            _ => self.pause_or_resume_somebody().await,
        }
    }
}
