//! `GET /v1/users/{id}`.

use serde_json::{Value, json};

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

    async fn shows_teams_and_groups_as_far_as_one_sees_them(database: Database) {
        let acme = World::start(database).await;
        let [mia, max] = [acme.person("manager", "Mia").await, acme.person("manager", "Max").await];
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let red = acme.team("Red", &[&max], &[&tom]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        let path = format!("/v1/users/{}", tom.id);
        let groups = json!([{"id": sales, "name": "Sales"}]);
        let in_blue = json!({"id": blue, "name": "Blue", "seat": "user"});
        let both = json!([in_blue, {"id": red, "name": "Red", "seat": "user"}]);
        let user = acme.owner.get(&path).await.expect(200).json();
        assert_eq!((&user["teams"], &user["groups"]), (&both, &groups));
        let user = mia.get(&path).await.expect(200).json();
        assert_eq!((&user["teams"], &user["groups"]), (&json!([in_blue]), &groups), "her own team");
        let user = tom.get(&path).await.expect(200).json();
        assert_eq!((&user["teams"], &user["groups"]), (&both, &groups), "all about oneself");
        let user = ann.get(&path).await.expect(200).json();
        assert_eq!((&user["teams"], &user["groups"]), (&Value::Null, &Value::Null));
        assert_eq!((&user["email"], &user["first_name"]), (&Value::Null, &json!("Tom")));
        let manager = acme.owner.get(format!("/v1/users/{}", mia.id)).await.expect(200).json();
        assert_eq!(manager["teams"][0]["seat"], "manager");
        assert_eq!(manager["groups"], json!([]));
    }

    async fn knows_nobody_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let path = format!("/v1/users/{}", globex.owner.id);
        acme.owner.get(path).await.expect_problem(404, "not_found");
    }
}
