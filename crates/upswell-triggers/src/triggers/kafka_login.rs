//! How `kafka` and `apache-kafka` log in: SASL and TLS.
//!
//! Source: KEDA main at 8b4f083, kafka_scaler.go and apache_kafka_scaler.go.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws;
use crate::fault::FaultClass;
use crate::literal;
use crate::reader::{A, Choice, MA, Reader};
use crate::request::{Sasl, Tls, Url};
use crate::secret::Secret;
use crate::switch::Switch;

/// What both types end with.
pub(super) struct Login {
    pub(super) sasl: Sasl,
    /// Present if TLS is on.
    pub(super) tls: Option<Tls>,
}

/// The mechanisms of `kafka`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum SaramaSasl {
    #[default]
    None,
    Plaintext,
    ScramSha256,
    ScramSha512,
    Oauthbearer,
    Gssapi,
}

impl Choice for SaramaSasl {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("plaintext", Self::Plaintext),
        ("scram_sha256", Self::ScramSha256),
        ("scram_sha512", Self::ScramSha512),
        ("oauthbearer", Self::Oauthbearer),
        ("gssapi", Self::Gssapi),
    ];
}

/// The mechanisms of `apache-kafka`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum ApacheSasl {
    #[default]
    None,
    Plaintext,
    ScramSha256,
    ScramSha512,
    Gssapi,
    AwsMskIam,
}

impl Choice for ApacheSasl {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("plaintext", Self::Plaintext),
        ("scram_sha256", Self::ScramSha256),
        ("scram_sha512", Self::ScramSha512),
        ("gssapi", Self::Gssapi),
        ("aws_msk_iam", Self::AwsMskIam),
    ];
}

/// Where `oauthbearer` gets its token.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum TokenProvider {
    #[default]
    Bearer,
    AwsMskIam,
}

impl Choice for TokenProvider {
    const WORDS: &'static [(&'static str, Self)] =
        &[("bearer", Self::Bearer), ("aws_msk_iam", Self::AwsMskIam)];
}

/// All that a mechanism of `kafka` may need.
struct SaramaLogin {
    username: Option<String>,
    password: Option<Secret>,
    provider: TokenProvider,
    scopes: Option<String>,
    token_url: Option<String>,
    extensions: Option<String>,
    keytab: Option<Secret>,
    realm: Option<String>,
    kerberos_config: Option<Secret>,
    service_name: Option<String>,
    disable_fast: bool,
}

/// Reads the login of `kafka`.
pub(super) fn sarama(read: &mut Reader<'_>) -> Login {
    let unsafe_ssl = read.parameter("unsafeSsl").boolean().or(false);
    let tls = tls(read, unsafe_ssl);
    let sasl = read.parameter("sasl").from(MA).choice::<SaramaSasl>().optional();
    let is_given = sasl.is_some();
    let sasl = sasl.unwrap_or_default();
    let login = sarama_login(read);
    let aws_region = read.parameter("awsRegion").text().optional();
    let uses_aws = sasl == SaramaSasl::Oauthbearer && login.provider == TokenProvider::AwsMskIam;
    let aws = aws::read(read, uses_aws);
    read.set("identityOwner", Value::Null);
    if !is_given {
        // Upstream leaves an absent mechanism empty.
        read.set("sasl", Value::Null);
    }
    read.settings().compute("saslMechanism", json!(sasl.word()));
    let sasl = match sasl {
        SaramaSasl::None => Sasl::None,
        SaramaSasl::Plaintext | SaramaSasl::ScramSha256 | SaramaSasl::ScramSha512 => {
            let (username, password) = user(read, login.username, login.password);
            Sasl::Password { mechanism: sasl.word(), username, password }
        }
        SaramaSasl::Oauthbearer if uses_aws => {
            read.settings().compute("tokenProvider", json!(login.provider.word()));
            let region = msk_region(read, aws_region, tls.is_some());
            Sasl::AwsMskIam { region, credentials: aws.credentials }
        }
        SaramaSasl::Oauthbearer => oauth_bearer(read, login),
        SaramaSasl::Gssapi => gssapi(read, login),
    };
    Login { sasl, tls }
}

fn sarama_login(read: &mut Reader<'_>) -> SaramaLogin {
    let provider = read.parameter("saslTokenProvider").from(MA).choice().optional();
    if provider.is_none() {
        read.set("saslTokenProvider", Value::Null);
    }
    SaramaLogin {
        username: read.parameter("username").from(A).text().optional(),
        password: read.parameter("password").from(A).secret().optional(),
        provider: provider.unwrap_or_default(),
        scopes: read.parameter("scopes").from(A).text().optional(),
        token_url: read.parameter("oauthTokenEndpointUri").from(A).text().optional(),
        extensions: read.parameter("oauthExtensions").from(A).text().optional(),
        keytab: read.parameter("keytab").from(A).secret().optional(),
        realm: read.parameter("realm").from(A).text().optional(),
        kerberos_config: read.parameter("kerberosConfig").from(A).secret().optional(),
        service_name: read.parameter("kerberosServiceName").from(A).text().optional(),
        disable_fast: read.parameter("kerberosDisableFAST").from(A).boolean().or(false),
    }
}

