//! A Prometheus that holds samples from its start on.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::{Component, PROMTOOL, Server};

/// Starts a Prometheus that holds the samples of a page of OpenMetrics, each with its time, and
/// forgets none of them. `web` is its `--web.config.file`; `test` is who needs it.
///
/// Returns nothing where the program, or promtool, is missing: see [`Component::or_skip`].
///
/// # Panics
///
/// If it does not start, or the page is none.
#[must_use]
pub fn filled(component: &Component, test: &str, page: &str, web: Option<&str>) -> Option<Server> {
    let (program, promtool) = (component.or_skip(test)?, PROMTOOL.or_skip(test)?);
    let arguments = |address: SocketAddr, folder: &Path| {
        let path = |name: &str| folder.join(name).display().to_string();
        std::fs::write(path("page"), page)?;
        std::fs::write(path("prometheus.yml"), "")?;
        let filled = Command::new(&promtool)
            .args(["tsdb", "create-blocks-from", "openmetrics", &path("page"), &path("data")])
            .output()?;
        if !filled.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&filled.stderr)));
        }
        let mut arguments = vec![
            format!("--config.file={}", path("prometheus.yml")),
            format!("--storage.tsdb.path={}", path("data")),
            "--storage.tsdb.retention.time=100y".to_owned(),
            format!("--web.listen-address={address}"),
        ];
        if let Some(web) = web {
            std::fs::write(path("web.yml"), web)?;
            arguments.push(format!("--web.config.file={}", path("web.yml")));
        }
        Ok(arguments)
    };
    Some(Server::start(&program, "/-/ready", arguments).expect("it starts"))
}
