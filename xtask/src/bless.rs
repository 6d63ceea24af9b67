//! `bless`: rewrites the snapshots that differ. The diff is then a person's to read.

use anyhow::Result;

use crate::stage::{Outcome, Stage, cargo, succeeds};

/// Runs every test with snapshots rewritten; true if nothing but snapshots differed.
///
/// # Errors
///
/// If cargo cannot be started.
pub(crate) fn run() -> Result<bool> {
    let stage = Stage::run("bless", || {
        // A rewritten snapshot counts as passed; anything else that fails must still be seen.
        succeeds(
            cargo(&["test", "--workspace", "--no-fail-fast"])
                .env("INSTA_UPDATE", "always")
                .env("INSTA_FORCE_PASS", "0"),
        )
    })?;
    println!("read what changed: git diff -- '*.snap'");
    Ok(stage.outcome == Outcome::Passed)
}
