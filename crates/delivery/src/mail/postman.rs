//! The worker that sends letters. Any number of them work on one database.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::Clock;
use evenhand_persistence::events::{self, Event, EventActor};
use evenhand_persistence::outgoing_mail::{self, ClaimedMail, Settlement};
use evenhand_persistence::{Result, Store};
use futures_util::future::join_all;
use lettre::message::Mailbox;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use super::backoff::next_attempt;
use super::message::{Unwritable, message, write};
use super::outbox::Outbox;
use super::settings::MailSettings;
use super::transport::{NotTaken, Transport, TransportError};

/// How often it is looked for letters that other processes posted, or whose time has come.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Letters that one worker sends at a time.
const AT_ONCE: u32 = 4;

/// How often the outcome of a letter is tried to be stored, and how long is waited in between. The
/// more often, the less likely a letter is to be sent twice.
const SETTLE_TRIES: u32 = 20;
const SETTLE_EVERY: Duration = Duration::from_millis(500);

/// Sends letters.
pub struct Postman {
    store: Store,
    clock: Arc<dyn Clock>,
    outbox: Outbox,
    transport: Transport,
    from: Mailbox,
    /// Distinguishes its claims from those of other workers.
    id: Uuid,
    lease: Duration,
}

impl Postman {
    /// A worker that sends what is in `outbox`'s database.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        outbox: Outbox,
        settings: &MailSettings,
    ) -> Result<Self, TransportError> {
        let mut random = [0; 16];
        outbox.entropy().fill(&mut random);
        Ok(Self {
            store,
            clock,
            outbox,
            transport: Transport::new(settings, AT_ONCE)?,
            from: settings.from.clone(),
            id: uuid::Builder::from_random_bytes(random).into_uuid(),
            // Longer than sending and settling take together.
            lease: settings.timeout + SETTLE_TRIES * SETTLE_EVERY * 4,
        })
    }

    /// Whether mail can be sent with these settings; the mail server is not asked.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(settings: &MailSettings) -> Result<(), TransportError> {
        Transport::new(settings, AT_ONCE).map(drop)
    }

    /// Sends until `stop` turns true; then finishes what it has in hand.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !*stop.borrow() {
            match self.deliver_due().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!(error = ?error, "mail waits: no database"),
            }
            tokio::select! {
                _ = tick.tick() => {}
                () = self.outbox.posted() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        self.transport.close().await;
    }

    /// Sends some of what is due; returns how many letters there were.
    async fn deliver_due(&self) -> Result<usize> {
        if !outgoing_mail::is_any_due(&self.store, self.clock.now()).await? {
            return Ok(0);
        }
        let mut tx = self.store.begin().await?;
        let claimed = outgoing_mail::claim(&mut tx, self.id, AT_ONCE, self.lease).await?;
        tx.commit().await?;
        join_all(claimed.iter().map(|mail| self.deliver(mail))).await;
        Ok(claimed.len())
    }

    async fn deliver(&self, mail: &ClaimedMail) {
        let sent = self.send(mail).await;
        for tried in 1.. {
            match self.settle(mail, &sent).await {
                Ok(()) => return,
                Err(error) if tried < SETTLE_TRIES => {
                    tracing::debug!(error = ?error, mail_id = %mail.id, "not settled yet");
                    tokio::time::sleep(SETTLE_EVERY).await;
                }
                Err(error) => {
                    let is_sent = sent.is_ok();
                    tracing::error!(
                        error = ?error, mail_id = %mail.id, is_sent,
                        "the outcome of a letter could not be stored: it will be tried again"
                    );
                    return;
                }
            }
        }
    }

    async fn send(&self, mail: &ClaimedMail) -> Result<(), NotTaken> {
        if mail.expires_at <= self.clock.now() {
            return Err(NotTaken::never("expired"));
        }
        let content = self.outbox.open(mail).ok_or_else(|| NotTaken::never("unreadable"))?;
        let message =
            message(&self.from, &mail.recipient, mail.id.uuid(), mail.created_at, &content);
        let message = message.map_err(|fault| match fault {
            Unwritable::Address => NotTaken::never("address_unsupported"),
            Unwritable::Text => NotTaken::never("unwritable"),
        })?;
        let plain = match &self.transport {
            Transport::Log => write(&content).map(|written| written.plain).unwrap_or_default(),
            Transport::Smtp { .. } => String::new(),
        };
        self.transport.send(message, &plain).await
    }

    async fn settle(&self, mail: &ClaimedMail, sent: &Result<(), NotTaken>) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let now = tx.now().await?;
        let mut random = [0];
        self.outbox.entropy().fill(&mut random);
        let settlement = match sent {
            Ok(()) => Settlement::Sent,
            Err(NotTaken { reason, for_good: true, .. }) => Settlement::Failed { reason },
            Err(NotTaken { reason, .. }) => {
                match next_attempt(now, mail.attempts, mail.expires_at, random[0]) {
                    Some(next_at) => Settlement::Later { next_at, reason },
                    None => Settlement::Failed { reason },
                }
            }
        };
        let was_ours = outgoing_mail::settle(&mut tx, self.id, mail, settlement).await?;
        if let Settlement::Failed { reason } = settlement
            && let Some(organization_id) = mail.organization_id
            && was_ours
        {
            let data = json!({
                "mail_id": mail.id, "kind": mail.kind, "reason": reason, "attempts": mail.attempts,
            });
            let by = EventActor::Service;
            let event = Event::without_credential(
                organization_id,
                by,
                "mail.failed",
                mail.about,
                now,
                data,
            );
            events::append(&mut tx, vec![event]).await?;
        }
        tx.commit().await?;
        tell(mail, settlement, sent.as_ref().err());
        Ok(())
    }
}

fn tell(mail: &ClaimedMail, settlement: Settlement<'_>, not_taken: Option<&NotTaken>) {
    let ClaimedMail { id, kind, attempts, .. } = mail;
    let detail = not_taken.and_then(|not_taken| not_taken.detail.as_deref()).unwrap_or_default();
    match settlement {
        Settlement::Sent => tracing::info!(mail_id = %id, kind, attempts, "letter sent"),
        Settlement::Later { next_at, reason } => tracing::warn!(
            mail_id = %id, kind, attempts, reason, detail, next_at = %next_at,
            "letter not sent yet"
        ),
        Settlement::Failed { reason } => tracing::error!(
            mail_id = %id, kind, attempts, reason, detail,
            "letter given up"
        ),
    }
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postman").field("id", &self.id).finish_non_exhaustive()
    }
}
