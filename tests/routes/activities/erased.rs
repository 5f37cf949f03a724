//! What is deleted leaves no words behind.

use evenhand_persistence::activities;
use serde_json::json;

use super::KINDS;
use crate::support::activities::{Scene, events_of, own_lead, put_down, tables_with};
use crate::support::answer::text;
use crate::support::both;
use crate::support::store::open_store;

both! {
    async fn deleting_wipes_the_words_wherever_they_are(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, lead, .. } = &scene;
        for kind in KINDS {
            let path = scene.path(kind.path);
            let kept = format!("Madagascar {}", kind.path);
            let keeps = put_down(tom, lead, kind.path, kind.body(&kept, &tom.id)).await;
            let added = put_down(tom, lead, kind.path, kind.body("Zanzibar", &tom.id)).await;
            let one = format!("{path}/{}", text(&added["id"]));
            tom.patch(&one, kind.change("Mozambique")).await.expect(200);
            assert!(tables_with(&acme.database, "Zanzibar").await.contains(&"event_details"));
            assert!(tables_with(&acme.database, "Mozambique").await.contains(&"event_details"));

            tom.delete(&one).await.expect(204);
            for word in ["Zanzibar", "Mozambique"] {
                let left = tables_with(&acme.database, word).await;
                assert!(left.is_empty(), "{word} is still in {left:?}");
            }
            let id = text(&added["id"]);
            for what in ["added", "changed", "deleted"] {
                let event = format!("lead.{}_{what}", kind.event);
                assert_eq!(events_of(&acme.database, &event, &id).await, 1, "{event}");
            }
            let told = tables_with(&acme.database, &kept).await;
            assert_eq!(told.len(), 2, "another's words stay, in its row and its event: {told:?}");
            tom.get(format!("{path}/{}", text(&keeps["id"]))).await.expect(200);
        }
    }

    async fn a_lead_is_wiped_of_everything_on_it(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, lead, .. } = &scene;
        let other = own_lead(tom).await;
        for kind in KINDS {
            for lead in [lead, &other] {
                let words = if *lead == other { "Madagascar" } else { "Zanzibar" };
                let added = put_down(tom, lead, kind.path, kind.body(words, &tom.id)).await;
                let one = format!("/v1/leads/{lead}/{}/{}", kind.path, text(&added["id"]));
                tom.patch(&one, kind.change(&format!("{words} anew"))).await.expect(200);
            }
        }
        let store = open_store(&acme.database, 2).await;
        let mut tx = store.begin().await.unwrap();
        let (organization, lead) = (acme.id.parse().unwrap(), lead.parse().unwrap());
        activities::wipe(&mut tx, organization, lead).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await.unwrap();

        assert!(tables_with(&acme.database, "Zanzibar").await.is_empty());
        assert_eq!(tables_with(&acme.database, "Madagascar").await.len(), 5);
        for kind in KINDS {
            assert!(tom.get(scene.path(kind.path)).await.expect(200).items().is_empty());
            let others = tom.get(format!("/v1/leads/{other}/{}", kind.path)).await.expect(200);
            assert_eq!(others.items()[0][kind.words], json!("Madagascar anew"));
        }
    }
}