/// Reads the login of `apache-kafka`, which refuses what is set in two places.
pub(super) fn apache(read: &mut Reader<'_>) -> Login {
    let tls = tls(read, false);
    let sasl = read.parameter("sasl").from(MA).choice().or(ApacheSasl::None);
    let username = read.parameter("username").from(A).text().optional();
    let password = read.parameter("password").from(A).secret().optional();
    let aws_region = read.parameter("awsRegion").text().optional();
    for name in ["sasl", "tls"] {
        let input = read.input();
        let in_metadata = input.metadata.get(name).is_some_and(|text| !text.is_empty());
        let in_auth = input.auth.get(name).is_some_and(|text| !text.is_empty());
        let message = format!("`{name}` is set in the metadata and in the trigger authentication");
        read.check(!(in_metadata && in_auth), FaultClass::Conflict, name, &message);
    }
    let region = match sasl {
        ApacheSasl::AwsMskIam => msk_region(read, aws_region, tls.is_some()),
        _ => String::new(),
    };
    let aws = aws::read(read, sasl == ApacheSasl::AwsMskIam);
    read.set("identityOwner", Value::Null);
    let sasl = match sasl {
        ApacheSasl::None => Sasl::None,
        ApacheSasl::Plaintext => {
            let (username, password) = user(read, username, password);
            Sasl::Password { mechanism: sasl.word(), username, password }
        }
        ApacheSasl::ScramSha256 | ApacheSasl::ScramSha512 => Sasl::Password {
            mechanism: sasl.word(),
            username: username.unwrap_or_default(),
            password: password.unwrap_or_default(),
        },
        ApacheSasl::Gssapi => Sasl::Unsupported { mechanism: sasl.word() },
        ApacheSasl::AwsMskIam => Sasl::AwsMskIam { region, credentials: aws.credentials },
    };
    Login { sasl, tls }
}

fn tls(read: &mut Reader<'_>, skip_verification: bool) -> Option<Tls> {
    let switch = read.parameter("tls").from(MA).choice().or(Switch::Disable);
    let tls = Tls {
        ca: read.parameter("ca").from(A).secret().optional(),
        cert: read.parameter("cert").from(A).secret().optional(),
        key: read.parameter("key").from(A).secret().optional(),
        key_password: read.parameter("keyPassword").from(A).secret().optional(),
        skip_verification,
    };
    let enabled = switch == Switch::Enable;
    let is_pair = tls.cert.is_some() == tls.key.is_some();
    let message = "`cert` and `key` must be set together";
    read.check(!enabled || is_pair, FaultClass::CertKeyPair, "cert", message);
    read.settings().compute("tlsEnabled", json!(enabled));
    enabled.then_some(tls)
}

/// Takes a credential that a mechanism cannot do without.
fn needed<T: Default>(read: &mut Reader<'_>, name: &str, value: Option<T>) -> T {
    let message = format!("this `sasl` needs `{name}` in the trigger authentication");
    read.check(value.is_some(), FaultClass::MissingCredentials, name, &message);
    value.unwrap_or_default()
}

fn user(
    read: &mut Reader<'_>,
    username: Option<String>,
    password: Option<Secret>,
) -> (String, Secret) {
    (needed(read, "username", username), needed(read, "password", password))
}

fn msk_region(read: &mut Reader<'_>, region: Option<String>, has_tls: bool) -> String {
    let class = FaultClass::MissingRequired;
    read.check(region.is_some(), class, "awsRegion", "`aws_msk_iam` needs `awsRegion`");
    read.check(has_tls, FaultClass::Conflict, "tls", "`aws_msk_iam` needs `tls: enable`");
    region.unwrap_or_default()
}

fn oauth_bearer(read: &mut Reader<'_>, login: SaramaLogin) -> Sasl {
    read.settings().compute("tokenProvider", json!(login.provider.word()));
    let (username, password) = user(read, login.username, login.password);
    let token_url = needed(read, "oauthTokenEndpointUri", login.token_url);
    let scopes = login.scopes.unwrap_or_default();
    let mut extensions = BTreeMap::new();
    if let Some(text) = login.extensions {
        match literal::pairs(&text) {
            Some(pairs) => extensions = pairs.into_iter().collect(),
            None => {
                let message = "`oauthExtensions` is not a list of `key=value`";
                read.fault(FaultClass::BadValue, "oauthExtensions", message);
            }
        }
        read.settings().compute_secret("oauthExtensions", json!(extensions));
    }
    Sasl::OauthBearer {
        username,
        password,
        token_url: Url::from(token_url),
        scopes: literal::list(&scopes)
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
        extensions,
    }
}

fn gssapi(read: &mut Reader<'_>, login: SaramaLogin) -> Sasl {
    let username = needed(read, "username", login.username);
    let message = "`gssapi` needs either `password` or `keytab`";
    let has_one = login.password.is_some() != login.keytab.is_some();
    read.check(has_one, FaultClass::Conflict, "keytab", message);
    Sasl::Gssapi {
        username,
        password: login.password,
        keytab: login.keytab,
        realm: needed(read, "realm", login.realm),
        config: needed(read, "kerberosConfig", login.kerberos_config),
        service_name: login.service_name,
        disable_fast: login.disable_fast,
    }
}
