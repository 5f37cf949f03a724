//! `GET /v1/leads?q=`.

use evenhand_persistence::lead_search;
use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::fresh_number;
use crate::support::pool::{grant, group_for};
use crate::support::search::{add, listed, of, until_listed};
use crate::support::store::open_store;
use crate::support::tamper::Tamperer;
use crate::support::world::World;

/// Leads of different people, in the order of the numbers below.
fn people() -> [Value; 5] {
    [
        json!({"first_name": "Zoë", "last_name": "O'Brien-Łukasz", "email": "zoe@one.example",
               "phone": "020 7946 0018", "company": "Groß & Söhne"}),
        json!({"first_name": "Jo", "last_name": "Brandão", "email": "Jo.B@Two.example",
               "phone": "+49 30 901820", "source": "web", "tags": ["spring"]}),
        json!({"first_name": "Ann", "last_name": "Lee", "email": "ann.lee@two.example",
               "value": {"amount_minor": 5000, "currency": "GBP"}}),
        json!({"company": "Lee Brothers", "phone": "020 7946 0019", "status": "won"}),
        json!({"first_name": "Дмитрий", "last_name": "李小龙", "email": "d@three.example"}),
    ]
}

both! {
    async fn finds_by_name_company_address_and_number(database: Database) {
        let acme = World::start(database).await;
        let leads = add(&acme.owner, people()).await;
        until_listed(&acme.owner, "q=three.example", &of(&leads, &[4])).await;
        for (q, expected) in [
            ("zoe", &[0][..]),
            ("ZO%C3%8B", &[0]),
            ("brien", &[0]),
            ("lukasz", &[0]),
            ("gross", &[0]),
            ("sohne", &[0]),
            ("brandao", &[1]),
            ("Brand%C3%A3o+jo", &[1]),
            ("jo", &[1]),
            ("lee", &[3, 2]),
            ("lee+ann", &[2]),
            ("an", &[2]),
            ("nn", &[]),
            ("j+brand", &[1]),
            ("two.example", &[2, 1]),
            ("jo.b@two.example", &[1]),
            ("020+7946+0018", &[0]),
            ("%2B44+20+7946+0018", &[0]),
            ("%2B442079460018", &[0]),
            ("(020)+7946-0018", &[0]),
            ("7946", &[3, 0]),
            ("0049+30+901820", &[1]),
            ("lee+020+7946+0019", &[3]),
            ("%D0%B4%D0%BC%D0%B8%D1%82", &[4]),
            ("%E6%9D%8E%E5%B0%8F", &[4]),
            ("100%25", &[]),
            ("l_e", &[]),
            ("nobody", &[]),
        ] {
            assert_eq!(listed(&acme.owner, &format!("q={q}")).await, of(&leads, expected), "{q}");
        }
        for (q, code) in [
            ("", "too_short"), ("a", "too_short"), ("%20-%20", "too_short"), ("a+b", "too_short"),
            ("aa+bb+cc+dd+ee+ff+gg+hh+ii", "too_many"), (&"a".repeat(101), "too_long"),
        ] {
            let answer = acme.owner.get(format!("/v1/leads?q={q}&colour=red")).await;
            answer.expect_faults(&[("/colour", "unknown_parameter"), ("/q", code)]);
        }
    }

    async fn goes_with_every_other_filter(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        let mut bodies: Vec<Value> = people().into();
        bodies[0]["assignment"] = json!({"mode": "distribute", "group_id": sales});
        let mut leads = add(&acme.owner, bodies).await;
        let again = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann.lee@two.example"});
        leads.extend(add(&acme.owner, [again]).await);
        until_listed(&acme.owner, "q=ann", &of(&leads, &[5, 2])).await;
        let later = text(&leads[3]["created_at"]);
        let earlier = text(&leads[2]["id"]);
        for (query, expected) in [
            (format!("q=two&owner={}", tom.id), &[][..]),
            (format!("q=zoe&owner={}", tom.id), &[0]),
            ("q=lee&owner=unassigned".to_owned(), &[5, 3, 2]),
            (format!("q=zoe&group_id={sales}"), &[0]),
            (format!("q=jo&group_id={sales}"), &[]),
            ("q=lee&status=won".to_owned(), &[3]),
            ("q=two&source=web".to_owned(), &[1]),
            ("q=jo&tag=spring".to_owned(), &[1]),
            (format!("q=lee&duplicate_of={earlier}"), &[5]),
            (format!("q=lee&created_from={later}"), &[5, 3]),
            (format!("q=lee&created_to={later}"), &[2]),
            ("q=lee&value_min=5000&value_max=5000".to_owned(), &[2]),
            ("q=lee&value_min=5001".to_owned(), &[]),
            ("q=lee&sort=created_at".to_owned(), &[2, 3, 5]),
            ("q=lee&sort=-value".to_owned(), &[2, 5, 3]),
            ("q=lee&sort=status".to_owned(), &[2, 5, 3]),
            ("q=two&sort=-updated_at".to_owned(), &[5, 2, 1]),
        ] {
            assert_eq!(listed(&acme.owner, &query).await, of(&leads, expected), "{query}");
        }
    }

    async fn shows_nobody_more_than_they_see(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        group_for(&acme, "Sales", &[&ann], &["new"]).await;
        grant(&acme, &[&ann], &["leads.pick_up"]).await;
        let of_user = |person: &str| json!({"mode": "user", "user_id": person});
        let mut leads = Vec::new();
        // By more than a few and by fewer: both ways in which leads are found.
        for name in ["Rare", "Common", "Common", "Common", "Common", "Common", "Common"] {
            for owner in [&tom.id, &ann.id] {
                let email = format!("{name}{}@x.example", fresh_number());
                let body = json!({"first_name": name, "email": email, "assignment": of_user(owner)});
                leads.extend(add(&acme.owner, [body]).await);
            }
        }
        let nobodys = json!({"first_name": "Rare", "assignment": {"mode": "none"}});
        leads.extend(add(&acme.owner, [nobodys]).await);
        let others = [json!({"first_name": "Rare"}), json!({"first_name": "Common"})];
        let others = add(&globex.owner, others).await;
        // They came last: once they are found, everything is.
        until_listed(&globex.owner, "q=common", &of(&others, &[1])).await;
        assert_eq!(listed(&globex.owner, "q=rare").await, of(&others, &[0]));
        assert_eq!(listed(&acme.owner, "q=rare").await, of(&leads, &[14, 1, 0]));
        let toms = [12, 10, 8, 6, 4, 2];
        let anns = [13, 11, 9, 7, 5, 3];
        assert_eq!(listed(&acme.owner, "q=common").await.len(), 12);
        assert_eq!(listed(&tom, "q=common").await, of(&leads, &toms));
        assert_eq!(listed(&tom, "q=rare").await, of(&leads, &[0]));
        assert_eq!(listed(&ann, "q=common").await, of(&leads, &anns));
        assert_eq!(listed(&ann, "q=rare").await, of(&leads, &[14, 1]), "the pool as well");
        assert_eq!(listed(&ann, "q=rare&pool=true").await, of(&leads, &[14]));
        assert!(listed(&ann, "q=common&pool=true").await.is_empty());
        assert_eq!(listed(&mia, "q=common").await, of(&leads, &toms));
        assert_eq!(listed(&mia, "q=rare").await, of(&leads, &[0]));
        assert_eq!(listed(&mia, &format!("q=common&team_id={blue}")).await, of(&leads, &toms));
        assert_eq!(listed(&mia, &format!("q=rare&team_id={blue}")).await, of(&leads, &[0]));
        assert_eq!(
            listed(&acme.owner, &format!("q=rare&team_id={blue}")).await, of(&leads, &[0])
        );
        assert!(listed(&ben, "q=common").await.is_empty());
        assert!(listed(&ben, "q=rare").await.is_empty());
        let other = format!("/v1/leads?q=common&owner={}", tom.id);
        let refused = ann.get(other).await;
        assert_eq!(
            refused.expect_problem(403, "permission_denied")["permission"], "leads.view_all"
        );
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let own = add(&form, [json!({"first_name": "Rare"})]).await;
        until_listed(&form, "q=rare", &of(&own, &[0])).await;
        assert!(listed(&form, "q=common").await.is_empty());
        // Read-only sight is sight.
        let path = format!("/v1/leads/{}/owner", text(&leads[0]["id"]));
        acme.owner.put(path, json!({"user_id": ben.id})).await.expect(200);
        assert_eq!(listed(&tom, "q=rare").await, of(&leads, &[0]));
        assert_eq!(listed(&ben, "q=rare").await, of(&leads, &[0]));
        assert_eq!(listed(&mia, "q=rare").await, Vec::<String>::new());
    }

    async fn is_stable_while_leads_arrive(database: Database) {
        let acme = World::start(database).await;
        let named = |name: &str| {
            let email = format!("{name}{}@x.example", fresh_number());
            json!({"first_name": name, "email": email})
        };
        let mut leads = Vec::new();
        for _ in 0..8 {
            leads.extend(add(&acme.owner, [named("Common")]).await);
        }
        leads.extend(add(&acme.owner, [named("Rare"), named("Rare"), named("Rare"), named("Rare")]).await);
        for (name, expected) in [("Common", vec![7, 6, 5, 4, 3, 2, 1, 0]), ("Rare", vec![11, 10, 9, 8])] {
            let q = format!("q={}", name.to_lowercase());
            until_listed(&acme.owner, &q, &of(&leads, &expected)).await;
            let (mut path, mut found) = (format!("/v1/leads?limit=2&{q}"), Vec::new());
            let mut newcomers = Vec::new();
            loop {
                let page = acme.owner.get(&path).await.expect(200);
                found.extend(ids(&page.items()));
                newcomers.insert(0, text(&add(&acme.owner, [named(name)]).await[0]["id"]));
                let all: Vec<String> =
                    newcomers.iter().cloned().chain(of(&leads, &expected)).collect();
                until_listed(&acme.owner, &q, &all).await;
                match page.json()["next_cursor"].as_str() {
                    Some(cursor) => path = format!("/v1/leads?limit=2&{q}&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(found, of(&leads, &expected), "{name}");
        }
    }

    async fn what_was_wiped_is_not_found_again(database: Database) {
        let acme = World::start(database).await;
        let leads = add(&acme.owner, [json!({"first_name": "Zoe"}), json!({"first_name": "Zoe"})]).await;
        until_listed(&acme.owner, "q=zoe", &of(&leads, &[1, 0])).await;
        let store = open_store(&acme.database, 1).await;
        let (organization, lead) = (acme.id.parse().unwrap(), text(&leads[0]["id"]));
        let lead = lead.parse().unwrap();
        let before = lead_search::texts(&store, &[(organization, lead)].into()).await.unwrap();
        let raise = "UPDATE leads SET version = version + 1";
        let tamperer = Tamperer::of(&acme.database).await;
        tamperer.run(raise).await;
        let mut tx = store.begin().await.unwrap();
        lead_search::wipe(&mut tx, organization, lead).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(listed(&acme.owner, "q=zoe").await, of(&leads, &[1]));
        // Nor by a text that was read before, and is written late.
        let mut tx = store.begin().await.unwrap();
        lead_search::index(&mut tx, &before).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(listed(&acme.owner, "q=zoe").await, of(&leads, &[1]));
        tamperer.done().await;
        store.close().await.unwrap();
    }

    /// One request looks at so many leads and no more, so a page may end before it is full.
    async fn goes_on_behind_a_short_page(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let name = |name: &str| json!({"first_name": name});
        let own = json!({"first_name": "Common", "assignment": {"mode": "user", "user_id": tom.id}});
        let leads = add(&acme.owner, [own, name("Common")]).await;
        until_listed(&acme.owner, "q=common", &of(&leads, &[1, 0])).await;
        let tamperer = Tamperer::of(&acme.database).await;
        tamperer.run(&crowd(&acme.id, acme.database.file().is_some(), 20_100)).await;
        tamperer.done().await;
        let newest = add(&acme.owner, (0..6).map(|_| name("Common"))).await;
        let newest_first = of(&newest, &[5, 4, 3, 2, 1, 0]);
        let all: Vec<String> =
            newest_first.iter().cloned().chain(of(&leads, &[1, 0])).collect();
        until_listed(&acme.owner, "q=common", &all).await;
        let first = acme.owner.get("/v1/leads?q=common&limit=50").await.expect(200);
        assert_eq!(ids(&first.items()), newest_first);
        assert!(first.json()["next_cursor"].is_string(), "there may be more");
        let oldest: Vec<String> = all.iter().rev().cloned().collect();
        assert_eq!(listed(&acme.owner, "q=common&sort=created_at").await, oldest);
        assert_eq!(listed(&tom, "q=common").await, of(&leads, &[0]), "far behind the newest");
        assert_eq!(listed(&acme.owner, "q=common&sort=-value").await.len(), 8);
    }
}

/// Texts of so many leads that would have come right after the latest; there are no such leads.
fn crowd(organization: &str, is_sqlite: bool, count: usize) -> String {
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    );
    if is_sqlite {
        let organization = organization.replace('-', "");
        format!(
            "{numbers} INSERT INTO lead_search (organization_id, lead_id, text, version) \
             SELECT x'{organization}', unhex((SELECT substr(hex(max(lead_id)), 1, 12) FROM lead_search) \
             || '7fff' || 'bfff' || printf('%012x', i)), ' nobody ', 1 FROM n"
        )
    } else {
        format!(
            "{numbers} INSERT INTO lead_search (organization_id, lead_id, text, grams, version) \
             SELECT '{organization}', ((SELECT substr(replace(max(lead_id::text), '-', ''), 1, 12) \
             FROM lead_search) || '7fff' || 'bfff' || lpad(to_hex(i), 12, '0'))::uuid, ' nobody ', \
             '{{}}', 1 FROM n"
        )
    }
}
