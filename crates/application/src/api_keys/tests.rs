use std::time::Duration;

use evenhand_domain::clock::Clock as _;
use evenhand_domain::error::Unauthenticated;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::{Credential, Permission, Subject};
use evenhand_domain::user::Role;
use evenhand_identity::Presented;
use evenhand_persistence::access;
use uuid::Uuid;

use super::*;
use crate::testing::{World, done};

fn new_key(scopes: &[Permission]) -> NewApiKey {
    NewApiKey {
        name: "Web form".to_owned(),
        scopes: scopes.to_vec(),
        source: Some("web".to_owned()),
        group_ids: None,
        expires_at: None,
    }
}

fn codes(error: &Error) -> Vec<(&str, &str)> {
    match error {
        Error::Invalid(faults) => {
            faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn made(world: &World, grant: &Grant<ManageApiKeys>, new: &NewApiKey) -> IssuedApiKey {
    done(create(&world.services, grant, new, None).await.unwrap())
}

fn is_invalid<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Unauthenticated(Unauthenticated::Invalid)))
}

#[test]
fn every_fault_of_a_request_is_named() {
    let group = GroupId::from_uuid(Uuid::nil());
    let mut faults = Faults::default();
    let scopes = ["leads.create", "leads.eat", "leads.create"].map(str::to_owned);
    let long = "s".repeat(201);
    let parsed =
        NewApiKey::parse("", &scopes, Some(&long), Some(vec![group, group]), None, &mut faults);
    assert!(parsed.is_none());
    assert_eq!(
        codes(&Error::Invalid(faults)),
        [
            ("/name", "required"),
            ("/source", "too_long"),
            ("/scopes/1", "unknown_permission"),
            ("/group_ids/1", "duplicate"),
        ]
    );
}

#[tokio::test]
async fn a_key_acts_with_its_scopes_until_it_is_revoked_or_over() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, ManageApiKeys).await;
    let expires_at = world.clock.now().after(Duration::from_secs(60));
    let new = NewApiKey { expires_at: Some(expires_at), ..new_key(&[Permission::LeadsCreate]) };
    let (short, long) = (
        made(&world, &grant, &new).await,
        made(&world, &grant, &new_key(&[Permission::LeadsView])).await,
    );
    let presented = Presented::ApiKey(short.key.clone());
    let actor = world.authenticator.actor(&presented).await.unwrap();
    assert!(actor.may(Permission::LeadsCreate) && !actor.may(Permission::LeadsView));
    assert!(
        matches!(&actor.subject, Subject::ApiKey { source: Some(source), .. } if source == "web")
    );

    let both =
        [&short, &long].map(|key| (grant.organization_id(), Credential::ApiKey(key.api_key.id)));
    let mut tx = world.services.store.begin().await.unwrap();
    let stamps = access::confirm(&mut tx, &both).await.unwrap();
    assert_eq!(stamps[0], Some(actor.stamp));
    drop(tx);

    world.clock.advance(Duration::from_secs(60));
    assert!(is_invalid(&world.authenticator.actor(&presented).await));
    revoke(&world.services, &grant, long.api_key.id, None).await.unwrap();
    revoke(&world.services, &grant, long.api_key.id, None).await.unwrap();
    assert!(is_invalid(&world.authenticator.actor(&Presented::ApiKey(long.key)).await));
    let mut tx = world.services.store.begin().await.unwrap();
    assert_eq!(access::confirm(&mut tx, &both).await.unwrap(), [None, None]);
}

