//! `GET`, `PUT` and `DELETE /v1/users/{id}/availability`.

use serde_json::json;

use crate::support::both;
use crate::support::world::{Person, World};

fn path(user: &Person) -> String {
    format!("/v1/users/{}/availability", user.id)
}

both! {
    async fn is_the_one_that_the_user_sets(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body = json!({"time_zone": "Asia/Kathmandu",
            "weekly": [{"day": "sunday", "from": "10:00", "to": "16:00"}]});
        let set = acme.owner.put(path(&tom), body).if_match(&json!(0)).await.expect(200).json();
        assert_eq!((&set["time_zone"], &set["version"]), (&json!("Asia/Kathmandu"), &json!(1)));
        let own = tom.get("/v1/me/availability").await.expect(200);
        assert_eq!(own.json()["weekly"], set["weekly"]);
        let read = acme.owner.get(path(&tom)).await.expect(200);
        assert_eq!(read.header("etag"), own.header("etag"));
        let stale = acme.owner.delete(path(&tom)).if_match(&json!(0)).await;
        stale.expect_problem(412, "precondition_failed");
        acme.owner.delete(path(&tom)).if_match(&json!(1)).await.expect(204);
        let own = tom.get("/v1/me/availability").await.expect(200).json();
        assert_eq!((&own["scheduled"], &own["version"]), (&json!(false), &json!(2)));
        let others = acme.owner.get(path(&acme.owner)).await.expect(200).json();
        assert_eq!(others["version"], 0);
    }

    async fn who_may_pause_somebody_may_set_it(database: Database) {
        let acme = World::start(database).await;
        let manager = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&manager], &[&tom]).await;
        let anytime = json!({"time_zone": "UTC"});

        manager.put(path(&tom), anytime.clone()).await.expect(200);
        manager.get(path(&tom)).await.expect(200);
        manager.delete(path(&tom)).await.expect(204);
        for request in [manager.put(path(&ann), anytime.clone()), manager.delete(path(&ann))] {
            let problem = request.await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "groups.manage");
        }
        let problem = manager.get(path(&ann)).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "users.view_all");
        let problem = tom.put(path(&tom), anytime.clone()).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "rotations.manage_members");
        tom.get(path(&tom)).await.expect(200);
        let admin = acme.person("admin", "Ada").await;
        let problem = admin.put(path(&acme.owner), anytime.clone()).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "users.manage");

        let globex = acme.second_organization().await;
        globex.owner.get(path(&tom)).await.expect_problem(404, "not_found");
        globex.owner.put(path(&tom), anytime).await.expect_problem(404, "not_found");
        globex.owner.delete(path(&tom)).await.expect_problem(404, "not_found");
    }
}
