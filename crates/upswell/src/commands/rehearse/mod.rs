//! `upswell rehearse`: the manifests against traffic, in virtual time.

mod expect;
mod grid;
mod inputs;
#[cfg(feature = "prometheus")]
mod recorded;
#[cfg(not(feature = "prometheus"))]
#[path = "unrecorded.rs"]
mod recorded;

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::{
    Interruptions, Mode, Options, Periods, Prepared, Rehearsal, Run, Scenario, TrafficFacts,
    VERSION, check_expectations, judge_alerts, prepare, run,
};
use upswell_units::{Diagnostic, Duration, ParseDurationError, Sources, Timestamp};

use self::expect::Expected;
use self::inputs::Inputs;
use super::Output;
use crate::Ending;
use crate::play::{in_parallel, parse_threads, threads_of_machine};
use crate::progress::Bar;
use crate::records::{Records, RunFacts};
use crate::{command_line, page, screen};

/// Plays the manifests of a bundle in virtual time against traffic.
///
/// Stock (Kubernetes' HPA and KEDA with their periods) and Upswell's own loop meet the same
/// requests, and the table puts them side by side. Needs no cluster. Exit code: 0, 1 if the goal
/// was missed, an object was refused or an alert did not behave as expected, 2 for bad input.
#[derive(Args)]
#[command(after_help = "Example:\n  upswell rehearse examples/llm-worker \
                        --traffic traces/azure_code_2023_min30-58.csv")]
pub(crate) struct Rehearse {
    /// Files and folders with manifests and `upswell.yaml`; `-` reads stdin
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    inputs: Inputs,

    /// Who scales
    #[arg(long = "as", value_enum, default_value_t = Modes::Both, value_name = "MODE")]
    modes: Modes,

    /// Seed of all draws; the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_parser = parse_seed, value_name = "NUMBER")]
    #[arg(allow_negative_numbers = true)]
    seed: u64,

    /// When the traffic starts, for schedules
    #[arg(long, default_value = "2026-01-05T09:00:00Z", value_parser = parse_start)]
    #[arg(value_name = "TIME", allow_hyphen_values = true)]
    start: Timestamp,

    /// Leaves requests that arrive earlier out of waits and latencies
    #[arg(long, default_value = "0s", value_parser = parse_drain, value_name = "DURATION")]
    #[arg(allow_hyphen_values = true)]
    warm_up: Duration,

    /// How long to go on after the last arrival, as in `10m`
    #[arg(long, default_value = "10m", value_parser = parse_drain, value_name = "DURATION")]
    #[arg(allow_hyphen_values = true)]
    drain: Duration,

    /// Rehearses each of these values; several of these options make a grid
    ///
    /// As in `ScaledObject/llm-worker:spec.triggers[0].metadata.listLength=4,8` or
    /// `Settings:workloads[0].slots=2,4` for `upswell.yaml`. Names may have a namespace before
    /// them, Kind/namespace/name; keys with dots stand in brackets and quotes. The outcomes are
    /// ranked by goal and cost.
    #[arg(long, value_name = "KIND/NAME:PATH=VALUE,VALUE")]
    set: Vec<String>,

    /// How many runs to play at once; as many as there are cores unless given
    #[arg(long, value_parser = parse_threads, value_name = "NUMBER")]
    #[arg(allow_negative_numbers = true)]
    threads: Option<NonZeroUsize>,

    /// Appends the decisions to this file, for `upswell explain`
    #[arg(long, value_name = "FILE", conflicts_with = "set")]
    records: Option<PathBuf>,

    /// Writes the outcome to this file too, as a page for the browser
    #[arg(long, value_name = "FILE.html", conflicts_with = "set")]
    report: Option<PathBuf>,

