//! `GET /v1/users/{id}`.

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn shows_a_user(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let answer = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200);
        let user = answer.json();
        assert_eq!(user["id"], tom.id);
        assert_eq!(user["email"], "tom@acme.example");
        assert_eq!(user["first_name"], "Tom");
        assert_eq!(user["role"], "agent");
        assert_eq!(user["status"], "active");
        expect_instant(&text(&user["created_at"]));
        expect_instant(&text(&user["updated_at"]));
        assert_eq!(answer.header("etag"), format!("\"{}\"", user["version"]));
    }

    async fn knows_nobody_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let path = format!("/v1/users/{}", globex.owner.id);
        acme.owner.get(path).await.expect_problem(404, "not_found");
    }
}
