//! Starting and stopping.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use upswell_metrics::rules::External;
use upswell_metrics::store::{self, Limits, Reader, Writer};

use super::groups::{self, Groups, RuleSettings};
use crate::api::{self, Api};
use crate::state::{StateFile, StateFileError};

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
    /// The file in which alerts survive a restart; none if they need not.
    pub state: Option<PathBuf>,
}

impl Default for Settings {
    /// An API on this machine only, at Prometheus's port; no rules.
    fn default() -> Self {
        let api = api::Options::default();
        let (external, promql) = (External::default(), api.promql);
        let rules = RuleSettings { groups: Vec::new(), external, promql, notify: Arc::new(()) };
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9090)),
            limits: Limits::default(),
            api,
            rules,
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
    /// The file of states cannot be read.
    #[error(transparent)]
    State(#[from] StateFileError),
}

/// A store with all that feeds it and asks it; it ends when this goes, at once and without a word.
#[derive(Debug)]
pub struct Monitor {
    address: SocketAddr,
    writer: Arc<Mutex<Writer>>,
    reader: Reader,
    groups: Groups,
    server: Server,
}

impl Monitor {
    /// Starts everything.
    ///
    /// # Errors
    ///
    /// If the address is taken, or the state of rules cannot be read.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings { listen, limits, api: mut options, rules, state } = settings;
        let (writer, reader) = store::new(limits);
        let writer = Arc::new(Mutex::new(writer));
        let listening = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let state = state.map(|path| StateFile::open(&path).map(Arc::new)).transpose()?;
        let (groups, board) = groups::start(rules, &writer, &reader, state.as_ref())?;
        options.retention = limits.retention;
        let api = Api { reader: reader.clone(), rules: board, targets: Arc::new(()), options };
        let server = Server::start(listener, api);
        Ok(Self { address, writer, reader, groups, server })
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
    pub fn writer(&self) -> Arc<Mutex<Writer>> {
        Arc::clone(&self.writer)
    }

    /// Stops everything; returns once evaluations have ended and queries that run are answered.
    pub async fn stop(self) {
        self.groups.stop().await;
        self.server.stop().await;
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
        // Nobody can be told of what fails now.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
