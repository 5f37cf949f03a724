//! What the tests of this crate share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use evenhand_delivery::Links;
use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::IdSource;
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{Action, Actor, Grant, authorize};
use evenhand_domain::user::Role;
use evenhand_identity::passwords::PasswordLimits;
use evenhand_identity::{Authenticator, Keyring, Passwords, Presented, Tokens};
use evenhand_persistence::idempotency::Outcome;
use evenhand_persistence::{Store, StoreOptions};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::Services;
use crate::people::{self, Accept, Invite};
use crate::sign_in::SignedIn;
use crate::start::{Founded, SetUp, SetUpTexts, set_up};

pub(crate) const PASSWORD: &str = "seven-Otters_knit 41 scarves";

struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).unwrap();
    }
}

/// A clock that the test moves.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The use cases on a database in a temporary folder, with the organization Acme.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) authenticator: Authenticator,
    pub(crate) clock: TestClock,
    pub(crate) acme: Founded,
    _folder: TempDir,
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

pub(crate) fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(done) => done,
        Outcome::Replayed(_) => panic!("a replay"),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock(Arc::new(AtomicI64::new(1_800_000_000_000_000)));
        let options = StoreOptions {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            max_connections: 4,
            acquire_timeout: Duration::from_secs(5),
            clock: Arc::new(clock.clone()),
            clock_offset_micros: 0,
        };
        let store = Store::connect(options).await.unwrap();
        store.migrate().await.unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(Random);
        let keyring = Keyring::open(&store, entropy.as_ref(), None).await.unwrap();
        let tokens = Tokens::new(Arc::new(keyring), Tokens::ISSUER);
        let services = Services {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            ids: IdSource::new(Arc::clone(&entropy)),
            passwords: Passwords::new(
                Arc::clone(&entropy),
                PasswordLimits { parallel: 2, waiting: 64 },
            ),
            entropy,
            tokens: tokens.clone(),
            public_url: "https://api.example.com".to_owned(),
            links: Links::new("https://api.example.com", None, None),
            aside: crate::aside::Aside::default(),
            mail: None,
        };
        let authenticator = Authenticator::new(store, tokens, Arc::new(clock.clone()));
        let acme = found(&services, "Acme", "olivia@acme.example").await;
        Self { services, authenticator, clock, acme, _folder: folder }
    }

    pub(crate) async fn actor(&self, signed_in: &SignedIn) -> Arc<Actor> {
        let presented = Presented::Bearer(signed_in.access_token.clone());
        self.authenticator.actor(&presented).await.unwrap()
    }

    pub(crate) async fn grant<A: Action>(&self, signed_in: &SignedIn, action: A) -> Grant<A> {
        authorize(&self.actor(signed_in).await, action).unwrap()
    }

    /// The owner, signed in.
    pub(crate) async fn olivia(&self) -> SignedIn {
        sign_in(&self.services, "olivia@acme.example").await.unwrap()
    }

    /// The token of an invitation by the owner.
    pub(crate) async fn invitation(&self, email: &str, role: Role) -> SecretString {
        let grant =
            self.grant(&self.olivia().await, evenhand_domain::permission::InviteUsers).await;
        let invited = people::invite(&self.services, &grant, &invite(email, role), None).await;
        done(invited.unwrap()).invitation.unwrap().token
    }

    /// A user with this role, signed in.
    pub(crate) async fn person(&self, email: &str, role: Role) -> SignedIn {
        let token = self.invitation(email, role).await;
        people::accept(&self.services, &token, &accept(PASSWORD), &Origin::default()).await.unwrap()
    }
}

pub(crate) fn invite(email: &str, role: Role) -> Invite {
    let mut faults = Faults::default();
    Invite::parse(email, "Tom", None, Some(role.as_str()), &mut faults).unwrap()
}

pub(crate) fn accept(password: &str) -> Accept {
    Accept::with_password(secret(password))
}

pub(crate) fn start(name: &str, email: &str, password: &str) -> SetUp {
    let texts = SetUpTexts {
        name,
        time_zone: "Europe/London",
        country: "GB",
        currency: "GBP",
        email,
        first_name: "Olivia",
        last_name: None,
    };
    SetUp::parse(&texts, secret(password), &mut Faults::default()).unwrap()
}

pub(crate) async fn found(services: &Services, name: &str, email: &str) -> Founded {
    set_up(services, start(name, email, PASSWORD)).await.unwrap()
}

pub(crate) async fn sign_in(
    services: &Services,
    email: &str,
) -> Result<SignedIn, evenhand_domain::error::Error> {
    let request = crate::sign_in::SignIn {
        email: email.to_owned(),
        password: secret(PASSWORD),
        organization_id: None,
    };
    crate::sign_in::login(services, request, &Origin::default()).await
}
