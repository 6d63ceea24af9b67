//! Servers that the tests of the clients speak to.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use upswell_peers::{Component, PROMTOOL, Server};

/// An instant on a whole hour, in seconds since the epoch.
pub(crate) const START: i64 = 1_700_002_800;

/// Samples of `requests_total`, which grows by two a second, and of `queue_depth`, once a minute
/// from [`START`] on.
pub(crate) fn page(minutes: i64) -> String {
    let mut page = "# TYPE requests counter\n".to_owned();
    for minute in 0..=minutes {
        let at = START + minute * 60;
        let _ = writeln!(page, "requests_total{{job=\"api\"}} {} {at}", minute * 120);
    }
    page += "# TYPE queue_depth gauge\n";
    for minute in 0..=minutes {
        for queue in ["a", "b"] {
            let at = START + minute * 60;
            let _ = writeln!(page, "queue_depth{{queue=\"{queue}\"}} {} {at}", minute % 7);
        }
    }
    page + "# EOF\n"
}

/// Starts a Prometheus that holds a page of OpenMetrics; `web` is its `--web.config.file`.
pub(crate) fn prometheus(
    component: &Component,
    test: &str,
    page: &str,
    web: Option<&str>,
) -> Option<Server> {
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
