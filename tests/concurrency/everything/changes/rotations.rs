//! Whom a rotation deals to, how, and how much.

use reqwest::Method;
use serde_json::{Value, json};

use super::Changer;
use crate::concurrency::everything::asking::ask;

/// They are reached within the history, again and again.
const LIMITS: [u32; 5] = [0, 2, 4, 8, 16];

impl Changer<'_> {
    /// Adds, removes and reorders at once.
    pub(super) async fn set_members(&mut self) {
        let rotation = self.chance.one_of(&self.stage.rotations);
        let agents = self.chance.some_of(&self.stage.agents, 1);
        let users: Vec<&str> = agents.iter().map(|agent| agent.id.as_str()).collect();
        let request = rotation.set_members(self.stage.owner.at(self.door), &users);
        // Nobody joins who is inactive.
        let one_leaves = agents.iter().any(|agent| agent.leaves);
        let refusals = [(422, "unknown_user")];
        ask(request, if one_leaves { &refusals } else { &[] }).await;
    }

    pub(super) async fn change_a_member(&mut self) {
        let rotation = self.chance.one_of(&self.stage.rotations);
        let agent = self.chance.one_of(&self.stage.agents);
        let own = |limit: u32| if limit == 0 { Value::Null } else { json!(limit) };
        let body = match self.chance.below(5) {
            0 => json!({"paused": true}),
            1 => json!({"paused": false}),
            2 => json!({"daily_limit": own(*self.chance.one_of(&LIMITS))}),
            3 => json!({"monthly_limit": own(*self.chance.one_of(&LIMITS))}),
            _ => json!({"weight": self.chance.below(4)}),
        };
        let path = rotation.of(&format!("/members/{}", agent.id));
        let request = self.stage.owner.at(self.door).patch(path, body);
        // They are no member at the moment, or on the team and inactive.
        ask(request, &[(404, "not_found"), (409, "not_dealt_to")]).await;
    }

    pub(super) async fn change_a_rotation(&mut self) {
        let rotation = self.chance.one_of(&self.stage.rotations);
        let change = match self.chance.below(3) {
            0 => {
                let methods = ["sequential", "random", "weighted", "least_open"];
                json!({"method": self.chance.one_of(&methods)})
            }
            1 => json!({"daily_limit": self.chance.one_of(&LIMITS)}),
            _ => json!({"monthly_limit": 3 * self.chance.one_of(&LIMITS)}),
        };
        let body = json!({"distribution": change});
        ask(self.stage.owner.at(self.door).patch(rotation.of(""), body), &[]).await;
    }

    pub(super) async fn pause_a_rotation(&mut self) {
        let path = self.chance.one_of(&self.stage.rotations).of("/distribution/pause");
        ask(self.stage.owner.at(self.door).put(path, json!({})), &[]).await;
    }

    pub(super) async fn resume_a_rotation(&mut self) {
        let path = self.chance.one_of(&self.stage.rotations).of("/distribution/pause");
        ask(self.stage.owner.at(self.door).delete(path), &[]).await;
    }

    pub(super) async fn reset_limits(&mut self) {
        let path = self.chance.one_of(&self.stage.rotations).of("/distribution/reset-limits");
        let body = json!({"period": self.chance.one_of(&["day", "month"])});
        ask(self.stage.owner.at(self.door).post(path, body), &[]).await;
    }

    /// Deals the first that waits before its turn, whoever does so meanwhile, or takes it off.
    pub(super) async fn deal_or_remove_who_waits(&mut self) {
        let rotation = self.chance.one_of(&self.stage.rotations);
        let owner = self.stage.owner.at(self.door);
        let list = rotation.of("/distribution/waiting");
        let Some(page) = ask(owner.get(&list), &[]).await.done() else { return };
        let Some(first) = page.items().first().map(|lead| lead["lead_id"].clone()) else { return };
        let entry = format!("{list}/{}", first.as_str().unwrap());
        let (no_more, nobody) = ((404, "not_found"), (409, "nobody_eligible"));
        if self.chance.once_in(2) {
            let deal = owner.request(Method::POST, format!("{entry}/deal"));
            ask(deal, &[no_more, nobody]).await;
        } else {
            ask(owner.delete(entry), &[no_more]).await;
        }
    }
}
