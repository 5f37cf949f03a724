//! Notes that were said with a decision on the lead's ownership.

use evenhand_domain::activity::{Author, NoteFields};
use evenhand_domain::clock::Timestamp;
use evenhand_persistence::activities::notes::{self, NewNote};
use serde_json::json;

use crate::support::activities::Scene;
use crate::support::both;
use crate::support::ledger::open_store;

both! {
    async fn a_handoff_note_is_a_note_with_its_assignment(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, lead, .. } = &scene;
        let shown = tom.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        let assignment = shown["assignment"]["id"].clone();
        let store = open_store(&acme.database).await;
        let mut tx = store.begin().await.unwrap();
        let note = NewNote {
            id: "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0b".parse().unwrap(),
            lead_id: lead.parse().unwrap(),
            fields: NoteFields { body: "Likes tea.".to_owned(), mentions: Vec::new() },
            author: Author::User(acme.owner.id.parse().unwrap()),
            assignment_id: assignment.as_str().map(|id| id.parse().unwrap()),
            at: Timestamp::from_micros(1_700_000_000_000_000),
        };
        notes::insert(&mut tx, acme.id.parse().unwrap(), &[note]).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await.unwrap();
        let listed = tom.get(scene.path("notes")).await.expect(200).items();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0]["body"], &listed[0]["assignment_id"]), (&json!("Likes tea."), &assignment));
        assert_eq!(listed[0]["author"]["name"], "Olivia Owner");
    }
}
