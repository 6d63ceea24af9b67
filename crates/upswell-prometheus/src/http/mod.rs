//! A server and how it is spoken to: address, login, TLS; one request with its bounds; when to
//! ask again.

mod call;
mod retry;
mod secret;
mod server;

pub use call::CallError;
pub(crate) use call::{Answer, Caller};
pub(crate) use retry::{Passing, with_retries};
pub use secret::Secret;
pub use server::{Auth, Identity, Server, ServerError, Tls};
