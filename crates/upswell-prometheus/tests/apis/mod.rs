//! Servers of the HTTP API, on this machine: ours, and a Prometheus at its defaults.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

/// Serves routes on a free port for as long as the process lives.
///
/// # Errors
///
/// If no port is free.
pub(crate) fn serve(routes: axum::Router) -> io::Result<SocketAddr> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || runtime.block_on(async { axum::serve(listener, routes).await }));
    Ok(address)
}

/// Arguments of a Prometheus that scrapes nothing and takes remote writes.
///
/// # Errors
///
/// If its configuration cannot be written.
pub(crate) fn prometheus_arguments(address: SocketAddr, folder: &Path) -> io::Result<Vec<String>> {
    let config = folder.join("prometheus.yml");
    std::fs::write(&config, "{}\n")?;
    Ok(vec![
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", folder.join("data").display()),
        format!("--web.listen-address={address}"),
        "--web.enable-remote-write-receiver".to_owned(),
    ])
}
