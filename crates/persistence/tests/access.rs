//! Credentials: who they stand for, and when they end.
#![expect(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::contact::Email;
use evenhand_domain::ids::{AccountId, ApiKeyId, IdSource, OrganizationId, SessionId, UserId};
use evenhand_domain::organization::{Country, Currency, Organization};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{
    Credential, Grant, ManageApiKeys, Permission, authorize, role_permissions,
};
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::api_keys::ApiKey;
use evenhand_persistence::idempotency::{self, Claim, Claimed};
use evenhand_persistence::sessions::Session;
use evenhand_persistence::users::{NamesVersions, NewUser};
use evenhand_persistence::{
    Store, StoreOptions, access, accounts, api_keys, organizations, sessions, users,
};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// Counts: ids need no unpredictability here.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

struct World {
    store: Store,
    ids: IdSource,
    organization_id: OrganizationId,
    user_id: UserId,
    folder: TempDir,
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("test.db").display())
}

impl World {
    async fn new(role: Role, status: UserStatus) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(StoreOptions {
            url: url(&folder),
            max_connections: 2,
            acquire_timeout: Duration::from_secs(5),
            clock: Arc::new(Standing),
            clock_offset_micros: 0,
        });
        let store = store.await.unwrap();
        store.migrate().await.unwrap();
        let ids = IdSource::new(Arc::new(Counting::default()));
        let mut tx = store.begin().await.unwrap();
        let organization = Organization {
            id: ids.next(NOW),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: evenhand_domain::organization::first_statuses(),
            duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 7,
        };
        organizations::insert_at_set_up(&mut tx, &organization, NOW).await.unwrap();
        let email = Email::parse("tom@acme.example").unwrap();
        let new_id: AccountId = ids.next(NOW);
        let user = NewUser {
            organization_id: organization.id,
            id: ids.next(NOW),
            account_id: accounts::find_or_insert(&mut tx, &email, new_id, NOW).await.unwrap(),
            role,
            status,
            first_name: "Tom".to_owned(),
            last_name: Some("Smith".to_owned()),
            partner: false,
            created_at: NOW,
        };
        let user_id = user.id;
        assert!(users::insert(&mut tx, user).await.unwrap());
        tx.commit().await.unwrap();
        Self { store, ids, organization_id: organization.id, user_id, folder }
    }

    async fn session(&self, expires_at: Timestamp, ended_at: Option<Timestamp>) -> SessionId {
        let mut tx = self.store.begin().await.unwrap();
        let session = Session {
            id: self.ids.next(NOW),
            organization_id: self.organization_id,
            user_id: self.user_id,
            expires_at,
            ended_at,
        };
        sessions::insert_at_sign_in(&mut tx, &session, &Origin::default(), NOW).await.unwrap();
        tx.commit().await.unwrap();
        session.id
    }

    async fn load(&self, id: SessionId) -> Option<evenhand_domain::permission::Actor> {
        access::load_session(&self.store, id, self.organization_id, self.user_id, NOW)
            .await
            .unwrap()
    }

    /// No use case writes overrides yet.
    async fn override_permission(&self, permission: &str, granted: bool) {
        let database = sea_orm::Database::connect(url(&self.folder)).await.unwrap();
        let hex = |id: uuid::Uuid| id.as_simple().to_string();
        let sql = format!(
            "INSERT INTO permission_overrides VALUES (x'{}', x'{}', '{permission}', {})",
            hex(self.organization_id.uuid()),
            hex(self.user_id.uuid()),
            u8::from(granted),
        );
        database.execute_unprepared(&sql).await.unwrap();
    }

    async fn key(
        &self,
        hash: u8,
        expires_at: Option<Timestamp>,
    ) -> (ApiKeyId, Grant<ManageApiKeys>) {
        let session = self.session(NOW.after(HOUR), None).await;
        let actor = Arc::new(self.load(session).await.unwrap());
        let grant = authorize(&actor, ManageApiKeys).unwrap();
        let mut tx = self.store.begin().await.unwrap();
        let key = ApiKey {
            id: self.ids.next(NOW),
            name: "Form".to_owned(),
            prefix: "evh_12345678".to_owned(),
            scopes: vec![Permission::LeadsCreate],
            source: None,
            group_ids: None,
            created_by: self.user_id,
            expires_at,
            revoked_at: None,
            last_used_at: None,
            version: 1,
            created_at: NOW,
        };
        api_keys::insert(&mut tx, &grant, &key, &[hash; 32]).await.unwrap();
        tx.commit().await.unwrap();
        (key.id, grant)
    }
}

#[tokio::test]
async fn a_session_stands_for_its_active_user() {
    let world = World::new(Role::Manager, UserStatus::Active).await;
    let id = world.session(NOW.after(HOUR), None).await;
    let actor = world.load(id).await.unwrap();
    assert_eq!(actor.user_id(), Some(world.user_id));
    assert_eq!(actor.permissions, role_permissions(Role::Manager));
    assert_eq!(actor.organization.name, "Acme");
    assert_eq!(actor.stamp.credential, Credential::Session(id));
    assert_eq!((actor.stamp.access_version, actor.stamp.settings_version), (1, 7));
}

#[tokio::test]
async fn a_users_permissions_are_the_roles_with_grants_and_without_denials() {
    let world = World::new(Role::Agent, UserStatus::Active).await;
    world.override_permission("leads.view_all", true).await;
    world.override_permission("leads.create", false).await;
    world.override_permission("of.another.version", true).await;
    let actor = world.load(world.session(NOW.after(HOUR), None).await).await.unwrap();
    let expected = role_permissions(Role::Agent)
        .with(Permission::LeadsViewAll)
        .without(Permission::LeadsCreate);
    assert_eq!(actor.permissions, expected);
}

