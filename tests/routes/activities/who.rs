//! Who reads, adds, changes and deletes what is on a lead.

use serde_json::{Value, json};

use super::KINDS;
use crate::support::activities::{Scene, expect_denied, hand_over, own_lead, put_down};
use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;

/// Somebody reads the list with these in it, and each by itself.
async fn expect_reads(client: &Client, path: &str, expected: &[&String]) {
    let mut found = ids(&client.get(path).await.expect(200).items());
    found.sort_unstable();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    for id in expected {
        client.get(format!("{path}/{id}")).await.expect(200);
    }
}

/// Nothing that could be done there finds anything.
async fn expect_nothing(client: &Client, path: &str, id: &str, body: Value, change: Value) {
    client.get(path).await.expect_problem(404, "not_found");
    client.post(path, body).await.expect_problem(404, "not_found");
    let path = format!("{path}/{id}");
    client.get(&path).await.expect_problem(404, "not_found");
    client.patch(&path, change).await.expect_problem(404, "not_found");
    client.delete(&path).await.expect_problem(404, "not_found");
}

both! {
    async fn whoever_works_on_the_lead_adds_and_its_author_changes(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, ann, mia, form, lead, .. } = &scene;
        let before = tom.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        for kind in KINDS {
            let path = scene.path(kind.path);
            let toms = put_down(tom, lead, kind.path, kind.body("Tom's", &tom.id)).await;
            let expected = json!({"type": "user", "id": tom.id, "name": "Tom"});
            assert_eq!((&toms["author"], &toms["version"]), (&expected, &json!(1)));
            assert_eq!(toms["lead_id"], **lead);
            let anns = put_down(ann, lead, kind.path, kind.body("Ann's", &tom.id)).await;
            let forms = put_down(form, lead, kind.path, kind.body("Form's", &tom.id)).await;
            let expected = json!({"type": "api_key", "id": form.id, "name": "Web form"});
            assert_eq!(forms["author"], expected);

            for (author, added) in [(&**tom, &toms), (&**ann, &anns), (&**form, &forms)] {
                let one = format!("{path}/{}", text(&added["id"]));
                for (other, theirs) in [(&**tom, &toms), (&**ann, &anns), (&**form, &forms)] {
                    if theirs["id"] != added["id"] {
                        let refused = other.patch(&one, kind.change("Another's")).await;
                        expect_denied(&refused, "activities.manage");
                        expect_denied(&other.delete(&one).await, "activities.manage");
                    }
                }
                let changed = author.patch(&one, kind.change("Changed")).await.expect(200);
                assert_eq!(changed.header("etag"), "\"2\"");
                assert_eq!(changed.json()[kind.words], "Changed");
                assert_eq!(changed.json()["author"], added["author"]);
            }
            let one = format!("{path}/{}", text(&anns["id"]));
            let changed = mia.patch(&one, kind.change("By Mia")).await.expect(200).json();
            assert_eq!((&changed[kind.words], &changed["version"]), (&json!("By Mia"), &json!(3)));
            assert_eq!(changed["author"]["id"], ann.id, "its author stays");
            mia.delete(&one).await.expect(204);
            mia.get(&one).await.expect_problem(404, "not_found");
            form.delete(format!("{path}/{}", text(&forms["id"]))).await.expect(204);
            tom.delete(format!("{path}/{}", text(&toms["id"]))).await.expect(204);
            assert!(tom.get(&path).await.expect(200).items().is_empty());
        }
        let after = tom.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        assert_eq!(after, before, "the lead itself is as it was");
    }

    async fn whoever_may_look_at_the_lead_reads_and_no_more(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ben, form, lead, .. } = &scene;
        let reader = acme.integration(&["leads.view", "leads.view_all"]).await;
        for kind in KINDS {
            let path = scene.path(kind.path);
            let toms = put_down(tom, lead, kind.path, kind.body("Tom's", &tom.id)).await;
            let toms = text(&toms["id"]);
            for client in [&**ben, &*reader, form] {
                expect_reads(client, &path, &[&toms]).await;
            }
            let one = format!("{path}/{toms}");
            for client in [&**ben, &*reader] {
                let body = kind.body("Another's", &tom.id);
                expect_denied(&client.post(&path, body).await, "leads.edit");
                expect_denied(&client.patch(&one, kind.change("Changed")).await, "leads.edit");
                expect_denied(&client.delete(&one).await, "leads.edit");
            }
        }
    }

    async fn who_put_it_down_and_has_lost_the_lead_looks_on(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, eve, lead, .. } = &scene;
        for kind in KINDS {
            let toms = put_down(tom, lead, kind.path, kind.body("Tom's", &tom.id)).await;
            let one = format!("{}/{}", scene.path(kind.path), text(&toms["id"]));
            hand_over(acme, lead, eve).await;
            expect_denied(&tom.patch(&one, kind.change("Changed")).await, "leads.edit");
            expect_denied(&tom.delete(&one).await, "leads.edit");
            expect_denied(&eve.patch(&one, kind.change("Changed")).await, "activities.manage");
            tom.get(&one).await.expect(200);
            hand_over(acme, lead, tom).await;
        }
    }

    async fn for_everybody_else_there_is_nothing(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, eve, lead, .. } = &scene;
        let globex = acme.second_organization().await;
        let other = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;
        let elsewhere = own_lead(tom).await;
        for kind in KINDS {
            let toms = put_down(tom, lead, kind.path, kind.body("Tom's", &tom.id)).await;
            let toms = text(&toms["id"]);
            let body = || kind.body("Another's", &tom.id);
            for client in [&**eve, &*globex.owner, &*other] {
                let path = scene.path(kind.path);
                expect_nothing(client, &path, &toms, body(), kind.change("Changed")).await;
            }
            // It is on this lead, and on no other.
            let path = format!("/v1/leads/{elsewhere}/{}/{toms}", kind.path);
            tom.get(&path).await.expect_problem(404, "not_found");
            tom.patch(&path, kind.change("Changed")).await.expect_problem(404, "not_found");
            tom.delete(&path).await.expect_problem(404, "not_found");
        }
    }

    async fn without_the_permissions_it_is_refused(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, lead, .. } = &scene;
        for kind in KINDS {
            put_down(tom, lead, kind.path, kind.body("Tom's", &tom.id)).await;
        }
        let path = format!("/v1/users/{}/permissions", tom.id);
        let deny = |permission: &str| {
            acme.owner.put(&path, json!({"grant": [], "deny": [permission]}))
        };
        deny("leads.edit").await.expect(200);
        for kind in KINDS {
            let path = scene.path(kind.path);
            tom.get(&path).await.expect(200);
            expect_denied(&tom.post(&path, kind.body("More", &tom.id)).await, "leads.edit");
        }
        deny("leads.view").await.expect(200);
        for kind in KINDS {
            expect_denied(&tom.get(scene.path(kind.path)).await, "leads.view");
        }
        expect_denied(&tom.get("/v1/tasks").await, "leads.view");
    }
}
