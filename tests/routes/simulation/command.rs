//! `evenhand simulate`.

use serde_json::json;

use super::simulate;
use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::process::run_server_command;
use crate::support::world::World;

both! {
    async fn says_what_the_api_says(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let url = acme.database.url().to_owned();
        let changes = json!({"distribution": {"daily_limit": 1}}).to_string();
        let asked = ["simulate", "--group", &group, "--leads", "3", "--changes", &changes];
        let told = run_server_command(&url, &[&asked[..], &["--json"]].concat(), &[]).await;
        let told = told.expect_success().json();
        let body = json!({"leads": 3, "distribution": {"daily_limit": 1}});
        let same = simulate(&acme.owner, &group, body).await;
        let outline = |told: &serde_json::Value| -> Vec<_> {
            let all = told["decisions"].as_array().unwrap().iter();
            all.map(|it| (it["turn"].clone(), it["user_id"].clone(), it["reason"].clone())).collect()
        };
        assert_eq!(outline(&told), outline(&same));
        let words = run_server_command(&url, &asked, &[]).await.expect_success().stdout;
        assert!(words.contains("  Ann\n") && words.contains("nobody: all_members_at_limit"), "{words}");

        let wrong = ["simulate", "--group", &group, "--leads", "0"];
        let refused = run_server_command(&url, &wrong, &[]).await;
        assert_eq!(refused.expect_failure().status.code(), Some(2));
        let nowhere = ["simulate", "--group", &acme.id, "--leads", "1"];
        let refused = run_server_command(&url, &nowhere, &[]).await;
        assert_eq!(refused.expect_failure().status.code(), Some(2));
    }
}
