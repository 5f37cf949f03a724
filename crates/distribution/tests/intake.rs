//! The intake on SQLite: order, keys, authority. (Both databases, processes and crashes are the
//! black-box tests' matter.)

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may fail loudly")]

mod house;

use std::sync::Arc;

use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::clock::Clock;
use evenhand_domain::contact::Email;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::lead::{AssignmentRequest, AssignmentSource, Lead, NewLead};
use evenhand_domain::permission::{CreateLeads, ViewLeads, authorize, authorize_unconfirmed};
use evenhand_domain::rotation::Limits;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::idempotency::Once;
use evenhand_persistence::rotations::{self};
use evenhand_persistence::sessions;
use house::{Fixed, House, created, lead, once};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_hundred_leads_at_once_are_dealt_strictly_in_turn() {
    let house = House::with_members(4, Limits::default()).await;
    let intake = house.intake();
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..600 {
        let (intake, submission) = (intake.clone(), house.submission(&format!("Lead {index}")));
        tasks.spawn(async move { created(intake.submit(submission).await) });
    }
    let mut leads = tasks.join_all().await;
    leads.sort_by_key(|lead| lead.assignment.dealt.as_ref().unwrap().turn);
    for (index, pair) in leads.windows(2).enumerate() {
        assert!(pair[0].id < pair[1].id, "ids are in the order of dealing at {index}");
    }
    for (index, lead) in leads.iter().enumerate() {
        assert_eq!(lead.assignment.dealt.as_ref().unwrap().turn, Some(index as u64 + 1));
        assert_eq!(lead.owner().unwrap().id, house.members[index % 4]);
    }
    assert_eq!(house.turns().await, 600, "and the ledger replays to it");
    let entries = [10_u64, 515, 600];
    let explained = rotations::explain(
        &house.store,
        &authorize(&house.actor, ViewLeads).unwrap(),
        house.rotation,
        &entries,
    )
    .await
    .unwrap();
    assert_eq!(explained.len(), 3, "also behind a checkpoint");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_and_who_is_left_over_is_told_why() {
    let house = House::with_members(2, Limits { daily: 3, monthly: 0 }).await;
    let intake = house.intake();
    let leads = futures_util::future::join_all(
        (0..10).map(|index| intake.submit(house.submission(&format!("Lead {index}")))),
    )
    .await;
    let leads: Vec<Lead> = leads.into_iter().map(created).collect();
    assert_eq!(leads.iter().filter(|lead| lead.owner().is_some()).count(), 6);
    for left in leads.iter().filter(|lead| lead.owner().is_none()) {
        let dealt = left.assignment.dealt.as_ref().unwrap();
        assert_eq!(left.assignment.reason.unwrap().as_str(), "all_members_at_limit");
        assert_eq!(dealt.turn, None);
    }
    assert_eq!(house.turns().await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_knows_of_a_rotation_ends_where_another_has_dealt_by_it() {
    let house = House::with_members(3, Limits { daily: 4, monthly: 0 }).await;
    let processes = [house.intake(), house.intake()];
    let mut owners = Vec::new();
    for index in [0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0] {
        let lead = processes[index].submit(house.submission("Lee")).await;
        owners.push(created(lead).owner().map(|owner| owner.id));
    }
    let in_turn = house.members.iter().cycle().map(|member| Some(*member));
    let limited = in_turn.take(12).chain([None, None]);
    assert_eq!(owners, limited.collect::<Vec<_>>(), "in turn, and each up to the limit");
    assert_eq!(house.turns().await, 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_lead_however_often_it_is_sent() {
    let house = House::with_members(2, Limits::default()).await;
    let intake = house.intake();
    let credential = house.actor.stamp.credential;
    let submissions = (0..8)
        .map(|_| Submission { once: Some(once(1, 1, credential)), ..house.submission("Ada") });
    let answers =
        futures_util::future::join_all(submissions.map(|submission| intake.submit(submission)))
            .await;
    let (mut stored, mut replayed) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer.unwrap() {
            Submitted::Created(lead) => stored.push(lead.id.uuid().as_bytes().to_vec()),
            Submitted::Replayed(kept) => replayed.push(kept),
            Submitted::Stale => panic!("stale"),
        }
    }
    assert_eq!((stored.len(), replayed.len()), (1, 7));
    assert!(replayed.iter().all(|kept| *kept == stored[0]));
    let other = Submission { once: Some(once(1, 2, credential)), ..house.submission("Ben") };
    assert!(matches!(intake.submit(other).await, Err(Error::IdempotencyKeyReused)));
    assert_eq!(house.turns().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_not_remembered_and_takes_no_turn() {
    let house = House::with_members(2, Limits::default()).await;
    let intake = house.intake();
    let credential = house.actor.stamp.credential;
    let nowhere = AssignmentRequest::Distribute(RotationOwner::Group(house.ids.next(Fixed.now())));
    let mut known = lead("Ada");
    known.external_id = Some("4711".to_owned());
    let wrong = Submission {
        lead: known.clone(),
        how: nowhere,
        once: Some(once(2, 1, credential)),
        ..house.submission("")
    };
    assert!(matches!(intake.submit(wrong).await, Err(Error::Invalid(_))));
    let right = Submission {
        lead: known.clone(),
        once: Some(once(2, 3, credential)),
        ..house.submission("")
    };
    created(intake.submit(right).await);
    let again = Submission { lead: known, ..house.submission("") };
    let refused = intake.submit(again).await;
    assert!(matches!(refused, Err(Error::Conflict(Conflict::ExternalIdTaken))), "{refused:?}");
    assert_eq!(house.turns().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_that_has_ended_or_changed_stores_nothing() {
    let house = House::with_members(1, Limits::default()).await;
    let intake = house.intake();
    let mut old = (*house.actor).clone();
    old.stamp.settings_version -= 1;
    let stale = Submission {
        grant: authorize_unconfirmed(&Arc::new(old), CreateLeads).unwrap(),
        ..house.submission("Ada")
    };
    assert!(matches!(intake.submit(stale).await, Ok(Submitted::Stale)));
    let mut tx = house.store.begin().await.unwrap();
    sessions::end(&mut tx, house.session_id(), Fixed.now()).await.unwrap();
    tx.commit().await.unwrap();
    let ended = intake.submit(house.submission("Ada")).await;
    assert!(matches!(ended, Err(Error::Unauthenticated(_))), "{ended:?}");
    assert_eq!(house.turns().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_intake_finishes_what_it_took() {
    let house = House::with_members(3, Limits::default()).await;
    let intake = house.intake();
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..100 {
        let (intake, submission) = (intake.clone(), house.submission(&format!("Lead {index}")));
        tasks.spawn(async move { intake.submit(submission).await });
    }
    // The tasks run on other threads: some have submitted, some come too late.
    intake.close().await;
    let stored = tasks.join_all().await.into_iter().filter(Result::is_ok).count();
    assert_eq!(house.turns().await, stored as u64, "told is stored, stored is told");
    let late = intake.submit(house.submission("Late")).await;
    assert!(matches!(late, Err(Error::Unavailable(..))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_equal_keys_and_ids_are_settled_within_their_batch() {
    let house = House::with_members(2, Limits::default()).await;
    let intake = house.intake();
    let credential = house.actor.stamp.credential;
    let same_key = (0..300).map(|index| Submission {
        once: Some(once(9, if index % 3 == 2 { 2 } else { 1 }, credential)),
        ..house.submission("Ada")
    });
    let same_id = (0..300).map(|_| Submission {
        lead: NewLead { external_id: Some("4711".to_owned()), ..lead("Ben") },
        ..house.submission("")
    });
    let all = same_key.chain(same_id).map(|submission| intake.submit(submission));
    let answers = futures_util::future::join_all(all).await;
    let (keys, ids) = answers.split_at(300);
    let count = |answers: &[Result<Submitted, Error>],
                 wanted: fn(&Result<Submitted, Error>) -> bool| {
        answers.iter().filter(|answer| wanted(answer)).count()
    };
    assert_eq!(count(keys, |answer| matches!(answer, Ok(Submitted::Created(_)))), 1);
    assert_eq!(count(keys, |answer| matches!(answer, Ok(Submitted::Replayed(_)))), 199);
    assert_eq!(count(keys, |answer| matches!(answer, Err(Error::IdempotencyKeyReused))), 100);
    assert_eq!(count(ids, |answer| matches!(answer, Ok(Submitted::Created(_)))), 1);
    assert_eq!(count(ids, |answer| matches!(answer, Err(Error::Conflict(_)))), 299);
    assert_eq!(house.turns().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_leads_of_one_person_are_one_turn_and_follow_each_other() {
    let house = House::with_members(2, Limits::default()).await;
    let intake = house.intake();
    let email = Email::parse("lee@customer.example").unwrap();
    let lee = |how| Submission {
        lead: NewLead { email: Some(email.clone()), ..lead("Lee") },
        how,
        ..house.submission("")
    };
    let nowhere = AssignmentRequest::Distribute(RotationOwner::Group(house.ids.next(Fixed.now())));
    // Those that are not stored have no followers.
    let all = (0..300).map(|index| {
        let group = AssignmentRequest::Distribute(house.group.into());
        intake.submit(lee(if index % 50 == 0 { nowhere } else { group }))
    });
    let answers = futures_util::future::join_all(all).await;
    let (stored, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((stored.len(), refused.len()), (294, 6));
    let leads: Vec<Lead> = stored.into_iter().map(created).collect();
    assert_eq!(leads[0].assignment.source, Some(AssignmentSource::Distribution));
    assert_eq!(leads[0].duplicate_of, None);
    for pair in leads.windows(2) {
        assert_eq!(pair[1].duplicate_of, Some(pair[0].id));
        assert_eq!(pair[1].assignment.source, Some(AssignmentSource::Duplicate));
        assert_eq!(pair[1].owner(), leads[0].owner());
    }
    assert_eq!(house.turns().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_that_makes_the_code_panic_fails_alone() {
    let house = House::with_members(3, Limits::default()).await;
    let intake = house.intake();
    let guilty = Once::<Lead> {
        keep: Box::new(|_| panic!("on purpose")),
        ..once(1, 1, house.actor.stamp.credential)
    };
    let guilty = Submission { once: Some(guilty), ..house.submission("Guilty") };
    let innocent = (0..40).map(|index| house.submission(&format!("Lead {index}")));
    let all = std::iter::once(guilty).chain(innocent).map(|submission| intake.submit(submission));
    let mut answers = futures_util::future::join_all(all).await.into_iter();
    assert!(matches!(answers.next(), Some(Err(Error::Internal(_)))));
    answers.for_each(|answer| drop(created(answer)));
    assert_eq!(house.turns().await, 40);
}
