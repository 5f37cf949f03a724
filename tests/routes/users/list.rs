//! `GET /v1/users`.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn shows_active_and_invited_users(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        acme.invitation("manager", "Mia").await;
        let users = acme.owner.get("/v1/users").await.expect(200).items();
        let mut emails: Vec<String> = users.iter().map(|user| text(&user["email"])).collect();
        emails.sort();
        assert_eq!(emails, ["mia@acme.example", "olivia@acme.example", "tom@acme.example"]);

        let active = acme.owner.get("/v1/users?status=active&role=agent").await.expect(200).items();
        assert_eq!(ids(&active), [tom.id]);
        let invited = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        assert_eq!(invited.len(), 1);
        assert_eq!(invited[0]["role"], "manager");
        assert!(acme.owner.get("/v1/users?status=inactive").await.expect(200).items().is_empty());
    }

    async fn can_be_read_page_by_page(database: Database) {
        let acme = World::start(database).await;
        for name in ["Ann", "Ben", "Cem", "Dee"] {
            acme.invitation("agent", name).await;
        }
        let mut found = Vec::new();
        let mut path = "/v1/users?limit=2".to_owned();
        loop {
            let page = acme.owner.get(&path).await.expect(200);
            assert!(page.items().len() <= 2);
            found.extend(ids(&page.items()));
            match page.json()["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/users?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!((count, found.len()), (5, 5));
    }

    async fn is_searched_by_names_and_by_the_addresses_one_sees(database: Database) {
        let acme = World::start(database).await;
        for (email, first_name, last_name) in [
            ("zora@acme.example", "Élodie", "Ørsted"),
            ("ann_b@acme.example", "Ann", "100% Smith"),
            ("annxb@acme.example", "Ann-Marie", "O'Neil"),
        ] {
            let body = json!({
                "email": email, "first_name": first_name, "last_name": last_name,
                "send_email": false,
            });
            acme.owner.post("/v1/users", body).await.expect(201);
        }
        let tom = acme.agent("Tom").await;
        let found = async |client: &Client, q: &str| {
            let answer = client.get(format!("/v1/users?q={q}")).await.expect(200);
            let mut names: Vec<String> =
                answer.items().iter().map(|user| text(&user["first_name"])).collect();
            names.sort();
            names
        };
        for client in [&*acme.owner, &*tom] {
            assert_eq!(found(client, "%C3%A9LODIE%20%C3%B8").await, ["Élodie"], "without case");
            assert_eq!(found(client, "ANN").await, ["Ann", "Ann-Marie"]);
            assert_eq!(found(client, "0%25%20s").await, ["Ann"]);
                        assert_eq!(found(client, "%5C").await, Vec::<String>::new());
            assert_eq!(found(client, "o%27neil").await, ["Ann-Marie"]);
        }
        assert_eq!(found(&acme.owner, "_").await, ["Ann"], "in the address");
        assert_eq!(found(&tom, "_").await, Vec::<String>::new());
        assert_eq!(found(&acme.owner, "zora@").await, ["Élodie"]);
        assert_eq!(found(&tom, "zora@").await, Vec::<String>::new(), "an address is not seen");
        assert_eq!(found(&tom, "tom@acme").await, ["Tom"], "but one's own");
        let long = acme.owner.get(format!("/v1/users?q={}", "x".repeat(201))).await;
        long.expect_faults(&[("/q", "too_long")]);
    }

    async fn shows_of_others_what_names_them(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let shown = async |client: &Client| {
            let mut users = client.get("/v1/users").await.expect(200).items();
            users.retain(|user| user["email"] != Value::Null);
            let mut names: Vec<String> =
                users.iter().map(|user| text(&user["first_name"])).collect();
            names.sort();
            names
        };
        assert_eq!(shown(&acme.owner).await, ["Ann", "Mia", "Olivia", "Tom"]);
        assert_eq!(shown(&mia).await, ["Mia", "Tom"]);
        assert_eq!(shown(&tom).await, ["Tom"]);
        let key = acme.integration(&["users.view"]).await;
        assert!(shown(&key).await.is_empty());
        let key = acme.integration(&["users.view", "users.view_all"]).await;
        assert_eq!(shown(&key).await.len(), 4);
        let users = ann.get("/v1/users").await.expect(200).items();
        let toms = users.iter().find(|user| user["id"] == tom.id.as_str()).unwrap();
        assert_eq!((&toms["first_name"], &toms["role"]), (&json!("Tom"), &json!("agent")));
        assert_eq!((&toms["status"], &toms["partner"]), (&json!("active"), &json!(false)));
        for hidden in ["email", "paused", "paused_until", "joined_at"] {
            assert_eq!(toms[hidden], Value::Null, "{hidden}");
        }
        let own = users.iter().find(|user| user["id"] == ann.id.as_str()).unwrap();
        expect_instant(&text(&own["joined_at"]));
        assert_eq!(own["paused"], false);
    }

    async fn is_narrowed_to_a_team_or_a_group_or_to_the_others(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let sales = acme.group("Sales", &[&ann]).await;
        let body = json!({
            "email": "ivo@acme.example", "first_name": "Ivo", "partner": true,
            "team_ids": [blue], "group_ids": [sales], "send_email": false,
        });
        acme.owner.post("/v1/users", body).await.expect(201);
        let found = async |query: String| {
            let answer = acme.owner.get(format!("/v1/users?{query}")).await.expect(200);
            let mut names: Vec<String> =
                answer.items().iter().map(|user| text(&user["first_name"])).collect();
            names.sort();
            names
        };
        assert_eq!(found(format!("team_id={blue}")).await, ["Ivo", "Mia", "Tom"]);
        assert_eq!(found(format!("not_in_team={blue}")).await, ["Ann", "Olivia"]);
        assert_eq!(found(format!("group_id={sales}")).await, ["Ann", "Ivo"], "one waits");
        assert_eq!(found(format!("not_in_group={sales}")).await, ["Mia", "Olivia", "Tom"]);
        assert_eq!(found(format!("team_id={blue}&not_in_group={sales}")).await, ["Mia", "Tom"]);
        assert_eq!(found("partner=true".to_owned()).await, ["Ivo"]);
        assert_eq!(found("partner=false&role=agent".to_owned()).await, ["Ann", "Tom"]);
        let page = acme.owner.get(format!("/v1/users?team_id={blue}&limit=2")).await.expect(200);
        let cursor = text(&page.json()["next_cursor"]);
        let rest = format!("/v1/users?team_id={blue}&limit=2&cursor={cursor}");
        let rest = acme.owner.get(rest).await.expect(200).items();
        assert_eq!((page.items().len(), rest.len()), (2, 1));
    }

    async fn knows_only_the_teams_and_groups_that_one_sees(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        let red = acme.team("Red", &[], &[&tom]).await;
        let sales = acme.group("Sales", &[]).await;
        let theirs = (globex.team("Green", &[], &[]).await, globex.group("Ads", &[]).await);
        mia.get(format!("/v1/users?team_id={blue}&group_id={sales}")).await.expect(200);
        let unseen = mia.get(format!("/v1/users?team_id={red}&not_in_team={red}")).await;
        unseen.expect_faults(&[("/not_in_team", "unknown_team"), ("/team_id", "unknown_team")]);
        let unseen = tom.get(format!("/v1/users?team_id={red}&not_in_group={sales}")).await;
        unseen.expect_faults(&[("/not_in_group", "unknown_group"), ("/team_id", "unknown_team")]);
        let query = format!("team_id={}&group_id={}", theirs.0, theirs.1);
        let unseen = acme.owner.get(format!("/v1/users?{query}")).await;
        unseen.expect_faults(&[("/group_id", "unknown_group"), ("/team_id", "unknown_team")]);
        acme.owner.delete(format!("/v1/groups/{sales}")).await.expect(204);
        let gone = acme.owner.get(format!("/v1/users?group_id={sales}")).await;
        gone.expect_faults(&[("/group_id", "unknown_group")]);
    }

    async fn refuses_filters_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        acme.owner
            .get("/v1/users?shoe_size=42&role=king&status=asleep&limit=0&partner=maybe&team_id=7")
            .await
            .expect_faults(&[
                ("/limit", "invalid_value"),
                ("/partner", "invalid_value"),
                ("/role", "invalid_value"),
                ("/shoe_size", "unknown_parameter"),
                ("/status", "invalid_value"),
                ("/team_id", "invalid_value"),
            ]);
    }
}
