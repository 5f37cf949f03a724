//! Users who work on leads besides their owners.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::text;
use super::client::{Client, Request};
use super::database::Database;
use super::feed::Poller;
use super::tamper::Tamperer;
use super::world::{Organization, Person};

/// Says whether leads may have collaborators.
pub(crate) async fn allow(acme: &Organization, allowed: bool) {
    let body = json!({"allow_multiple_assignees": allowed});
    acme.owner.patch("/v1/organization", body).await.expect(200);
}

pub(crate) fn path(lead: &str, user: &str) -> String {
    format!("/v1/leads/{lead}/collaborators/{user}")
}

/// Has somebody work on a lead.
pub(crate) fn add(client: &Client, lead: &str, person: &Person) -> Request {
    client.request(Method::PUT, path(lead, &person.id))
}

/// Has somebody work on it no more.
pub(crate) fn remove(client: &Client, lead: &str, person: &Person) -> Request {
    client.delete(path(lead, &person.id))
}

/// The ids of a lead's collaborators, in their order.
pub(crate) fn collaborators(lead: &Value) -> Vec<String> {
    lead["collaborators"].as_array().unwrap().iter().map(|it| text(&it["id"])).collect()
}

/// The same of a lead as it is.
pub(crate) async fn of(client: &Client, lead: &str) -> Vec<String> {
    collaborators(&client.get(format!("/v1/leads/{lead}")).await.expect(200).json())
}

/// The one rule of those about ties that applies to somebody; `None` where they are not tied to it.
pub(crate) async fn tie(asking: &Client, lead: &str, person: &Person) -> Option<String> {
    let path = format!("/v1/leads/{lead}/access?user_id={}", person.id);
    let access = asking.get(path).await.expect(200).json();
    let ties = ["owner", "collaborator", "former_owner", "creator"];
    let rules = access["rules"].as_array().unwrap().iter();
    let mut applying = rules
        .filter(|rule| rule["applies"] == true && ties.iter().any(|tie| rule["rule"] == *tie))
        .map(|rule| text(&rule["rule"]));
    let tie = applying.next();
    assert_eq!(applying.next(), None);
    tie
}

/// What a lead's timeline tells of its collaborators, oldest first: added or removed, whom, and why.
pub(crate) async fn told(client: &Client, lead: &str) -> Vec<(String, String, String)> {
    let path = format!("/v1/leads/{lead}/activity?limit=100");
    let lines = client.get(path).await.expect(200).items();
    let mut told = Vec::new();
    let mut present: Option<Value> = None;
    for line in lines.iter().rev() {
        let Some(what) = line["kind"].as_str().unwrap().strip_prefix("lead.collaborator_") else {
            continue;
        };
        let change = &line["changes"][0];
        assert_eq!(change["field"], "collaborators");
        if let Some(present) = present {
            assert_eq!(change["before"], present, "each line begins where the one before ended");
        }
        present = Some(change["after"].clone());
        let (user, why) = (text(&line["data"]["user_id"]), text(&line["data"]["reason"]));
        let names = |side: &str, user: &str| {
            change[side].as_array().unwrap().iter().any(|it| it["id"] == *user)
        };
        assert_eq!(names("before", &user), what == "removed", "{line}");
        assert_eq!(names("after", &user), what == "added", "{line}");
        told.push((what.to_owned(), user, why));
    }
    let lead = client.get(format!("/v1/leads/{lead}")).await.expect(200).json();
    assert_eq!(present.unwrap_or_else(|| json!([])), lead["collaborators"]);
    told
}

/// The feed tells of so many who were added, and so many who were removed.
pub(crate) async fn expect_in_feed(client: &Client, added: usize, removed: usize) {
    for (count, what) in [(added, "added"), (removed, "removed")] {
        let mut poller = Poller::of(client, &format!("limit=100&kind=lead.collaborator_{what}"));
        let events = poller.next(count).await;
        assert_eq!(events.len(), count, "{what}");
        assert!(events.iter().all(|event| event["subject"]["type"] == "lead"));
        assert!(poller.rest().await.is_empty(), "more were {what}");
    }
}

/// As many ties as there are collaborators, and how many that is.
pub(crate) async fn expect_ties_in_step(database: &Database) -> usize {
    let tamperer = Tamperer::of(database).await;
    let collaborators = tamperer.rows("lead_collaborators").await.len();
    let ties = tamperer.rows("lead_access").await;
    tamperer.done().await;
    let ties = ties.iter().filter(|tie| tie.number("kind") == Some(2)).count();
    assert_eq!(ties, collaborators, "a tie for each collaborator");
    collaborators
}
