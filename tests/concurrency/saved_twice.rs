//! A rotation that is written twice in one transaction, as it is when leads that waited are dealt
//! before a newcomer: what came between the two must not be taken for what is stored.

use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_persistence::rotations::{self, RotationEntry};
use serde_json::json;

use crate::support::both;
use crate::support::leads::{distribution, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::store::open_store;
use crate::support::world::World;

both! {
    /// Tom is seen with a lead more, and then, given to somebody else meanwhile, without it.
    async fn what_changes_and_changes_back_is_stored_as_the_ledger_tells_it(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let by_open_leads = json!({"distribution": {"method": "least_open"}});
        acme.owner.patch(format!("/v1/groups/{group}"), by_open_leads).await.expect(200);
        let state = distribution(&acme.owner, &group).await;
        let organization: OrganizationId = acme.id.parse().unwrap();
        let rotation: RotationId = state["rotation_id"].as_str().unwrap().parse().unwrap();

        let store = open_store(&acme.database, 2).await;
        let mut tx = store.begin().await.unwrap();
        let mut locked = rotations::lock_each(&mut tx, organization, &[rotation]).await.unwrap();
        let rotation = locked.first_mut().unwrap();
        for open in [1, 0] {
            let moment = rotation.moment(rotation.state.last_at);
            let seen = [(tom.id.parse().unwrap(), open)];
            let entry = rotation.state.observe_open_leads(seen, moment).unwrap();
            let (organization_id, rotation_id) = rotation.key();
            let entry = RotationEntry { organization_id, rotation_id, entry };
            rotations::save(&mut tx, [&mut *rotation], vec![entry]).await.unwrap();
        }
        tx.commit().await.unwrap();
        store.close().await.unwrap();

        // He has none, as the ledger knows already.
        post_in_turn(&acme.owner, &group, 2).await;
        let path = format!("/v1/groups/{group}/distribution/verify");
        let told = acme.owner.post(path, json!({})).await.expect(200).json();
        assert_eq!(told["valid"], true, "{told}");
        expect_sound_ledger(&acme, &group).await;
    }
}
