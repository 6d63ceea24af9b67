//! The file of decisions: append-only, versioned, one run after the other.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use upswell_engine::Record;

/// Version of the file's layout; a record has its own.
const VERSION: u64 = 1;

/// Facts about the file itself.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Number of the run to [`RunFacts`] as JSON.
const RUNS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("runs");

/// Number of the run and of the decision in it to [`Record`] as JSON.
const DECISIONS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("decisions");

/// A file of decisions.
pub(crate) struct Records {
    database: Database,
}

/// What is known of a run as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunFacts {
    /// Where it took place: `rehearsal as stock`.
    pub(crate) world: String,
    /// When it started, in nanoseconds since the Unix epoch.
    pub(crate) started: upswell_units::Timestamp,
}

impl Records {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opening = || format!("the records {} cannot be opened", path.display());
        let database = Database::create(path).with_context(opening)?;
        let writing = database.begin_write().with_context(opening)?;
        {
            let mut meta = writing.open_table(META).with_context(opening)?;
            let version = meta.get("version").with_context(opening)?.map(|guard| guard.value());
            match version {
                None => drop(meta.insert("version", VERSION).with_context(opening)?),
                Some(version) => ensure!(
                    version == VERSION,
                    "the records {} have version {version}, this program knows {VERSION}",
                    path.display()
                ),
            }
            writing.open_table(RUNS).with_context(opening)?;
            writing.open_table(DECISIONS).with_context(opening)?;
        }
        writing.commit().with_context(opening)?;
        Ok(Self { database })
    }

    /// Appends a run with its decisions: all of it, or nothing.
    pub(crate) fn append<'a>(
        &self,
        facts: &RunFacts,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<()> {
        let writing = self.database.begin_write()?;
        {
            let mut runs = writing.open_table(RUNS)?;
            let last = runs.last()?.map(|(number, _)| number.value());
            let run = last.map_or(0, |last| last + 1);
            runs.insert(run, &serde_json::to_vec(facts)?[..])?;
            let mut decisions = writing.open_table(DECISIONS)?;
            for (number, record) in (0_u64..).zip(records) {
                decisions.insert((run, number), &serde_json::to_vec(record)?[..])?;
            }
        }
        writing.commit()?;
        Ok(())
    }

    /// Returns the runs, the first one first, each with its number.
    pub(crate) fn runs(&self) -> Result<Vec<(u64, RunFacts)>> {
        let reading = self.database.begin_read()?;
        let runs = reading.open_table(RUNS)?;
        let all = runs.iter()?.map(|entry| {
            let (number, facts) = entry?;
            Ok((number.value(), serde_json::from_slice(facts.value())?))
        });
        all.collect()
    }

    /// Returns the decisions of a run in their order.
    pub(crate) fn decisions(&self, run: u64) -> Result<Vec<Record>> {
        let reading = self.database.begin_read()?;
        let decisions = reading.open_table(DECISIONS)?;
        let all = decisions.range((run, 0)..=(run, u64::MAX))?.map(|entry| {
            let (_, record) = entry?;
            Ok(serde_json::from_slice(record.value())?)
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use upswell_engine::decision::StepName;
    use upswell_engine::horizontal::{self, Outcome};
    use upswell_engine::reason::Reason;
    use upswell_units::{Replicas, ScaleTarget, Timestamp};

    use super::*;

    fn record(second: i64) -> Record {
        Record {
            version: upswell_engine::record::VERSION,
            at: Timestamp::from_secs(second),
            target: ScaleTarget {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: String::new(),
                name: "worker".to_owned(),
            },
            step: StepName::Horizontal,
            from: Some(Replicas(1)),
            to: Some(Replicas(2)),
            outcome: Outcome::ScaleWritten,
            reasons: vec![Reason::Horizontal(horizontal::Reason::NoMetricReadable)],
            readings: Vec::new(),
        }
    }

    fn facts(world: &str) -> RunFacts {
        RunFacts { world: world.to_owned(), started: Timestamp::from_secs(1) }
    }

    #[test]
    fn runs_are_appended_and_read_back_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.redb");
        let (first, second) = (vec![record(1), record(2)], vec![record(3)]);
        Records::open(&path).unwrap().append(&facts("a"), &first).unwrap();
        Records::open(&path).unwrap().append(&facts("b"), &second).unwrap();
        let records = Records::open(&path).unwrap();
        assert_eq!(records.runs().unwrap(), [(0, facts("a")), (1, facts("b"))]);
        assert_eq!(records.decisions(0).unwrap(), first);
        assert_eq!(records.decisions(1).unwrap(), second);
    }

    #[test]
    fn a_file_that_is_no_file_of_records_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "my notes").unwrap();
        let error = Records::open(&path).err().unwrap();
        assert!(format!("{error:#}").contains("notes.txt cannot be opened"), "{error:#}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
    }
}
