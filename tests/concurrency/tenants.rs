//! Many groups of two organizations at once: their leads may share a transaction, nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{all_leads_of, expect_strict_order, fresh_number, lead_for};
use crate::support::ledger::expect_sound_ledger_of;
use crate::support::world::{Organization, World};

/// A group as its own clients and members know it.
struct Department {
    group: String,
    doors: Vec<Client>,
    organization: Organization,
    order: Vec<String>,
}

async fn departments(
    organization: &Organization,
    acme: &[crate::support::server::TestServer],
) -> Vec<Department> {
    let people = organization.agents(["Tom", "Ann", "Ben", "Cem"]).await;
    let form = organization.integration(&["leads.create"]).await;
    let mut departments = Vec::new();
    for (name, members) in [("All", vec![0, 1, 2, 3]), ("Pair", vec![2, 0]), ("Solo", vec![3])] {
        let members: Vec<_> = members.into_iter().map(|index| &people[index]).collect();
        departments.push(Department {
            group: organization.group(name, &members).await,
            doors: at_each(&form, acme),
            organization: organization.clone(),
            order: members.iter().map(|member| member.id.clone()).collect(),
        });
    }
    departments
}

async fn post_to_all(departments: &Arc<Vec<Department>>, count: usize) -> Vec<(usize, Value)> {
    let begun = Arc::new(AtomicUsize::new(0));
    let mut posting = JoinSet::new();
    for client in 0..16 {
        let (departments, begun) = (Arc::clone(departments), Arc::clone(&begun));
        posting.spawn(async move {
            let mut answered = Vec::new();
            loop {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return answered;
                }
                let index = number % departments.len();
                let department = &departments[index];
                let door = &department.doors[client % department.doors.len()];
                let lead = lead_for(&department.group, fresh_number());
                answered.push((index, door.post("/v1/leads", lead).await.expect(201).json()));
            }
        });
    }
    posting.join_all().await.concat()
}

both! {
    async fn each_group_keeps_its_own_order_and_its_own_leads(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let globex = acme.second_organization().await;
        let mut all = departments(&acme, &replicas).await;
        all.extend(departments(&globex, &replicas).await);
        let all = Arc::new(all);
        let answered = post_to_all(&all, 360).await;

        for (index, department) in all.iter().enumerate() {
            let stored = all_leads_of(&department.organization.owner, &department.group).await;
            assert_eq!(stored.len(), 60);
            let order: Vec<&str> = department.order.iter().map(String::as_str).collect();
            expect_strict_order(&stored, &order);
            let mut expected: Vec<String> = answered
                .iter()
                .filter(|(to, _)| *to == index)
                .map(|(_, lead)| text(&lead["id"]))
                .collect();
            let mut found = ids(&stored);
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "every lead is where it was posted to");
            expect_sound_ledger_of(&acme, &department.organization, &department.group).await;
        }
        acme.ends_in_order(replicas).await;
    }
}
