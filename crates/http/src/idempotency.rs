//! `Idempotency-Key`: how a creating operation answers a repetition as it answered the first time.
//!
//! The kept answer may hold secrets that are shown once. It is sealed with a key derived from the
//! header's value, which itself is stored only as a hash: the database alone reveals nothing.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use evenhand_domain::clock::Entropy;
use evenhand_domain::error::Error;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::Credential;
use evenhand_persistence::idempotency::{Claim, Once, Outcome};
use evenhand_persistence::seal::{Sealer, Unopenable};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::schema::ObjectBuilder;

use crate::answer::Made;
use crate::operations::{Answer, Argument, Described};
use crate::problem::Problem;
use crate::state::state_of;

static HEADER: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in characters.
const MAX_LENGTH: usize = 255;

/// What kept answers are sealed for.
const CONTEXT: &[u8] = b"answer";

fn sealer(key: &SecretString) -> Result<Sealer, Unopenable> {
    Sealer::derive(key.expose_secret().as_bytes(), "evenhand idempotency")
}

/// The key of a creating request, if it has one.
pub struct IdempotencyKey {
    key: Option<SecretString>,
    method: String,
    path: String,
    entropy: Arc<dyn Entropy>,
}

impl IdempotencyKey {
    /// The claim on the key for a request with this body. `created` makes the answer that is kept.
    pub fn once<T: 'static>(
        &self,
        credential: Credential,
        body: &[u8],
        created: impl Fn(&T) -> Made + Send + Sync + 'static,
    ) -> Option<Once<T>> {
        let key_hash = self.hash(&[])?;
        self.once_under(key_hash, credential, body, created)
    }

    /// The claim on a key of its own for one item of a request whose items are made one by one.
    pub fn once_of_item<T: 'static>(
        &self,
        index: usize,
        credential: Credential,
        item: &[u8],
        created: impl Fn(&T) -> Made + Send + Sync + 'static,
    ) -> Option<Once<T>> {
        // No key has a NUL in it: an item's is never that of a request.
        let key_hash = self.hash(format!("\0{index}").as_bytes())?;
        self.once_under(key_hash, credential, item, created)
    }

    /// The claim on the key for such a request as a whole: it keeps no answer, those of the items
    /// are kept.
    #[must_use]
    pub fn once_for_items(&self, credential: Credential, body: &[u8]) -> Option<Once<()>> {
        Some(Once {
            credential,
            key_hash: self.hash(&[])?,
            request_hash: self.request_hash(body),
            // There has to be one, and nothing is in it.
            keep: Box::new(|()| vec![0]),
        })
    }

    /// The claims that [`Self::once_of_item`] makes for these items; none without a key.
    pub fn claims_of_items<'a>(
        &self,
        organization_id: OrganizationId,
        credential: Credential,
        items: impl IntoIterator<Item = &'a [u8]>,
    ) -> Vec<Claim> {
        let claim = |(index, item)| {
            let once = self.once_of_item(index, credential, item, |()| Made::told(&()))?;
            Some(once.claim(organization_id))
        };
        items.into_iter().enumerate().filter_map(claim).collect()
    }

    fn hash(&self, suffix: &[u8]) -> Option<[u8; 32]> {
        let key = self.key.as_ref()?;
        Some(Sha256::new().chain_update(key.expose_secret()).chain_update(suffix).finalize().into())
    }

    fn once_under<T: 'static>(
        &self,
        key_hash: [u8; 32],
        credential: Credential,
        body: &[u8],
        created: impl Fn(&T) -> Made + Send + Sync + 'static,
    ) -> Option<Once<T>> {
        let key = self.key.clone()?;
        let entropy = Arc::clone(&self.entropy);
        Some(Once {
            credential,
            key_hash,
            request_hash: self.request_hash(body),
            keep: Box::new(move |done| {
                let kept = created(done).to_kept();
                let sealed = sealer(&key).and_then(|by| by.seal(entropy.as_ref(), CONTEXT, &kept));
                sealed.unwrap_or_else(|error| {
                    // The effect stands; only its repetition cannot be answered.
                    tracing::error!(%error, "an idempotent answer could not be sealed");
                    Vec::new()
                })
            }),
        })
    }

    /// The answer to what was done now or before.
    ///
    /// # Errors
    /// When a kept answer cannot be opened.
    pub fn answer<T>(&self, outcome: Outcome<T>, created: impl Fn(&T) -> Made) -> Answer {
        match outcome {
            Outcome::Done(done) => created(&done).respond(),
            Outcome::Replayed(sealed) => Ok(Self::as_replay(self.open(&sealed)?.respond()?)),
        }
    }

    /// The same answer, said to be that to an earlier request.
    #[must_use]
    pub fn as_replay(mut response: HttpResponse) -> HttpResponse {
        response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        response
    }

    /// A kept answer.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, sealed: &[u8]) -> Result<Made, Problem> {
        let key = self.key.as_ref().ok_or_else(|| Error::internal("a replay without a key"))?;
        let kept = sealer(key).and_then(|by| by.open(CONTEXT, sealed)).map_err(Error::internal)?;
        Made::from_kept(&kept)
    }

    /// Parts with their lengths, so that no two requests have the same bytes.
    fn request_hash(&self, body: &[u8]) -> [u8; 32] {
        let mut digest = Sha256::new();
        for part in [self.method.as_bytes(), self.path.as_bytes(), body] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

/// The key in these headers: 1–255 visible ASCII characters, in quotes or not.
fn key_of(headers: &HeaderMap) -> Result<Option<SecretString>, Problem> {
    let invalid = |detail: &str| Problem::fault("/Idempotency-Key", "invalid_value", detail);
    let mut values = headers.get_all(&HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(invalid("the header comes more than once"));
    }
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_sane =
        (1..=MAX_LENGTH).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic());
    if is_sane {
        Ok(Some(SecretString::from(bare.to_owned())))
    } else {
        Err(invalid("1 to 255 visible ASCII characters"))
    }
}

impl Argument for IdempotencyKey {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Ok(Self {
            key: key_of(request.headers())?,
            method: request.method().to_string(),
            path: request.path().to_owned(),
            entropy: Arc::clone(&state_of(request)?.services.entropy),
        })
    }

    fn describe(described: &mut Described) {
        described.header(
            "Idempotency-Key",
            "1 to 255 visible characters that name this request. Sending it again with the same key \
             and body within 24 hours gives the same answer and changes nothing.",
            ObjectBuilder::new()
                .min_length(Some(1))
                .max_length(Some(MAX_LENGTH))
                .pattern(Some("^[!-~]+$")),
        );
        described.answer_header(
            "Idempotency-Replayed",
            "`true` when this is the answer to an earlier request with the same key.",
        );
        described.problem(409, "The same request is still running: `idempotency_key_in_use`.");
        described.problem(
            422,
            "The `Idempotency-Key` belongs to another request: `idempotency_key_reused`.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        key_of(&headers).map(|key| key.map(|key| key.expose_secret().to_owned()))
    }

    #[test]
    fn quotes_are_not_part_of_a_key() {
        assert_eq!(read("abc").unwrap().as_deref(), Some("abc"));
        assert_eq!(read("\"abc\"").unwrap().as_deref(), Some("abc"));
        assert!(key_of(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn odd_keys_are_refused_with_the_header_s_name() {
        for odd in ["", "\"\"", "a b", "é", &"x".repeat(256)] {
            let problem = read(odd).unwrap_err();
            assert_eq!(problem.faults().as_slice()[0].pointer, "/Idempotency-Key", "{odd}");
        }
        assert!(read(&"x".repeat(255)).is_ok());
    }
}
