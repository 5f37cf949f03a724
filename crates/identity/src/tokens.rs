//! Access tokens: short-lived JWTs (RFC 7519) for people, signed with Ed25519.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Error, Unauthenticated};
use evenhand_domain::ids::{OrganizationId, SessionId, UserId};
use evenhand_domain::user::Role;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use quick_cache::sync::Cache;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keyring::{Found, Keyring};
use crate::secret;

/// How long an access token is good for (api.md, "Sign-in": `expires_in` 900).
pub const VALID_FOR: Duration = Duration::from_secs(15 * 60);

/// `aud` of every token.
const AUDIENCE: &str = "evenhand";

/// How many verified signatures are remembered.
const REMEMBERED: usize = 10_000;

/// Whose token it is and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The user (`sub`).
    pub user_id: UserId,
    /// The organization (`org`).
    pub organization_id: OrganizationId,
    /// The session (`sid`), which decides on every request whether the token still counts.
    pub session_id: SessionId,
    /// When the token stops to count, in seconds since 1970 (`exp`).
    pub expires_at: i64,
}

/// Whom a token is issued to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user_id: UserId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The session.
    pub session_id: SessionId,
    /// The role, for screens: nothing decides by the token's.
    pub role: Role,
}

/// Issues and verifies access tokens. Clones share what is remembered.
#[derive(Clone)]
pub struct Tokens {
    keyring: Arc<Keyring>,
    issuer: Arc<str>,
    validation: Arc<Validation>,
    verified: Arc<Cache<[u8; 32], Verified>>,
}

/// A token whose signature was verified, and the key that signed it.
#[derive(Clone)]
struct Verified {
    claims: Claims,
    kid: Arc<str>,
}

/// Why a token is not taken.
enum Refused {
    /// Whatever keys there are.
    For(Unauthenticated),
    /// It names a key that is not known here.
    UnknownKey,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: UserId,
    org: OrganizationId,
    sid: SessionId,
    role: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: Uuid,
}

impl Tokens {
    /// `iss` where nothing else is configured.
    pub const ISSUER: &str = "evenhand";

    /// Signs with the keyring's key, under the name of `issuer`.
    #[must_use]
    pub fn new(keyring: Arc<Keyring>, issuer: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // By the machine's own clock; ours is passed in, see `verify`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            keyring,
            issuer: issuer.into(),
            validation: Arc::new(validation),
            verified: Arc::new(Cache::new(REMEMBERED)),
        }
    }

    /// A token for [`VALID_FOR`] from `now`; `jti` tells tokens of one second apart.
    ///
    /// # Errors
    /// An internal error when the key cannot sign.
    pub fn issue(&self, bearer: &Bearer, now: Timestamp, jti: Uuid) -> Result<SecretString, Error> {
        let (kid, signing) = self.keyring.signing(now)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid);
        let iat = now.seconds();
        let payload = Payload {
            iss: (*self.issuer).to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.user_id,
            org: bearer.organization_id,
            sid: bearer.session_id,
            role: bearer.role.as_str().to_owned(),
            iat,
            exp: now.after(VALID_FOR).seconds(),
            nbf: None,
            jti,
        };
        let token = encode(&header, &payload, &signing).map_err(Error::internal)?;
        Ok(token.into())
    }

    /// The claims of a token whose signature, issuer and audience are ours and whose time is not
    /// over at `now`, to the second and without leeway: replicas take their time from clocks that
    /// agree, and a token that is refused is refreshed. A signature is verified once and then
    /// remembered by the token's hash. Where the token names a key that is not known here, another
    /// replica may have made it: the stored keys are read again, at most once a second.
    ///
    /// # Errors
    /// [`Unauthenticated::Expired`], [`Unauthenticated::Invalid`].
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Unauthenticated> {
        let mut verified = self.verify_once(token, now);
        if let Err(Refused::UnknownKey) = verified
            && self.keyring.look(now).await
        {
            verified = self.verify_once(token, now);
        }
        verified.map_err(|refused| match refused {
            Refused::For(why) => why,
            Refused::UnknownKey => Unauthenticated::Invalid,
        })
    }

    fn verify_once(&self, token: &str, now: Timestamp) -> Result<Claims, Refused> {
        let hash = secret::hash(token);
        let remembered = self.verified.get(&hash);
        // Its key may have been withdrawn since.
        let remembered = remembered
            .filter(|known| matches!(self.keyring.find(&known.kid, now), Found::Verifying(_)));
        let claims = match remembered {
            Some(known) => known.claims,
            None => {
                let known = self.verify_signature(token, now)?;
                let claims = known.claims;
                self.verified.insert(hash, known);
                claims
            }
        };
        if now.seconds() >= claims.expires_at {
            self.verified.remove(&hash);
            return Err(Refused::For(Unauthenticated::Expired));
        }
        Ok(claims)
    }

    fn verify_signature(&self, token: &str, now: Timestamp) -> Result<Verified, Refused> {
        let invalid = || Refused::For(Unauthenticated::Invalid);
        let header = decode_header(token).map_err(|_| invalid())?;
        let kid = header.kid.ok_or_else(invalid)?;
        let key = match self.keyring.find(&kid, now) {
            Found::Verifying(key) => key,
            Found::Spent => return Err(invalid()),
            Found::Unknown => return Err(Refused::UnknownKey),
        };
        // Refuses every algorithm but the one it was told.
        let payload =
            decode::<Payload>(token, &key, &self.validation).map_err(|_| invalid())?.claims;
        if payload.nbf.is_some_and(|from| now.seconds() < from) {
            return Err(invalid());
        }
        let claims = Claims {
            user_id: payload.sub,
            organization_id: payload.org,
            session_id: payload.sid,
            expires_at: payload.exp,
        };
        Ok(Verified { claims, kid: kid.into() })
    }

    /// The keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The public keys, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> Arc<JwkSet> {
        self.keyring.jwks()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("keyring", &self.keyring).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
