//! Signatures on the heads of ledgers, by the key that signs access tokens.
//!
//! A signed head is a JWS (RFC 7515) of type `evenhand-head+jwt`: whoever keeps one can prove
//! with the public keys of `/.well-known/jwks.json` that a ledger was hashed anew or cut short
//! afterwards. It has neither audience nor subject, so it is good for nothing else.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_persistence::rotations::Head;
use jsonwebtoken::{Algorithm, Header, encode};
use serde::Serialize;

use crate::Tokens;

/// The `typ` of a signed head.
pub const TYPE: &str = "evenhand-head+jwt";

#[derive(Serialize)]
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
