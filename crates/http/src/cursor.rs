//! Cursors: where the next page of a list starts, bound to the list they were made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::page::{OrderKey, TimeKey};
use evenhand_domain::text::ValueFault;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const VERSION: u8 = 1;
const CHECK: usize = 8;

/// What a list goes by, as bytes.
pub trait CursorKey: Sized {
    /// The bytes of the key.
    fn to_bytes(&self) -> Vec<u8>;

    /// The key of these bytes; `None` where it has others.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl CursorKey for Uuid {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}

impl CursorKey for OrderKey {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.id.as_bytes().to_vec();
        bytes.extend(self.by.into_iter().flat_map(i64::to_be_bytes));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, by) = bytes.split_at_checked(16)?;
        let by = match by {
            [] => None,
            by => Some(i64::from_be_bytes(by.try_into().ok()?)),
        };
        Some(Self { by, id: Uuid::from_slice(id).ok()? })
    }
}

impl CursorKey for TimeKey {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.at.micros().to_be_bytes().to_vec();
        bytes.extend(self.id.as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let at = Timestamp::from_micros(i64::from_be_bytes(*at));
        Some(Self { at, id: Uuid::from_slice(id).ok()? })
    }
}

/// The list that a cursor is good for: an operation with its filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding([u8; CHECK]);

impl Binding {
    /// The binding to an operation's path and its filters in canonical form.
    #[must_use]
    pub fn of(path: &str, filters: &str) -> Self {
        let digest =
            Sha256::new().chain_update(path).chain_update([0]).chain_update(filters).finalize();
        let mut check = [0; CHECK];
        check.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(check)
    }

    /// The cursor of the page that starts behind `after`.
    #[must_use]
    pub fn cursor(self, after: &impl CursorKey) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(after.to_bytes());
        bytes.extend(self.0);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where a cursor of this list starts.
    ///
    /// # Errors
    /// `invalid_cursor`: garbage, or another list's.
    pub fn read<K: CursorKey>(self, cursor: &str) -> Result<K, ValueFault> {
        let invalid =
            || ("invalid_cursor", "not a cursor of this list with these filters".to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (version, rest) = bytes.split_first().ok_or_else(invalid)?;
        let (key, check) = rest.split_last_chunk().ok_or_else(invalid)?;
        if *version != VERSION || *check != self.0 {
            return Err(invalid());
        }
        K::from_bytes(key).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_alone() {
        let list = Binding::of("/v1/leads", "\"status\"\"new\"\n");
        let id = Uuid::from_u128(7);
        let cursor = list.cursor(&id);
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(list.read(&cursor), Ok(id));
        for key in [0, -1, i64::MAX] {
            let sorted = OrderKey { by: Some(key), id };
            assert_eq!(list.read(&list.cursor(&sorted)), Ok(sorted));
        }
        for other in [Binding::of("/v1/leads", ""), Binding::of("/v1/users", "\"status\"\"new\"\n")]
        {
            assert_eq!(other.read::<Uuid>(&cursor).map_err(|fault| fault.0), Err("invalid_cursor"));
        }
        for garbage in ["", "x", "!!", &cursor[1..], &format!("{cursor}AA")] {
            assert!(list.read::<Uuid>(garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn a_cursor_of_a_list_by_time_has_both_parts_of_its_key() {
        let list = Binding::of("/v1/tasks", "");
        let key = TimeKey { at: Timestamp::from_micros(i64::MAX), id: Uuid::from_u128(7) };
        let cursor = list.cursor(&key);
        assert_eq!(list.read(&cursor), Ok(key));
        assert!(list.read::<Uuid>(&cursor).is_err());
        assert!(list.read::<TimeKey>(&list.cursor(&key.id)).is_err());
    }
}
