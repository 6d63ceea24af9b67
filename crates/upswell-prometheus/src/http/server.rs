//! Address, login and TLS of a server.

use std::fmt;
use std::sync::Once;

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};
use upswell_units::Duration;

use super::Secret;
use super::call::root;

/// A server and how it is spoken to. No `Debug` and no error shows its secrets.
#[derive(Clone, Debug)]
pub struct Server {
    /// Without login, query and fragment; the path is that in front of the server's own.
    url: Url,
    /// How to log in.
    pub auth: Auth,
    /// Headers of every request.
    pub headers: Vec<(String, Secret)>,
    /// Whose data is meant, where a server holds that of several (Mimir, Cortex, Thanos): the
    /// header `X-Scope-OrgID`.
    pub tenant: Option<String>,
    /// Whom to trust, and who we are.
    pub tls: Tls,
    /// How long one request may take, from the connection to the end of the answer; 30 s unless
    /// set.
    pub timeout: Duration,
    /// How often a request is sent again after a failure that may pass; 3 unless set.
    pub retries: u32,
}

/// How to log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// By a token.
    Bearer(Secret),
    /// By name and password.
    Basic {
        /// Name.
        user: String,
        /// Password.
        password: Secret,
    },
}

/// Whom to trust, and who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tls {
    /// Certificates to trust in place of the system's, as PEM.
    pub ca: Option<String>,
    /// Our own certificate.
    pub identity: Option<Identity>,
    /// Whether to trust anybody.
    pub insecure: bool,
}

/// Our own certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The certificate and those that vouch for it, as PEM.
    pub certificate: String,
    /// Its private key, as PEM.
    pub key: Secret,
}

/// Why a server cannot be spoken to as its settings say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The text is no URL. It is not repeated, because it may hold a password.
    #[error("not a URL: {0}; write e.g. http://prometheus:9090")]
    NotAUrl(String),
    /// The URL is not one of HTTP.
    #[error("a URL of {0}; only http and https are spoken")]
    Scheme(String),
    /// The URL has parameters or a fragment.
    #[error("the URL has a query or a fragment; write only scheme, host, port and path")]
    Parameters,
    /// The name or the value of a header holds what no header may.
    #[error("the header {0:?} or its value holds characters that no header may hold")]
    Header(String),
    /// The certificates or the key are not PEM, or do not fit each other.
    #[error("{what} cannot be used: {cause}; give PEM, as between BEGIN and END lines")]
    Pem {
        /// Which of them.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The system has no certificates to trust.
    #[error("TLS cannot be set up: {0}; install the system's certificates or name a CA")]
    Tls(String),
}

const TIMEOUT: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading: redirections are followed, and proxies of the environment used.
    Read,
    /// Writing: only redirections that keep the method are followed. Others make a GET of a POST,
    /// and what was to be written would be lost without a word.
    Write,
    /// Scraping: as reading, but past all proxies. Targets are near, and as in Prometheus what the
    /// environment says is not meant for them.
    Scrape,
}

/// A server that moves further than this is misconfigured; Go's client follows ten.
const REDIRECTS_MAX: usize = 5;

const USER_AGENT: &str = concat!("upswell/", env!("CARGO_PKG_VERSION"));

impl Server {
    /// Takes the URL of a server; a name and password in it are its login.
    ///
    /// # Errors
    ///
    /// If it is no URL of HTTP, or has more than scheme, login, host, port and path.
    pub fn new(url: &str) -> Result<Self, ServerError> {
        let mut url =
            Url::parse(url.trim()).map_err(|error| ServerError::NotAUrl(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ServerError::Scheme(url.scheme().to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ServerError::Parameters);
        }
        let auth = take_login(&mut url);
        Ok(Self {
            url,
            auth,
            headers: Vec::new(),
            tenant: None,
            tls: Tls::default(),
            timeout: TIMEOUT,
            retries: RETRIES,
        })
    }

    /// Returns the URL of one of its paths, which starts with a slash.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    /// Returns the headers of every request.
    pub(crate) fn header_map(&self) -> Result<HeaderMap, ServerError> {
        let tenant = self.tenant.iter().map(|tenant| ("X-Scope-OrgID", tenant.as_str()));
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.reveal()));
        let mut headers = HeaderMap::new();
        for (name, value) in tenant.chain(own) {
            let bad = || ServerError::Header(name.to_owned());
            let mut secret = HeaderValue::from_str(value).map_err(|_| bad())?;
            secret.set_sensitive(true);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            headers.append(name, secret);
        }
        Ok(headers)
    }

    /// Returns whether it is spoken to without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }
}

impl fmt::Display for Server {
    /// Its URL without a login.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

/// Takes name and password out of a URL.
fn take_login(url: &mut Url) -> Auth {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    if url.username().is_empty() && url.password().is_none() {
        return Auth::None;
    }
    let user = decoded(url.username());
    let password = Secret::new(url.password().map(decoded).unwrap_or_default());
    // A URL of HTTP has a host, so that its login can be taken away.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    Auth::Basic { user, password }
}

/// Makes a client that trusts whom the settings say and sends these headers.
///
/// A container without certificates still speaks plain HTTP.
///
/// # Errors
///
/// If certificates or key cannot be used, or the system has none for a server that needs them.
pub(crate) fn client(
    tls: &Tls,
    headers: &HeaderMap,
    is_plain: bool,
    purpose: Purpose,
) -> Result<Client, ServerError> {
    static PROVIDER: Once = Once::new();
    // That a provider is installed already is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let trusted = tls.ca.as_deref().map(certificates).transpose()?;
    match build(tls, trusted, headers, purpose) {
        Err(ServerError::Tls(_)) if is_plain => build(tls, Some(Vec::new()), headers, purpose),
        built => built,
    }
}

/// Trusts the system's certificates unless told which.
fn build(
    tls: &Tls,
    trusted: Option<Vec<Certificate>>,
    headers: &HeaderMap,
    purpose: Purpose,
) -> Result<Client, ServerError> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(headers.clone())
        .redirect(redirects(purpose))
        .tls_danger_accept_invalid_certs(tls.insecure);
    if purpose == Purpose::Scrape {
        builder = builder.no_proxy();
    }
    if let Some(trusted) = trusted {
        builder = builder.tls_certs_only(trusted);
    }
    if let Some(Identity { certificate, key }) = &tls.identity {
        let pem = format!("{certificate}\n{}", key.reveal());
        let identity = reqwest::Identity::from_pem(pem.as_bytes());
        let what = "the client's certificate or key";
        let bad = |error| ServerError::Pem { what, cause: root(error) };
        builder = builder.identity(identity.map_err(bad)?);
    }
    builder.build().map_err(|error| ServerError::Tls(root(error)))
}

fn redirects(purpose: Purpose) -> Policy {
    match purpose {
        Purpose::Read | Purpose::Scrape => Policy::limited(REDIRECTS_MAX),
        Purpose::Write => Policy::custom(|attempt| {
            let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
            let is_near = attempt.previous().len() <= REDIRECTS_MAX;
            if keeps_method && is_near { attempt.follow() } else { attempt.stop() }
        }),
    }
}

fn certificates(pem: &str) -> Result<Vec<Certificate>, ServerError> {
    let bad = |cause| ServerError::Pem { what: "the CA's certificate", cause };
    let found = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| bad(root(error)))?;
    if found.is_empty() { Err(bad("it holds none".to_owned())) } else { Ok(found) }
}
