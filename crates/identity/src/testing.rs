//! What the tests of this crate share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::ids::{AccountId, IdSource, OrganizationId, UserId};
use evenhand_domain::organization::{Country, Currency, Organization};
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{Store, StoreOptions, accounts, organizations, users};
use tempfile::TempDir;

/// Real randomness.
pub(crate) struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).unwrap();
    }
}

/// A clock that the test moves.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000_000_000)))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A migrated database in a temporary folder, with an organization and an active owner.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: TestClock,
    pub(crate) ids: IdSource,
    pub(crate) organization_id: OrganizationId,
    pub(crate) user_id: UserId,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = open(&folder, &clock).await;
        store.migrate().await.unwrap();
        let ids = IdSource::new(Arc::new(Random));
        let (organization_id, user_id) = found(&store, &ids).await;
        Self { store, clock, ids, organization_id, user_id, folder }
    }

    /// A further connection to the same database, as another process would have it.
    pub(crate) async fn replica(&self) -> Store {
        open(&self.folder, &self.clock).await
    }
}

async fn open(folder: &TempDir, clock: &TestClock) -> Store {
    let options = StoreOptions {
        url: format!("sqlite://{}", folder.path().join("test.db").display()),
        max_connections: 4,
        acquire_timeout: Duration::from_secs(5),
        clock: Arc::new(clock.clone()),
        clock_offset_micros: 0,
    };
    Store::connect(options).await.unwrap()
}

async fn found(store: &Store, ids: &IdSource) -> (OrganizationId, UserId) {
    let mut tx = store.begin().await.unwrap();
    let now = tx.now().await.unwrap();
    let organization = Organization {
        id: ids.next(now),
        name: "Acme".to_owned(),
        zone: "Europe/London".parse().unwrap(),
        country: Country::parse("GB").unwrap(),
        currency: Currency::parse("GBP").unwrap(),
        lead_statuses: evenhand_domain::organization::first_statuses(),
        duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
        auto_assign_creator: false,
        allow_multiple_assignees: false,
        settings_version: 1,
    };
    organizations::insert_at_set_up(&mut tx, &organization, now).await.unwrap();
    let email = evenhand_domain::contact::Email::parse("olivia@acme.example").unwrap();
    let new_id: AccountId = ids.next(now);
    let account_id = accounts::find_or_insert(&mut tx, &email, new_id, now).await.unwrap();
    let id: UserId = ids.next(now);
    let new = NewUser {
        organization_id: organization.id,
        id,
        account_id,
        role: Role::Owner,
        status: UserStatus::Active,
        first_name: "Olivia".to_owned(),
        last_name: None,
        partner: false,
        created_at: now,
    };
    assert!(users::insert(&mut tx, new).await.unwrap());
    tx.commit().await.unwrap();
    (organization.id, id)
}
