//! Cursors: where the next page of a list starts, bound to the list they were made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::text::ValueFault;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Without what its row was sorted by, and with that.
const PLAIN: u8 = 1;
const KEYED: u8 = 2;
const CHECK: usize = 8;
const LENGTH: usize = 1 + 8 + 16 + CHECK;

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

    /// The cursor of the page that starts behind `after`, which was sorted by `key` where there is a
    /// choice of orders.
    #[must_use]
    pub fn cursor(self, after: Uuid, key: Option<i64>) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(if key.is_some() { KEYED } else { PLAIN });
        bytes.extend(after.as_bytes());
        bytes.extend(key.into_iter().flat_map(i64::to_be_bytes));
        bytes.extend(self.0);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where a cursor of this list starts.
    ///
    /// # Errors
    /// `invalid_cursor`: garbage, or another list's.
    pub fn read(self, cursor: &str) -> Result<(Uuid, Option<i64>), ValueFault> {
        let invalid =
            || ("invalid_cursor", "not a cursor of this list with these filters".to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (version, rest) = bytes.split_first().ok_or_else(invalid)?;
        let (id, rest) = rest.split_at_checked(16).ok_or_else(invalid)?;
        let (key, check) = match *version {
            PLAIN => (None, rest),
            KEYED => {
                let (key, check) = rest.split_first_chunk().ok_or_else(invalid)?;
                (Some(i64::from_be_bytes(*key)), check)
            }
            _ => return Err(invalid()),
        };
        if check != self.0 {
            return Err(invalid());
        }
        Ok((Uuid::from_slice(id).map_err(|_| invalid())?, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_alone() {
        let list = Binding::of("/v1/leads", "\"status\"\"new\"\n");
        let id = Uuid::from_u128(7);
        let cursor = list.cursor(id, None);
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(list.read(&cursor), Ok((id, None)));
        for key in [0, -1, i64::MAX] {
            assert_eq!(list.read(&list.cursor(id, Some(key))), Ok((id, Some(key))));
        }
        for other in [Binding::of("/v1/leads", ""), Binding::of("/v1/users", "\"status\"\"new\"\n")]
        {
            assert_eq!(other.read(&cursor).map_err(|fault| fault.0), Err("invalid_cursor"));
        }
        for garbage in ["", "x", "!!", &cursor[1..], &format!("{cursor}AA")] {
            assert!(list.read(garbage).is_err(), "{garbage}");
        }
    }
}
