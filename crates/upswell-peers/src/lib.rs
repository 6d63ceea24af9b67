//! Real servers for tests: found, started on free loopback ports, ended with the test.
//!
//! `cargo xtask test` installs or builds what is missing. A test that is run without one says so
//! loudly and passes; with `CI=true` it fails.

pub mod prometheus;

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A program that tests start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name, for people.
    pub name: &'static str,
    /// The environment variable that says where it lies.
    pub variable: &'static str,
    /// Its name in [`cache`].
    pub cached: &'static str,
    /// Its name in `PATH`; none if what lies there may be another version.
    pub in_path: Option<&'static str>,
    /// How to get it, for people.
    pub how: &'static str,
}

/// Debian's Prometheus, of the 2.x line.
pub const PROMETHEUS_2: Component = Component {
    name: "Prometheus 2",
    variable: "UPSWELL_PROMETHEUS2",
    cached: "prometheus2/prometheus",
    in_path: Some("prometheus"),
    how: "install Debian's package `prometheus`",
};

/// Prometheus 3, built from its Go module.
pub const PROMETHEUS_3: Component = Component {
    name: "Prometheus 3",
    variable: "UPSWELL_PROMETHEUS3",
    cached: "prometheus3/prometheus",
    in_path: None,
    how: "run `cargo xtask test`, which builds it from its Go module",
};

/// Prometheus's tool, of the 2.x line.
pub const PROMTOOL: Component = Component {
    name: "promtool",
    variable: "UPSWELL_PROMTOOL",
    cached: "prometheus2/promtool",
    in_path: Some("promtool"),
    how: "install Debian's package `prometheus`",
};

/// Debian's Alertmanager.
pub const ALERTMANAGER: Component = Component {
    name: "Alertmanager",
    variable: "UPSWELL_ALERTMANAGER",
    cached: "alertmanager/prometheus-alertmanager",
    in_path: Some("prometheus-alertmanager"),
    how: "install Debian's package `prometheus-alertmanager`",
};

/// Where programs that were built lie: `UPSWELL_CACHE`, or `upswell` in the user's cache folder.
#[must_use]
pub fn cache() -> PathBuf {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("UPSWELL_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("upswell")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/upswell")))
        .unwrap_or_else(|| std::env::temp_dir().join("upswell-cache"))
}

impl Component {
    /// Returns where the program lies, if it is there.
    #[must_use]
    pub fn find(&self) -> Option<PathBuf> {
        let named = std::env::var_os(self.variable).map(PathBuf::from);
        let cached = || Some(cache().join(self.cached)).filter(|path| path.is_file());
        named.or_else(cached).or_else(|| in_path(self.in_path?))
    }

    /// Returns where the program lies; if it is missing says so, for the test `test` to end there.
    ///
    /// # Panics
    ///
    /// If it is missing and `CI` is `true`.
    #[must_use]
    #[expect(clippy::panic, reason = "in CI a missing server is a failure of the test")]
    pub fn or_skip(&self, test: &str) -> Option<PathBuf> {
        let found = self.find();
        if found.is_none() {
            let Self { name, how, .. } = self;
            let message = format!("{test} needs {name}, which is missing: {how}");
            if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                panic!("{message}");
            }
            eprintln!("\n*** SKIPPED: {message} ***\n");
        }
        found
    }
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Returns an address on this machine at which nobody listens.
///
/// # Errors
///
/// If the system has no port left.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A server of a test; it is killed when this goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// How long a server may take to come up.
const READY_WITHIN: Duration = Duration::from_secs(60);

impl Server {
    /// Starts a program and waits until `path` answers, with a status below 500: one that wants a
    /// login, or TLS, answers that it does.
    ///
    /// `arguments` gets the address to listen at and an empty folder that goes with the server.
    /// Output goes to `output.log` there.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, ends, or does not answer within a minute: with its output.
    pub fn start<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        program: &Path,
        path: &str,
        arguments: impl FnOnce(SocketAddr, &Path) -> io::Result<I>,
    ) -> io::Result<Self> {
        Self::start_at(free_address()?, program, path, arguments)
    }

    /// Starts a program as [`Server::start`] does, at an address at which one was before.
    ///
    /// # Errors
    ///
    /// As [`Server::start`].
    pub fn start_at<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        address: SocketAddr,
        program: &Path,
        path: &str,
        arguments: impl FnOnce(SocketAddr, &Path) -> io::Result<I>,
    ) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let log = std::fs::File::create(folder.path().join("output.log"))?;
        let child = Command::new(program)
            .args(arguments(address, folder.path())?)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self { child, address, folder };
        server.wait_until_ready(path)?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output.log")).unwrap_or_default()
    }

    fn wait_until_ready(&mut self, path: &str) -> io::Result<()> {
        let start = Instant::now();
        loop {
            if get(self.address, path).is_ok_and(|answer| answer.status < 500) {
                return Ok(());
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || start.elapsed() > READY_WITHIN {
                let what = ended.map_or("does not answer".to_owned(), |status| status.to_string());
                return Err(io::Error::other(format!("{what}\n{}", self.output())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, or ends now: there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, with invalid UTF-8 replaced.
    pub body: String,
}

/// Asks a server by plain HTTP 1.0, for tests that want no client of their own.
///
/// # Errors
///
/// If it does not answer within ten seconds, or not in HTTP.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    let limit = Some(Duration::from_secs(10));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_read_timeout(limit)?;
    stream.set_write_timeout(limit)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let bad = || io::Error::new(io::ErrorKind::InvalidData, "not HTTP");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(bad)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(bad)?;
    Ok(Answer { status, body: body.to_owned() })
}
