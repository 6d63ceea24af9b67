//! `rabbitmq`: messages in a queue, or rates of it. KEDA's `rabbitmq` scaler.
//!
//! Over AMQP only ready messages can be counted; everything else needs the management API over
//! HTTP. Several queues (`useRegex`) are combined by `operation`; a wrong operation is found only
//! when several queues are read, a quirk of upstream. Another quirk: without `mode`, `value` and
//! `queueLength` the checks of the protocol's limits do not run.
//! Source: KEDA main at 8b4f083, rabbitmq_scaler.go.

use serde_json::json;
use upswell_units::Duration;

use super::rabbitmq_queue::{self, Queue};
use crate::fault::FaultClass;
use crate::http_auth::OauthClient;
use crate::reader::{A, AE, Common, MA, MAE, Reader};
use crate::request::{AmqpRequest, HttpLogin, HttpRequest, Request, Tls, TokenSource, Url};
use crate::response::Response;
use crate::secret::Secret;
use crate::served::metric_quantity;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};
use crate::url_text::{self, UrlParts, query_escape};

#[derive(Debug)]
struct RabbitMq {
    common: Common,
    request: Request,
    mode: Mode,
    activation_value: f64,
    exclude_unacknowledged: bool,
    /// Present if `queueName` is a regular expression: how to combine the queues.
    operation: Option<String>,
}

/// What the metric shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    QueueLength,
    MessageRate,
    DeliverGetRate,
    PublishedToDeliveredRatio,
    ExpectedQueueConsumptionTime,
}

const MODES: &[(&str, Mode)] = &[
    ("QueueLength", Mode::QueueLength),
    ("MessageRate", Mode::MessageRate),
    ("DeliverGetRate", Mode::DeliverGetRate),
    ("PublishedToDeliveredRatio", Mode::PublishedToDeliveredRatio),
    ("ExpectedQueueConsumptionTime", Mode::ExpectedQueueConsumptionTime),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Protocol {
    Amqp,
    Http,
}

impl Protocol {
    const fn word(self) -> &'static str {
        match self {
            Self::Amqp => "amqp",
            Self::Http => "http",
        }
    }
}

/// How many messages or what rate one replica is worth, when no other is said.
const VALUE_DEFAULT: f64 = 20.0;

/// Which queue, on which server.
struct Target {
    protocol: Protocol,
    host: Secret,
    vhost: Option<String>,
    queue: String,
    /// Present if `queue` is a regular expression.
    page_size: Option<i64>,
    timeout: Duration,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let queue = read.parameter("queueName").text().required();
    let host = read.parameter("host").from(MAE).secret().required();
    let protocol = protocol(read, &host);
    let timeout = read.parameter("timeout").duration().or_zero();
    let (mode, value) = mode(read, protocol, timeout);
    let activation_value = read.parameter("activationValue").float().or_zero();
    let vhost = read.parameter("vhostName").from(MA).text().optional();
    let use_regex = read.parameter("useRegex").boolean().or(false);
    let exclude_unacknowledged = read.parameter("excludeUnacknowledged").boolean().or(false);
    let page_size = read.parameter("pageSize").integer().or(100);
    let operation = read.parameter("operation").text().or("sum".to_owned());
    let tls = tls(read);
    let login = login(read, protocol);
    for (name, is_set) in
        [("useRegex", use_regex), ("excludeUnacknowledged", exclude_unacknowledged)]
    {
        let message = format!("`{name}` needs the protocol `http`");
        let holds = !is_set || protocol != Some(Protocol::Amqp);
        read.check(holds, FaultClass::ProtocolMismatch, name, &message);
    }
    let message = "`pageSize` must be at least 1";
    read.check(page_size >= 1, FaultClass::OutOfRange, "pageSize", message);

    let connection_name = connection_name(read);
    read.settings().compute("connectionName", json!(connection_name));
    let base = format!("rabbitmq-{}", query_escape(&queue));
    let common = read.external(&base, metric_quantity(value));
    let protocol = protocol.unwrap_or(Protocol::Http);
    let page_size = use_regex.then_some(page_size);
    let target = Target { protocol, host, vhost, queue, page_size, timeout };
    let request = request(target, login, tls, connection_name);
    let operation = use_regex.then_some(operation);
    Box::new(RabbitMq {
        common,
        request,
        mode,
        activation_value,
        exclude_unacknowledged,
        operation,
    })
}

/// Names the connection as KEDA does, with the trigger's name in the place of the object's.
fn connection_name(read: &Reader<'_>) -> String {
    let input = read.input();
    format!("keda-{}-{}", input.namespace, input.name.unwrap_or_default())
}

