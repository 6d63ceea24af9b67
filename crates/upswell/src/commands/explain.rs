//! `upswell explain`: why a target was scaled, or was not, at a moment.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;
use upswell_engine::Record;
use upswell_engine::horizontal::Outcome;
use upswell_engine::record::ReadingUsed;
use upswell_units::{Duration, Timestamp};

use crate::Ending;
use crate::records::{Records, RunFacts};

/// Says why a target was scaled, or was not.
///
/// Reads the decisions that `upswell rehearse --records FILE` kept: each write, and each change of
/// what held the replicas.
#[derive(Args)]
#[command(after_help = "Example:\n  upswell explain Deployment/llm-worker \
                        --records decisions.redb --at 13m15s")]
pub(crate) struct Explain {
    /// The scale target, as in `Deployment/llm-worker`; its name alone will do
    #[arg(value_name = "TARGET")]
    target: String,

    /// The file of decisions
    #[arg(long, value_name = "FILE")]
    records: PathBuf,

    /// Which run of the file, from 0; the last one unless set
    #[arg(long, value_name = "NUMBER")]
    run: Option<u64>,

    /// The moment, from the start of the run, as in `13m15s`; its end unless set
    #[arg(long, value_name = "DURATION")]
    at: Option<Duration>,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Ending> {
        ensure!(self.records.exists(), "there is no file {}", self.records.display());
        let records = Records::open(&self.records)?;
        let runs = records.runs()?;
        let chosen = match self.run {
            Some(number) => runs.iter().find(|(own, _)| *own == number),
            None => runs.last(),
        };
        let Some((number, facts)) = chosen else {
            bail!("{} holds {} runs, and not that one", self.records.display(), runs.len());
        };
        let decisions = records.decisions(*number)?;
        let own: Vec<&Record> = decisions.iter().filter(|record| self.is_target(record)).collect();
        if own.is_empty() {
            bail!("run {number} ({}) has no decision on {}", facts.world, self.target);
        }
        self.print(*number, facts, &own)?;
        Ok(Ending::Fine)
    }

    fn is_target(&self, record: &Record) -> bool {
        record.target.name == self.target || record.target.to_string() == self.target
    }

    fn print(&self, number: u64, facts: &RunFacts, records: &[&Record]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let until = self.at.map_or(Timestamp::MAX, |at| facts.started + at);
        let (before, after): (Vec<&Record>, Vec<&Record>) =
            records.iter().partition(|record| record.at <= until);
        writeln!(out, "Run {number}, {}: {} decisions kept", facts.world, records.len())?;
        match before.last() {
            Some(record) => print_whole(&mut out, record, facts.started)?,
            None => writeln!(out, "Nothing was decided yet.")?,
        }
        let earlier = before.iter().rev().skip(1).take(NEIGHBOURS_MAX).rev();
        print_lines(&mut out, "Before", earlier.copied(), facts.started)?;
        print_lines(&mut out, "After", after.into_iter().take(NEIGHBOURS_MAX), facts.started)
    }
}

/// Decisions shown in a line each before and after the moment.
const NEIGHBOURS_MAX: usize = 3;

/// One decision with all its reasons and readings.
fn print_whole(out: &mut impl Write, record: &Record, started: Timestamp) -> io::Result<()> {
    writeln!(out, "\n{} at {}: {}", record.target, record.at.since(started), step(record))?;
    for reason in &record.reasons {
        writeln!(out, "  because {reason}")?;
    }
    if let Outcome::ScaleUpdateFailed(error) = &record.outcome {
        writeln!(out, "  the write failed: {error}")?;
    }
    for ReadingUsed { metric, age, value } in &record.readings {
        match value {
            Ok(value) => writeln!(out, "  read    {metric} = {value}, {age} old")?,
            Err(error) => writeln!(out, "  read    {metric}: {error}")?,
        }
    }
    Ok(())
}

fn print_lines<'a>(
    out: &mut impl Write,
    head: &str,
    records: impl Iterator<Item = &'a Record>,
    started: Timestamp,
) -> io::Result<()> {
    for (index, record) in records.enumerate() {
        if index == 0 {
            writeln!(out, "\n{head}")?;
        }
        let at = record.at.since(started).to_string();
        writeln!(out, "  {at:<8} {:<10} {}", step(record), record.sentence())?;
    }
    Ok(())
}

fn step(record: &Record) -> String {
    match (record.from, record.to) {
        (Some(from), Some(to)) if from != to => format!("{from} -> {to}"),
        (Some(from), _) => format!("{from} stay"),
        (None, _) => "replicas unknown".to_owned(),
    }
}
