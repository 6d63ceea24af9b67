//! The real servers that tests talk to: installed or built where they are missing.
//!
//! Debian's packages are installed if we may, else the line to run is printed. What Debian does not
//! have is built into a cache folder outside the tree.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use upswell_peers::{ALERTMANAGER, Component, PROMETHEUS_2, PROMETHEUS_3, PROMTOOL, cache};

use crate::stage::succeeds;

/// How a component comes to this machine.
enum Origin {
    /// A package of Debian.
    Debian(&'static str),
    /// A program of a Go module: its package, its version, what goes to the compiler.
    Go { package: &'static str, version: &'static str, arguments: &'static [&'static str] },
}

const COMPONENTS: [(Component, Origin); 4] = [
    (PROMETHEUS_2, Origin::Debian("prometheus")),
    (PROMTOOL, Origin::Debian("prometheus")),
    (ALERTMANAGER, Origin::Debian("prometheus-alertmanager")),
    (
        PROMETHEUS_3,
        Origin::Go {
            // Prometheus 3.16 has the version 0.316 as a module.
            package: "github.com/prometheus/prometheus/cmd/prometheus",
            version: "v0.316.0",
            // Without the discovery of two dozen clouds it builds in a third of the time.
            arguments: &[
                "-tags=remove_all_sd",
                "-ldflags=-X github.com/prometheus/common/version.Version=3.16.0",
            ],
        },
    ),
];

/// Gets what is missing and says what each component is; true if all are there.
///
/// # Errors
///
/// If a program that is there cannot be started.
pub(crate) fn provide() -> Result<bool> {
    let mut packages = Vec::new();
    for (component, origin) in &COMPONENTS {
        if component.find().is_some() {
            continue;
        }
        match origin {
            Origin::Debian(package) if !packages.contains(package) => packages.push(*package),
            Origin::Debian(_) => {}
            Origin::Go { package, version, arguments } => {
                println!("{} is missing: building it, which takes minutes", component.name);
                let to = cache().join(component.cached);
                let folder = to.parent().context("a program lies in a folder")?;
                build(package, version, arguments, folder)?;
            }
        }
    }
    if !packages.is_empty() {
        install(&packages)?;
    }
    let missing: Vec<&str> = COMPONENTS
        .iter()
        .filter(|(component, _)| component.find().is_none())
        .map(|(component, _)| component.name)
        .collect();
    for (component, _) in &COMPONENTS {
        let place =
            component.find().map_or("MISSING".to_owned(), |path| path.display().to_string());
        println!("{}: {place}", component.name);
    }
    if !missing.is_empty() {
        println!("tests that need {} will fail", missing.join(", "));
    }
    Ok(missing.is_empty())
}

/// Installs packages of Debian, or prints the line that does.
fn install(packages: &[&str]) -> Result<()> {
    let line = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        println!("missing: {}. As root on Debian, run: {line}", packages.join(", "));
        return Ok(());
    }
    println!("installing: {line}");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env("DEBIAN_FRONTEND", "noninteractive");
    succeeds(&mut command)?;
    Ok(())
}

/// Builds a program of a Go module into a folder.
fn build(package: &str, version: &str, arguments: &[&str], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    let mut command = Command::new("go");
    command.arg("install").args(arguments).arg(format!("{package}@{version}"));
    command.env("GOBIN", folder).env("GOFLAGS", "").env("CGO_ENABLED", "0");
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("`go install {package}@{version}` failed: {status}"),
        Err(error) => println!("could not start `go` ({error}): install Go 1.26.7 or newer"),
    }
    Ok(())
}
