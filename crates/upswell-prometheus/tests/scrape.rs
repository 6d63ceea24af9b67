//! Scraping of good targets beside bad ones, all on this machine.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::sleep;
use upswell_metrics::sample::is_stale;
use upswell_metrics::scrape::{Options, Target};
use upswell_metrics::store::{self, Reader, Samples};
use upswell_metrics::{Labels, Matcher, Time};
use upswell_peers::prometheus::filled;
use upswell_peers::{PROMETHEUS_2, PROMETHEUS_3, free_address};
use upswell_prometheus::http::{Auth, Secret};
use upswell_prometheus::scrape::{
    Fixed, Job, JobSettings, ScrapeTarget, Scraper, SharedWriter, TargetStatus,
};
use upswell_units::{Bytes, Duration};

const TEXT: &str = "text/plain; version=0.0.4";

fn job(change: impl FnOnce(&mut JobSettings)) -> Arc<Job> {
    let mut settings = JobSettings::new("test");
    settings.interval = Duration::from_millis(250);
    settings.timeout = Duration::from_millis(200);
    settings.body_max = Bytes(1 << 20);
    change(&mut settings);
    Arc::new(Job::new(settings).expect("sound settings"))
}

fn target(name: &str, address: &str, job: &Arc<Job>) -> ScrapeTarget {
    let labels = [
        ("__scheme__", "http"),
        ("__address__", address),
        ("__metrics_path__", "/metrics"),
        ("job", "test"),
        ("instance", name),
    ];
    let target = Target::new(Labels::new(labels), &[]).expect("it has an address");
    ScrapeTarget { target: target.expect("nothing drops it"), job: Arc::clone(job) }
}

fn store() -> (SharedWriter, Reader) {
    let (writer, reader) = store::new(store::Limits::default());
    (Arc::new(Mutex::new(writer)), reader)
}

/// Times and values of a metric of a target.
fn samples(reader: &Reader, metric: &str, name: &str) -> Vec<(i64, f64)> {
    let matchers = [Matcher::metric_name(metric), Matcher::equal("instance", name)];
    let mut samples = Samples::default();
    for series in reader.select(&matchers, Time::MIN, Time::MAX) {
        series.read(&mut samples);
    }
    samples.times.into_iter().zip(samples.values).collect()
}

fn last(reader: &Reader, metric: &str, name: &str) -> Option<f64> {
    samples(reader, metric, name).last().map(|(_, value)| *value)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 20, "never: {what}");
        sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// A target that answers over HTTP; returns its address.
async fn serve<A: IntoResponse>(
    answer: impl Fn(Request) -> A + Clone + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let router = Router::new().fallback(async move |request: Request| answer(request));
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// A target that sends these bytes to whoever asks, and then closes.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            // Whoever has gone away needs no answer.
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    address
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn page(body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, TEXT)], body.into()).into_response()
}

fn packed(body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, TEXT), (CONTENT_ENCODING, "gzip")], body.into()).into_response()
}

/// A body of a gigabyte; counts what was sent of it.
fn endless(sent: &Arc<AtomicU64>) -> Body {
    let sent = Arc::clone(sent);
    let parts = futures_util::stream::iter(0..4096).map(move |_| {
        sent.fetch_add(1 << 18, Ordering::Relaxed);
        Ok::<_, std::io::Error>(vec![b'#'; 1 << 18])
    });
    Body::from_stream(parts)
}

