//! `upswell explain`: why a target was scaled, or was not, at a moment.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde::Serialize;
use upswell_engine::Record;
use upswell_engine::horizontal::Outcome;
use upswell_engine::record::{ReadValue, ReadingUsed};
use upswell_units::{Duration, Timestamp};

use super::Output;
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

    /// How to print the answer
    #[arg(short, long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    output: Output,
}

/// Version of the JSON; raised when a field changes its meaning.
const VERSION: u32 = 1;

/// The answer: the decision that stood at the moment, and its neighbours.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    run: u64,
    facts: &'a RunFacts,
    /// How many decisions on the target the run kept.
    kept: usize,
    decision: Option<&'a Record>,
    before: Vec<&'a Record>,
    after: Vec<&'a Record>,
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
        let answer = self.answer(*number, facts, &own);
        let mut out = io::stdout().lock();
        match self.output {
            Output::Text => print(&mut out, &answer)?,
            Output::Json => {
                serde_json::to_writer_pretty(&mut out, &answer).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        }
        Ok(Ending::Fine)
    }

    fn is_target(&self, record: &Record) -> bool {
        record.target.name == self.target || record.target.to_string() == self.target
    }

    fn answer<'a>(&self, run: u64, facts: &'a RunFacts, records: &[&'a Record]) -> Answer<'a> {
        let until = self.at.map_or(Timestamp::MAX, |at| facts.started + at);
        let (mut before, mut after): (Vec<&Record>, Vec<&Record>) =
            records.iter().partition(|record| record.at <= until);
        let decision = before.pop();
        before.drain(..before.len().saturating_sub(NEIGHBOURS_MAX));
        after.truncate(NEIGHBOURS_MAX);
        Answer { version: VERSION, run, facts, kept: records.len(), decision, before, after }
    }
}

fn print(out: &mut impl Write, answer: &Answer<'_>) -> io::Result<()> {
    let Answer { version: _, run, facts, kept, decision, before, after } = answer;
    writeln!(out, "Run {run}, {}: {kept} decisions kept", facts.world)?;
    match decision {
        Some(record) => print_whole(out, record, facts.started)?,
        None => writeln!(out, "Nothing was decided yet.")?,
    }
    print_lines(out, "Before", before, facts.started)?;
    print_lines(out, "After", after, facts.started)
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
            ReadValue::Value(value) => writeln!(out, "  read    {metric} = {value}, {age} old")?,
            ReadValue::Failed(error) => writeln!(out, "  read    {metric}: {error}")?,
        }
    }
    Ok(())
}

fn print_lines(
    out: &mut impl Write,
    head: &str,
    records: &[&Record],
    started: Timestamp,
) -> io::Result<()> {
    if !records.is_empty() {
        writeln!(out, "\n{head}")?;
    }
    for record in records {
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