#[tokio::test]
async fn a_key_never_exceeds_its_maker() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, ManageApiKeys).await;
    let maker = made(&world, &grant, &new_key(&[Permission::ApiKeysManage])).await;
    let actor = world.authenticator.actor(&Presented::ApiKey(maker.key)).await.unwrap();
    let by_key = evenhand_domain::permission::authorize(&actor, ManageApiKeys).unwrap();
    let refused =
        create(&world.services, &by_key, &new_key(&[Permission::ApiKeysManage]), None).await;
    assert!(matches!(refused, Err(Error::PersonRequired)));

    // Nobody below owner lacks a permission that keys could have: take one away.
    let ada = world.person("ada@acme.example", Role::Admin).await;
    let mut actor = (*world.actor(&ada).await).clone();
    actor.permissions = actor.permissions.without(Permission::LeadsAssign);
    let lesser =
        evenhand_domain::permission::authorize(&std::sync::Arc::new(actor), ManageApiKeys).unwrap();
    let past = Some(world.clock.now());
    let group_ids = Some(vec![GroupId::from_uuid(Uuid::nil())]);
    let new = NewApiKey {
        group_ids,
        expires_at: past,
        ..new_key(&[Permission::LeadsView, Permission::LeadsAssign])
    };
    let refused = create(&world.services, &lesser, &new, None).await.unwrap_err();
    assert_eq!(
        codes(&refused),
        [
            ("/scopes/1", "permission_not_held"),
            ("/group_ids/0", "unknown_group"),
            ("/expires_at", "must_be_future"),
        ]
    );
    let strong = made(&world, &grant, &new_key(&[Permission::LeadsAssign])).await;
    let id = strong.api_key.id;
    let refused = rotate(&world.services, &lesser, id, None, None).await;
    assert!(matches!(refused, Err(Error::Denied(Permission::LeadsAssign))));
    let endless = ApiKeyChange { name: None, expires_at: Some(None) };
    let refused = change(&world.services, &lesser, id, endless.clone(), None).await;
    assert!(matches!(refused, Err(Error::Denied(Permission::LeadsAssign))));
    change(&world.services, &grant, id, endless, None).await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_has_another_secret_and_the_old_one_ends() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, ManageApiKeys).await;
    let first = made(&world, &grant, &new_key(&[Permission::LeadsCreate])).await;
    let id = first.api_key.id;
    let old = Presented::ApiKey(first.key);
    let remembered = world.authenticator.cached_actor(&old).await.unwrap();
    let second = done(rotate(&world.services, &grant, id, Some(1), None).await.unwrap());
    assert_eq!((second.api_key.id, second.api_key.version), (id, 2));
    assert_ne!(second.api_key.prefix, first.api_key.prefix);
    assert!(is_invalid(&world.authenticator.actor(&old).await));
    world.authenticator.actor(&Presented::ApiKey(second.key)).await.unwrap();

    // The old secret may still be remembered: what confirms it has to see that it is old.
    let old_actor = world.authenticator.cached_actor(&old).await.unwrap();
    let mut tx = world.services.store.begin().await.unwrap();
    let now = access::confirm(&mut tx, &[(grant.organization_id(), Credential::ApiKey(id))]).await;
    assert_ne!(now.unwrap()[0], Some(remembered.stamp));
    assert_eq!(old_actor.stamp, remembered.stamp);
    drop(tx);
    world.authenticator.forget(&old);
    assert!(is_invalid(&world.authenticator.cached_actor(&old).await));
}

#[tokio::test]
async fn what_was_read_afresh_is_remembered() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, ManageApiKeys).await;
    let issued = made(&world, &grant, &new_key(&[Permission::LeadsCreate])).await;
    let presented = Presented::ApiKey(issued.key);
    let remembered = world.authenticator.cached_actor(&presented).await.unwrap();
    let id = issued.api_key.id;
    let renaming = ApiKeyChange { name: Some("Form".to_owned()), expires_at: None };
    change(&world.services, &grant, id, renaming, None).await.unwrap();
    let read = world.authenticator.reread_actor(&presented).await.unwrap();
    assert_ne!(read.stamp, remembered.stamp);
    let cached = world.authenticator.cached_actor(&presented).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&read, &cached), "no further read");

    revoke(&world.services, &grant, id, None).await.unwrap();
    assert!(is_invalid(&world.authenticator.reread_actor(&presented).await));
    assert!(is_invalid(&world.authenticator.cached_actor(&presented).await));
}

#[tokio::test]
async fn a_change_names_the_version_it_is_of() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, ManageApiKeys).await;
    let key = made(&world, &grant, &new_key(&[Permission::LeadsCreate])).await.api_key;
    let renaming = |name: &str| ApiKeyChange { name: Some(name.to_owned()), expires_at: None };
    let changed = change(&world.services, &grant, key.id, renaming("Form"), Some(1)).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("Form", 2));
    assert_eq!(api_keys::get(&world.services.store, &grant, key.id).await.unwrap(), Some(changed));
    let stale = change(&world.services, &grant, key.id, renaming("x"), Some(1)).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    revoke(&world.services, &grant, key.id, Some(2)).await.unwrap();
    let late = change(&world.services, &grant, key.id, renaming("x"), None).await;
    assert!(matches!(late, Err(Error::Conflict(Conflict::ApiKeyRevoked))));
    let listed = api_keys::list(
        &world.services.store,
        &grant,
        &evenhand_domain::page::PageRequest { limit: 25, after: None },
    );
    assert_eq!(listed.await.unwrap().rows.len(), 1, "revoked ones too");
}
