//! Everything at once: leads pour in through rotations of every kind while people, rules and leads
//! change, servers die and the database goes away. Afterwards nothing is lost, doubled, skipped or
//! unfair.

mod aftermath;
mod asking;
mod chance;
mod changes;
mod deliveries;
mod faults;
mod posting;
mod stage;

use std::sync::Arc;

use stage::Stage;
use tokio::task::JoinSet;

use crate::support::cluster::Cluster;
use crate::support::database::Database;
use crate::support::process::environment;
use crate::support::server::TestServer;
use crate::support::world::World;

/// How many clients post, and how many leads each.
const POSTING: (usize, usize) = (32, 8);
/// How many clients change things, and how often each.
const CHANGING: (usize, usize) = (12, 25);

/// What all clients want follows from it; what comes before what does not.
const SEED: u64 = 20_261_122;

/// Says by which seed a failed history can be had again.
struct Told(u64);

impl Told {
    fn seed() -> Self {
        let told = environment("EVENHAND_TEST_SEED");
        Self(told.map_or(SEED, |seed| seed.parse().expect("EVENHAND_TEST_SEED is a number")))
    }
}

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "a failed history is to be had again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this history has the seed {}: set EVENHAND_TEST_SEED to it", self.0);
        }
    }
}

/// All clients at work.
fn begin(stage: &Arc<Stage>) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for number in 0..POSTING.0 {
        clients.spawn(posting::post_leads(Arc::clone(stage), number, POSTING.1));
    }
    for number in 0..CHANGING.0 {
        clients.spawn(changes::change_things(Arc::clone(stage), number, CHANGING.1));
    }
    clients
}

/// A server has had no fault of its own, whatever was done to it.
fn expect_no_fault(server: &TestServer) {
    let log = server.log();
    for word in ["panicked", "internal error"] {
        assert!(!log.contains(word), "{word}:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let told = Told::seed();
    let mut acme = World::start(Database::sqlite()).await;
    let stage = Arc::new(Stage::of(&acme, &[], told.0).await);
    let clients = begin(&stage);
    let faults = faults::of_one_server(&stage, POSTING.0 * POSTING.1, &mut acme.server);
    tokio::join!(clients.join_all(), faults);
    aftermath::until_at_rest(&acme, &stage).await;
    aftermath::expect_all_is_well(&acme, &stage).await;
    expect_no_fault(&acme.server);
    acme.ends_in_order(Vec::new()).await;
}

/// On a cluster of its own, which goes away in the middle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let Some(cluster) = Cluster::private().await else { return };
    let cluster: &Cluster = Box::leak(Box::new(cluster));
    let told = Told::seed();
    let mut acme = World::start(Database::on(cluster).await).await;
    let mut replicas = acme.further_replicas().await;
    let stage = Arc::new(Stage::of(&acme, &replicas, told.0).await);
    let clients = begin(&stage);
    let servers = [&mut replicas[0], &mut acme.server];
    let faults = faults::of_replicas(&stage, POSTING.0 * POSTING.1, servers, cluster);
    tokio::join!(clients.join_all(), faults);
    aftermath::until_at_rest(&acme, &stage).await;
    aftermath::expect_all_is_well(&acme, &stage).await;
    for server in replicas.iter().chain([&acme.server]) {
        expect_no_fault(server);
    }
    acme.ends_in_order(replicas).await;
    // The statistics, which are looked at with every database, begin anew with a crash.
    let log = cluster.log();
    assert!(!log.contains("deadlock detected"), "{log}");
}
