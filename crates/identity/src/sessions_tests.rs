use evenhand_domain::clock::Clock as _;
use evenhand_persistence::{Store, access};

use super::*;
use crate::testing::{Random, World};

async fn signed_in(world: &World) -> Renewed {
    let mut tx = world.store.begin().await.unwrap();
    let now = tx.now().await.unwrap();
    let who = (world.organization_id, world.user_id);
    let started = start(&mut tx, &world.ids, &Random, who, &Origin::default(), now).await.unwrap();
    tx.commit().await.unwrap();
    started
}

async fn exchange(store: &Store, token: &SecretString) -> Refreshed {
    let mut tx = store.begin().await.unwrap();
    let refreshed = refresh(&mut tx, &Random, token, &Origin::default()).await.unwrap();
    tx.commit().await.unwrap();
    refreshed
}

fn renewed(refreshed: Refreshed) -> SecretString {
    match refreshed {
        Refreshed::Renewed(renewed) => renewed.refresh_token,
        other => panic!("{other:?}"),
    }
}

async fn is_live(world: &World, session: &Session) -> bool {
    let now = world.clock.now();
    let id = session.id;
    let actor = access::load_session(&world.store, id, world.organization_id, world.user_id, now);
    actor.await.unwrap().is_some()
}

#[tokio::test]
async fn a_lost_answer_is_given_again_within_ten_seconds() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    renewed(exchange(&world.store, &started.refresh_token).await);
    world.clock.advance(REPLAY_WINDOW);
    let second = renewed(exchange(&world.store, &started.refresh_token).await);
    let third = renewed(exchange(&world.store, &started.refresh_token).await);
    for token in [&second, &third] {
        assert_ne!(token.expose_secret(), started.refresh_token.expose_secret());
    }
    renewed(exchange(&world.store, &third).await);
    assert!(is_live(&world, &started.session).await);
}

#[tokio::test]
async fn of_two_successors_the_first_is_dead_and_ends_the_session() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    let first = renewed(exchange(&world.store, &started.refresh_token).await);
    let second = renewed(exchange(&world.store, &started.refresh_token).await);
    let third = renewed(exchange(&world.store, &second).await);
    let reused = exchange(&world.store, &first).await;
    assert!(matches!(reused, Refreshed::Reused(_)), "at once, not only when it is late");
    assert!(matches!(exchange(&world.store, &third).await, Refreshed::Invalid));
    assert!(!is_live(&world, &started.session).await);
}

#[tokio::test]
async fn a_spent_token_whose_successor_was_used_ends_the_session_within_ten_seconds_too() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    let second = renewed(exchange(&world.store, &started.refresh_token).await);
    let third = renewed(exchange(&world.store, &second).await);
    let reused = exchange(&world.store, &started.refresh_token).await;
    assert!(matches!(reused, Refreshed::Reused(_)));
    assert!(matches!(exchange(&world.store, &third).await, Refreshed::Invalid));
}

#[tokio::test]
async fn the_ten_seconds_count_from_the_first_exchange() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    for _ in 0..2 {
        renewed(exchange(&world.store, &started.refresh_token).await);
        world.clock.advance(Duration::from_secs(6));
    }
    let late = exchange(&world.store, &started.refresh_token).await;
    assert!(matches!(late, Refreshed::Reused(_)));
}

#[tokio::test]
async fn a_spent_token_that_comes_back_later_ends_the_session() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    let elsewhere = signed_in(&world).await;
    let successor = renewed(exchange(&world.store, &started.refresh_token).await);
    world.clock.advance(REPLAY_WINDOW + Duration::from_micros(1));
    let reused = exchange(&world.store, &started.refresh_token).await;
    assert!(matches!(reused, Refreshed::Reused(session) if session.id == started.session.id));
    for token in [&successor, &started.refresh_token] {
        assert!(matches!(exchange(&world.store, token).await, Refreshed::Invalid));
    }
    assert!(!is_live(&world, &started.session).await);
    assert!(is_live(&world, &elsewhere.session).await);
}

#[tokio::test]
async fn asking_twice_at_once_leaves_one_live_successor() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    let replica = world.replica().await;
    let token = &started.refresh_token;
    let (first, second) = tokio::join!(exchange(&world.store, token), exchange(&replica, token));
    let (first, second) = (renewed(first), renewed(second));
    // Which of the two was last: tried in a transaction that is not committed.
    let mut tx = world.store.begin().await.unwrap();
    let tried = refresh(&mut tx, &Random, &first, &Origin::default()).await.unwrap();
    drop(tx);
    let (live, dead) = match tried {
        Refreshed::Renewed(_) => (first, second),
        _ => (second, first),
    };
    let next = renewed(exchange(&world.store, &live).await);
    assert!(matches!(exchange(&world.store, &dead).await, Refreshed::Reused(_)));
    assert!(matches!(exchange(&world.store, &next).await, Refreshed::Invalid));
}

#[tokio::test]
async fn a_session_ends_for_good_thirty_days_after_sign_in() {
    let world = World::new().await;
    let started = signed_in(&world).await;
    world.clock.advance(VALID_FOR - Duration::from_secs(1));
    let successor = renewed(exchange(&world.store, &started.refresh_token).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(matches!(exchange(&world.store, &successor).await, Refreshed::Invalid));
    assert!(!is_live(&world, &started.session).await);
}

#[tokio::test]
async fn what_was_never_a_refresh_token_is_invalid() {
    let world = World::new().await;
    for wrong in ["", "nonsense", "evr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refreshed = exchange(&world.store, &SecretString::from(wrong)).await;
        assert!(matches!(refreshed, Refreshed::Invalid), "{wrong}");
    }
}
