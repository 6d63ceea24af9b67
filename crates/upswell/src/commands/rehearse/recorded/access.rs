//! How to get in: the login and the certificates that the environment names.

use upswell_prometheus::http::{Auth, Identity, Secret, Server, ServerError};
use upswell_units::{Diagnostic, Spanned};

const TOKEN: &str = "UPSWELL_PROMETHEUS_TOKEN";
const USERNAME: &str = "UPSWELL_PROMETHEUS_USERNAME";
const PASSWORD: &str = "UPSWELL_PROMETHEUS_PASSWORD";
const TENANT: &str = "UPSWELL_PROMETHEUS_TENANT";
const CA_FILE: &str = "UPSWELL_PROMETHEUS_CA_FILE";
const CERT_FILE: &str = "UPSWELL_PROMETHEUS_CERT_FILE";
const KEY_FILE: &str = "UPSWELL_PROMETHEUS_KEY_FILE";

/// What an error about a login says to do.
pub(super) const LOGIN_HELP: &str = "set UPSWELL_PROMETHEUS_TOKEN, or UPSWELL_PROMETHEUS_USERNAME \
                                     and UPSWELL_PROMETHEUS_PASSWORD, or write name:password@ in \
                                     front of the host";

/// Takes a URL and what the environment adds to it; a login in the URL goes before one there.
pub(super) fn server(
    url: &Spanned<String>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Server, Box<Diagnostic>> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let mut server = Server::new(&url.value).map_err(|error| refused(&error))?;
    if server.auth == Auth::None {
        server.auth = match (variable(TOKEN), variable(USERNAME)) {
            (Some(token), _) => Auth::Bearer(Secret::new(token)),
            (None, Some(user)) => {
                let password = Secret::new(variable(PASSWORD).unwrap_or_default());
                Auth::Basic { user, password }
            }
            (None, None) => Auth::None,
        };
    }
    server.tenant = variable(TENANT);
    server.tls.ca = variable(CA_FILE).map(|path| pem(CA_FILE, &path)).transpose()?;
    server.tls.identity = match (variable(CERT_FILE), variable(KEY_FILE)) {
        (Some(certificate), Some(key)) => Some(Identity {
            certificate: pem(CERT_FILE, &certificate)?,
            key: Secret::new(pem(KEY_FILE, &key)?),
        }),
        (None, None) => None,
        _ => {
            let message = format!("one of {CERT_FILE} and {KEY_FILE} is not set");
            let fault = Diagnostic::error("recording-server", message).help("set both or none");
            return Err(Box::new(fault));
        }
    };
    Ok(server)
}

fn pem(variable: &str, path: &str) -> Result<String, Box<Diagnostic>> {
    std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{path}: cannot be read: {error}");
        Box::new(Diagnostic::error("recording-server", message).help(format!("check {variable}")))
    })
}

/// Describes settings that cannot be used.
pub(super) fn refused(error: &ServerError) -> Box<Diagnostic> {
    let text = error.to_string();
    let (message, help) = text.split_once("; ").unwrap_or((&text, "check the server's settings"));
    Box::new(Diagnostic::error("recording-server", message).help(help))
}

#[cfg(test)]
mod tests {
    use upswell_units::{Sources, Span};

    use super::*;

    fn with(url: &str, variables: &[(&str, &str)]) -> Result<Server, String> {
        let file = Sources::default().add("--traffic", url);
        let url = Spanned::new(url.to_owned(), Span::new(file, 0, 0));
        let find = |name: &str| variables.iter().find(|(own, _)| *own == name);
        let server = server(&url, |name| find(name).map(|(_, value)| (*value).to_owned()));
        server.map_err(|fault| format!("{}; {}", fault.message, fault.help.unwrap_or_default()))
    }

    #[test]
    fn the_login_comes_from_the_url_or_from_the_environment() {
        let basic = |user: &str, password: &str| Auth::Basic {
            user: user.to_owned(),
            password: Secret::new(password),
        };
        let (ann, word) = ((USERNAME, "ann"), (PASSWORD, "word"));
        for (url, variables, auth) in [
            ("http://a", &[][..], Auth::None),
            ("http://a", &[(TOKEN, "")], Auth::None),
            ("http://a", &[(TOKEN, "t"), ann], Auth::Bearer(Secret::new("t"))),
            ("http://a", &[ann, word], basic("ann", "word")),
            ("http://b%40c:d@a", &[(TOKEN, "t")], basic("b@c", "d")),
        ] {
            assert_eq!(with(url, variables).unwrap().auth, auth, "{url} {variables:?}");
        }
        assert_eq!(with("http://a", &[(TENANT, "blue")]).unwrap().tenant.unwrap(), "blue");
    }

    #[test]
    fn settings_that_cannot_be_used_say_how_to_mend_them() {
        for (url, variables, expected) in [
            ("ftp://a", &[][..], "a URL of ftp; only http and https"),
            ("a:9", &[], "a URL of a; only"),
            ("a", &[], "not a URL: relative URL without a base; write e.g."),
            ("http://a", &[(CA_FILE, "/none")], "/none: cannot be read: "),
            ("http://a", &[(KEY_FILE, "/none")], "set both or none"),
        ] {
            let error = with(url, variables).unwrap_err();
            assert!(error.contains(expected), "{url}: {error}");
        }
    }
}
