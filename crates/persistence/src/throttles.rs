//! Attempts that failed. All of this runs before anybody is known, and for addresses that have no
//! account just as for those that have one.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::throttle::Tally;
use sea_orm::{FromQueryResult, Value};

use crate::{Error, Read, Result, Tx};

/// What is attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To prove a password.
    Password,
    /// To have a link for a new password sent.
    Reset,
}

impl Purpose {
    const fn code(self) -> i16 {
        match self {
            Self::Password => 1,
            Self::Reset => 2,
        }
    }
}

/// Whose attempts one row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a> {
    /// What is attempted.
    pub purpose: Purpose,
    /// SHA-256 of the address for signing in; `None` = any.
    pub account: Option<&'a [u8; 32]>,
    /// SHA-256 of the network; `None` = any.
    pub network: Option<&'a [u8; 32]>,
}

impl Counted<'_> {
    fn key(&self) -> [Value; 3] {
        let bytes = |part: Option<&[u8; 32]>| part.map(|part| part.to_vec()).unwrap_or_default();
        [self.purpose.code().into(), bytes(self.account).into(), bytes(self.network).into()]
    }
}

/// One row, as it is under its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// The failures.
    pub tally: Tally,
    /// Until when the account is known to sign in from the network.
    pub known_until: Timestamp,
}

/// The row of `counted`, made where there is none and locked until the transaction ends. Whoever
/// locks several takes that of account and network first, then the account's, then the network's.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, counted: &Counted<'_>) -> Result<Throttle> {
    // The update changes nothing: it takes the lock and gives the row.
    let sql = "INSERT INTO throttles \
                 (purpose, account, network, failures, open_at, fades_at, known_until, forgotten_at) \
               VALUES ($1, $2, $3, 0, 0, 0, 0, 0) \
               ON CONFLICT (purpose, account, network) DO UPDATE SET failures = throttles.failures \
               RETURNING failures, open_at, fades_at, known_until";
    let row: Option<Row> = tx.db().one(sql, counted.key()).await?;
    row.map(Row::into_domain).ok_or_else(|| Error::corrupt("a throttle has no row"))
}

/// The row of `counted` at a glance, without a lock.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &impl Read, counted: &Counted<'_>) -> Result<Option<Throttle>> {
    let sql = "SELECT failures, open_at, fades_at, known_until FROM throttles \
               WHERE purpose = $1 AND account = $2 AND network = $3";
    let row: Option<Row> = db.db().one(sql, counted.key()).await?;
    Ok(row.map(Row::into_domain))
}

/// Stores the tally of a locked row.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, counted: &Counted<'_>, tally: &Tally) -> Result<()> {
    let sql = "UPDATE throttles SET failures = $4, open_at = $5, fades_at = $6, \
                 forgotten_at = CASE WHEN known_until > $6 THEN known_until ELSE $6 END \
               WHERE purpose = $1 AND account = $2 AND network = $3";
    let [purpose, account, network] = counted.key();
    let values = [
        purpose,
        account,
        network,
        i32::try_from(tally.failures).unwrap_or(i32::MAX).into(),
        tally.open_at.micros().into(),
        tally.forgotten_at.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Forgets the failures of an account from a network, and knows until `known_until` that the
/// account signs in from there.
///
/// # Errors
/// When the database fails.
pub async fn succeed(tx: &mut Tx, counted: &Counted<'_>, known_until: Timestamp) -> Result<()> {
    let sql = "INSERT INTO throttles \
                 (purpose, account, network, failures, open_at, fades_at, known_until, forgotten_at) \
               VALUES ($1, $2, $3, 0, 0, 0, $4, $4) \
               ON CONFLICT (purpose, account, network) DO UPDATE \
               SET failures = 0, open_at = 0, known_until = $4, forgotten_at = $4";
    let [purpose, account, network] = counted.key();
    tx.db().execute(sql, [purpose, account, network, known_until.micros().into()]).await?;
    Ok(())
}

/// Takes one attempt off, because it did not fail.
///
/// # Errors
/// When the database fails.
pub async fn give_back(tx: &mut Tx, counted: &Counted<'_>) -> Result<()> {
    let sql = "UPDATE throttles SET failures = failures - 1 \
               WHERE purpose = $1 AND account = $2 AND network = $3 AND failures > 0";
    tx.db().execute(sql, counted.key()).await?;
    Ok(())
}

/// Forgets all failures to prove an account's password, from wherever. Of several for one account
/// only one may run at a time: the caller has locked the account.
///
/// # Errors
/// When the database fails.
pub async fn lift(tx: &mut Tx, account: &[u8; 32]) -> Result<()> {
    // The rows of networks first, as everybody locks them.
    for condition in ["network <> $3", "network = $3"] {
        let sql = format!(
            "UPDATE throttles SET failures = 0, open_at = 0 \
             WHERE purpose = $1 AND account = $2 AND {condition}"
        );
        let counted = Counted { purpose: Purpose::Password, account: Some(account), network: None };
        tx.db().execute(&sql, counted.key()).await?;
    }
    Ok(())
}

/// Deletes at most so many rows that say nothing any more; returns how many it were.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, at_most: u32) -> Result<u64> {
    let now = tx.now().await?;
    let db = tx.db();
    // Rows that somebody is working on stay for the next time.
    let sql = db.dialect.pick(
        "DELETE FROM throttles WHERE (purpose, account, network) IN (\
           SELECT purpose, account, network FROM throttles WHERE forgotten_at <= $1 \
           ORDER BY forgotten_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        "DELETE FROM throttles WHERE (purpose, account, network) IN (\
           SELECT purpose, account, network FROM throttles WHERE forgotten_at <= $1 \
           ORDER BY forgotten_at LIMIT $2)",
    );
    db.execute(sql, [now.micros().into(), i64::from(at_most).into()]).await
}

#[derive(FromQueryResult)]
struct Row {
    failures: i32,
    open_at: i64,
    fades_at: i64,
    known_until: i64,
}

impl Row {
    fn into_domain(self) -> Throttle {
        Throttle {
            tally: Tally {
                failures: u32::try_from(self.failures).unwrap_or_default(),
                open_at: Timestamp::from_micros(self.open_at),
                forgotten_at: Timestamp::from_micros(self.fades_at),
            },
            known_until: Timestamp::from_micros(self.known_until),
        }
    }
}
