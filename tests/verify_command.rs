//! `evenhand verify`.

use serde_json::Value;

use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::process::run_server_command;
use crate::support::tamper::Tamperer;
use crate::support::world::World;

both! {
    async fn verifies_every_rotation_and_says_so_by_its_exit_code(database: Database) {
        let acme = World::start(database).await;
        let sales = acme.group("Sales", &[&acme.owner]).await;
        acme.group("Support", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &sales, 2).await;
        let url = acme.database.url().to_owned();
        let told = run_server_command(&url, &["verify", "--json"], &[]).await.expect_success().json();
        assert_eq!(told["valid"], true);
        assert_eq!(told["rotations"].as_array().map(Vec::len), Some(2), "{told}");

        let tamperer = Tamperer::of(&acme.database).await;
        tamperer.run("UPDATE assignments SET turn = turn + 7 WHERE turn = 2").await;
        tamperer.done().await;
        let found = run_server_command(&url, &["verify", "--group", &sales, "--json"], &[]).await;
        assert_eq!(found.status.code(), Some(1), "{found:?}");
        let told: Value = found.json();
        assert_eq!(told["rotations"][0]["group_id"], sales);
        assert_eq!(told["rotations"][0]["first_invalid"]["problem"], "column_differs");
        assert_eq!(told["rotations"][0]["first_invalid"]["entry"], 4);
        let words = run_server_command(&url, &["verify", "--organization", &acme.id], &[]).await;
        assert_eq!(words.status.code(), Some(1), "{words:?}");
        assert!(words.stdout.contains("INVALID  entry 4: assignments.turn"), "{words:?}");

        let nowhere = run_server_command(&url, &["verify", "--group", &acme.id], &[]).await;
        assert_eq!(nowhere.expect_failure().status.code(), Some(2));
    }
}
