//! `/livez` and `/readyz`.

use serde_json::json;

use crate::support::both;
use crate::support::cluster::Cluster;
use crate::support::database::Database;
use crate::support::wait::eventually;
use crate::support::world::World;

both! {
    async fn a_running_server_is_alive_and_ready(database: Database) {
        let acme = World::start(database).await;
        acme.anonymous().get("/livez").await.expect(200);
        acme.anonymous().get("/readyz").await.expect(200);
    }
}

/// On PostgreSQL alone: SQLite is inside the server and cannot go away by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_no_while_the_database_is_away_and_recovers() {
    let Some(cluster) = Cluster::private().await else { return };
    let cluster: &Cluster = Box::leak(Box::new(cluster));
    let acme = World::start(Database::on(cluster).await).await;
    let form = acme.integration(&["leads.create"]).await;
    let anonymous = acme.anonymous();

    cluster.stop();
    eventually("the server notices that the database is away", || async {
        (anonymous.get("/readyz").await.status == 503).then_some(())
    })
    .await;
    anonymous.get("/livez").await.expect(200);
    let lead = || form.post("/v1/leads", json!({"first_name": "Lee"}));
    lead().await.expect_problem(503, "unavailable");
    acme.owner.get("/v1/me").await.expect_problem(503, "unavailable");

    cluster.start().await;
    eventually("the server is ready again", || async {
        (anonymous.get("/readyz").await.status == 200).then_some(())
    })
    .await;
    lead().await.expect(201);
}

/// On SQLite alone: a file that was moved away goes on being written to where nobody will look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_no_while_the_file_of_the_database_is_away() {
    let acme = World::start(Database::sqlite()).await;
    let file = acme.database.file().unwrap();
    let elsewhere = file.with_extension("moved");
    let anonymous = acme.anonymous();
    std::fs::rename(&file, &elsewhere).unwrap();
    eventually("the server notices that the file is away", || async {
        (anonymous.get("/readyz").await.status == 503).then_some(())
    })
    .await;
    anonymous.get("/readyz").await.expect_problem(503, "unavailable");
    anonymous.get("/livez").await.expect(200);
    std::fs::rename(&elsewhere, &file).unwrap();
    eventually("the server is ready again", || async {
        (anonymous.get("/readyz").await.status == 200).then_some(())
    })
    .await;
}
