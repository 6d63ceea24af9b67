//! `upswell rehearse`: the manifests against recorded traffic, in virtual time.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::{
    Mode, Options, Periods, Prepared, Rehearsal, Run, Traffic, TrafficFacts, VERSION, parse_trace,
    prepare, run,
};
use upswell_units::{Diagnostic, Duration, Sources, Timestamp};

use crate::Ending;
use crate::records::{Records, RunFacts};

/// Plays the manifests of a bundle in virtual time against recorded traffic.
///
/// Stock (Kubernetes' HPA and KEDA with their periods) and Upswell's own loop meet the same
/// requests, and the table puts them side by side. Needs no cluster. Exit code: 0, 1 if the goal
/// was missed or an object was refused, 2 for bad input.
#[derive(Args)]
#[command(after_help = "Example:\n  upswell rehearse examples/llm-worker \
                        --traffic traces/azure_code_2023_min30-58.csv")]
pub(crate) struct Rehearse {
    /// Files and folders with manifests and `upswell.yaml`; `-` reads stdin
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,

    /// A trace: one request a row, `timestamp_s,prompt_tokens,output_tokens`
    #[arg(long, value_name = "FILE")]
    traffic: PathBuf,

    /// Who scales
    #[arg(long = "as", value_enum, default_value_t = Modes::Both, value_name = "MODE")]
    modes: Modes,

    /// Seed of all draws; the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,

    /// When the traffic starts, for schedules
    #[arg(long, default_value = "2026-01-05T09:00:00Z", value_parser = parse_start)]
    #[arg(value_name = "TIME")]
    start: Timestamp,

    /// How long to go on after the last arrival, as in `10m`
    #[arg(long, default_value = "10m", value_parser = parse_drain, value_name = "DURATION")]
    drain: Duration,

    /// Appends the decisions to this file, for `upswell explain`
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,

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

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For scripts, versioned
    Json,
}

/// A trace that is larger is not read: its requests would not fit into memory either.
const TRACE_BYTES_MAX: u64 = 1 << 30;

/// The autoscalers are older than the traffic, so that nothing is still settling.
const AGE_OF_OBJECTS: Duration = Duration::from_secs(86_400);

impl Rehearse {
    pub(crate) fn run(&self) -> Result<Ending> {
        let traffic = self.read_traffic()?;
        let bundle = Bundle::load(&self.paths, &mut io::stdin().lock());
        report(&bundle.problems, &bundle.sources)?;
        let errors = bundle.problems.iter().filter(|problem| problem.is_error()).count();
        ensure!(errors == 0, "nothing was rehearsed: mend the {errors} above first");
        let admitted = admit(&bundle);
        let refused = admitted.refused.iter().flat_map(|refusal| &refusal.objections);
        report(refused.map(|objection| &objection.diagnostic), &bundle.sources)?;
        report(&admitted.warnings, &bundle.sources)?;
        let autoscalers = autoscalers(&admitted, self.start - AGE_OF_OBJECTS);
        report(&autoscalers.failing, &bundle.sources)?;
        let facts = self.traffic_facts(&traffic);
        let options = Options { seed: self.seed, start: self.start, drain: self.drain };
        let prepared = prepare(&bundle, &admitted, autoscalers, traffic, options);
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(problem) => {
                report([&*problem], &bundle.sources)?;
                bail!("nothing was rehearsed");
            }
        };
        let rehearsal = self.rehearse(prepared, facts);
        self.keep_records(&rehearsal)?;
        self.print(&rehearsal)?;
        Ok(ending(&rehearsal))
    }

    fn read_traffic(&self) -> Result<Traffic> {
        let path = &self.traffic;
        let reading = || format!("the trace {} cannot be read", path.display());
        let mut file = File::open(path).with_context(reading)?;
        let bytes = file.metadata().with_context(reading)?.len();
        ensure!(
            bytes <= TRACE_BYTES_MAX,
            "the trace {} has {bytes} bytes, more than {TRACE_BYTES_MAX}; cut it into parts",
            path.display()
        );
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(reading)?;
        let mut sources = Sources::default();
        let id = sources.add(path.display().to_string(), text);
        match parse_trace(&sources, id) {
            Ok(traffic) => Ok(traffic),
            Err(problems) => {
                report(&problems, &sources)?;
                bail!("nothing was rehearsed: the trace {} is broken", path.display());
            }
        }
    }

    fn traffic_facts(&self, traffic: &Traffic) -> TrafficFacts {
        TrafficFacts {
            source: self.traffic.display().to_string(),
            requests: traffic.arrivals().len(),
            span_s: traffic.span().as_secs_f64(),
            busiest_second: traffic.busiest_second(),
        }
    }

    fn rehearse(&self, prepared: Prepared, traffic: TrafficFacts) -> Rehearsal {
        let Prepared { scenario, target, found, assumptions, not_simulated } = prepared;
        let modes: &[Mode] = match self.modes {
            Modes::Stock => &[Mode::Stock],
            Modes::Upswell => &[Mode::Upswell],
            Modes::Both => &[Mode::Stock, Mode::Upswell],
        };
        let play = |mode: &Mode| -> Run {
            let policy = scenario.scaler.as_ref().map(|scaler| &scaler.policy);
            run(&scenario, *mode, policy.map(|policy| Periods::of(*mode, policy)))
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
            runs: modes.iter().map(play).collect(),
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

    fn print(&self, rehearsal: &Rehearsal) -> Result<()> {
        let mut out = io::stdout().lock();
        match self.output {
            Output::Text => write!(out, "{rehearsal}")?,
            Output::Json => {
                serde_json::to_writer_pretty(&mut out, rehearsal).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

/// Upswell's run decides, or the only one.
fn ending(rehearsal: &Rehearsal) -> Ending {
    let decisive = rehearsal.runs.last();
    let missed = decisive.and_then(|run| run.reached(rehearsal.goal)) == Some(false);
    let found = &rehearsal.found;
    let is_faulty = !found.refused.is_empty() || !found.failing.is_empty();
    if missed || is_faulty { Ending::Findings } else { Ending::Fine }
}

/// Prints diagnostics where people look for them.
fn report<'a>(
    problems: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
) -> io::Result<()> {
    let mut err = io::stderr().lock();
    let colour = err.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for problem in problems {
        writeln!(err, "{}\n", problem.render(sources, colour))?;
    }
    Ok(())
}

fn parse_start(text: &str) -> Result<Timestamp, String> {
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| "not an instant; write e.g. 2026-01-05T09:00:00Z".to_owned())?;
    Ok(Timestamp::from_jiff(instant))
}

fn parse_drain(text: &str) -> Result<Duration, String> {
    let drain: Duration = text.parse().map_err(|_| "not a duration; write e.g. 10m".to_owned())?;
    let is_sane = drain >= Duration::ZERO && drain <= Duration::from_secs(7 * 86_400);
    if is_sane { Ok(drain) } else { Err("not within a week".to_owned()) }
}
