//! `GET /v1/organization`.

use crate::support::both;
use crate::support::world::World;

both! {
    async fn shows_what_is_set_to_those_who_run_it(database: Database) {
        let acme = World::start(database).await;
        let admin = acme.person("admin", "Adam").await;
        let answer = admin.get("/v1/organization").await.expect(200);
        let told = answer.json();
        assert_eq!(told["id"], acme.id);
        assert_eq!((&told["name"], &told["country"], &told["currency"]),
            (&"Acme".into(), &"GB".into(), &"GBP".into()));
        assert_eq!(told["time_zone"], acme.time_zone);
        assert_eq!(answer.header("etag"), format!("\"{}\"", told["version"]));

        let agent = acme.agent("Tom").await;
        let problem = agent.get("/v1/organization").await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "organization.manage");
        // What everybody needs of it is in their own profile.
        let me = agent.get("/v1/me").await.expect(200).json();
        assert_eq!(me["organization"]["version"], told["version"]);
    }
}
