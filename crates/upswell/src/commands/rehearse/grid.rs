//! `--set`: every combination of the values is admitted, played and ranked for itself.

use anyhow::{Result, bail};
use upswell_manifests::admission::{Admitted, admit};
use upswell_manifests::bundle::Bundle;
use upswell_manifests::bundle::overrides::{Grid, parse};
use upswell_manifests::compile::autoscalers;
use upswell_sim::{Comparison, Fault, Mode, Played, Prepared, Trials, prepare};
use upswell_units::Diagnostic;

use super::inputs::Read;
use super::{AGE_OF_OBJECTS, Rehearse, play_as, print, report};
use crate::Ending;
use crate::play::in_parallel;
use crate::progress::Bar;

/// The manifests as they are written, and what is to be played of them.
struct Trial<'a> {
    command: &'a Rehearse,
    inputs: &'a Read,
    bundle: &'a Bundle,
    grid: Grid,
    /// What is wrong with the manifests as they are written: no fault of the values.
    faults: Vec<Diagnostic>,
}

/// Plays all combinations.
pub(super) fn rehearse(command: &Rehearse, mut bundle: Bundle, inputs: &Read) -> Result<Ending> {
    let read = parse(&command.set, &mut bundle.sources);
    let grid = match read.and_then(|overrides| Grid::new(overrides, &bundle)) {
        Ok(grid) => grid,
        Err(faults) => {
            report(&faults, &bundle.sources);
            bail!("nothing was rehearsed: mend `--set` first");
        }
    };
    let mut trial = Trial { command, inputs, bundle: &bundle, grid, faults: Vec::new() };
    trial.faults = trial.faults_as_written();
    report(&trial.faults, &bundle.sources);
    report(&trial.warnings(), &bundle.sources);
    let comparison = trial.compare();
    print(command.output, &comparison, &comparison)?;
    let best = comparison.best().map(|best| best.played.reached);
    let is_fine = matches!(best, Some(Some(true) | None)) && trial.faults.is_empty();
    Ok(if is_fine { Ending::Fine } else { Ending::Findings })
}

impl Trial<'_> {
    fn compare(&self) -> Comparison {
        let Self { command, inputs, bundle, grid, .. } = self;
        let modes = command.modes.list();
        let count = grid.combinations() * modes.len();
        let bar = Bar::new(count);
        let outcomes = in_parallel(count, command.threads(), |run| {
            let (combination, mode) = (run / modes.len(), modes[run % modes.len()]);
            let outcome = self.play(combination, mode, &mut |part| bar.tell(run, part));
            // Also what was refused is done.
            bar.tell(run, 1.0);
            outcome
        });
        drop(bar);
        let trials = Trials {
            modes: modes.to_vec(),
            outcomes,
            seed: command.seed,
            source: inputs.source.clone(),
            span: inputs.traffic.span(),
        };
        Comparison::new(trials, grid, &bundle.sources)
    }

    /// Plays one combination in one mode, or says why not.
    ///
    /// Prepares it anew for each mode, so that no more scenarios are in memory than threads.
    fn play(
        &self,
        combination: usize,
        mode: Mode,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Played, Vec<Fault>> {
        let bundle = self.grid.apply(combination, self.bundle);
        let admitted = admit(&bundle);
        self.refuse(&bundle, bundle.problems.iter().filter(|problem| problem.is_error()))?;
        self.refuse(&bundle, refused(&admitted))?;
        let prepared = self.prepare(&bundle, &admitted).map_err(|problems| {
            problems
                .iter()
                .map(|problem| Fault::new(&bundle.sources, None, problem))
                .collect::<Vec<_>>()
        })?;
        self.refuse(&bundle, &prepared.failing)?;
        let run = play_as(&prepared.scenario, mode, progress);
        Ok(Played::new(&prepared, run))
    }

    /// Fails with what is wrong now, and is not with the manifests as they are written.
    fn refuse<'d>(
        &self,
        bundle: &Bundle,
        problems: impl IntoIterator<Item = &'d Diagnostic>,
    ) -> Result<(), Vec<Fault>> {
        let new = problems.into_iter().filter(|problem| !self.faults.contains(problem));
        let faults: Vec<Fault> =
            new.map(|problem| Fault::new(&bundle.sources, None, problem)).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn prepare(
        &self,
        bundle: &Bundle,
        admitted: &Admitted<'_>,
    ) -> Result<Prepared, Vec<Diagnostic>> {
        let Read { traffic, interruptions, .. } = self.inputs;
        let options = self.command.options(interruptions.clone());
        let autoscalers = autoscalers(admitted, self.command.start - AGE_OF_OBJECTS);
        prepare(bundle, admitted, autoscalers, traffic.clone(), options)
    }

    fn faults_as_written(&self) -> Vec<Diagnostic> {
        let admitted = admit(self.bundle);
        let failing = match self.prepare(self.bundle, &admitted) {
            Ok(prepared) => prepared.failing,
            Err(problems) => problems,
        };
        refused(&admitted).cloned().chain(failing).collect()
    }

    /// What is not wrong, and of no effect: said before a long run, and not after it.
    fn warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = admit(self.bundle).warnings;
        for combination in 0..self.grid.combinations() {
            let bundle = self.grid.apply(combination, self.bundle);
            let of_values = bundle
                .problems
                .iter()
                .filter(|problem| !problem.is_error() && !self.bundle.problems.contains(problem));
            for warning in admit(&bundle).warnings.iter().chain(of_values) {
                if !warnings.contains(warning) {
                    warnings.push(warning.clone());
                }
            }
        }
        warnings
    }
}

/// Why objects were refused.
fn refused<'a>(admitted: &'a Admitted<'_>) -> impl Iterator<Item = &'a Diagnostic> {
    let objections = admitted.refused.iter().flat_map(|refusal| &refusal.objections);
    objections.map(|objection| &objection.diagnostic)
}
