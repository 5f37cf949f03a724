//! Clients that change everything that leads are dealt by, and leads that were dealt.

mod leads;
mod people;
mod rotations;

use std::sync::Arc;

use super::chance::Chance;
use super::stage::Stage;
use crate::support::wait::eventually;
use people::Leaver;

/// One of them.
struct Changer<'a> {
    stage: &'a Stage,
    chance: Chance,
    number: usize,
    /// The server that it talks to, another one for each change.
    door: usize,
    leaver: Option<Leaver<'a>>,
}

/// Changes something so often.
pub(super) async fn change_things(stage: Arc<Stage>, number: usize, count: usize) {
    let chance = Chance::of(!stage.seed, number);
    let leaver = stage.leaver_of(number).map(Leaver::of);
    let mut changer = Changer { stage: &stage, chance, number, door: number, leaver };
    for _ in 0..count {
        changer.change_something().await;
    }
}

impl Changer<'_> {
    async fn change_something(&mut self) {
        self.find_open_door().await;
        if self.leaver.is_some() && self.chance.once_in(3) {
            return self.let_somebody_leave_or_come_back().await;
        }
        match self.chance.below(26) {
            0..3 => self.set_members().await,
            3..6 => self.change_a_member().await,
            6..9 => self.change_a_rotation().await,
            9 => self.pause_a_rotation().await,
            10..12 => self.resume_a_rotation().await,
            12 => self.reset_limits().await,
            13..17 => self.pick_up().await,
            17..19 => self.give_to_somebody().await,
            19..21 => self.release().await,
            21..23 => self.distribute().await,
            23 => self.deal_or_remove_who_waits().await,
            _ => self.pause_or_resume_somebody().await,
        }
    }

    /// The next server that is there: what is sent to one that is not changes nothing, and would be
    /// over in no time.
    async fn find_open_door(&mut self) {
        let (doors, door) = (&self.stage.owner, &mut self.door);
        eventually("a server is there", || {
            *door += 1;
            let livez = doors.at(*door).get("/livez").try_send();
            async { livez.await.ok() }
        })
        .await;
    }
}
