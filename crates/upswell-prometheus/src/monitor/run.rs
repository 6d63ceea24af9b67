//! Starting and stopping.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use upswell_metrics::rules::External;
use upswell_metrics::store::{self, Limits, Reader};
use upswell_units::Duration;

use super::groups::{self, Groups, RuleSettings, Surroundings};
use crate::alertmanager::{self, AlertmanagerStatus, Notifier};
use crate::api::{self, Api};
use crate::http::{self, std_duration};
use crate::scrape::{Discovery, Scraper, SharedWriter};
use crate::state::{StateFile, StateFileError};

/// How long a monitor that stops waits for those who ask and for Alertmanagers, each.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(5);

/// What a monitor is to do.
pub struct Settings {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Bounds of the store.
    pub limits: Limits,
    /// Bounds of queries.
    pub api: api::Options,
    /// The rules.
    pub rules: RuleSettings,
    /// Who is told of alerts: all of them of every one.
    pub alertmanagers: Vec<http::Server>,
    /// The file in which alerts survive a restart; none if they need not.
    pub state: Option<PathBuf>,
}

impl Default for Settings {
    /// An API on this machine only, at Prometheus's port; no rules.
    fn default() -> Self {
        let api = api::Options::default();
        let (external, promql) = (External::default(), api.promql);
        let rules = RuleSettings { groups: Vec::new(), external, promql };
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            limits: Limits::default(),
            api,
            rules,
            alertmanagers: Vec::new(),
            state: None,
        }
    }
}

/// Why a monitor cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("the API cannot listen at {address}")]
    Listen {
        /// Where it should listen.
        address: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
    /// Certificates or headers of an Alertmanager cannot be used.
    #[error(transparent)]
    Alertmanager(#[from] http::ServerError),
    /// The file of states cannot be read.
    #[error(transparent)]
    State(#[from] StateFileError),
}

/// A store with all that feeds it and asks it; it ends when this goes, at once and without a word.
#[derive(Debug)]
pub struct Monitor {
    address: SocketAddr,
    writer: SharedWriter,
    reader: Reader,
    scraper: Arc<Scraper>,
    groups: Groups,
    notifier: Arc<Notifier>,
    server: Server,
}

impl Monitor {
    /// Starts everything; `discovery` says what is scraped.
    ///
    /// # Errors
    ///
    /// If the address is taken, certificates for an Alertmanager cannot be used, or the state of
    /// rules cannot be read.
    pub async fn start(
        settings: Settings,
        discovery: impl Discovery + 'static,
    ) -> Result<Self, StartError> {
        let Settings { listen, limits, api: mut options, rules, alertmanagers, state } = settings;
        let listening = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let state = state.map(|path| StateFile::open(&path).map(Arc::new)).transpose()?;
        let notifier = Notifier::start(alertmanagers, alertmanager::Settings::default())?;
        let notifier = Arc::new(notifier);
        let (writer, reader) = store::new(limits);
        let writer = Arc::new(Mutex::new(writer));
        let surroundings = Surroundings {
            writer: Arc::clone(&writer),
            reader: reader.clone(),
            notifier: Arc::clone(&notifier),
            state,
        };
        let (groups, board) = groups::start(rules, &surroundings)?;
        let scraper = Arc::new(Scraper::start(discovery, Arc::clone(&writer)));
        options.retention = limits.retention;
        let alertmanagers = notifier.status().into_iter().map(|status| status.url).collect();
        let targets = Arc::new(Arc::downgrade(&scraper));
        let api = Api { reader: reader.clone(), rules: board, targets, alertmanagers, options };
        let server = Server::start(listener, api);
        Ok(Self { address, writer, reader, scraper, groups, notifier, server })
    }

    /// Where the API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a reader of the store.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The store's one writer, for whoever has samples of his own; to be held briefly.
    #[must_use]
    pub fn writer(&self) -> SharedWriter {
        Arc::clone(&self.writer)
    }

    /// Returns how the Alertmanagers do.
    #[must_use]
    pub fn alertmanagers(&self) -> Vec<AlertmanagerStatus> {
        self.notifier.status()
    }

    /// Stops everything: queries that run are answered, series that are scraped get staleness
    /// markers, alerts are on the disk, Alertmanagers have been told; what of that takes long is
    /// given up.
    pub async fn stop(self) {
        let Self { scraper, groups, notifier, server, .. } = self;
        server.stop().await;
        // The server has ended and looks at neither any more, the groups do not either.
        if let Some(scraper) = Arc::into_inner(scraper) {
            scraper.stop().await;
        }
        groups.stop().await;
        if let Some(notifier) = Arc::into_inner(notifier) {
            notifier.stop(LAST_WORDS_WITHIN).await;
        }
    }
}

/// The API on its task.
#[derive(Debug)]
struct Server {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    fn start(listener: TcpListener, api: Api) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serving = axum::serve(listener, api::router(api)).with_graceful_shutdown(async {
            // Whether it is told or its owner has gone, it is to end.
            let _ = stopped.await;
        });
        let task = tokio::spawn(serving.into_future());
        Self { stop: Some(stop), task }
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        // Nobody can be told of what fails now; what is late is ended when this goes.
        let _ = timeout(std_duration(LAST_WORDS_WITHIN), &mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
