//! Plays a scenario: manifests and demand become a run in each mode.

use std::path::Path;

use upswell_manifests::admission::admit;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::compile::autoscalers;
use upswell_sim::{
    Arrival, Mode, Options, Periods, Prepared, Run, Traffic, parse_interruptions, parse_pattern,
    parse_trace, prepare, run,
};
use upswell_units::{Diagnostic, Duration, FileId, Replicas, Sources};

use crate::language::{Demand, Interruptions, Modes, Scenario};

/// One run, with what its assertions need to know of it.
pub(crate) struct Played {
    pub(crate) run: Run,
    /// Replicas before anything was decided.
    pub(crate) initial: Replicas,
    /// How long it was.
    pub(crate) length: Duration,
    /// Whether the goal of the manifests was reached; nothing without a goal.
    pub(crate) reached: Option<bool>,
}

/// How long a rehearsal goes on after its last request.
const DRAIN: Duration = Duration::from_secs(600);

/// The autoscalers are older than the run, so that nothing is still settling.
const AGE_OF_OBJECTS: Duration = Duration::from_secs(86_400);

/// Tokens of a request that a script asks for: a page to read, a paragraph to write.
const PROMPT_TOKENS: u32 = 500;
const OUTPUT_TOKENS: u32 = 150;

/// Plays a scenario that was read from `path`.
///
/// # Errors
///
/// What is wrong with its manifests or its trace, for people.
pub(crate) fn play(scenario: &Scenario, path: &Path) -> Result<Vec<Played>, Vec<String>> {
    let prepared = prepared(scenario, path)?;
    let modes: &[Mode] = match scenario.modes {
        Modes::Stock => &[Mode::Stock],
        Modes::Upswell => &[Mode::Upswell],
        Modes::Both => &[Mode::Stock, Mode::Upswell],
    };
    let prepared = &prepared.scenario;
    let length = prepared.traffic.span() + prepared.drain;
    let play = |mode: &Mode| {
        let scaler = prepared.scaler.as_ref();
        let run =
            run(prepared, *mode, scaler.map(|own| Periods::of(*mode, &own.policy)), &mut |_| ());
        let reached = run.reached(prepared.goal);
        Played { run, initial: prepared.initial_replicas, length, reached }
    };
    Ok(modes.iter().map(play).collect())
}

fn prepared(scenario: &Scenario, path: &Path) -> Result<Prepared, Vec<String>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let (bundle, faults) = bundle(scenario, path, folder);
    if !faults.is_empty() {
        return Err(faults);
    }
    let admitted = admit(&bundle);
    let (traffic, script, drain) = match &scenario.demand {
        Demand::File(file) => (read(&folder.join(file), parse_trace)?, None, DRAIN),
        Demand::Pattern(pattern) => (parsed("traffic", pattern, parse_pattern)?, None, DRAIN),
        Demand::Requests { step, counts } => (requests(*step, counts), None, DRAIN),
        Demand::Queue(script) => {
            let length = script.step.times(script.lengths.len() as i64);
            (Traffic::new(Vec::new()), Some(script.clone()), length)
        }
    };
    let drain = match (&script, scenario.drain) {
        (Some(_), more) => drain + more.unwrap_or(Duration::ZERO),
        (None, own) => own.unwrap_or(drain),
    };
    let autoscalers = autoscalers(&admitted, scenario.start - AGE_OF_OBJECTS);
    let options = Options {
        seed: scenario.seed,
        start: scenario.start,
        warm_up: Duration::ZERO,
        drain,
        interruptions: interruptions(&scenario.interruptions, folder)?,
    };
    let mut prepared = prepare(&bundle, &admitted, autoscalers, traffic, options)
        .map_err(|faults| rendered(&faults, &bundle.sources))?;
    // A scenario says what it needs: nothing of it may be left out unseen.
    let refused = admitted.refused.iter().flat_map(|refusal| &refusal.objections);
    let refused: Vec<_> = refused.map(|objection| objection.diagnostic.clone()).collect();
    let mut faults = rendered(&refused, &bundle.sources);
    faults.extend(rendered(&prepared.failing, &bundle.sources));
    faults.extend(prepared.not_simulated.iter().map(|what| format!("not simulated: {what}")));
    prepared.scenario.scripted_queue = script;
    if faults.is_empty() { Ok(prepared) } else { Err(faults) }
}

/// The files that the scenario names, and the manifests that it holds itself.
fn bundle(scenario: &Scenario, path: &Path, folder: &Path) -> (Bundle, Vec<String>) {
    let paths: Vec<_> = scenario.bundle.iter().map(|name| folder.join(name)).collect();
    let name = path.display().to_string();
    let files = Bundle::load(&paths, &mut std::io::empty());
    let mut faults = rendered(files.diagnostics(), &files.sources);
    let texts = files.sources.iter().map(|(file, name)| (name, files.sources.text(file)));
    let own = (name.as_str(), scenario.manifests.as_str());
    let own = Some(own).filter(|(_, text)| !text.trim().is_empty());
    let bundle = Bundle::from_texts(texts.chain(own));
    if faults.is_empty() {
        faults = rendered(bundle.diagnostics(), &bundle.sources);
    }
    (bundle, faults)
}

fn rendered<'a>(
    faults: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
) -> Vec<String> {
    faults.into_iter().map(|fault| fault.render(sources, false)).collect()
}

fn interruptions(
    interruptions: &Interruptions,
    folder: &Path,
) -> Result<Option<upswell_sim::Interruptions>, Vec<String>> {
    Ok(match interruptions {
        Interruptions::FromManifests => None,
        Interruptions::Losses(losses) => Some(upswell_sim::Interruptions::Recorded(losses.clone())),
        Interruptions::File(file) => Some(read(&folder.join(file), parse_interruptions)?),
    })
}

/// What makes something of a text, or says what is wrong with it.
type Parse<T> = fn(&Sources, FileId) -> Result<T, Vec<Diagnostic>>;

#[expect(clippy::disallowed_methods, reason = "the test is the edge that reads the file")]
fn read<T>(path: &Path, parse: Parse<T>) -> Result<T, Vec<String>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| vec![format!("{name}: {error}")])?;
    parsed(&name, &text, parse)
}

fn parsed<T>(name: &str, text: &str, parse: Parse<T>) -> Result<T, Vec<String>> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    parse(&sources, file).map_err(|faults| rendered(&faults, &sources))
}

/// So many requests in each step, evenly spread, the first of each at its beginning.
fn requests(step: Duration, counts: &[u32]) -> Traffic {
    let arrivals = counts.iter().zip(0_i64..).flat_map(|(count, position)| {
        let start = step.times(position);
        (0..*count).map(move |number| Arrival {
            at: start
                + Duration::from_nanos(step.as_nanos() / i64::from(*count) * i64::from(number)),
            prompt_tokens: PROMPT_TOKENS,
            output_tokens: OUTPUT_TOKENS,
        })
    });
    Traffic::new(arrivals.collect())
}
