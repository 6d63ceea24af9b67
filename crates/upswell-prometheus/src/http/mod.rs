//! A server and how it is spoken to: address, login, TLS; one request with its bounds; when to
//! ask again.

mod call;
mod retry;
mod secret;
mod server;

pub use call::CallError;
pub(crate) use call::{Answer, Caller};
pub(crate) use retry::{Backoff, Passing, std_duration, with_retries};
pub use secret::Secret;
pub(crate) use server::Redirects;
pub use server::{Auth, Identity, Server, ServerError, Tls};
