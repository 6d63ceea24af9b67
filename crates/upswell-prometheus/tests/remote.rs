//! Queries to real servers, and to one that fails in every way that a server can.

mod servers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use servers::{START, page};
use tokio::net::TcpListener;
use upswell_metrics::labels::Labels;
use upswell_metrics::promql::Value;
use upswell_metrics::sample::{Sample, Time};
use upswell_peers::prometheus::filled;
use upswell_peers::{PROMETHEUS_2, PROMETHEUS_3, free_address};
use upswell_prometheus::http::{Auth, CallError, Identity, Secret, Server, Tls};
use upswell_prometheus::remote::{Prometheus, RemoteError};
use upswell_units::Duration;

fn at(seconds: i64) -> Time {
    Time((START + seconds) * 1000)
}

fn client(server: Server) -> Prometheus {
    Prometheus::new(server).expect("its settings are sound")
}

fn plain(url: &str) -> Prometheus {
    client(Server::new(url).expect("a URL"))
}

/// What they say of their version: one that was built from its module does not know it.
const BOTH: [(&str, upswell_peers::Component); 2] = [("2.", PROMETHEUS_2), ("", PROMETHEUS_3)];

#[tokio::test]
async fn instant_queries_yield_every_type() {
    for (version, component) in BOTH {
        let Some(server) = filled(&component, "instant queries", &page(60), None) else {
            continue;
        };
        let client = plain(&server.url());
        assert!(client.version().await.unwrap().starts_with(version));
        let names = client.label_values("__name__", at(0), at(3600)).await.unwrap();
        assert_eq!(names.value, ["queue_depth", "requests_total"]);
        let sample = |value| Sample { at: at(600), value };
        let job = Labels::new([("job", "api")]);
        let rate = vec![(job, sample(2.0))];
        for (query, expected) in [
            ("rate(requests_total[5m])", Value::Vector(rate)),
            ("nothing_at_all", Value::Vector(vec![])),
            ("-1 / 0", Value::Scalar(sample(f64::NEG_INFINITY))),
            ("\"text\"", Value::String(at(600), "text".to_owned())),
        ] {
            let answer = client.instant(query, at(600)).await.unwrap();
            assert_eq!(answer.value, expected, "{query}");
        }
        let Value::Matrix(series) = client.instant("queue_depth[3m]", at(600)).await.unwrap().value
        else {
            unreachable!("a range selector yields a matrix")
        };
        assert_eq!(series.len(), 2);
        let last = Sample { at: at(600), value: 3.0 };
        assert_eq!(series[0].samples.last(), Some(&last));
    }
}

#[tokio::test]
async fn a_long_range_comes_whole() {
    let minutes = 8 * 24 * 60;
    for (_, component) in BOTH {
        let page = page(minutes);
        let Some(server) = filled(&component, "a long range", &page, None) else { continue };
        let client = plain(&server.url());
        let (end, minute) = (at(minutes * 60), Duration::from_secs(60));
        let answer = client.range("rate(requests_total[5m])", at(600), end, minute).await.unwrap();
        let [series] = answer.value.as_slice() else { unreachable!("one series") };
        let times: Vec<i64> = series.samples.iter().map(|sample| sample.at.0).collect();
        let expected: Vec<i64> = (10..=minutes).map(|minute| at(minute * 60).0).collect();
        assert_eq!(times, expected, "every step once, in order");
        assert!(series.samples.iter().all(|sample| (sample.value - 2.0).abs() < 1e-9));
        let query = "requests_total @ end()";
        let error = client.range(query, at(0), end, minute).await.unwrap_err();
        assert_eq!(error, RemoteError::Steps { steps: 11_520, max: 9_999 });
    }
}

#[tokio::test]
async fn a_query_that_the_server_refuses_says_why_and_where() {
    for (_, component) in BOTH {
        let Some(server) = filled(&component, "refused queries", &page(60), None) else {
            continue;
        };
        let client = plain(&server.url());
        for (query, kind) in [
            ("sum(", "bad_data"),
            ("queue_depth * on() queue_depth", "execution"),
            ("rate(queue_depth)", "bad_data"),
        ] {
            let error = client.instant(query, at(600)).await.unwrap_err();
            let start = format!("{} answers {kind}: ", server.url());
            assert!(error.to_string().starts_with(&start), "{query}: {error}");
        }
        let elsewhere = plain(&format!("{}/elsewhere", server.url()));
        let error = elsewhere.instant("up", at(0)).await.unwrap_err();
        assert!(matches!(error, RemoteError::Status { status: 404, .. }), "{error}");
        assert!(error.help().contains("/api/v1"), "{}", error.help());
    }
}

