//! Who says which targets there are.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::ScrapeTarget;

/// Finds targets; each world does so in its way.
#[async_trait]
pub trait Discovery: Send {
    /// Waits until the targets are known, and later until they have changed; returns all of them.
    ///
    /// May be dropped while it waits and called again, and must lose nothing by that. Where nothing
    /// will change any more it never returns.
    async fn targets(&mut self) -> Vec<ScrapeTarget>;
}

/// Targets that never change.
#[derive(Debug)]
pub struct Fixed {
    targets: Option<Vec<ScrapeTarget>>,
}

impl Fixed {
    /// Takes the targets.
    #[must_use]
    pub fn new(targets: Vec<ScrapeTarget>) -> Self {
        Self { targets: Some(targets) }
    }
}

#[async_trait]
impl Discovery for Fixed {
    async fn targets(&mut self) -> Vec<ScrapeTarget> {
        match self.targets.take() {
            Some(targets) => targets,
            None => std::future::pending().await,
        }
    }
}

/// Targets that somebody sends, all of them each time; the last ones stay when the sender has gone.
#[async_trait]
impl Discovery for mpsc::Receiver<Vec<ScrapeTarget>> {
    async fn targets(&mut self) -> Vec<ScrapeTarget> {
        match self.recv().await {
            Some(targets) => targets,
            None => std::future::pending().await,
        }
    }
}
