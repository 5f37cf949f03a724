//! The keys that access tokens are signed with. They belong to the service, not to a tenant.

use evenhand_domain::clock::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QueryOrder, Set};

use crate::entities::signing_key;
use crate::{Read, Result, Tx};

/// A signing key as it is stored.
#[derive(Clone)]
pub struct StoredKey {
    /// Counts from 1.
    pub number: i32,
    /// Its name in tokens and in the key set.
    pub kid: String,
    /// The public half.
    pub public_key: Vec<u8>,
    /// The private half, sealed or plain; empty once it was destroyed.
    pub private_key: Vec<u8>,
    /// Whether the private half is sealed.
    pub sealed: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was withdrawn: nothing that it signed is trusted any more.
    pub retired_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredKey")
            .field("number", &self.number)
            .field("kid", &self.kid)
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}

/// The keys that were not withdrawn, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn load(db: &impl Read) -> Result<Vec<StoredKey>> {
    let mut keys = load_all(db).await?;
    keys.retain(|key| key.retired_at.is_none());
    Ok(keys)
}

/// All keys that ever were, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn load_all(db: &impl Read) -> Result<Vec<StoredKey>> {
    let rows = signing_key::Entity::find()
        .order_by_desc(signing_key::Column::Number)
        .all(db.db().executor())
        .await?;
    let keys = rows.into_iter().map(|row| StoredKey {
        number: row.number,
        kid: row.kid,
        public_key: row.public_key,
        private_key: row.private_key,
        sealed: row.sealed,
        created_at: Timestamp::from_micros(row.created_at),
        retired_at: row.retired_at.map(Timestamp::from_micros),
    });
    Ok(keys.collect())
}

/// Stores a key unless one with its number exists; the caller reads what is there then. Waits for
/// a replica that is storing the same number right now.
///
/// # Errors
/// When the database fails.
pub async fn insert_if_absent(tx: &mut Tx, key: StoredKey) -> Result<()> {
    let row = signing_key::ActiveModel {
        number: Set(key.number),
        kid: Set(key.kid),
        public_key: Set(key.public_key),
        private_key: Set(key.private_key),
        sealed: Set(key.sealed),
        created_at: Set(key.created_at.micros()),
        retired_at: Set(key.retired_at.map(Timestamp::micros)),
    };
    signing_key::Entity::insert(row)
        .on_conflict(OnConflict::column(signing_key::Column::Number).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.db().executor())
        .await?;
    Ok(())
}

/// Puts the sealed private half in the place of the plain one.
///
/// # Errors
/// When the database fails.
pub async fn replace_by_sealed(tx: &mut Tx, number: i32, sealed: Vec<u8>) -> Result<()> {
    let sql = "UPDATE signing_keys SET private_key = $2, sealed = $3 \
               WHERE number = $1 AND sealed = $4";
    let values = [number.into(), sealed.into(), true.into(), false.into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Withdraws every key with a lower number, and destroys their private halves.
///
/// # Errors
/// When the database fails.
pub async fn retire_before(tx: &mut Tx, number: i32, now: Timestamp) -> Result<()> {
    let sql = "UPDATE signing_keys SET retired_at = $2, private_key = $3, sealed = $4 \
               WHERE number < $1 AND retired_at IS NULL";
    let values = [number.into(), now.micros().into(), Vec::<u8>::new().into(), false.into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Destroys the private half of a key that signs no more; its public half stays.
///
/// # Errors
/// When the database fails.
pub async fn destroy_private(tx: &mut Tx, number: i32) -> Result<()> {
    let sql = "UPDATE signing_keys SET private_key = $2, sealed = $3 WHERE number = $1";
    tx.db().execute(sql, [number.into(), Vec::<u8>::new().into(), false.into()]).await?;
    Ok(())
}
