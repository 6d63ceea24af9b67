//! The authentication that `prometheus` and `metrics-api` share.
//!
//! Source: KEDA main at 8b4f083, scalers/authentication/authentication_types.go.

use std::collections::BTreeMap;

use serde_json::json;

use crate::fault::FaultClass;
use crate::literal;
use crate::reader::{A, Choice, Found, MA, Parameter, Reader, Refusal, refuse};
use crate::request::{HttpLogin, Tls, TokenSource, Url};
use crate::secret::Secret;
use crate::url_text;

/// Which ways of authentication are on, and all that they may need.
#[derive(Debug, Default)]
pub(crate) struct HttpAuth {
    modes: Vec<Mode>,
    bearer_token: Option<Secret>,
    username: Option<String>,
    password: Option<Secret>,
    pub(crate) certificates: Tls,
    oauth: OauthClient,
    custom: Option<(String, Secret)>,
    api_key: Option<Secret>,
    method: ApiKeyMethod,
    key_parameter: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    ApiKey,
    Basic,
    Tls,
    Bearer,
    Custom,
    Oauth,
}

const MODES: &[(&str, Mode)] = &[
    ("apiKey", Mode::ApiKey),
    ("basic", Mode::Basic),
    ("tls", Mode::Tls),
    ("bearer", Mode::Bearer),
    ("custom", Mode::Custom),
    ("oauth", Mode::Oauth),
];

/// All of these write the `Authorization` header.
const EXCLUSIVE: &[Mode] = &[Mode::Bearer, Mode::Basic, Mode::Oauth];

/// Where an API key goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum ApiKeyMethod {
    #[default]
    Header,
    Query,
}

impl Choice for ApiKeyMethod {
    const WORDS: &'static [(&'static str, Self)] =
        &[("header", Self::Header), ("query", Self::Query)];
}

/// The OAuth 2 client that `rabbitmq` has too.
#[derive(Clone, Debug, Default)]
pub(crate) struct OauthClient {
    pub(crate) token_url: Option<Secret>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    scopes: Vec<String>,
    parameters: BTreeMap<String, Vec<String>>,
}

impl OauthClient {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let token_url = read.parameter("oauthTokenURI").from(A).secret().optional();
        let scopes = read.parameter("scopes").alias("scope").from(A).list().or_zero();
        let scopes: Vec<String> = scopes.into_iter().filter(|scope| !scope.is_empty()).collect();
        read.set("scopes", json!(scopes));
        let client_id = read.parameter("clientID").from(A).text().optional();
        let client_secret = read.parameter("clientSecret").from(A).secret().optional();
        let parameters = url_parameters(read.parameter("endpointParams").from(A)).or_zero();
        Self { token_url, client_id, client_secret, scopes, parameters }
    }

    /// Returns the client as a source of tokens, if it is one.
    pub(crate) fn token_source(&self) -> Option<TokenSource> {
        Some(TokenSource::ClientCredentials {
            token_url: Url::from(self.token_url.as_ref()?.reveal().to_owned()),
            client_id: self.client_id.clone()?,
            client_secret: self.client_secret.clone(),
            scopes: self.scopes.clone(),
            parameters: self.parameters.clone(),
        })
    }
}

