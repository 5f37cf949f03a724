//! The tables as sea-orm sees them; private to this crate. Instants are microseconds since 1970.
#![expect(unreachable_pub, reason = "sea-orm's derives make their items as public as the model")]

pub(crate) mod account;
pub(crate) mod api_key;
pub(crate) mod invitation;
pub(crate) mod organization;
pub(crate) mod refresh_token;
pub(crate) mod session;
pub(crate) mod signing_key;
pub(crate) mod user;