/// Reads the protocol; `auto` follows the host's scheme. Absent if it is wrong.
fn protocol(read: &mut Reader<'_>, host: &Secret) -> Option<Protocol> {
    let word = read.parameter("protocol").from(MA).text().or("auto".to_owned());
    let protocol = match word.as_str() {
        "amqp" => Some(Protocol::Amqp),
        "http" => Some(Protocol::Http),
        "auto" => protocol_of(read, host),
        _ => {
            let message = "`protocol` is not known";
            let fault = read.fault(FaultClass::BadEnum, "protocol", message);
            fault.help = Some("use `auto`, `amqp` or `http`".to_owned());
            None
        }
    };
    if let Some(protocol) = protocol {
        read.set("protocol", protocol.word());
    }
    protocol
}

fn protocol_of(read: &mut Reader<'_>, host: &Secret) -> Option<Protocol> {
    let (message, help) = match url_text::split(host.reveal()) {
        Ok(parts) => match parts.scheme.as_str() {
            "amqp" | "amqps" => return Some(Protocol::Amqp),
            "http" | "https" => return Some(Protocol::Http),
            _ => ("`host` has no known scheme", "begin it with amqp, amqps, http or https"),
        },
        Err(why) => ("`host` is not a URL", why),
    };
    read.fault(FaultClass::BadValue, "host", message).help = Some(help.to_owned());
    None
}

/// Reads what the metric shows and its target.
fn mode(read: &mut Reader<'_>, protocol: Option<Protocol>, timeout: Duration) -> (Mode, f64) {
    let word = read.parameter("mode").text().optional();
    let value = read.parameter("value").float().or_zero();
    let queue_length = read.parameter("queueLength").float().or_zero();
    let (mode, value) = match (word.as_deref(), value, queue_length) {
        (None, 0.0, 0.0) => (Mode::QueueLength, VALUE_DEFAULT),
        (None, 0.0, length) => (Mode::QueueLength, length),
        (_, value, length) if length != 0.0 => {
            let message = "`queueLength` is the old form of `mode` and `value`; both are set";
            let fault = read.fault(FaultClass::Conflict, "queueLength", message);
            fault.help = Some("remove `queueLength`".to_owned());
            (Mode::QueueLength, value)
        }
        (word, value, _) => checked_mode(read, word, value, protocol, timeout),
    };
    let word = MODES.iter().find(|(_, known)| *known == mode).map_or("", |(word, _)| word);
    read.set("mode", word);
    read.set("value", value);
    (mode, value)
}

fn checked_mode(
    read: &mut Reader<'_>,
    word: Option<&str>,
    value: f64,
    protocol: Option<Protocol>,
    timeout: Duration,
) -> (Mode, f64) {
    let missing = FaultClass::MissingRequired;
    read.check(word.is_some(), missing, "mode", "`value` is set, but `mode` is missing");
    read.check(value != 0.0, missing, "value", "`mode` is set, but `value` is missing or zero");
    let found = MODES.iter().find(|(known, _)| Some(*known) == word);
    if word.is_some() && found.is_none() {
        let fault = read.fault(FaultClass::BadEnum, "mode", "`mode` is not known");
        let words: Vec<&str> = MODES.iter().map(|(word, _)| *word).collect();
        fault.help = Some(format!("use one of {}", words.join(", ")));
    }
    let mode = found.map_or(Mode::QueueLength, |(_, mode)| *mode);
    if protocol == Some(Protocol::Amqp) {
        let class = FaultClass::ProtocolMismatch;
        let message = "over AMQP only `QueueLength` can be read";
        read.check(mode == Mode::QueueLength, class, "mode", message);
        let message = "AMQP has no `timeout`";
        read.check(timeout == Duration::ZERO, class, "timeout", message);
    }
    (mode, value)
}

fn tls(read: &mut Reader<'_>) -> Option<Tls> {
    let word = read.parameter("tls").from(A).text().or("disable".to_owned());
    let tls = Tls {
        ca: read.parameter("ca").from(A).secret().optional(),
        cert: read.parameter("cert").from(A).secret().optional(),
        key: read.parameter("key").from(A).secret().optional(),
        key_password: read.parameter("keyPassword").from(A).secret().optional(),
        skip_verification: read.parameter("unsafeSsl").boolean().or(false),
    };
    if !matches!(word.as_str(), "enable" | "disable") {
        let fault = read.fault(FaultClass::BadEnum, "tls", "`tls` is not known");
        fault.help = Some("use `enable` or `disable`".to_owned());
    }
    // Upstream checks the pair even while TLS is off.
    let is_pair = tls.cert.is_some() == tls.key.is_some();
    let message = "`cert` and `key` must be set together";
    read.check(is_pair, FaultClass::CertKeyPair, "cert", message);
    match word.as_str() {
        "enable" => Some(tls),
        _ => tls.skip_verification.then(|| Tls { skip_verification: true, ..Tls::default() }),
    }
}

