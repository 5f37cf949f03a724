//! People who are away for a while, and people who leave and come back.

use reqwest::Method;
use serde_json::{Value, json};

use super::Changer;
use crate::concurrency::everything::asking::{Outcome, Refusal, ask};
use crate::concurrency::everything::posting::post;
use crate::concurrency::everything::stage::Agent;

/// Somebody whom one client alone deactivates and takes back, so that it knows how they stand.
#[derive(Clone, Copy)]
pub(super) struct Leaver<'a> {
    agent: &'a Agent,
    standing: Standing,
    left: usize,
}

impl<'a> Leaver<'a> {
    pub(super) const fn of(agent: &'a Agent) -> Self {
        Self { agent, standing: Standing::Active, left: 0 }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Active,
    Inactive,
    /// Nobody answered when they were to be one or the other.
    Unknown,
}

impl Changer<'_> {
    /// Out of all rotations, or back.
    pub(super) async fn pause_or_resume_somebody(&mut self) {
        let agent = self.chance.one_of(&self.stage.agents);
        let path = format!("/v1/users/{}/pause", agent.id);
        let owner = self.stage.owner.at(self.door);
        let request =
            if self.chance.once_in(3) { owner.put(path, json!({})) } else { owner.delete(path) };
        ask(request, &[]).await;
    }

    pub(super) async fn let_somebody_leave_or_come_back(&mut self) {
        let Some(leaver) = self.leaver else { return };
        let leaves = match leaver.standing {
            Standing::Active => true,
            Standing::Inactive => false,
            Standing::Unknown => self.chance.once_in(2),
        };
        if leaves { self.let_leave(leaver).await } else { self.let_come_back(leaver).await }
    }

    async fn let_leave(&mut self, mut leaver: Leaver<'_>) {
        let body = json!({"leads": self.what_becomes_of_leads()});
        let path = format!("/v1/users/{}/deactivate", leaver.agent.id);
        let request = self.stage.owner.at(self.door).post(path, body);
        let already: [Refusal; 2] = [(409, "user_inactive"), (409, "deactivation_running")];
        let refusals = if leaver.standing == Standing::Unknown { &already[..] } else { &[] };
        leaver.standing = match ask(request, refusals).await {
            Outcome::Done(_) | Outcome::Refused => Standing::Inactive,
            Outcome::Unknown => Standing::Unknown,
        };
        leaver.left += 1;
        self.stands(leaver);
        if leaver.standing == Standing::Inactive {
            self.expect_not_dealt_to(leaver).await;
        }
    }

    /// Leads that are posted from now on go to others, whichever server deals them.
    async fn expect_not_dealt_to(&self, leaver: Leaver<'_>) {
        for (number, rotation) in self.stage.rotations.iter().enumerate().take(3) {
            let name = format!("after-{}-{}-{number}", self.number, leaver.left);
            let lead = post(self.stage, &name, rotation, number).await;
            let owner = lead["owner"]["id"].as_str();
            assert_ne!(owner, Some(&*leaver.agent.id), "dealt to somebody who has left: {lead}");
        }
    }

    async fn let_come_back(&mut self, mut leaver: Leaver<'_>) {
        let id = &leaver.agent.id;
        // An undone deactivation gives back what it took.
        let (path, already): (_, Refusal) = match self.chance.below(2) {
            0 => (format!("/v1/users/{id}/reactivate"), (409, "user_active")),
            _ => (format!("/v1/users/{id}/deactivate/undo"), (409, "nothing_to_undo")),
        };
        let request = self.stage.owner.at(self.door).request(Method::POST, path);
        let refusals = if leaver.standing == Standing::Unknown { &[already][..] } else { &[] };
        leaver.standing = match ask(request, refusals).await {
            Outcome::Done(_) | Outcome::Refused => Standing::Active,
            Outcome::Unknown => Standing::Unknown,
        };
        self.stands(leaver);
    }

    fn stands(&mut self, leaver: Leaver<'_>) {
        if let Some(mine) = &mut self.leaver {
            (mine.standing, mine.left) = (leaver.standing, leaver.left);
        }
    }

    /// Kept, released, dealt by a rotation, or given to somebody who does not leave.
    fn what_becomes_of_leads(&mut self) -> Value {
        match self.chance.below(4) {
            0 => json!({"action": "keep"}),
            1 => json!({"action": "release"}),
            2 => {
                let mut leads = self.chance.one_of(&self.stage.rotations).named();
                leads["action"] = json!("distribute");
                leads
            }
            _ => {
                let stays: Vec<_> = self.stage.agents.iter().filter(|it| !it.leaves).collect();
                json!({"action": "transfer", "user_id": self.chance.one_of(&stays).id})
            }
        }
    }
}
