//! `GET /v1/groups/{id}`.

use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::world::World;

both! {
    async fn is_not_changed_by_dealing(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let path = format!("/v1/groups/{group}");
        let before = acme.owner.get(&path).await.expect(200);
        post_in_turn(&acme.owner, &group, 3).await;
        let after = acme.owner.get(&path).await.expect(200);
        assert_eq!(after.json(), before.json());
        assert_eq!(after.header("etag"), before.header("etag"));
    }

    async fn knows_no_group_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = globex.group("Theirs", &[]).await;
        for path in ["", "/members", "/distribution"] {
            let path = format!("/v1/groups/{theirs}{path}");
            acme.owner.get(path).await.expect_problem(404, "not_found");
        }
    }
}