/// Reads user and password, or an OAuth 2 client, or a workload identity.
fn login(read: &mut Reader<'_>, protocol: Option<Protocol>) -> Option<HttpLogin> {
    let username = read.parameter("username").from(AE).text().optional();
    let password = read.parameter("password").from(AE).secret().optional();
    let resource = read.parameter("workloadIdentityResource").from(A).text().optional();
    let oauth = OauthClient::read(read);
    let OauthClient { token_url, client_id, client_secret, .. } = &oauth;
    let given = [token_url.is_some(), client_id.is_some(), client_secret.is_some()];
    let has_oauth = given.contains(&true);

    let message = "`username` and `password` must be set together";
    let is_pair = username.is_some() == password.is_some();
    read.check(is_pair, FaultClass::MissingCredentials, "username", message);
    let message = "OAuth needs `oauthTokenURI`, `clientID` and `clientSecret`";
    let is_complete = !given.contains(&false);
    let class = FaultClass::MissingCredentials;
    read.check(!has_oauth || is_complete, class, "oauthTokenURI", message);
    let message = "OAuth excludes `username` and `workloadIdentityResource`";
    let has_other = (username.is_some() && password.is_some()) || resource.is_some();
    read.check(!(has_oauth && has_other), FaultClass::Conflict, "oauthTokenURI", message);
    for (is_set, parameter) in
        [(resource.is_some(), "workloadIdentityResource"), (has_oauth, "oauthTokenURI")]
    {
        let message = format!("`{parameter}` needs the protocol `http`");
        let holds = !is_set || protocol != Some(Protocol::Amqp);
        read.check(holds, FaultClass::ProtocolMismatch, parameter, &message);
    }

    let basic = username.zip(password);
    let (method, login) = if has_oauth {
        ("oauth2", oauth.token_source().map(HttpLogin::Token))
    } else if let Some(resource) = resource {
        let provider = "azure-workload".to_owned();
        let source = TokenSource::PodIdentity { provider, resource: Some(resource) };
        ("azure-workload", Some(HttpLogin::Token(source)))
    } else if let Some((username, password)) = basic {
        ("basic", Some(HttpLogin::Basic { username, password }))
    } else {
        ("none", None)
    };
    read.settings().compute("authMethod", json!(method));
    login
}

fn request(
    target: Target,
    login: Option<HttpLogin>,
    tls: Option<Tls>,
    connection_name: String,
) -> Request {
    let Target { protocol, host, vhost, queue, page_size, timeout } = target;
    if protocol == Protocol::Amqp {
        let login = match login {
            Some(HttpLogin::Basic { username, password }) => Some((username, password)),
            _ => None,
        };
        let url = Url::from(host.reveal().to_owned());
        return Request::Amqp(AmqpRequest { url, vhost, login, queue, tls, connection_name });
    }
    let parts = url_text::split(host.reveal()).unwrap_or_default();
    let mut url = rabbitmq_queue::management_url(&parts, vhost.as_deref());
    match page_size {
        None => url.push_str(&format!("/{}", query_escape(&queue))),
        Some(size) => url.push_str(&format!(
            "?page=1&use_regex=true&pagination=false&name={}&page_size={size}",
            query_escape(&queue)
        )),
    }
    let timeout = (timeout > Duration::ZERO).then_some(timeout);
    let (url, login) = (Url::from(url), login.or_else(|| login_of(&parts)));
    Request::Http(HttpRequest { url, headers: [].into(), login, tls, timeout })
}

