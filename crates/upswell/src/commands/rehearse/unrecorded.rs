//! `--traffic prometheus:…` in a program that was built without a client of Prometheus.

use upswell_sim::Traffic;
use upswell_units::{Diagnostic, Sources, Span};

use crate::login;

/// What the option starts with.
pub(super) const PREFIX: &str = "prometheus:";

/// What a Prometheus has recorded.
pub(super) struct Recorded {
    pub(super) traffic: Traffic,
    pub(super) source: String,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Says that this cannot be.
pub(super) fn read(text: &str, sources: &mut Sources) -> Result<Recorded, Vec<Diagnostic>> {
    let file = sources.add("--traffic", text);
    if let Some(login) = login::place(text) {
        sources.mask(file, &[login]);
    }
    let message = "this program was built without a client of Prometheus";
    Err(vec![
        Diagnostic::error("recording-unread", message)
            .at(Span::new(file, 0, PREFIX.len() as u32), "")
            .help("build it with the feature `prometheus`, which is on unless it is switched off"),
    ])
}
