//! What a handler's arguments are made of: a guard first, then whatever it needs. A handler
//! without a guard has no [`GuardedArgs`] and cannot be added.

use std::future::Future;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use evenhand_domain::permission::Permission;

use super::Described;
use crate::problem::Problem;
use crate::query::{describe_no_query, refuse_query};

/// Decides whether the caller may use an operation at all, and yields what the operation acts by.
pub trait Guard: Sized {
    /// The permission that it demands.
    const PERMISSION: Option<Permission>;
    /// Who may call.
    const CALLER: Caller;

    /// Lets the caller in.
    ///
    /// # Errors
    /// 401 or 403.
    fn admit(request: &HttpRequest) -> impl Future<Output = Result<Self, Problem>>;
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Anybody; a credential is not looked at.
    Anything,
    /// Anybody; a credential that is sent must be good.
    Anybody,
    /// A signed-in person.
    Person,
    /// A signed-in person or an integration.
    PersonOrKey,
}

/// A part of the request that a handler takes.
pub trait Argument: Sized {
    /// Whether it reads the query, and refuses what it does not know there.
    const READS_QUERY: bool = false;

    /// Takes it.
    ///
    /// # Errors
    /// What is wrong with the part.
    fn take(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem>;

    /// Adds what taking it means to the operation's specification.
    fn describe(_described: &mut Described) {}
}

/// The arguments of a handler: a guard, then parts of the request. Nothing of the request is
/// looked at before the guard has let the caller in.
pub trait GuardedArgs: Sized {
    /// The guard.
    type Guard: Guard;

    /// Takes them in order.
    ///
    /// # Errors
    /// The first argument's that fails.
    fn take(
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> impl Future<Output = Result<Self, Problem>>;

    /// Adds what taking them means to the operation's specification.
    fn describe(described: &mut Described);
}

macro_rules! guarded_args {
    ($($argument:ident)*) => {
        impl<G: Guard, $($argument: Argument),*> GuardedArgs for (G, $($argument,)*) {
            type Guard = G;

            async fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
                let guard = G::admit(request).await?;
                if !(false $(|| $argument::READS_QUERY)*) {
                    refuse_query(request)?;
                }
                Ok((guard, $($argument::take(request, _payload)?,)*))
            }

            fn describe(described: &mut Described) {
                $($argument::describe(described);)*
                if !(false $(|| $argument::READS_QUERY)*) {
                    describe_no_query(described);
                }
            }
        }
    };
}

guarded_args!();
guarded_args!(A);
guarded_args!(A B);
guarded_args!(A B C);
guarded_args!(A B C D);
guarded_args!(A B C D E);