/// Returns the user and password that a URL carries.
fn login_of(parts: &UrlParts<'_>) -> Option<HttpLogin> {
    let user_info = parts.user_info?;
    let (username, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let password = Secret::from(url_text::unescape(password));
    Some(HttpLogin::Basic { username: url_text::unescape(username), password })
}

impl Trigger for RabbitMq {
    common_trigger_parts!();

    fn request(&self) -> Request {
        self.request.clone()
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let queue = match (&self.request, response) {
            (Request::Amqp(_), Response::Amqp(ready)) => Queue::with_messages(*ready),
            (Request::Http(_), Response::Http(http)) => match &self.operation {
                None => rabbitmq_queue::one(http)?,
                Some(operation) => rabbitmq_queue::combined(http, operation)?,
            },
            _ => return Err(ReadError::expected("RabbitMQ")),
        };
        let messages = if self.exclude_unacknowledged { queue.ready } else { queue.messages };
        let (value, active) = self.value(messages as f64, queue.publish_rate, queue.deliver_rate);
        self.common.reading(value, active)
    }
}

impl RabbitMq {
    /// Returns the metric's value and whether the trigger is active.
    ///
    /// Rates are messages a second. Where nothing is delivered a ratio has no value; it then
    /// takes the activation value and is active as long as there is something to deliver.
    fn value(&self, messages: f64, publish_rate: f64, deliver_rate: f64) -> (f64, bool) {
        let activation = self.activation_value;
        match self.mode {
            Mode::QueueLength => (messages, messages > activation),
            Mode::MessageRate => (publish_rate, publish_rate > activation || messages > activation),
            Mode::DeliverGetRate => (deliver_rate, deliver_rate > activation),
            Mode::PublishedToDeliveredRatio if publish_rate <= 0.0 => (0.0, 0.0 > activation),
            Mode::PublishedToDeliveredRatio if deliver_rate == 0.0 => (activation, true),
            Mode::PublishedToDeliveredRatio => {
                let ratio = if deliver_rate > 0.0 { publish_rate / deliver_rate } else { 0.0 };
                (ratio, ratio > activation)
            }
            Mode::ExpectedQueueConsumptionTime if messages == 0.0 => (0.0, 0.0 > activation),
            Mode::ExpectedQueueConsumptionTime if deliver_rate == 0.0 => {
                (activation, messages > 0.0)
            }
            Mode::ExpectedQueueConsumptionTime => {
                let seconds = (publish_rate - deliver_rate + messages) / deliver_rate;
                (seconds, seconds > activation)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, parsed, read, refused, trigger};
    use super::*;

    #[test]
    fn amqp_counts_ready_messages() {
        let trigger = trigger("rabbitmq", &[("host", "amqp://u:p@h/v"), ("queueName", "q")]);
        assert_eq!(read(&*trigger, &Response::Amqp(7)), Ok((7_000, true)));
        assert!(read(&*trigger, &body("{}")).is_err());
    }

    #[test]
    fn the_management_url_names_vhost_and_queue_and_leaves_credentials_to_the_login() {
        let metadata = [("host", "http://u:p%2F@h:15672/api/v"), ("queueName", "a/b")];
        let Request::Http(request) = trigger("rabbitmq", &metadata).request() else {
            panic!("not HTTP")
        };
        assert_eq!(request.url.reveal(), "http://h:15672/api/api/queues/v/a%2Fb");
        let (username, password) = ("u".to_owned(), Secret::from("p/"));
        assert_eq!(request.login, Some(HttpLogin::Basic { username, password }));
    }

    #[test]
    fn a_queue_without_statistics_has_no_rate_and_one_without_messages_is_an_error() {
        let metadata = [("host", "http://h"), ("queueName", "q")];
        let trigger = trigger("rabbitmq", &metadata);
        assert_eq!(read(&*trigger, &body(r#"{"messages": 3}"#)), Ok((3_000, true)));
        assert!(read(&*trigger, &body(r#"{"name": "q"}"#)).is_err());
        assert!(read(&*trigger, &body("not json")).is_err());
    }

    #[test]
    fn a_regex_that_matches_more_than_one_page_fails() {
        let metadata = [("host", "http://h"), ("queueName", "q.*"), ("useRegex", "true")];
        let trigger = trigger("rabbitmq", &metadata);
        let page = r#"{"page_count": 2, "items": []}"#;
        assert!(read(&*trigger, &body(page)).is_err());
        assert_eq!(read(&*trigger, &body(r#"{"page_count":0,"items":[]}"#)), Ok((0, false)));
    }

    #[test]
    fn the_limits_of_amqp_are_checked() {
        let base = [("host", "amqp://h"), ("queueName", "q")];
        for (more, codes) in [
            (&[("useRegex", "true")][..], &["protocol-mismatch"][..]),
            (&[("mode", "MessageRate"), ("value", "1")], &["protocol-mismatch"]),
            (&[("mode", "QueueLength"), ("value", "1"), ("timeout", "1s")], &["protocol-mismatch"]),
            (&[("mode", "Feelings")], &["missing-required", "bad-enum"]),
            (&[("value", "1"), ("queueLength", "2")], &["conflict"]),
        ] {
            assert_eq!(refused("rabbitmq", &[&base, more].concat()), codes, "{more:?}");
        }
        // The defaults return before upstream looks at the timeout.
        trigger("rabbitmq", &[&base[..], &[("timeout", "1s")]].concat());
    }

    #[test]
    fn the_host_never_shows_in_a_message() {
        let auth = [("host", "amqp://u:hunter2#@h"), ("username", "u")];
        let faults = parsed("rabbitmq", &[("queueName", "q")], &auth).expect_err("a bad host");
        assert!(!format!("{faults:?}").contains("hunter2"));
        assert_eq!(faults.len(), 2);
    }
}
