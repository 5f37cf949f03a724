//! Signing the heads of ledgers from time to time.

use evenhand_domain::error::Error;
use evenhand_identity::heads;
use evenhand_persistence::rotations;

use crate::Services;

/// Heads per transaction.
const AT_ONCE: u32 = 200;

/// Signs the head of every ledger that has grown since its head was last signed, in one pass;
/// returns how many those were. Runs on behalf of the service, for all organizations.
///
/// # Errors
/// Unavailability; an internal error when the key cannot sign.
pub async fn sign_heads(services: &Services) -> Result<usize, Error> {
    let mut count = 0;
    let mut last = None;
    loop {
        let heads = rotations::unsigned_heads(&services.store, last.as_ref(), AT_ONCE).await?;
        last = heads.last().copied();
        let (found, now) = (heads.len(), services.clock.now());
        let signed: Result<Vec<_>, Error> = heads
            .into_iter()
            .map(|head| Ok((head, heads::sign(&services.tokens, &head, now)?)))
            .collect();
        if found == 0 {
            return Ok(count);
        }
        let mut tx = services.store.begin().await?;
        rotations::keep_heads(&mut tx, signed?, now).await?;
        tx.commit().await?;
        count += found;
        if found < AT_ONCE as usize {
            return Ok(count);
        }
    }
}

#[cfg(test)]
#[path = "heads_tests.rs"]
mod tests;
