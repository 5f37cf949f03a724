//! Posting letters the way use cases do, and looking at what became of them.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use evenhand_delivery::Outbox;
use evenhand_delivery::mail::{Letter, LetterKind};
use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::ids::{IdSource, MailId, OrganizationId};
use evenhand_persistence::{Store, Tx};
use sea_orm::{FromQueryResult, Statement};
use secrecy::SecretString;
use uuid::Uuid;

use crate::support::database::Database;
use crate::support::server::{TestServer, Variable};
use crate::support::store::options;
use crate::support::wait::eventually;

pub(super) const FROM: Variable<'_> =
    ("EVENHAND_MAIL_FROM", "Evenhand <no-reply@evenhand.example>");
pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// Posts letters into a database.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) outbox: Outbox,
    organization_id: Option<OrganizationId>,
}

/// What the database says of a letter.
#[derive(Debug, FromQueryResult)]
pub(super) struct Stored {
    pub(super) attempts: i32,
    pub(super) payload: Vec<u8>,
    pub(super) sent_at: Option<i64>,
    pub(super) failed_at: Option<i64>,
    pub(super) last_error: Option<String>,
}

#[derive(FromQueryResult)]
struct Data {
    data: serde_json::Value,
}

struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "these tests write what servers then read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }
}

struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        File::open("/dev/urandom").unwrap().read_exact(bytes).unwrap();
    }
}

impl Desk {
    /// In a database with the schema.
    pub(super) async fn at(database: &Database) -> Self {
        Self::sealing(database, None).await
    }

    /// One that seals what letters say.
    pub(super) async fn sealing(database: &Database, secret: Option<&str>) -> Self {
        let store = Store::connect(options(database, Arc::new(Now))).await.unwrap();
        store.migrate().await.unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(Random);
        let secret = secret.map(SecretString::from);
        let outbox = Outbox::new(IdSource::new(Arc::clone(&entropy)), entropy, secret.as_ref());
        Self { store, outbox: outbox.unwrap(), organization_id: None }
    }

    /// The same on behalf of an organization.
    pub(super) fn of(mut self, organization: &str) -> Self {
        self.organization_id = Some(organization.parse().unwrap());
        self
    }

    /// An invitation with this token, good for a week, about somebody new.
    pub(super) fn invitation(&self, to: &str, token: &str) -> Letter {
        self.letter(to, |now| LetterKind::Invitation {
            organization: "Acme & Söhne <Ltd>".to_owned(),
            inviter: "Olivia Owner".to_owned(),
            url: format!("https://crm.example.com/invitations/{token}").into(),
            expires_at: now.after(7 * 24 * HOUR),
        })
    }

    /// A link for a new password, good for half an hour.
    pub(super) fn password_reset(&self, to: &str, token: &str) -> Letter {
        self.letter(to, |now| LetterKind::PasswordReset {
            url: format!("https://crm.example.com/new-password?t={token}").into(),
            expires_at: now.after(HOUR / 2),
        })
    }

    /// News of a changed password.
    pub(super) fn password_changed(&self, to: &str) -> Letter {
        self.letter(to, |at| LetterKind::PasswordChanged { at })
    }

    fn letter(&self, to: &str, kind: impl FnOnce(Timestamp) -> LetterKind) -> Letter {
        let mut random = [0; 16];
        Random.fill(&mut random);
        Letter {
            organization_id: self.organization_id,
            about: Uuid::from_bytes(random),
            to: to.to_owned(),
            name: "Tom".to_owned(),
            kind: kind(Now.now()),
        }
    }

    /// Posts a letter in a transaction of its own.
    pub(super) async fn post(&self, letter: &Letter) -> MailId {
        let mut tx = self.store.begin().await.unwrap();
        let id = self.post_in(&mut tx, letter).await;
        tx.commit().await.unwrap();
        id
    }

    pub(super) async fn post_in(&self, tx: &mut Tx, letter: &Letter) -> MailId {
        self.outbox.post(tx, letter).await.unwrap()
    }
}

/// A server that sends to this address.
pub(super) async fn sender(database: &Database, url: &str) -> TestServer {
    sender_with(database, url, &[]).await
}

/// The same with more in its environment.
pub(super) async fn sender_with(
    database: &Database,
    url: &str,
    variables: &[Variable<'_>],
) -> TestServer {
    let mut all = vec![("EVENHAND_MAIL", url), FROM, ("EVENHAND_LOG", "info")];
    all.extend(variables);
    TestServer::start_with(database, &all).await
}

/// Stops a server and starts it again as one that sends to this address, so much later.
pub(super) async fn later(server: &mut TestServer, url: &str, offset: &str) {
    let offset = ("EVENHAND_CLOCK_OFFSET", offset);
    server.restart_with(&[("EVENHAND_MAIL", url), FROM, ("EVENHAND_LOG", "info"), offset]).await;
}

/// What the database says of a letter; `None` when it says nothing.
pub(super) async fn stored(database: &Database, id: MailId) -> Option<Stored> {
    let sql = "SELECT attempts, payload, sent_at, failed_at, last_error FROM outgoing_mail \
               WHERE id = $1";
    query(database, sql, id.uuid()).await.into_iter().next()
}

/// Waits until a letter is as `look` wants it.
pub(super) async fn once(
    database: &Database,
    id: MailId,
    what: &str,
    look: impl Fn(&Stored) -> bool,
) -> Stored {
    eventually(what, || async { stored(database, id).await.filter(|stored| look(stored)) }).await
}

/// What events of a kind about somebody hold.
pub(super) async fn events(database: &Database, about: Uuid) -> Vec<serde_json::Value> {
    let sql = "SELECT data FROM events WHERE subject_id = $1 AND kind = 'mail.failed'";
    let events: Vec<Data> = query(database, sql, about).await;
    events.into_iter().map(|event| event.data).collect()
}

async fn query<T: FromQueryResult>(database: &Database, sql: &str, id: Uuid) -> Vec<T> {
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [id.into()]);
    let rows = T::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}
