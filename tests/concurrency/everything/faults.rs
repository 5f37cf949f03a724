//! What breaks in the middle of it.

use super::stage::Stage;
use crate::support::cluster::Cluster;
use crate::support::server::TestServer;

/// The only server dies twice; `leads` are posted in all.
pub(super) async fn of_one_server(stage: &Stage, leads: usize, server: &mut TestServer) {
    for third in 1..3 {
        stage.progress.reaches(leads * third / 3).await;
        server.kill().await;
        server.start_again(&[]).await;
    }
}

/// Of two servers, one dies and comes back, then the database, then the other server.
pub(super) async fn of_replicas(
    stage: &Stage,
    leads: usize,
    servers: [&mut TestServer; 2],
    cluster: &Cluster,
) {
    let [one, other] = servers;
    stage.progress.reaches(leads / 4).await;
    one.kill().await;
    // The other goes on meanwhile.
    stage.progress.reaches(leads / 4 + leads / 16).await;
    one.start_again(&[]).await;
    stage.progress.reaches(leads / 2).await;
    cluster.stop();
    cluster.start().await;
    stage.progress.reaches(leads * 3 / 4).await;
    other.kill().await;
    other.start_again(&[]).await;
}