#[tokio::test]
async fn a_session_that_is_over_or_not_this_users_stands_for_nobody() {
    let world = World::new(Role::Agent, UserStatus::Active).await;
    let ended = world.session(NOW.after(HOUR), Some(NOW)).await;
    let expired = world.session(NOW, None).await;
    assert!(world.load(ended).await.is_none());
    assert!(world.load(expired).await.is_none());
    assert!(world.load(world.ids.next(NOW)).await.is_none());

    let live = world.session(NOW.after(HOUR), None).await;
    let (organization_id, user_id) = (world.organization_id, world.user_id);
    for (organization_id, user_id) in
        [(world.ids.next(NOW), user_id), (organization_id, world.ids.next(NOW))]
    {
        let other = access::load_session(&world.store, live, organization_id, user_id, NOW);
        assert!(other.await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_user_who_is_not_active_has_no_access() {
    for status in [UserStatus::Invited, UserStatus::Inactive] {
        let world = World::new(Role::Owner, status).await;
        let id = world.session(NOW.after(HOUR), None).await;
        assert!(world.load(id).await.is_none(), "{status}");
        let mut tx = world.store.begin().await.unwrap();
        let of = [(world.organization_id, Credential::Session(id))];
        assert_eq!(access::confirm(&mut tx, &of).await.unwrap(), [None], "{status}");
    }
}

#[tokio::test]
async fn confirming_gives_each_credential_what_it_stands_at_in_order() {
    let world = World::new(Role::Owner, UserStatus::Active).await;
    let live = world.session(NOW.after(HOUR), None).await;
    let expired = world.session(NOW, None).await;
    let (key, _) = world.key(1, None).await;
    let (expired_key, _) = world.key(2, Some(NOW)).await;
    let unknown: SessionId = world.ids.next(NOW);
    let mut asked = vec![
        (Credential::ApiKey(key), true),
        (Credential::Session(expired), false),
        (Credential::Session(live), true),
        (Credential::ApiKey(expired_key), false),
        (Credential::Session(unknown), false),
        // The right id as the wrong kind.
        (Credential::ApiKey(ApiKeyId::from_uuid(live.uuid())), false),
        (Credential::ApiKey(key), true),
    ];
    for _ in asked.len()..64 {
        asked.push((Credential::Session(world.session(NOW.after(HOUR), None).await), true));
    }
    let credentials: Vec<_> =
        asked.iter().map(|(credential, _)| (world.organization_id, *credential)).collect();
    let mut tx = world.store.begin().await.unwrap();
    let stamps = access::confirm(&mut tx, &credentials).await.unwrap();
    for ((credential, valid), stamp) in asked.iter().zip(&stamps) {
        assert_eq!(stamp.map(|stamp| stamp.credential), valid.then_some(*credential));
    }
    assert_eq!(stamps[2], world.load(live).await.map(|actor| actor.stamp));
    assert_eq!(tx.now().await.unwrap(), NOW);

    let elsewhere = [(world.ids.next(NOW), Credential::Session(live))];
    assert_eq!(access::confirm(&mut tx, &elsewhere).await.unwrap(), [None]);
}

#[tokio::test]
async fn what_is_kept_under_keys_is_read_with_the_credentials() {
    let world = World::new(Role::Owner, UserStatus::Active).await;
    let organization_id = world.organization_id;
    let (key, _) = world.key(1, None).await;
    let claim = |number: u8, request: u8| Claim {
        organization_id,
        credential_id: key.uuid(),
        key_hash: [number; 32],
        request_hash: [request; 32],
    };
    let mut tx = world.store.begin().await.unwrap();
    let answers = [(1, b"first".to_vec()), (2, b"second".to_vec())];
    let answers = answers.map(|(number, answer)| (claim(number, 7), Uuid::nil(), answer));
    idempotency::keep(&mut tx, answers.to_vec()).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = world.store.begin().await.unwrap();
    let credentials = [(organization_id, Credential::ApiKey(key))];
    let claims = [claim(3, 7), claim(2, 7), claim(1, 8)];
    let confirmed = access::confirm_and_look(&mut tx, &credentials, &claims).await.unwrap();
    assert_eq!(confirmed.stamps, access::confirm(&mut tx, &credentials).await.unwrap());
    assert!(confirmed.stamps[0].is_some());
    assert_eq!(confirmed.names, NamesVersions::from([(organization_id, 0)]));
    let came = idempotency::judge(&mut tx, &claims, confirmed.kept, NOW).await.unwrap();
    let expected = [Claimed::Fresh, Claimed::Replay(b"second".to_vec()), Claimed::Reused];
    assert_eq!(came, expected);
}

#[tokio::test]
async fn confirming_nothing_still_takes_the_clock() {
    let world = World::new(Role::Owner, UserStatus::Active).await;
    let mut tx = world.store.begin().await.unwrap();
    assert!(access::confirm(&mut tx, &[]).await.unwrap().is_empty());
    assert_eq!(tx.now().await.unwrap(), NOW);
}

#[tokio::test]
async fn a_keys_last_use_is_noted_once_a_minute_and_leaves_its_version() {
    let world = World::new(Role::Owner, UserStatus::Active).await;
    let (id, grant) = world.key(1, None).await;
    let touch = |now| api_keys::touch(&world.store, world.organization_id, id, now);
    assert!(touch(NOW).await.unwrap());
    assert!(!touch(NOW.after(Duration::from_secs(59))).await.unwrap());
    let minute_later = NOW.after(api_keys::LAST_USE_EVERY);
    assert!(touch(minute_later).await.unwrap());
    let key = api_keys::get(&world.store, &grant, id).await.unwrap().unwrap();
    assert_eq!((key.last_used_at, key.version), (Some(minute_later), 1));
}
