//! Where letters are put until they are sent.

use std::fmt;
use std::sync::Arc;

use evenhand_domain::clock::Entropy;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{IdSource, MailId};
use evenhand_persistence::Tx;
use evenhand_persistence::outgoing_mail::{self, ClaimedMail, NewMail};
use evenhand_persistence::seal::{Sealer, Unopenable};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Notify;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::letter::{Content, Letter, LetterKind, TRIED_FOR};

/// Part of what the sealing key is derived from.
const PURPOSE: &str = "evenhand outgoing mail v1";

/// Where letters are put until they are sent. Clones share it.
#[derive(Clone)]
pub struct Outbox {
    ids: IdSource,
    entropy: Arc<dyn Entropy>,
    sealer: Option<Arc<Sealer>>,
    posted: Arc<Notify>,
}

impl Outbox {
    /// An outbox that seals what letters say with `secret`, where there is one.
    ///
    /// # Errors
    /// When the cryptographic library refuses, which it has no reason to.
    pub fn new(
        ids: IdSource,
        entropy: Arc<dyn Entropy>,
        secret: Option<&SecretString>,
    ) -> Result<Self, Unopenable> {
        let derive = |secret: &SecretString| {
            Sealer::derive(secret.expose_secret().as_bytes(), PURPOSE).map(Arc::new)
        };
        let sealer = secret.map(derive).transpose()?;
        Ok(Self { ids, entropy, sealer, posted: Arc::default() })
    }

    /// Writes a letter in the transaction of what it tells of. It is sent soon after the commit,
    /// and never when there is none. To be called after all locks were taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn post(&self, tx: &mut Tx, letter: &Letter) -> Result<MailId, Error> {
        let now = tx.now().await?;
        let kind = letter.kind.code();
        if LetterKind::WITH_LINK.contains(&kind) {
            outgoing_mail::withdraw(tx, letter.about, kind).await?;
        }
        let id: MailId = self.ids.next(now);
        let content = Content { name: letter.name.clone(), says: letter.kind.clone() };
        let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(Error::internal)?);
        let payload = match &self.sealer {
            Some(sealer) => sealer
                .seal(self.entropy.as_ref(), id.uuid().as_bytes(), &plain)
                .map_err(Error::internal)?,
            None => plain.to_vec(),
        };
        let latest = now.after(TRIED_FOR);
        let new = NewMail {
            id,
            organization_id: letter.organization_id,
            kind,
            about: letter.about,
            recipient: &letter.to,
            payload,
            sealed: self.sealer.is_some(),
            created_at: now,
            expires_at: letter.kind.expires_at().map_or(latest, |at| at.min(latest)),
        };
        outgoing_mail::insert(tx, new).await?;
        tx.wake_on_commit(&self.posted);
        Ok(id)
    }

    /// Takes back what waits to be sent with a link about a user or an account: the links are dead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_links(&self, tx: &mut Tx, about: Uuid) -> Result<(), Error> {
        for kind in LetterKind::WITH_LINK {
            outgoing_mail::withdraw(tx, about, kind).await?;
        }
        Ok(())
    }

    /// Returns when a letter was posted by this process since the last time.
    pub(crate) async fn posted(&self) {
        self.posted.notified().await;
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// What a stored letter says; `None` when it cannot be read.
    pub(crate) fn open(&self, mail: &ClaimedMail) -> Option<Content> {
        let plain = if mail.sealed {
            self.sealer.as_ref()?.open(mail.id.uuid().as_bytes(), &mail.payload).ok()?
        } else {
            Zeroizing::new(mail.payload.clone())
        };
        serde_json::from_slice(&plain).ok()
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox")
    }
}
