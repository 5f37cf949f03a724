//! Signatures on the heads of ledgers, by the key that signs access tokens.
//!
//! A signed head is a JWS (RFC 7515) of type `evenhand-head+jwt`: whoever keeps one can prove
//! with the public keys of `/.well-known/jwks.json` that a ledger was hashed anew or cut short
//! afterwards. It has neither audience nor subject, so it is good for nothing else.

use std::collections::HashMap;
use std::fmt;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_persistence::rotations::Head;
use evenhand_persistence::{Read, signing_keys};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use crate::Tokens;
use crate::keyring::jwk;

/// The `typ` of a signed head.
pub const TYPE: &str = "evenhand-head+jwt";

#[derive(Serialize, Deserialize)]
struct Payload {
    organization_id: OrganizationId,
    rotation_id: RotationId,
    entry: u64,
    hash: String,
    iat: i64,
}

/// The head as a compact JWS, signed now.
///
/// # Errors
/// An internal error when the key cannot sign.
pub fn sign(tokens: &Tokens, head: &Head, now: Timestamp) -> Result<String, Error> {
    let (kid, signing) = tokens.keyring().signing(now)?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid);
    let payload = Payload {
        organization_id: head.organization_id,
        rotation_id: head.rotation_id,
        entry: head.entry,
        hash: head.hash.to_string(),
        iat: now.seconds(),
    };
    encode(&header, &payload, &signing).map_err(Error::internal)
}

/// The public halves of all keys that ever signed here.
pub struct HeadKeys {
    keys: HashMap<String, (DecodingKey, bool)>,
    validation: Validation,
}

/// A signed head whose signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenedHead {
    /// What was signed.
    pub head: Head,
    /// When, in seconds since 1970.
    pub signed_at: i64,
    /// Whether the key was withdrawn since: whoever has it can sign anything, so that this proves
    /// nothing any more.
    pub withdrawn: bool,
}

impl HeadKeys {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(db: &impl Read) -> Result<Self, Error> {
        let stored = signing_keys::load_all(db).await?;
        let keys = stored.into_iter().filter_map(|key| {
            let verifying = DecodingKey::from_jwk(&jwk(&key.public_key)).ok()?;
            Some((key.kid, (verifying, key.retired_at.is_some())))
        });
        let mut validation = Validation::new(Algorithm::EdDSA);
        // A head has neither: it does not expire, and is for everybody.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Ok(Self { keys: keys.collect(), validation })
    }

    /// What a compact JWS says; `None` when it is no head that one of the keys signed.
    #[must_use]
    pub fn open(&self, jws: &str) -> Option<OpenedHead> {
        let header = decode_header(jws).ok()?;
        let (key, withdrawn) = self.keys.get(&header.kid?)?;
        if header.typ.as_deref() != Some(TYPE) {
            return None;
        }
        // Refuses every algorithm but the one it was told.
        let payload = decode::<Payload>(jws, key, &self.validation).ok()?.claims;
        let Payload { organization_id, rotation_id, entry, hash, iat } = payload;
        let head = Head { organization_id, rotation_id, entry, hash: hash.parse().ok()? };
        Some(OpenedHead { head, signed_at: iat, withdrawn: *withdrawn })
    }
}

impl fmt::Debug for HeadKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadKeys").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "heads_tests.rs"]
mod tests;
