//! Groups and teams that rules send leads to.

use serde_json::{Value, json};

use super::{PATH, add, from_source, path_of};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn stay_until_no_rule_names_them(database: Database) {
        let acme = World::start(database).await;
        let (group, team) = (acme.group("Sales", &[]).await, acme.team("Blue", &[], &[]).await);
        let targets = [
            (format!("/v1/groups/{group}"), json!({"group_id": group})),
            (format!("/v1/teams/{team}"), json!({"team_id": team})),
        ];
        for (path, target) in targets {
            let web = add(&acme.owner, "Web", from_source("web"), target.clone()).await;
            let fair = add(&acme.owner, "Fair", from_source("fair"), target.clone()).await;
            acme.owner.patch(path_of(&fair), json!({"enabled": false})).await.expect(200);
            acme.owner.put(format!("{PATH}/default"), json!({"target": target})).await.expect(200);
            let problem = acme.owner.delete(&path).await.expect_problem(409, "used_by_rules");
            let rules = [
                json!({"id": web["id"], "name": "Web"}),
                json!({"id": fair["id"], "name": "Fair"}),
                json!({"id": Value::Null, "name": "the default"}),
            ];
            assert_eq!(problem["rules"], json!(rules));
            acme.owner.put(format!("{PATH}/default"), json!({"target": null})).await.expect(200);
            acme.owner.patch(path_of(&web), json!({"target": null})).await.expect(200);
            acme.owner.delete(&path).await.expect_problem(409, "used_by_rules");
            acme.owner.delete(path_of(&fair)).await.expect(204);
            acme.owner.delete(&path).await.expect(204);
        }
    }
}