impl HttpAuth {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        let modes = modes(read.parameter("authModes").alias("authMode").from(MA)).or_zero();
        let bearer_token = read.parameter("bearerToken").alias("token").from(A).secret().optional();
        let username = read.parameter("username").from(A).text().optional();
        let password = read.parameter("password").from(A).secret().optional();
        let certificates = Tls {
            cert: read.parameter("cert").from(A).secret().optional(),
            key: read.parameter("key").from(A).secret().optional(),
            ca: read.parameter("ca").from(A).secret().optional(),
            ..Tls::default()
        };
        let oauth = OauthClient::read(read);
        let header = read.parameter("customAuthHeader").from(A).text().optional();
        let value = read.parameter("customAuthValue").from(A).secret().optional();
        let api_key = read.parameter("apiKey").from(MA).secret().optional();
        let method = read.parameter("method").from(MA).choice().or(ApiKeyMethod::Header);
        let key_parameter = read.parameter("keyParamName").from(MA).text().optional();
        let custom = header.zip(value);
        let auth = Self {
            modes,
            bearer_token,
            username,
            password,
            certificates,
            oauth,
            custom,
            api_key,
            method,
            key_parameter,
        };
        auth.check(read);
        auth
    }

    /// Returns whether any way of authentication is on.
    pub(crate) fn is_enabled(&self) -> bool {
        !self.modes.is_empty()
    }

    fn has(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }

    fn check(&self, read: &mut Reader<'_>) {
        let exclusive = self.modes.iter().filter(|mode| EXCLUSIVE.contains(mode)).count();
        let message = "`bearer`, `basic` and `oauth` exclude each other";
        read.check(exclusive <= 1, FaultClass::ExclusiveModes, "authModes", message);
        let Tls { cert, key, .. } = &self.certificates;
        let message = "mode `tls` needs both `cert` and `key`";
        let has_pair = cert.is_some() && key.is_some();
        read.check(!self.has(Mode::Tls) || has_pair, FaultClass::CertKeyPair, "cert", message);
        let has_client = self.oauth.token_url.is_some() && self.oauth.client_id.is_some();
        for (mode, is_complete, parameter, message) in [
            (
                Mode::Bearer,
                self.bearer_token.is_some(),
                "bearerToken",
                "mode `bearer` needs `bearerToken`",
            ),
            (Mode::Basic, self.username.is_some(), "username", "mode `basic` needs `username`"),
            (
                Mode::Oauth,
                has_client,
                "oauthTokenURI",
                "mode `oauth` needs `oauthTokenURI` and `clientID`",
            ),
            (
                Mode::Custom,
                self.custom.is_some(),
                "customAuthHeader",
                "mode `custom` needs `customAuthHeader` and `customAuthValue`",
            ),
            (Mode::ApiKey, self.api_key.is_some(), "apiKey", "mode `apiKey` needs `apiKey`"),
        ] {
            let holds = !self.has(mode) || is_complete;
            read.check(holds, FaultClass::MissingCredentials, parameter, message);
        }
    }

    /// Returns what the `Authorization` header holds.
    pub(crate) fn login(&self) -> Option<HttpLogin> {
        if self.has(Mode::Bearer) {
            return self.bearer_token.clone().map(HttpLogin::Bearer);
        }
        if self.has(Mode::Basic) {
            let password = self.password.clone().unwrap_or_default();
            return self.username.clone().map(|username| HttpLogin::Basic { username, password });
        }
        if self.has(Mode::Oauth) {
            return self.oauth.token_source().map(HttpLogin::Token);
        }
        None
    }

    /// Returns the header of mode `custom`.
    pub(crate) fn custom_header(&self) -> Option<(String, Secret)> {
        self.custom.clone().filter(|_| self.has(Mode::Custom))
    }

    /// Returns the header of mode `apiKey`.
    pub(crate) fn api_key_header(&self) -> Option<(String, Secret)> {
        let name = self.key_parameter.clone().unwrap_or_else(|| "X-API-KEY".to_owned());
        self.api_key(ApiKeyMethod::Header).map(|key| (name, key.clone()))
    }

    /// Returns a URL with the query parameter of mode `apiKey`.
    pub(crate) fn with_api_key(&self, url: &str) -> Url {
        let Some(key) = self.api_key(ApiKeyMethod::Query) else {
            return Url::from(url.to_owned());
        };
        let name = url_text::query_escape(self.key_parameter.as_deref().unwrap_or("api_key"));
        let separator = if url.contains('?') { '&' } else { '?' };
        Url::from(format!("{url}{separator}{name}={}", url_text::query_escape(key.reveal())))
    }

    fn api_key(&self, method: ApiKeyMethod) -> Option<&Secret> {
        self.api_key.as_ref().filter(|_| self.has(Mode::ApiKey) && self.method == method)
    }

    /// Returns the certificates of mode `tls`, an authority given in any mode, and how much to
    /// trust; absent if that is nothing.
    pub(crate) fn tls(&self, unsafe_ssl: bool) -> Option<Tls> {
        let Tls { ca, .. } = &self.certificates;
        let certificates = if self.has(Mode::Tls) {
            self.certificates.clone()
        } else {
            Tls { ca: ca.clone().filter(|_| self.is_enabled()), ..Tls::default() }
        };
        let tls = Tls { skip_verification: unsafe_ssl, ..certificates };
        (tls != Tls::default()).then_some(tls)
    }
}

fn modes<'r, 'a>(parameter: Parameter<'r, 'a>) -> Found<'r, 'a, Vec<Mode>> {
    let mode = |word: &str| MODES.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode);
    let parse = |text: &str| {
        let modes: Option<Vec<Mode>> = literal::list(text).map(mode).collect();
        modes.ok_or_else(|| Refusal {
            class: FaultClass::BadEnum,
            help: Some("use `apiKey`, `basic`, `tls`, `bearer`, `custom` or `oauth`".to_owned()),
        })
    };
    parameter.read("list of authentication modes", parse, |modes| {
        let word =
            |mode: &Mode| MODES.iter().find(|(_, known)| known == mode).map(|(word, _)| word);
        json!(modes.iter().filter_map(word).collect::<Vec<_>>())
    })
}

/// Reads parameters in the syntax of a URL's query.
fn url_parameters<'r, 'a>(
    parameter: Parameter<'r, 'a>,
) -> Found<'r, 'a, BTreeMap<String, Vec<String>>> {
    let parse = |text: &str| {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| {
                let is_valid = url_text::has_valid_escapes(text) && !text.contains(';');
                let plain = is_valid.then(|| url_text::unescape(&text.replace('+', " ")));
                refuse(plain, "write e.g. \"a=1&b=2\", other characters as `%XX`")
            };
            let (key, value) = (plain(key)?, plain(value)?);
            parameters.entry(key).or_default().push(value);
        }
        Ok(parameters)
    };
    parameter.read("URL query", parse, |parameters| json!(parameters))
}
