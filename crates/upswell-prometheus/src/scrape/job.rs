//! How targets are scraped.

use std::sync::Arc;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use upswell_metrics::exposition::{self, Format};
use upswell_metrics::scrape::{Options, Target};
use upswell_units::{Bytes, Duration};

use crate::http::{Auth, Purpose, ServerError, Tls, client};

/// How the targets of one endpoint of a monitor are scraped.
#[derive(Clone, Debug)]
pub struct JobSettings {
    /// Its name, as in `serviceMonitor/default/worker/0`.
    pub name: String,
    /// Time between scrapes; a millisecond at least.
    pub interval: Duration,
    /// How long a scrape may take; no longer than the interval.
    pub timeout: Duration,
    /// Most bytes that a page may have, unpacked.
    pub body_max: Bytes,
    /// How a page is read that does not say what it is; refused unless set.
    pub fallback_format: Option<Format>,
    /// What becomes of samples.
    pub options: Options,
    /// How to log in.
    pub auth: Auth,
    /// Whom to trust, and who we are.
    pub tls: Tls,
}

impl JobSettings {
    /// Takes a name; every minute, ten seconds, as in Prometheus, and 64 MiB, where Prometheus has
    /// no bound: the page of kube-state-metrics in a cluster of 1,000 nodes has about as much.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            body_max: Bytes(64 << 20),
            fallback_format: None,
            options: Options::default(),
            auth: Auth::None,
            tls: Tls::default(),
        }
    }
}

/// [`JobSettings`] that can be used, with the connections that its targets share.
#[derive(Clone, Debug)]
pub struct Job {
    pub(super) settings: JobSettings,
    pub(super) client: Client,
}

/// The timeout, as in Prometheus: targets may use it to answer with less.
const TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

impl Job {
    /// Takes settings; an interval below a millisecond and a timeout beyond the interval are
    /// mended.
    ///
    /// # Errors
    ///
    /// If the certificates cannot be used.
    pub fn new(mut settings: JobSettings) -> Result<Self, ServerError> {
        settings.interval = settings.interval.max(Duration::from_millis(1));
        settings.timeout = settings.timeout.clamp(Duration::from_millis(1), settings.interval);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(exposition::ACCEPT));
        let seconds = settings.timeout.as_secs_f64().to_string();
        if let Ok(seconds) = HeaderValue::from_str(&seconds) {
            headers.insert(TIMEOUT_HEADER, seconds);
        }
        // Only a target of HTTPS needs certificates, and then its scrapes say that there are none.
        let client = client(&settings.tls, &headers, true, Purpose::Scrape)?;
        Ok(Self { settings, client })
    }

    /// Its settings, as they are used.
    #[must_use]
    pub const fn settings(&self) -> &JobSettings {
        &self.settings
    }
}

/// A target and how it is scraped.
///
/// While discovery returns it with the same `Arc` of a job, it is scraped on without a break.
#[derive(Clone, Debug)]
pub struct ScrapeTarget {
    /// Where it is, and its labels.
    pub target: Target,
    /// How it is scraped.
    pub job: Arc<Job>,
}

impl ScrapeTarget {
    /// Returns what is scraped.
    ///
    /// # Errors
    ///
    /// If scheme and address make no URL of HTTP: with the reason.
    pub fn url(&self) -> Result<Url, String> {
        let Target { scheme, address, path, params, .. } = &self.target;
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(format!("a target of {scheme:?}; only http and https are scraped"));
        }
        let mut url = Url::parse(&format!("{scheme}://{address}"))
            .map_err(|error| format!("{address:?} is not an address: {error}"))?;
        url.set_path(path);
        if !params.is_empty() {
            url.query_pairs_mut().extend_pairs(params);
        }
        Ok(url)
    }

    /// Returns whether both are the same, scraped in the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.job, &other.job) && self.target == other.target
    }
}

#[cfg(test)]
mod tests {
    use upswell_metrics::Labels;

    use super::*;

    #[test]
    fn a_url_has_the_parameters_of_its_target() {
        let job = Arc::new(Job::new(JobSettings::new("job")).unwrap());
        let url = |pairs: &[(&str, &str)]| {
            let labels = Labels::new(pairs.iter().copied());
            let target = Target::new(labels, &[]).unwrap().unwrap();
            ScrapeTarget { target, job: Arc::clone(&job) }.url().map(String::from)
        };
        let (scheme, path) = (("__scheme__", "http"), ("__metrics_path__", "/a b/metrics?"));
        let address = ("__address__", "[::1]:8080");
        let params = [("__param_b", "1&2"), ("__param_a", "ü")];
        let all = [&[scheme, path, address][..], &params].concat();
        assert_eq!(url(&all).unwrap(), "http://[::1]:8080/a%20b/metrics%3F?a=%C3%BC&b=1%262");
        assert_eq!(url(&[scheme, ("__address__", "a")]).unwrap(), "http://a/");
        assert!(url(&[("__scheme__", "ftp"), address]).unwrap_err().contains("only http"));
        assert!(url(&[scheme, ("__address__", "a:x")]).unwrap_err().contains("not an address"));
    }

    #[test]
    fn a_timeout_is_no_longer_than_its_interval() {
        let mut settings = JobSettings::new("job");
        settings.interval = Duration::from_secs(5);
        let job = Job::new(settings).unwrap();
        assert_eq!(job.settings().timeout, Duration::from_secs(5));
    }
}
