//! Slowing down who guesses passwords, without locking anybody out.
//!
//! Failures are counted three ways. By account and network, strictly: one who guesses from one
//! place waits longer and longer, and nobody else does. By account alone, and by network alone, for
//! those who guess from many places or at many accounts: generously, and never for a network that
//! the account has signed in from lately. So an attacker slows down themselves, and at worst the
//! owner's first sign-in from somewhere new, for which there is still the way of a new password by
//! mail.

use std::time::Duration;

use evenhand_domain::error::Error;
use evenhand_domain::origin::Origin;
use evenhand_domain::throttle::{Rule, Tally};
use evenhand_identity::secret;
use evenhand_persistence::Tx;
use evenhand_persistence::throttles::{self, Counted, Purpose};
use secrecy::SecretString;

use crate::Services;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// For one account from one network.
const PAIR: Rule = Rule {
    free: 5,
    first: Duration::from_secs(10),
    longest: Duration::from_secs(15 * 60),
    forgotten_after: DAY,
};

/// For one account from networks that it is not known to sign in from. Of each network only the
/// free attempts of [`PAIR`] count, so that it takes ten of them to make others wait.
const ACCOUNT: Rule = Rule {
    free: 50,
    first: Duration::from_secs(10),
    longest: Duration::from_secs(60),
    forgotten_after: DAY,
};

/// For one network, at accounts that are not known to sign in from it: offices share an address.
const NETWORK: Rule = Rule {
    free: 100,
    first: Duration::from_secs(10),
    longest: Duration::from_secs(15 * 60),
    forgotten_after: Duration::from_secs(60 * 60),
};

/// For one network that asks for new passwords; every request counts.
const REQUESTS: Rule = Rule {
    free: 20,
    first: Duration::from_secs(60),
    longest: Duration::from_secs(60 * 60),
    forgotten_after: Duration::from_secs(60 * 60),
};

/// How long a network is known after a sign-in.
const KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Whose attempts are counted.
pub(super) struct Counter {
    account: [u8; 32],
    network: [u8; 32],
}

impl Counter {
    /// The attempts at an address, whether it has an account or not, from an origin.
    pub(super) fn of(email: &str, origin: &Origin) -> Self {
        let network = origin.network().map_or_else(String::new, |network| network.to_string());
        Self {
            account: secret::hash(&email.trim().to_lowercase()),
            network: secret::hash(&network),
        }
    }

    fn counted(&self, by_account: bool, by_network: bool) -> Counted<'_> {
        Counted {
            purpose: Purpose::Password,
            account: by_account.then_some(&self.account),
            network: by_network.then_some(&self.network),
        }
    }
}

/// A password to be proved.
pub(crate) struct Attempt<'a> {
    /// The address that it is given for.
    pub(crate) email: &'a str,
    /// What is given.
    pub(crate) password: &'a SecretString,
    /// The account's, where there is one.
    pub(crate) stored: Option<&'a str>,
    /// Where from.
    pub(crate) origin: &'a Origin,
}

/// What an attempt was counted as, until it turns out.
struct Reserved {
    by_account: bool,
    by_network: bool,
}

/// Whether the password is the account's. The attempt counts as failed before it is looked at, in
/// the database, so that many at once get no further than one after the other on any number of
/// replicas; proving it right takes that back.
///
/// # Errors
/// [`Error::TooManyAttempts`] before the password is looked at; unavailability.
pub(crate) async fn prove(services: &Services, attempt: &Attempt<'_>) -> Result<bool, Error> {
    let counter = Counter::of(attempt.email, attempt.origin);
    refuse_early(services, &counter).await?;
    // Who gives the right password many times at once is not to be taken for who guesses.
    let turn = services.passwords.turn(&counter.account).await?;
    let reserved = reserve(services, &counter).await?;
    let proved = turn.verify(attempt.password.clone(), attempt.stored).await?;
    if proved {
        give_back(services, &counter, &reserved).await?;
    }
    Ok(proved)
}

