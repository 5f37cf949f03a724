//! SHA-256 digests: the links of the ledger's chain.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// What an entry's hash begins with, so that it can never be the digest of something else.
const LEDGER_CONTEXT: &[u8] = b"evenhand ledger v1";

/// What a checkpoint's digest begins with.
const CHECKPOINT_CONTEXT: &[u8] = b"evenhand checkpoint v1";

/// A SHA-256 digest. Text form: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Stands before the first entry of every ledger.
    pub const ZERO: Self = Self([0; 32]);

    /// A digest from its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of a ledger entry: over the previous entry's hash and this entry's canonical
    /// bytes (`docs/distribution.md`, "The chain").
    #[must_use]
    pub fn of_entry(previous: Self, body: &[u8]) -> Self {
        Self::digest(&[LEDGER_CONTEXT, &previous.0, body])
    }

    pub(super) fn of_checkpoint(state: &[u8]) -> Self {
        Self::digest(&[CHECKPOINT_CONTEXT, state])
    }

    fn digest(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One digest has one text, so that receipts can be compared as text.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotAHash);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_lower_case_hex_and_leads_back() {
        let hash = Hash::of_entry(Hash::ZERO, b"body");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.to_string().to_uppercase().parse::<Hash>(), Err(NotAHash));
        assert_eq!("ab".parse::<Hash>(), Err(NotAHash));
        assert_eq!("é".repeat(32).parse::<Hash>(), Err(NotAHash));
    }

    #[test]
    fn an_entry_s_hash_depends_on_predecessor_body_and_purpose() {
        let hash = Hash::of_entry(Hash::ZERO, b"body");
        assert_ne!(hash, Hash::of_entry(hash, b"body"));
        assert_ne!(hash, Hash::of_entry(Hash::ZERO, b"bodies"));
        assert_ne!(hash, Hash::of_checkpoint(b"body"));
    }
}
