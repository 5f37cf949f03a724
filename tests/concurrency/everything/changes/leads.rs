//! Who has a lead that is there.

use reqwest::Method;
use serde_json::json;

use super::Changer;
use crate::concurrency::everything::asking::{Refusal, ask};
use crate::support::answer::ids;
use crate::support::pool::pick_up;

impl Changer<'_> {
    /// Somebody takes a lead out of their pool, where others may be faster.
    pub(super) async fn pick_up(&mut self) {
        let agent = self.chance.one_of(&self.stage.agents);
        let door = agent.doors.at(self.door);
        // Who was deactivated once is not signed in any more.
        let mut refusals: Vec<Refusal> = Vec::new();
        if agent.leaves {
            refusals.push((401, "invalid_credentials"));
        }
        let pool = ask(door.get("/v1/leads?pool=true&limit=5"), &refusals).await;
        let Some(pool) = pool.done().map(|page| ids(&page.items())) else { return };
        if pool.is_empty() {
            return;
        }
        let lead = self.chance.one_of(&pool);
        // It is somebody's, or in no pool of theirs, by now.
        refusals.extend([(409, "lead_taken"), (409, "not_in_pool"), (404, "not_found")]);
        ask(door.request(Method::POST, pick_up(lead)), &refusals).await;
    }

    pub(super) async fn give_to_somebody(&mut self) {
        let Some(lead) = self.stage.some_lead(&mut self.chance) else { return };
        let agent = self.chance.one_of(&self.stage.agents);
        let owner = self.stage.owner.at(self.door);
        let request = owner.put(format!("/v1/leads/{lead}/owner"), json!({"user_id": agent.id}));
        // Nobody is given a lead who is inactive.
        ask(request, if agent.leaves { &[(422, "inactive_user")] } else { &[] }).await;
    }

    pub(super) async fn release(&mut self) {
        let Some(lead) = self.stage.some_lead(&mut self.chance) else { return };
        let owner = self.stage.owner.at(self.door);
        ask(owner.delete(format!("/v1/leads/{lead}/owner")), &[]).await;
    }

    pub(super) async fn distribute(&mut self) {
        let Some(lead) = self.stage.some_lead(&mut self.chance) else { return };
        let mut body = self.chance.one_of(&self.stage.rotations).named();
        let anew = self.chance.once_in(2);
        body["redistribute"] = json!(anew);
        let owner = self.stage.owner.at(self.door);
        let request = owner.post(format!("/v1/leads/{lead}/distribute"), body);
        ask(request, if anew { &[] } else { &[(409, "lead_owned")] }).await;
    }
}
