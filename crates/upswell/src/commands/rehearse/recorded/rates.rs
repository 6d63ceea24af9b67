//! From the samples of a series to a rate for every step.

use upswell_metrics::sample::{Sample, Time, millis};
use upswell_units::{Diagnostic, Span, Timestamp};

use super::address::Grid;

/// Requests a second, step by step.
#[derive(Debug, PartialEq)]
pub(super) struct Rates {
    /// Zero where there is no sample.
    pub(super) per_second: Vec<f64>,
    pub(super) gaps: Option<Gaps>,
}

/// Steps without a sample.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gaps {
    missing: usize,
    steps: usize,
    /// The longest stretch of them.
    from: Time,
    to: Time,
}

/// Puts every sample into its step.
pub(super) fn of(samples: &[Sample], grid: &Grid) -> Rates {
    let step_ms = millis(grid.step).max(1);
    let mut found = vec![None; grid.steps];
    for sample in samples {
        let step = sample.at.millis_since(grid.first) / step_ms;
        let place = usize::try_from(step).ok().and_then(|step| found.get_mut(step));
        if let Some(place) = place {
            *place = Some(sample.value);
        }
    }
    let gaps = gaps(&found, grid, step_ms);
    Rates { per_second: found.into_iter().map(|rate| rate.unwrap_or(0.0)).collect(), gaps }
}

fn gaps(found: &[Option<f64>], grid: &Grid, step_ms: i64) -> Option<Gaps> {
    let missing = found.iter().filter(|rate| rate.is_none()).count();
    let mut longest = 0..0;
    let mut start = 0;
    for (step, rate) in found.iter().enumerate() {
        if rate.is_some() {
            start = step + 1;
        } else if step + 1 - start > longest.len() {
            longest = start..step + 1;
        }
    }
    // A step lies before the instant at which its rate is read.
    let at = |step: usize| grid.first.plus_millis((step as i64 - 1) * step_ms);
    let (from, to) = (at(longest.start), at(longest.end));
    (missing > 0).then_some(Gaps { missing, steps: found.len(), from, to })
}

impl Gaps {
    /// Says how much is missing, and where most of it.
    pub(super) fn warning(&self, query: Span) -> Diagnostic {
        let Self { missing, steps, from, to } = self;
        let [from, to] = [*from, *to].map(Timestamp::from);
        let message = format!(
            "{missing} of {steps} steps have no sample and count as no requests, the longest \
             stretch from {from} to {to}"
        );
        Diagnostic::warning("recording-gaps", message)
            .at(query, "nothing was recorded there")
            .help("cut another part out of the traffic with `--window`, or read another range")
    }
}

#[cfg(test)]
mod tests {
    use upswell_units::Duration;

    use super::*;

    #[test]
    fn every_sample_finds_its_step_and_gaps_are_counted() {
        let grid = Grid {
            first: Time(60_000),
            last: Time(420_000),
            step: Duration::from_secs(60),
            steps: 7,
        };
        let samples = |minutes: &[i64]| -> Vec<Sample> {
            let sample = |minute: &i64| Sample { at: Time(minute * 60_000), value: *minute as f64 };
            minutes.iter().map(sample).collect()
        };
        let whole = of(&samples(&[1, 2, 3, 4, 5, 6, 7]), &grid);
        assert_eq!(whole, Rates { per_second: (1..=7).map(f64::from).collect(), gaps: None });
        for (minutes, missing, from, to) in [
            (&[1, 3, 6, 7][..], 3, 180_000, 300_000),
            (&[4, 5, 6, 7], 3, 0, 180_000),
            (&[1], 6, 60_000, 420_000),
            (&[-9, 0, 8, 9], 7, 0, 420_000),
        ] {
            let rates = of(&samples(minutes), &grid);
            let gaps = Gaps { missing, steps: 7, from: Time(from), to: Time(to) };
            assert_eq!(rates.gaps, Some(gaps), "{minutes:?}");
            let sum: f64 = minutes.iter().filter(|m| (1..=7).contains(*m)).sum::<i64>() as f64;
            assert!((rates.per_second.iter().sum::<f64>() - sum).abs() < 1e-9, "{minutes:?}");
        }
    }
}
