//! Teams that several people change at once.

use serde_json::json;
use tokio::join;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn of_two_who_save_the_members_of_one_version_one_wins(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.team("Blue", &[], &[]).await;
        let path = format!("/v1/teams/{team}/members");
        for round in 0..5 {
            let version = json!(1 + round);
            let (us, them) = (acme.owner.on_a_new_connection(), acme.owner.on_a_new_connection());
            // Neither saves what is there already.
            let toms = if round % 2 == 0 { vec![&tom.id] } else { vec![] };
            let toms = json!({"manager_ids": [acme.owner.id], "user_ids": toms});
            let anns = json!({"manager_ids": [], "user_ids": [ann.id, *if round % 2 == 0 { &acme.owner.id } else { &tom.id }]});
            let (one, other) = join!(
                async { us.put(&path, toms).if_match(&version).await },
                async { them.put(&path, anns).if_match(&version).await },
            );
            let mut statuses = [one.status.as_u16(), other.status.as_u16()];
            statuses.sort_unstable();
            // Being put on the team changes what the owner's other request may do: it may be told to
            // try again before its version is looked at.
            assert!(matches!(statuses, [200, 412]), "{one}\n{other}");
            let winner = if one.status == 200 { &one } else { &other };
            assert_eq!(acme.owner.get(&path).await.expect(200).items(), winner.items());
        }
    }

    async fn nobody_manages_a_team_who_is_no_manager_any_more(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let team = acme.team("Blue", &[], &[]).await;
        let members = format!("/v1/teams/{team}/members");
        let user = format!("/v1/users/{}", mia.id);
        for _ in 0..6 {
            let (us, them) = (acme.owner.on_a_new_connection(), acme.owner.on_a_new_connection());
            let seated = json!({"manager_ids": [mia.id], "user_ids": []});
            let (seat, demotion) = join!(
                async { us.put(&members, seated).await },
                async { them.patch(&user, json!({"role": "agent"})).await },
            );
            let is_manager = acme.owner.get(&user).await.expect(200).json()["role"] == "manager";
            let manages = !acme.owner.get(&members).await.expect(200).items().is_empty();
            assert!(is_manager || !manages, "{seat}\n{demotion}");
            match (seat.status.as_u16(), demotion.status.as_u16()) {
                (200, 409) => assert_eq!(demotion.code(), "manages_teams"),
                (422, 200) => seat.expect_faults(&[("/manager_ids/0", "not_a_manager")]),
                _ => panic!("one of the two comes first:\n{seat}\n{demotion}"),
            }
            let nobody = json!({"manager_ids": [], "user_ids": []});
            acme.owner.put(&members, nobody).await.expect(200);
            acme.owner.patch(&user, json!({"role": "manager"})).await.expect(200);
        }
    }

    async fn of_many_teams_of_one_name_one_is_made(database: Database) {
        let acme = World::start(database).await;
        let mut making = tokio::task::JoinSet::new();
        for name in ["Blue", "blue", "BLUE", "bLUE"] {
            let client = acme.owner.on_a_new_connection();
            making.spawn(async move { client.post("/v1/teams", json!({ "name": name })).await });
        }
        let mut statuses: Vec<u16> =
            making.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        assert_eq!(acme.owner.get("/v1/teams").await.expect(200).items().len(), 1);
    }

    async fn people_who_swap_teams_at_once_wait_for_each_other_and_not_in_a_circle(
        database: Database
    ) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let people = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let [blue, red] = [acme.team("Blue", &[], &[]).await, acme.team("Red", &[], &[]).await];
        let mut changing = tokio::task::JoinSet::new();
        for worker in 0..4 {
            let client = match replicas.first() {
                Some(replica) if worker % 2 == 1 => acme.owner.at(replica).on_a_new_connection(),
                _ => acme.owner.on_a_new_connection(),
            };
            let mut order: Vec<String> = people.iter().map(|person| person.id.clone()).collect();
            order.rotate_left(worker);
            let teams = if worker % 2 == 0 { [&blue, &red] } else { [&red, &blue] };
            let paths = teams.map(|team| format!("/v1/teams/{team}/members"));
            changing.spawn(async move {
                for round in 0..6 {
                    let users = &order[..1 + round % 4];
                    let body = json!({"manager_ids": [], "user_ids": users});
                    client.put(&paths[round % 2], body).await.expect(200);
                }
            });
        }
        changing.join_all().await;
        acme.ends_in_order(replicas).await;
    }
}