/// `password`, by bcrypt at its lowest cost.
const HASH: &str = "$2b$04$bEl3GApwl.q4Z01PJJ74TOOEXKLUMNrS.qbihhpSipHnIIoaZgB96";

/// Certificates of a test: an authority, a server and a client.
struct Certificates {
    ca: String,
    server: Identity,
    server_key: String,
    client: Identity,
}

fn certificates() -> Certificates {
    let key = || KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, key()).expect("it signs itself");
    let signed = |name: &str| {
        let (params, key) = (CertificateParams::new([name.to_owned()]).expect("a name"), key());
        let certificate = params.signed_by(&key, &issuer).expect("it is signed").pem();
        (Identity { certificate, key: Secret::new(key.serialize_pem()) }, key.serialize_pem())
    };
    let ((server, server_key), (client, _)) = (signed("127.0.0.1"), signed("client"));
    Certificates { ca: issuer.pem(), server, server_key, client }
}

#[tokio::test]
async fn tls_and_logins_of_a_real_server_hold() {
    let certificates = certificates();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let web = format!(
        "tls_server_config:\n  cert_file: {}\n  key_file: {}\n  client_ca_file: {}\n  \
         client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users:\n  ann: {HASH}\n",
        file("cert", &certificates.server.certificate),
        file("key", &certificates.server_key),
        file("ca", &certificates.ca),
    );
    let Some(peer) = filled(&PROMETHEUS_3, "TLS and logins", &page(10), Some(&web)) else {
        return;
    };
    let url = |login: &str| format!("https://{login}127.0.0.1:{}/", peer.address().port());
    let tls = |ca: bool, identity: bool, insecure: bool| Tls {
        ca: ca.then(|| certificates.ca.clone()),
        identity: identity.then(|| certificates.client.clone()),
        insecure,
    };
    // It listens before it answers queries.
    let mut server = Server::new(&url("ann:password@")).unwrap();
    (server.tls, server.retries) = (tls(true, true, false), 10);
    client(server).instant("1", at(0)).await.unwrap();
    let wrong = Some("refuses the login: status 401");
    for (login, tls, expected) in [
        ("ann:password@", tls(true, true, false), None),
        ("ann:password@", tls(false, true, true), None),
        ("ann:wrong@", tls(true, true, false), wrong),
        ("", tls(true, true, false), wrong),
        ("ann:password@", tls(false, true, false), Some("reached: invalid peer certificate")),
        // The server closes at once, and what it says of it may be lost.
        ("ann:password@", tls(true, false, false), Some("")),
    ] {
        let mut server = Server::new(&url(login)).unwrap();
        (server.tls, server.retries) = (tls, 0);
        let error = client(server).instant("1", at(0)).await.err().map(|error| error.to_string());
        let said = error.as_deref().unwrap_or_default();
        assert_eq!(error.is_some(), expected.is_some(), "{said}");
        assert!(said.contains(expected.unwrap_or_default()), "{said}");
        assert!(!said.contains("password") && !said.contains("wrong"), "{said}");
    }
}

#[test]
fn certificates_that_are_none_are_refused_at_once() {
    let refused = |tls| {
        let mut server = Server::new("https://a").unwrap();
        server.tls = tls;
        Prometheus::new(server).unwrap_err().to_string()
    };
    let certificates = certificates();
    let ca = |pem: &str| Tls { ca: Some(pem.to_owned()), ..Tls::default() };
    let identity = |certificate: &str, key: &str| {
        let identity = Identity { certificate: certificate.to_owned(), key: Secret::new(key) };
        Tls { identity: Some(identity), ..Tls::default() }
    };
    assert!(refused(ca("")).contains("the CA's certificate cannot be used: it holds none"));
    let broken = certificates.ca.replace("-----END", "-----");
    assert!(refused(ca(&broken)).contains("the CA's certificate cannot be used"));
    let own = "the client's certificate or key cannot be used";
    assert!(refused(identity("", "")).contains(own));
    assert!(refused(identity(&certificates.client.certificate, "sesame")).contains(own));
}