    /// Says which alerts must fire and which must not; the run fails if they behave otherwise
    ///
    /// A file with `apiVersion: upswell.dev/v1alpha1`, `kind: Expectations` and a list `alerts`, as
    /// in `- {alert: LlmSlow, fires: true, by: 20m}` or `- {alert: LlmDown, fires: false}`.
    /// `as: stock` or `as: upswell` means that run alone; `others: silent` at the end of the file
    /// means all alerts that are not named.
    #[arg(long, value_name = "FILE", conflicts_with = "set")]
    expect: Option<PathBuf>,

    /// How to print the outcome
    #[arg(short, long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Modes {
    /// Kubernetes' HPA and KEDA
    Stock,
    /// Upswell's own loop
    Upswell,
    /// One beside the other
    Both,
}

/// The traffic starts after this.
const START_MIN: Timestamp = Timestamp::UNIX_EPOCH;

/// The traffic starts before 2200: a year of it stays far from the end of time.
const START_MAX: Timestamp = Timestamp::from_secs(7_258_118_400);

/// A longer drain would rehearse silence.
const DRAIN_MAX: Duration = Duration::from_secs(7 * 86_400);

/// The autoscalers are older than the traffic, so that nothing is still settling.
const AGE_OF_OBJECTS: Duration = Duration::from_secs(86_400);

impl Rehearse {
    pub(crate) fn run(&self) -> Result<Ending> {
        self.report.as_deref().map_or(Ok(()), page::check)?;
        let expected = self.expect.as_deref().map(Expected::read).transpose()?;
        let mut recordings = Sources::default();
        let inputs = self.inputs.read(&mut recordings);
        let bundle = Bundle::load(&self.paths, &mut io::stdin().lock());
        let faults = inputs.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        report(faults, &recordings);
        report(&bundle.problems, &bundle.sources);
        let errors = faults.iter().chain(&bundle.problems).filter(|problem| problem.is_error());
        let inputs = match (errors.count(), inputs) {
            (0, Ok(inputs)) => inputs,
            (1, _) => bail!("nothing was rehearsed: mend the error above first"),
            (errors, _) => bail!("nothing was rehearsed: mend the {errors} errors above first"),
        };
        report(&inputs.warnings, &recordings);
        if !self.set.is_empty() {
            return grid::rehearse(self, bundle, &inputs);
        }
        let admitted = admit(&bundle);
        let refused = admitted.refused.iter().flat_map(|refusal| &refusal.objections);
        report(refused.map(|objection| &objection.diagnostic), &bundle.sources);
        report(&admitted.warnings, &bundle.sources);
        let autoscalers = autoscalers(&admitted, self.start - AGE_OF_OBJECTS);
        let inputs::Read { traffic, source, interruptions, .. } = inputs;
        let options = self.options(interruptions);
        let prepared = match prepare(&bundle, &admitted, autoscalers, traffic, options) {
            Ok(prepared) => prepared,
            Err(problems) => {
                report(&problems, &bundle.sources);
                bail!("nothing was rehearsed");
            }
        };
        report(&prepared.failing, &bundle.sources);
        if let Some(expected) = &expected {
            expected.check_before(&prepared.alerts, self.modes.list())?;
        }
        let mut rehearsal = self.rehearse(prepared, source, &bundle.sources);
        if let Some(Expected { expectations, .. }) = &expected {
            rehearsal.expectations = check_expectations(expectations, &rehearsal.runs);
        }
        self.keep_records(&rehearsal)?;
        if let Some(path) = &self.report {
            page::write(path, rehearsal.html(&command_line::of_this_run()))?;
        }
        print(self.output, &rehearsal.text(screen::layout()), &rehearsal)?;
        Ok(ending(&rehearsal))
    }

    fn options(&self, interruptions: Option<Interruptions>) -> Options {
        let Self { seed, start, warm_up, drain, .. } = *self;
        Options { seed, start, drain, warm_up, interruptions }
    }

    fn threads(&self) -> NonZeroUsize {
        self.threads.unwrap_or_else(threads_of_machine)
    }