/// Targets that harm, by what is wrong with them; and what they sent of bodies without an end.
async fn bad_targets() -> (Vec<(&'static str, String, &'static str)>, Arc<AtomicU64>) {
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let bomb = gzip(&vec![b'#'; 64 << 20]);
    let hangs = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let hanging = hangs.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = hangs.accept().await {
            held.push(stream);
        }
    });
    let drips = serve(|_| {
        let drops = futures_util::stream::repeat(()).then(|()| async {
            sleep(std::time::Duration::from_millis(20)).await;
            Ok::<_, std::io::Error>("#")
        });
        page(Body::from_stream(drops))
    });
    let targets = vec![
        ("nobody", free_address().expect("a port").to_string(), "Connection refused"),
        ("hangs", hanging, "no whole page within 200ms"),
        ("drips", drips.await, "no whole page within 200ms"),
        ("a gigabyte", serve(move |_| page(endless(&counted))).await, "more than 1048576 bytes"),
        ("a bomb", serve(move |_| packed(bomb.clone())).await, "more than 1048576 bytes"),
        ("a long lie", raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9999999999\r\n\r\na 1\n").await, "more than 1048576 bytes"),
        ("a short page", raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 999\r\n\r\na 1\n").await, ""),
        ("not HTTP", raw(b"+PONG\r\n").await, "invalid"),
        ("not gzip", serve(|_| packed("a 1\n")).await, "gzip"),
        ("half a gzip", serve(|_| packed(gzip(b"a 1\n")[..12].to_vec())).await, ""),
        ("garbage", serve(|_| page(vec![0xff, 0x00, b'{', b'\n'])).await, "line 1"),
        ("a page that ends badly", serve(|_| page("good 1\nbad{ 1\n")).await, "line 2"),
        ("HTML", serve(|_| ([(CONTENT_TYPE, "text/html")], "<p>").into_response()).await, "\"text/html\" is no Content-Type"),
        ("an error", serve(|_| StatusCode::INTERNAL_SERVER_ERROR).await, "status 500"),
        ("in circles", serve(|_| (StatusCode::FOUND, [(LOCATION, "/metrics")])).await, "redirects"),
        ("no address", "127.0.0.1:http".to_owned(), "is not an address"),
    ];
    (targets, sent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_targets_harm_no_other() {
    let count = Arc::new(AtomicU64::new(0));
    let good = serve(move |_| page(format!("n_total {}\n", count.fetch_add(1, Ordering::Relaxed))));
    let (bad, sent) = bad_targets().await;
    let job = job(|_| ());
    let mut targets = vec![target("good", &good.await, &job)];
    targets.extend(bad.iter().map(|(name, address, _)| target(name, address, &job)));
    let (writer, reader) = store();
    let scraper = Scraper::start(Fixed::new(targets), writer);
    sleep(std::time::Duration::from_secs(5)).await;

    let statuses = scraper.targets();
    for (name, _, expected) in &bad {
        let is_it = |status: &&TargetStatus| status.target.target.labels.get("instance") == *name;
        let status = statuses.iter().find(is_it).expect("it is scraped");
        let error = status.error.as_ref().expect("it fails").to_string();
        assert!(error.contains(expected), "{name}: {error}");
        let up = samples(&reader, "up", name);
        assert!(up.len() >= 10 && up.iter().all(|(_, up)| *up == 0.0), "{name}: {up:?}");
    }
    for metric in ["good", "a"] {
        let matchers = [Matcher::metric_name(metric)];
        let taken = reader.select(&matchers, Time::MIN, Time::MAX).len();
        assert_eq!(taken, 0, "nothing of a page that is bad");
    }
    let up = samples(&reader, "up", "good");
    assert!(up.len() >= 12 && up.iter().all(|(_, up)| *up == 1.0), "{up:?}");
    let distances: Vec<i64> = up.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let on_time = distances.iter().filter(|distance| (200..=300).contains(*distance)).count();
    assert!(on_time * 10 >= distances.len() * 6, "{distances:?}");
    let per_scrape = sent.load(Ordering::Relaxed) / up.len() as u64;
    assert!(per_scrape < 64 << 20, "a gigabyte is cut early: {per_scrape} bytes");
    scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_is_what_prometheus_asks() {
    let asked = Arc::new(Mutex::new(HeaderMap::new()));
    let heard = Arc::clone(&asked);
    let address = serve(move |request: Request| {
        *heard.lock().expect("nobody panics") = request.headers().clone();
        packed(gzip(b"a 1\n"))
    });
    let job = job(|settings| settings.auth = Auth::Bearer(Secret::new("sesame")));
    let (writer, reader) = store();
    let scraper = Scraper::start(Fixed::new(vec![target("it", &address.await, &job)]), writer);
    until("it is up", || last(&reader, "up", "it") == Some(1.0)).await;
    let asked = asked.lock().unwrap().clone();
    let header = |name: &str| asked[name].to_str().unwrap().to_owned();
    assert!(header("accept").starts_with("application/openmetrics-text;version=1.0.0"));
    assert_eq!(header("accept-encoding"), "gzip");
    assert_eq!(header("x-prometheus-scrape-timeout-seconds"), "0.2");
    assert_eq!(header("authorization"), "Bearer sesame");
    assert!(header("user-agent").starts_with("upswell/"));
    assert_eq!(last(&reader, "a", "it"), Some(1.0));
    assert!(!format!("{:?}", scraper.targets()).contains("sesame"));
    scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_goes_ends_and_the_others_go_on() {
    let address = serve(|_| page("a 1\n")).await;
    let job = job(|_| ());
    let (sender, discovery) = mpsc::channel(1);
    let (writer, reader) = store();
    let scraper = Scraper::start(discovery, writer);
    let [one, two] = ["one", "two"].map(|name| target(name, &address, &job));
    sender.send(vec![one.clone(), two.clone(), two.clone()]).await.unwrap();
    let is_up = |name: &str| last(&reader, "a", name) == Some(1.0);
    let has_ended = |name: &str| {
        let ends = |metric| last(&reader, metric, name).is_some_and(is_stale);
        ends("a") && ends("up") && ends("scrape_duration_seconds")
    };
    until("both are up", || is_up("one") && is_up("two")).await;
    assert_eq!(scraper.targets().len(), 2, "the same target twice is scraped once");

    let before = samples(&reader, "up", "two").len();
    sender.send(vec![two.clone()]).await.unwrap();
    until("one has ended", || has_ended("one")).await;
    until("two goes on", || samples(&reader, "up", "two").len() > before + 2).await;
    let up = samples(&reader, "up", "two");
    assert!(up.iter().all(|(_, value)| *value == 1.0), "without a break: {up:?}");

    sender.send(vec![one, two]).await.unwrap();
    until("one is back", || is_up("one")).await;
    // Whoever finds targets may go, and what was found stays.
    drop(sender);
    let before = samples(&reader, "up", "one").len();
    until("it goes on", || samples(&reader, "up", "one").len() > before + 1).await;
    scraper.stop().await;
    assert!(has_ended("one") && has_ended("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_another_job_starts_anew() {
    let address = serve(|_| page("a 1\nb 1\n")).await;
    let (sender, discovery) = mpsc::channel(1);
    let (writer, reader) = store();
    let scraper = Scraper::start(discovery, writer);
    sender.send(vec![target("it", &address, &job(|_| ()))]).await.unwrap();
    until("it is up", || last(&reader, "b", "it") == Some(1.0)).await;
    let strict = job(|settings| {
        let limits = upswell_metrics::scrape::Limits { samples: 1, ..Default::default() };
        settings.options = Options { limits, ..Options::default() };
    });
    sender.send(vec![target("it", &address, &strict)]).await.unwrap();
    until("it is refused", || last(&reader, "up", "it") == Some(0.0)).await;
    assert!(last(&reader, "b", "it").is_some_and(is_stale));
    let error = scraper.targets()[0].error.clone().expect("it is over its limit").to_string();
    assert_eq!(error, "2 samples after relabelling, the limit is 1");
    scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_itself_is_a_target() {
    for component in [PROMETHEUS_2, PROMETHEUS_3] {
        let Some(peer) = filled(&component, "a target", "# EOF\n", None) else { continue };
        let job = job(|settings| settings.body_max = Bytes(8 << 20));
        let (writer, reader) = store();
        let name = peer.address().to_string();
        let scraper = Scraper::start(Fixed::new(vec![target(&name, &name, &job)]), writer);
        until("it is up", || last(&reader, "up", &name) == Some(1.0)).await;
        let status = scraper.targets().remove(0);
        assert_eq!(status.error, None);
        let build = &status.metadata["prometheus_build_info"];
        assert_eq!(build.metric_type.as_str(), "gauge");
        let count = last(&reader, "scrape_samples_scraped", &name).unwrap();
        let all = [Matcher::equal("instance", name.clone())];
        let series = reader.select(&all, Time::MIN, Time::MAX).len();
        assert!(count > 100.0 && series as f64 >= count + 5.0, "{count} samples, {series} series");
        scraper.stop().await;
    }
}
