//! Strict order under load.

use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{
    all_leads_of, distribution, expect_all_there, expect_strict_order, per_owner, post_at_once,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::server::TestServer;
use crate::support::world::World;

/// One client for each server.
pub(crate) fn at_each(client: &Client, replicas: &[TestServer]) -> Vec<Client> {
    let mut clients = vec![client.clone()];
    clients.extend(replicas.iter().map(|replica| client.at(replica)));
    clients
}

both! {
    /// On PostgreSQL with two replicas, on SQLite with the one that it is for.
    async fn four_hundred_leads_by_sixteen_clients_are_dealt_strictly_in_turn(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, stephanie, lewis, denise] =
            acme.agents(["Tom", "Stephanie", "Lewis", "Denise"]).await;
        let order = [&tom, &stephanie, &lewis, &denise];
        let group = acme.group("Tele-Sales", &order).await;
        let form = acme.integration(&["leads.create"]).await;

        let answered = post_at_once(&at_each(&form, &replicas), &group, 400).await;
        assert_eq!(answered.len(), 400);
        expect_strict_order(&answered, &order.map(|person| person.id.as_str()));

        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 400);
        expect_all_there(&answered, &stored);
        assert!(per_owner(&stored).values().all(|count| *count == 100));
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["turn"], 400);
        assert_eq!(state["next"]["id"], tom.id);
        for member in state["members"].as_array().unwrap() {
            assert_eq!(member["today"], 100);
        }
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