    fn rehearse(&self, prepared: Prepared, source: String, sources: &Sources) -> Rehearsal {
        let Prepared { scenario, target, found, alerts, assumptions, not_simulated, .. } = prepared;
        let modes = self.modes.list();
        let bar = Bar::new(modes.len());
        let runs = in_parallel(modes.len(), self.threads(), |index| {
            play_as(&scenario, modes[index], &mut |part| bar.tell(index, part))
        });
        drop(bar);
        // The arrivals of all runs are the same.
        let summary = runs.first().map(|run| &run.summary);
        let traffic = TrafficFacts {
            source,
            span_s: scenario.traffic.span().as_secs_f64(),
            requests: summary.map_or(0, |summary| summary.requests),
            busiest_second: summary.map_or(0, |summary| summary.busiest_second),
        };
        Rehearsal {
            version: VERSION,
            seed: self.seed,
            target: target.to_string(),
            found,
            traffic,
            goal: scenario.goal,
            assumptions,
            not_simulated,
            alerts: judge_alerts(alerts, &scenario, sources, &runs),
            expectations: Vec::new(),
            runs,
        }
    }

    fn keep_records(&self, rehearsal: &Rehearsal) -> Result<()> {
        let Some(path) = &self.records else { return Ok(()) };
        let records = Records::open(path)?;
        for run in &rehearsal.runs {
            let world = format!("rehearsal as {}", run.mode.as_str());
            let facts = RunFacts { world, started: self.start };
            records.append(&facts, run.decisions.iter().map(|timed| &timed.record))?;
        }
        Ok(())
    }
}

impl Modes {
    fn list(self) -> &'static [Mode] {
        match self {
            Self::Stock => &[Mode::Stock],
            Self::Upswell => &[Mode::Upswell],
            Self::Both => &[Mode::Stock, Mode::Upswell],
        }
    }
}

fn play_as(scenario: &Scenario, mode: Mode, progress: &mut dyn FnMut(f64)) -> Run {
    let policy = scenario.scaler.as_ref().map(|scaler| &scaler.policy);
    run(scenario, mode, policy.map(|policy| Periods::of(mode, policy)), progress)
}

/// Prints an outcome in one of its forms.
fn print(output: Output, text: &impl Display, json: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Text => write!(out, "{text}")?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, json).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Upswell's run decides, or the only one.
fn ending(rehearsal: &Rehearsal) -> Ending {
    let decisive = rehearsal.runs.last();
    let missed = decisive.and_then(|run| run.reached(rehearsal.goal)) == Some(false);
    let found = &rehearsal.found;
    let is_faulty = !found.refused.is_empty() || !found.failing.is_empty();
    let is_unexpected = rehearsal.expectations.iter().any(|outcome| !outcome.is_met);
    if missed || is_faulty || is_unexpected { Ending::Findings } else { Ending::Fine }
}

/// Prints diagnostics where people look for them.
fn report<'a>(problems: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) {
    let mut err = io::stderr().lock();
    let colour = err.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for problem in problems {
        // Nothing can be done where stderr is gone; the exit code still tells.
        let _ = writeln!(err, "{}\n", problem.render(sources, colour));
    }
}

fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a whole number from 0 to {}; write e.g. 7", u64::MAX))
}

fn parse_start(text: &str) -> Result<Timestamp, String> {
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| "not an instant; write e.g. 2026-01-05T09:00:00Z".to_owned())?;
    let start = Timestamp::from_jiff(instant);
    let is_within = (START_MIN..=START_MAX).contains(&start);
    if is_within { Ok(start) } else { Err(format!("not within {START_MIN} and {START_MAX}")) }
}

fn parse_drain(text: &str) -> Result<Duration, String> {
    let drain: Duration = text.parse().map_err(|error: ParseDurationError| error.to_string())?;
    let is_within = (Duration::ZERO..=DRAIN_MAX).contains(&drain);
    if is_within { Ok(drain) } else { Err(format!("not within 0s and {DRAIN_MAX}")) }
}
