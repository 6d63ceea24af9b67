//! A server and how it is spoken to: address, login, TLS; one request with its bounds; when to
//! ask again.

mod call;
mod retry;
mod secret;
mod server;

pub use call::CallError;
pub(crate) use call::{Answer, Caller, ReadError, read, root};
pub(crate) use retry::{Backoff, Passing, std_duration, with_retries};
pub use secret::Secret;
pub use server::{Auth, Identity, Server, ServerError, Tls};
pub(crate) use server::{Purpose, client};
