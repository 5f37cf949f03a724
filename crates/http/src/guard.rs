//! Guards: the first argument of every handler. From credentials to an actor to a grant.

use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use evenhand_domain::error::{Error, Unauthenticated};
use evenhand_domain::permission::{
    Action, Actor, Grant, Permission, Subject, Unconfirmed, authorize, authorize_unconfirmed,
};
use evenhand_identity::Presented;
use secrecy::SecretString;
use tracing::Span;

use crate::client_address::client_address;
use crate::operations::{Caller, Guard};
use crate::problem::Problem;
use crate::state::state_of;

static API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Lets in who holds the permission of `A`; yields the grant.
#[derive(Debug)]
pub struct Authorized<A: Action>(pub Grant<A>);

/// Lets in people who hold the permission of `A`; yields the grant. For what an integration must
/// not do whatever its key may: hand out access that outlives the key.
#[derive(Debug)]
pub struct AuthorizedPerson<A: Action>(pub Grant<A>);

/// Lets in who holds the permission of `A` by a copy that may be out of date; yields what the
/// acting transaction has to confirm. A refusal is always by a fresh read.
#[derive(Debug)]
pub struct AuthorizedIntake<A: Action> {
    presented: Presented,
    grant: Unconfirmed<A>,
    action: PhantomData<A>,
}

/// As [`Authorized`]; can be read afresh, for an operation whose transaction confirms the caller.
#[derive(Debug)]
pub struct AuthorizedAnew<A: Action> {
    presented: Presented,
    address: Option<IpAddr>,
    grant: Grant<A>,
}

/// Lets in any signed-in person.
#[derive(Debug)]
pub struct SignedIn(pub Arc<Actor>);

/// Lets in anybody; a credential that is sent must be good.
#[derive(Debug)]
pub struct Public;

/// Lets in anybody, and says who they are where a credential is sent, which must be good.
#[derive(Debug)]
pub struct Anyone(pub Option<Arc<Actor>>);

/// Lets in anybody and looks at no credential, so that it never needs the database: probes and
/// documents.
#[derive(Debug)]
pub struct Open;

impl<A: Action + Default> Guard for Authorized<A> {
    const PERMISSION: Option<Permission> = Some(A::PERMISSION);
    const CALLER: Caller = Caller::PersonOrKey;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        let actor = fresh(request, &required(request)?).await?;
        Ok(Self(authorize(&actor, A::default())?))
    }
}

impl<A: Action + Default> Guard for AuthorizedPerson<A> {
    const PERMISSION: Option<Permission> = Some(A::PERMISSION);
    const CALLER: Caller = Caller::Person;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        let Authorized(grant) = Authorized::admit(request).await?;
        match grant.subject() {
            Subject::User { .. } => Ok(Self(grant)),
            Subject::ApiKey { .. } => Err(Error::PersonRequired.into()),
        }
    }
}

impl<A: Action + Default> Guard for AuthorizedIntake<A> {
    const PERMISSION: Option<Permission> = Some(A::PERMISSION);
    const CALLER: Caller = Caller::PersonOrKey;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        let presented = required(request)?;
        let authenticator = &state_of(request)?.authenticator;
        let cached = authenticator.cached_actor(&presented).await?;
        name_in_log(&cached);
        let grant = match authorize_unconfirmed(&cached, A::default()) {
            Ok(grant) => grant,
            Err(_) => {
                let actor = authenticator.reread_actor(&presented).await?;
                authorize_unconfirmed(&actor, A::default())?
            }
        };
        Ok(Self { presented, grant, action: PhantomData })
    }
}

impl<A: Action + Default> AuthorizedIntake<A> {
    /// What has to be confirmed.
    #[must_use]
    pub const fn grant(&self) -> &Unconfirmed<A> {
        &self.grant
    }

    /// Reads the caller afresh after the grant turned out to be of an outdated copy, or may have
    /// been. The next request of the caller finds what was read here.
    ///
    /// # Errors
    /// 401 or 403, as of now.
    pub async fn refresh(&mut self, state: &crate::state::HttpState) -> Result<(), Problem> {
        let actor = state.authenticator.reread_actor(&self.presented).await?;
        self.grant = authorize_unconfirmed(&actor, A::default())?;
        Ok(())
    }
}

impl<A: Action + Default> Guard for AuthorizedAnew<A> {
    const PERMISSION: Option<Permission> = Some(A::PERMISSION);
    const CALLER: Caller = Caller::PersonOrKey;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        let presented = required(request)?;
        let actor = fresh(request, &presented).await?;
        let grant = authorize(&actor, A::default())?;
        Ok(Self { presented, address: actor.address, grant })
    }
}

impl<A: Action + Default> AuthorizedAnew<A> {
    /// The grant as it was last read.
    #[must_use]
    pub const fn grant(&self) -> &Grant<A> {
        &self.grant
    }

