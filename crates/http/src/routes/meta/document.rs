//! Documents whose content is made elsewhere, as the specification describes them.

use utoipa::ToSchema;

use crate::schema::free_form;

/// Public keys (RFC 7517 §5).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `identity` makes")]
pub(super) struct JsonWebKeySet {
    /// The keys, those that sign no more but may still be met included.
    keys: Vec<JsonWebKey>,
}

/// A public key of access tokens (RFC 7517 §4, RFC 8037 §2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `identity` makes")]
struct JsonWebKey {
    /// The family: `OKP`.
    kty: String,
    /// The curve: `Ed25519`.
    crv: String,
    /// The public key, base64url.
    x: String,
    /// The key's name, as in the head of the tokens it signed.
    kid: String,
    /// The algorithm: `EdDSA`.
    alg: String,
    /// What it is for: `sig`.
    #[schema(rename = "use")]
    usage: String,
}

free_form! {
    /// An OpenAPI description (OpenAPI 3.1.0).
    OpenApiDocument
}