/// A server that answers as it is told; returns its URL.
async fn stub<A: IntoResponse>(
    answer: impl Fn(Request) -> A + Clone + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(async move |request: Request| answer(request));
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

fn error(status: u16, kind: &str) -> Response {
    let json = format!(r#"{{"status":"error","errorType":"{kind}","error":"no"}}"#);
    (StatusCode::from_u16(status).expect("a status"), json).into_response()
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_nothing_else() {
    type Failure = fn() -> Response;
    let table: [(&str, Failure, u32); 9] = [
        ("overloaded", || StatusCode::SERVICE_UNAVAILABLE.into_response(), 3),
        ("too many", || (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response(), 3),
        ("a gateway", || StatusCode::BAD_GATEWAY.into_response(), 3),
        ("Mimir's limit", || error(429, "too_many_requests"), 3),
        (
            "a wait of an hour",
            || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response(),
            1,
        ),
        ("bad_data", || error(400, "bad_data"), 1),
        ("execution", || error(422, "execution"), 1),
        ("timeout", || error(503, "timeout"), 1),
        ("an error of the server", || StatusCode::INTERNAL_SERVER_ERROR.into_response(), 1),
    ];
    for (case, failure, asked) in table {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let url = stub(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            failure()
        });
        let mut server = Server::new(&url.await).unwrap();
        server.retries = 2;
        client(server).instant("up", at(0)).await.unwrap_err();
        assert_eq!(count.load(Ordering::Relaxed), asked, "{case}");
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_answered_by() {
    let count = Arc::new(AtomicU32::new(0));
    let url = stub(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")]).into_response(),
        _ => EMPTY.into_response(),
    });
    let (client, start) = (plain(&url.await), Instant::now());
    assert_eq!(client.instant("up", at(0)).await.unwrap().value, Value::Vector(vec![]));
    assert!(start.elapsed().as_millis() >= 1000, "it waits as long as it is asked to");
}

#[tokio::test]
async fn nobody_there_a_server_that_hangs_and_one_that_never_ends() {
    let address = free_address().unwrap();
    let mut server = Server::new(&format!("http://ann:sesame@{address}")).unwrap();
    server.retries = 1;
    let error = client(server).instant("up", at(0)).await.unwrap_err();
    let message = format!("http://{address} cannot be reached: Connection refused (os error 111)");
    assert_eq!(error.to_string(), message);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut server = Server::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    server.timeout = Duration::from_millis(200);
    let error = client(server).instant("up", at(0)).await.unwrap_err();
    assert!(error.to_string().ends_with("did not answer within 200ms"), "{error}");

    let url = stub(|_| {
        let zeros = futures_util::stream::repeat(Ok::<_, std::fmt::Error>(vec![b'0'; 1 << 20]));
        axum::body::Body::from_stream(zeros).into_response()
    });
    let error = plain(&url.await).instant("up", at(0)).await.unwrap_err();
    assert!(matches!(error, RemoteError::Call(CallError::TooLarge { .. })), "{error}");
}

#[tokio::test]
async fn logins_tenants_and_headers_are_sent_and_long_queries_go_as_a_form() {
    let url = stub(|request: Request| {
        let headers: &HeaderMap = request.headers();
        let value = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
        let said = [value("authorization"), value("x-scope-orgid"), value("x-team")].join("|");
        error(400, &format!("{} {} {said}", request.method(), request.uri().path()))
    });
    let mut server = Server::new(&format!("{}/prefix/", url.await)).unwrap();
    server.auth = Auth::Bearer(Secret::new("sesame"));
    server.tenant = Some("blue".to_owned());
    server.headers = vec![("X-Team".to_owned(), Secret::new("llm"))];
    let client = client(server);
    for (query, method) in [("up".to_owned(), "GET"), ("1 + ".repeat(2000) + "1", "POST")] {
        let error = client.instant(&query, at(0)).await.unwrap_err();
        let RemoteError::Query { kind, .. } = error else { unreachable!("the stub says so") };
        assert_eq!(kind, format!("{method} /prefix/api/v1/query Bearer sesame|blue|llm"));
    }
}

#[test]
fn secrets_are_never_shown() {
    let mut server = Server::new("https://ann:sesame@a:9/b").unwrap();
    server.headers = vec![("X-Key".to_owned(), Secret::new("sesame"))];
    server.tls.identity = Some(Identity { certificate: String::new(), key: Secret::new("sesame") });
    let client = client(Server::new("https://ann:sesame@a").unwrap());
    for text in [format!("{server:?}"), server.to_string(), format!("{client:?}")] {
        assert!(!text.contains("sesame"), "{text}");
    }
    assert_eq!(server.to_string(), "https://a:9/b");
    for url in
        ["http://ann:sesame@:80", "ann:sesame@a", "redis://ann:sesame@a", "http://a?b=sesame"]
    {
        let error = Server::new(url).unwrap_err().to_string();
        assert!(!error.contains("sesame"), "{error}");
    }
    server.headers = vec![("X-Key".to_owned(), Secret::new("sesame\n"))];
    assert!(!Prometheus::new(server).unwrap_err().to_string().contains("sesame"));
}