/// Refuses at a glance who has to wait, before they take a place in a queue.
async fn refuse_early(services: &Services, counter: &Counter) -> Result<(), Error> {
    let now = services.clock.now();
    let pair = throttles::find(&services.store, &counter.counted(true, true)).await?;
    if let Some(pair) = pair {
        refuse(pair.tally.wait(now))?;
        if pair.known_until > now {
            return Ok(());
        }
    }
    let network = throttles::find(&services.store, &counter.counted(false, true)).await?;
    refuse(network.and_then(|network| network.tally.wait(now)))
}

fn refuse(wait: Option<Duration>) -> Result<(), Error> {
    wait.map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

async fn reserve(services: &Services, counter: &Counter) -> Result<Reserved, Error> {
    let mut tx = services.store.begin().await?;
    let counted = counter.counted(true, true);
    let pair = throttles::lock(&mut tx, &counted).await?;
    // Under the lock, so that it is not before what others under the lock took for now.
    let now = tx.now().await?;
    refuse(pair.tally.wait(now))?;
    let tally = pair.tally.with_attempt(&PAIR, now);
    let is_known = pair.known_until > now;
    let reserved =
        Reserved { by_account: !is_known && tally.failures <= PAIR.free, by_network: !is_known };
    if !is_known {
        let account = lock_open(&mut tx, &counter.counted(true, false)).await?;
        let network = lock_open(&mut tx, &counter.counted(false, true)).await?;
        if reserved.by_account {
            let account = account.with_attempt(&ACCOUNT, now);
            throttles::keep(&mut tx, &counter.counted(true, false), &account).await?;
        }
        let network = network.with_attempt(&NETWORK, now);
        throttles::keep(&mut tx, &counter.counted(false, true), &network).await?;
    }
    throttles::keep(&mut tx, &counted, &tally).await?;
    tx.commit().await?;
    Ok(reserved)
}

async fn lock_open(tx: &mut Tx, counted: &Counted<'_>) -> Result<Tally, Error> {
    let throttle = throttles::lock(tx, counted).await?;
    refuse(throttle.tally.wait(tx.now().await?))?;
    Ok(throttle.tally)
}

async fn give_back(
    services: &Services,
    counter: &Counter,
    reserved: &Reserved,
) -> Result<(), Error> {
    let mut tx = services.store.begin().await?;
    know(&mut tx, counter).await?;
    if reserved.by_account {
        throttles::give_back(&mut tx, &counter.counted(true, false)).await?;
    }
    if reserved.by_network {
        throttles::give_back(&mut tx, &counter.counted(false, true)).await?;
    }
    Ok(tx.commit().await?)
}

async fn know(tx: &mut Tx, counter: &Counter) -> Result<(), Error> {
    let known_until = tx.now().await?.after(KNOWN_FOR);
    Ok(throttles::succeed(tx, &counter.counted(true, true), known_until).await?)
}

/// Forgets all failures at an account whose owner proved by mail to be the one, and knows the
/// network that they did it from. The caller has locked the account.
pub(super) async fn lift(tx: &mut Tx, counter: &Counter) -> Result<(), Error> {
    know(tx, counter).await?;
    Ok(throttles::lift(tx, &counter.account).await?)
}

/// Counts a request for a new password, of whatever address.
///
/// # Errors
/// [`Error::TooManyAttempts`] when a network asks too often.
pub(super) async fn count_request(services: &Services, origin: &Origin) -> Result<(), Error> {
    let counter = Counter::of("", origin);
    let counted = Counted { purpose: Purpose::Reset, ..counter.counted(false, true) };
    let mut tx = services.store.begin().await?;
    let tally = lock_open(&mut tx, &counted).await?.with_attempt(&REQUESTS, tx.now().await?);
    throttles::keep(&mut tx, &counted, &tally).await?;
    Ok(tx.commit().await?)
}
