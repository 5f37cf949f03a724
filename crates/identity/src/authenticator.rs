//! From a credential to an actor: by one query, or from memory for those who confirm it in their
//! own transaction.

use std::fmt;
use std::sync::Arc;

use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_domain::error::{Error, Unauthenticated};
use evenhand_domain::ids::ApiKeyId;
use evenhand_domain::permission::{Actor, Subject};
use evenhand_persistence::{Store, access, api_keys as stored_keys};
use quick_cache::sync::Cache;
use secrecy::{ExposeSecret as _, SecretString};

use crate::tokens::{Claims, Tokens};
use crate::{api_keys, secret};

/// How many actors, and how many keys' last uses, are remembered.
const REMEMBERED: usize = 10_000;

/// A credential as a request presents it.
#[derive(Debug, Clone)]
pub enum Presented {
    /// `Authorization: Bearer …`.
    Bearer(SecretString),
    /// `X-API-Key: …`.
    ApiKey(SecretString),
}

/// What a well-formed credential is looked up by.
enum Proof {
    Session(Claims),
    ApiKey([u8; 32]),
}

/// Says who is asking. Clones share what is remembered.
#[derive(Clone)]
pub struct Authenticator {
    store: Store,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    actors: Arc<Cache<[u8; 32], Arc<Actor>>>,
    touched: Arc<Cache<ApiKeyId, Timestamp>>,
}

impl Authenticator {
    /// Reads actors from `store`.
    #[must_use]
    pub fn new(store: Store, tokens: Tokens, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            tokens,
            clock,
            actors: Arc::new(Cache::new(REMEMBERED)),
            touched: Arc::new(Cache::new(REMEMBERED)),
        }
    }

    /// Who presents this, as one query reads it now: the actor to make a grant of.
    ///
    /// # Errors
    /// [`Unauthenticated::Expired`], [`Unauthenticated::Invalid`]; or the database is away.
    pub async fn actor(&self, presented: &Presented) -> Result<Arc<Actor>, Error> {
        let now = self.clock.now();
        let proof = self.prove(presented, now).await?;
        let actor = self.load(&proof, now).await?;
        self.note_use(&actor, now);
        Ok(actor)
    }

    /// Who presented this a while ago: worth nothing until the transaction that acts on it has
    /// confirmed the actor's stamp (`evenhand_persistence::access::confirm`). Where that fails,
    /// ask [`Authenticator::reread_actor`].
    ///
    /// # Errors
    /// As [`Authenticator::actor`].
    pub async fn cached_actor(&self, presented: &Presented) -> Result<Arc<Actor>, Error> {
        let now = self.clock.now();
        let proof = self.prove(presented, now).await?;
        let key = presented.hash();
        let actor = match self.actors.get(&key) {
            Some(actor) => actor,
            None => {
                let actor = self.load(&proof, now).await?;
                self.actors.insert(key, Arc::clone(&actor));
                actor
            }
        };
        self.note_use(&actor, now);
        Ok(actor)
    }

    /// As [`Authenticator::actor`], and remembered instead of what was before, also where nobody
    /// is found: the next to ask for the cached actor need not read.
    ///
    /// # Errors
    /// As [`Authenticator::actor`].
    pub async fn reread_actor(&self, presented: &Presented) -> Result<Arc<Actor>, Error> {
        self.forget(presented);
        let actor = self.actor(presented).await?;
        self.actors.insert(presented.hash(), Arc::clone(&actor));
        Ok(actor)
    }

    /// Drops what is remembered of a credential.
    pub fn forget(&self, presented: &Presented) {
        self.actors.remove(&presented.hash());
    }

    /// Checks a token's signature and time, a key's checksum; without the database, unless a token
    /// names an unknown key.
    async fn prove(&self, presented: &Presented, now: Timestamp) -> Result<Proof, Error> {
        match presented {
            Presented::Bearer(token) => self
                .tokens
                .verify(token.expose_secret(), now)
                .await
                .map(Proof::Session)
                .map_err(Error::Unauthenticated),
            Presented::ApiKey(key) => api_keys::parse(key)
                .map(Proof::ApiKey)
                .ok_or(Error::Unauthenticated(Unauthenticated::Invalid)),
        }
    }

    async fn load(&self, proof: &Proof, now: Timestamp) -> Result<Arc<Actor>, Error> {
        let actor = match proof {
            Proof::Session(claims) => {
                let (organization_id, user_id) = (claims.organization_id, claims.user_id);
                access::load_session(&self.store, claims.session_id, organization_id, user_id, now)
                    .await?
            }
            Proof::ApiKey(hash) => access::load_api_key(&self.store, hash, now).await?,
        };
        actor.map(Arc::new).ok_or(Error::Unauthenticated(Unauthenticated::Invalid))
    }

    /// Notes an API key's use, at most once a minute, beside the request: a request neither waits
    /// for it nor fails with it.
    fn note_use(&self, actor: &Actor, now: Timestamp) {
        let Subject::ApiKey { id, .. } = &actor.subject else { return };
        let id = *id;
        let due = now.before(stored_keys::LAST_USE_EVERY);
        if self.touched.get(&id).is_some_and(|last| last > due) {
            return;
        }
        self.touched.insert(id, now);
        let (store, organization_id) = (self.store.clone(), actor.organization.id);
        tokio::spawn(async move {
            if let Err(error) = stored_keys::touch(&store, organization_id, id, now).await {
                tracing::warn!(%error, api_key_id = %id, "an API key's last use was not recorded");
            }
        });
    }
}

impl Presented {
    fn hash(&self) -> [u8; 32] {
        match self {
            Self::Bearer(secret) | Self::ApiKey(secret) => secret::hash(secret.expose_secret()),
        }
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("remembered", &self.actors.len())
            .finish_non_exhaustive()
    }
}