    /// Reads the caller afresh.
    ///
    /// # Errors
    /// 401 or 403, as of now.
    pub async fn refresh(&mut self, state: &crate::state::HttpState) -> Result<(), Problem> {
        let mut actor = state.authenticator.actor(&self.presented).await?;
        Arc::make_mut(&mut actor).address = self.address;
        self.grant = authorize(&actor, A::default())?;
        Ok(())
    }
}

impl Guard for SignedIn {
    const PERMISSION: Option<Permission> = None;
    const CALLER: Caller = Caller::Person;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        let actor = fresh(request, &required(request)?).await?;
        match actor.subject {
            Subject::User { .. } => Ok(Self(actor)),
            Subject::ApiKey { .. } => Err(Error::PersonRequired.into()),
        }
    }
}

impl Guard for Public {
    const PERMISSION: Option<Permission> = None;
    const CALLER: Caller = Caller::Anybody;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        if let Some(presented) = presented(request.headers())? {
            fresh(request, &presented).await?;
        }
        Ok(Self)
    }
}

impl Guard for Anyone {
    const PERMISSION: Option<Permission> = None;
    const CALLER: Caller = Caller::Anybody;

    async fn admit(request: &HttpRequest) -> Result<Self, Problem> {
        match presented(request.headers())? {
            Some(presented) => Ok(Self(Some(fresh(request, &presented).await?))),
            None => Ok(Self(None)),
        }
    }
}

impl Guard for Open {
    const PERMISSION: Option<Permission> = None;
    const CALLER: Caller = Caller::Anything;

    async fn admit(_request: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self)
    }
}

async fn fresh(request: &HttpRequest, presented: &Presented) -> Result<Arc<Actor>, Problem> {
    let mut actor = state_of(request)?.authenticator.actor(presented).await?;
    Arc::make_mut(&mut actor).address = client_address(request)?;
    name_in_log(&actor);
    Ok(actor)
}

fn name_in_log(actor: &Actor) {
    let span = Span::current();
    span.record("organization_id", tracing::field::display(actor.organization.id));
    match &actor.subject {
        Subject::User { id, .. } => span.record("user_id", tracing::field::display(id)),
        Subject::ApiKey { id, .. } => span.record("api_key_id", tracing::field::display(id)),
    };
}

fn required(request: &HttpRequest) -> Result<Presented, Problem> {
    let presented = presented(request.headers())?;
    presented.ok_or_else(|| Error::Unauthenticated(Unauthenticated::Missing).into())
}

/// The credential in these headers. What cannot be read is a wrong one, never none.
fn presented(headers: &HeaderMap) -> Result<Option<Presented>, Problem> {
    let mut tokens = headers.get_all(AUTHORIZATION);
    let mut keys = headers.get_all(&API_KEY);
    let first = (tokens.next(), keys.next());
    if (first.0.is_some() && first.1.is_some()) || tokens.next().is_some() || keys.next().is_some()
    {
        return Err(Error::Unauthenticated(Unauthenticated::Ambiguous).into());
    }
    let invalid = || Problem::from(Error::Unauthenticated(Unauthenticated::Invalid));
    match first {
        (Some(value), _) => {
            let text = value.to_str().map_err(|_| invalid())?;
            let (scheme, token) = text.split_once(' ').ok_or_else(invalid)?;
            if !scheme.eq_ignore_ascii_case("Bearer") {
                return Err(invalid());
            }
            Ok(Some(Presented::Bearer(SecretString::from(token.trim().to_owned()))))
        }
        (None, Some(value)) => {
            let key = value.to_str().map_err(|_| invalid())?;
            Ok(Some(Presented::ApiKey(SecretString::from(key.trim().to_owned()))))
        }
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use actix_web::http::header::HeaderValue;

    fn read(headers: &[(&str, &str)]) -> Result<Option<&'static str>, Code> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let kind = |presented: Option<Presented>| {
            presented.map(|presented| match presented {
                Presented::Bearer(_) => "token",
                Presented::ApiKey(_) => "key",
            })
        };
        presented(&map).map(kind).map_err(|problem| problem.code())
    }

    #[test]
    fn one_credential_of_a_known_kind_or_none() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("authorization", "Bearer abc")]), Ok(Some("token")));
        assert_eq!(read(&[("authorization", "bearer abc")]), Ok(Some("token")));
        assert_eq!(read(&[("x-api-key", "evh_abc")]), Ok(Some("key")));
    }

    #[test]
    fn anything_else_is_refused_and_never_anonymous() {
        for odd in ["Basic abc", "abc", ""] {
            assert_eq!(read(&[("authorization", odd)]), Err(Code::InvalidCredentials), "{odd}");
        }
        let both = [("authorization", "Bearer abc"), ("x-api-key", "abc")];
        assert_eq!(read(&both), Err(Code::AmbiguousCredentials));
        let twice = [("x-api-key", "abc"), ("x-api-key", "abc")];
        assert_eq!(read(&twice), Err(Code::AmbiguousCredentials));
    }
}
