//! Password hashes: argon2id, a bounded number at a time.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use evenhand_domain::clock::Entropy;
use evenhand_domain::error::{Error, Unavailable};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// Memory in KiB (OWASP Password Storage Cheat Sheet: argon2id with m=19456, t=2, p=1).
const MEMORY: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Bytes of salt (RFC 9106 §3.1).
const SALT: usize = 16;

/// The hash of no password, verified for addresses that have no account so that the answer takes
/// as long as for those that have. A test holds its parameters to those above.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1\
     $AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How many queues there are for [`Passwords::turn`]; which one it is, the account's hash says.
const QUEUES: usize = 256;

/// When to come back once too many checks are waiting.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many password checks run and wait at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordLimits {
    /// Run at once, each on a core of its own with 19 MiB.
    pub parallel: usize,
    /// Wait for one of those; beyond that the answer is 503.
    pub waiting: usize,
}

impl Default for PasswordLimits {
    /// All cores but one, at least one; 32 waiting for each.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let parallel = cores.saturating_sub(1).max(1);
        Self { parallel, waiting: parallel * 32 }
    }
}

/// Hashes and verifies passwords. Clones share the limits.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    entropy: Arc<dyn Entropy>,
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    queues: Arc<[Arc<Mutex<()>>]>,
}

/// A place among those who may check a password. Of those who check one account's password in this
/// process only one has it at a time.
#[derive(Debug)]
pub struct Turn {
    passwords: Passwords,
    admitted: OwnedSemaphorePermit,
    _queue: OwnedMutexGuard<()>,
}

impl Turn {
    /// As [`Passwords::verify`].
    ///
    /// # Errors
    /// An internal error when `stored` is not a PHC string.
    pub async fn verify(self, password: SecretString, stored: Option<&str>) -> Result<bool, Error> {
        let Self { passwords, admitted, _queue } = self;
        let work = passwords.verification(password, stored);
        passwords.run(admitted, work).await
    }
}

impl Passwords {
    /// Takes salts from `entropy`.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>, limits: PasswordLimits) -> Self {
        // The parameters are in range; were they not, the library's defaults are the same.
        let params = Params::new(MEMORY, PASSES, LANES, None).unwrap_or_default();
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            entropy,
            admitted: Arc::new(Semaphore::new(limits.parallel + limits.waiting)),
            running: Arc::new(Semaphore::new(limits.parallel)),
            queues: (0..QUEUES).map(|_| Arc::default()).collect(),
        }
    }

    /// The PHC string of a password, with a salt of its own. Does not check the rules
    /// ([`crate::password_rules`]). Takes tens of milliseconds: never inside a transaction.
    ///
    /// # Errors
    /// [`Unavailable::PasswordChecks`] when too many are waiting.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let mut salt = [0; SALT];
        self.entropy.fill(&mut salt);
        let argon2 = self.argon2.clone();
        self.run(self.admit()?, move || {
            let hash = argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash: PasswordHash| hash.to_string())
                .map_err(|error| Error::internal(error.to_string()))
        })
        .await
    }

    /// Whether `password` is the one that `stored` (a PHC string) was made of. Without a stored
    /// one the answer is no, and takes as long.
    ///
    /// # Errors
    /// [`Unavailable::PasswordChecks`] when too many are waiting; an internal error when `stored`
    /// is not a PHC string.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Option<&str>,
    ) -> Result<bool, Error> {
        self.run(self.admit()?, self.verification(password, stored)).await
    }

    /// A turn to check the password of the account whose address has this hash, whether there is
    /// one or not: what the checks before it left behind can be read once it has come.
    ///
    /// # Errors
    /// [`Unavailable::PasswordChecks`] when too many are waiting.
    pub async fn turn(&self, account: &[u8; 32]) -> Result<Turn, Error> {
        let admitted = self.admit()?;
        let index = usize::from(account[0]) % QUEUES;
        let queue = self.queues.get(index).ok_or_else(full)?;
        let queue = Arc::clone(queue).lock_owned().await;
        Ok(Turn { passwords: self.clone(), admitted, _queue: queue })
    }

    fn verification(
        &self,
        password: SecretString,
        stored: Option<&str>,
    ) -> impl FnOnce() -> Result<bool, Error> + Send + 'static {
        let known = stored.is_some();
        let stored = stored.unwrap_or(NOBODY).to_owned();
        let argon2 = self.argon2.clone();
        move || {
            let hash =
                PasswordHash::new(&stored).map_err(|error| Error::internal(error.to_string()))?;
            match argon2.verify_password(password.expose_secret().as_bytes(), &hash) {
                Ok(()) => Ok(known),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(Error::internal(error.to_string())),
            }
        }
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| full())
    }

    async fn run<T: Send + 'static>(
        &self,
        admitted: OwnedSemaphorePermit,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| full())?;
        let permits: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (admitted, running);
        // The permits go with the work: a client that goes away does not stop it.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permits);
            done
        });
        done.await.map_err(Error::internal)?
    }
}

const fn full() -> Error {
    Error::Unavailable(Unavailable::PasswordChecks, RETRY_AFTER)
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("admissible", &self.admitted.available_permits())
            .field("idle", &self.running.available_permits())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    fn passwords(parallel: usize, waiting: usize) -> Passwords {
        Passwords::new(Arc::new(Random), PasswordLimits { parallel, waiting })
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_and_no_other() {
        let passwords = passwords(1, 1);
        let hash = passwords.hash(SecretString::from("seven otters")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash(SecretString::from("seven otters")).await.unwrap());
        let verify = |text: &str| passwords.verify(SecretString::from(text), Some(&hash));
        assert!(verify("seven otters").await.unwrap());
        for wrong in ["seven otter", "seven otterS", "seven otters ", ""] {
            assert!(!verify(wrong).await.unwrap(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_unknown_account_has_no_password() {
        let passwords = passwords(1, 1);
        for any in ["", "seven otters"] {
            assert!(!passwords.verify(SecretString::from(any), None).await.unwrap());
        }
    }

    #[test]
    fn checking_nobodys_password_costs_what_checking_somebodys_does() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&hash).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY, PASSES, LANES));
        assert_eq!(hash.hash.unwrap().len(), Params::DEFAULT_OUTPUT_LEN);
        assert_eq!(hash.salt.unwrap().len(), SALT);
        assert_eq!(hash.algorithm.as_str(), "argon2id");
    }

    #[tokio::test]
    async fn too_many_at_once_are_told_to_come_back() {
        let passwords = passwords(1, 1);
        let check = || passwords.verify(SecretString::from("any"), None);
        let (first, second, third) = tokio::join!(check(), check(), check());
        assert!(first.is_ok() && second.is_ok());
        assert!(matches!(third, Err(Error::Unavailable(Unavailable::PasswordChecks, _))));
        assert!(check().await.is_ok());
    }
}
