//! Traffic from a file with a row for each minute, or from recorded rates: each count is kept, and
//! where in its minute a request falls is drawn evenly.

use upswell_units::{Diagnostic, Duration};

use super::arrivals::{PER_SECOND_MAX, SPAN_MAX};
use super::instants::Stretch;
use super::sizes::Means;
use crate::random::Stream;
use crate::rows::{Row, Rows};

/// The header of a trace with one row for each minute.
pub(super) const HEADER: &str = "minute,requests,mean_prompt_tokens,mean_output_tokens";
/// A row under it.
const EXAMPLE: &str = "0,912,911.0,1483.8";

const MINUTE: Duration = Duration::from_secs(60);

/// Counts of requests over time, minute after minute.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    minutes: Vec<Minute>,
}

/// One minute or one step of rates, or what a window or a speed made of it. It starts where the
/// one before ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Minute {
    end: Duration,
    /// A whole number for a row of a file that is neither scaled nor cut.
    requests: f64,
    means: Means,
}

impl Counts {
    pub(super) fn parse(header: &Row<'_>, rows: Rows<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut minutes: Vec<Minute> = Vec::new();
        // A bad row is a fault of its own, and must not make the rows after it one.
        let mut expected = 0_u64;
        let mut faults = rows.read(|row| {
            let number = expected;
            expected += 1;
            let (minute, counted) = parse_row(row)?;
            if minute != number {
                expected = minute.saturating_add(1);
                return Err(out_of_order(row, number));
            }
            minutes.push(counted);
            Ok(())
        });
        if minutes.is_empty() && faults.is_empty() {
            faults.push(
                Diagnostic::error("trace-empty", "the trace has a header and no minute")
                    .at(header.span(), "the only row")
                    .help(format!("add one row for each minute, e.g. `{EXAMPLE}`")),
            );
        }
        if faults.is_empty() { Ok(Self { minutes }) } else { Err(faults) }
    }

    /// Takes requests a second of one step after another.
    pub(super) fn from_rates(step: Duration, per_second: &[f64]) -> Self {
        let minutes = per_second.iter().zip(1..).map(|(rate, number)| Minute {
            end: step.times(number),
            requests: rate * step.as_secs_f64(),
            means: Means::default(),
        });
        Self { minutes: minutes.collect() }
    }

    pub(super) fn span(&self) -> Duration {
        self.minutes.last().map_or(Duration::ZERO, |minute| minute.end)
    }

    pub(super) fn expected_requests(&self) -> f64 {
        self.minutes.iter().map(|minute| minute.requests).sum()
    }

    pub(super) fn highest_per_second(&self) -> f64 {
        let mut start = Duration::ZERO;
        let rates = self.minutes.iter().map(|minute| {
            let length = minute.end - std::mem::replace(&mut start, minute.end);
            // Speed may leave less than a nanosecond of a minute that a window cut.
            minute.requests / length.as_secs_f64().max(1e-9)
        });
        rates.fold(0.0, f64::max)
    }

    /// Keeps what lies between two instants; of a minute that is cut, its share of the requests.
    pub(super) fn cut(&mut self, from: Duration, to: Duration) {
        let mut start = Duration::ZERO;
        for minute in &mut self.minutes {
            let length = minute.end - start;
            let (first, last) = (from.clamp(start, minute.end), to.clamp(start, minute.end));
            let kept = (last - first).max(Duration::ZERO);
            start = minute.end;
            minute.requests *= kept.as_secs_f64() / length.as_secs_f64();
            minute.end = minute.end.min(to) - from;
        }
        let mut end = Duration::ZERO;
        self.minutes.retain(|minute| {
            let is_kept = minute.end > end;
            end = end.max(minute.end);
            is_kept
        });
    }

    /// Lets time run `speed` times as fast.
    pub(super) fn speed_up(&mut self, speed: f64) {
        for minute in &mut self.minutes {
            minute.end = Duration::from_secs_f64(minute.end.as_secs_f64() / speed);
        }
    }

    /// Multiplies the counts.
    pub(super) fn scale(&mut self, factor: f64) {
        for minute in &mut self.minutes {
            minute.requests *= factor;
        }
    }

    pub(super) fn walk(&self) -> CountsWalk<'_> {
        CountsWalk {
            rest: &self.minutes,
            stretch: Stretch::default(),
            means: Means::default(),
            // Rounds the sum of the counts to the nearest whole number.
            owed: 0.5,
        }
    }
}

fn parse_row(row: &Row<'_>) -> Result<(u64, Minute), Box<Diagnostic>> {
    let [minute, requests, prompt, output] = row.cells(HEADER, EXAMPLE)?;
    let help = "write whole minutes from 0 to one year, e.g. `15`";
    let number = minute.parse::<u64>().ok();
    let Some(number) = number.filter(|number| *number < SPAN_MAX.as_secs() as u64 / 60) else {
        return Err(row.refuse(minute, "a minute", "minutes from the start of the trace", help));
    };
    let requests_max = PER_SECOND_MAX * MINUTE.as_secs_f64();
    let count = requests.parse::<u64>().ok().map(|count| count as f64);
    let Some(count) = count.filter(|count| *count <= requests_max) else {
        let help = format!("write a whole number from 0 to {requests_max}, e.g. `912`");
        return Err(row.refuse(requests, "a count", "requests of this minute", &help));
    };
    let mean = |cell: &str| match cell.parse::<f32>() {
        _ if cell.is_empty() => Ok(None),
        Ok(mean) if (0.0..=u32::MAX as f32).contains(&mean) => Ok(Some(mean)),
        _ => {
            let help = "write a number, e.g. `129.5`, or nothing if it is not known";
            Err(row.refuse(cell, "a mean of tokens", "tokens of a request", help))
        }
    };
    let means = Means { prompt: mean(prompt)?, output: mean(output)? };
    let end = MINUTE.times(number as i64 + 1);
    Ok((number, Minute { end, requests: count, means }))
}

fn out_of_order(row: &Row<'_>, expected: u64) -> Box<Diagnostic> {
    let number = row.text.split(',').next().unwrap_or_default();
    let help = "number the minutes from 0 and leave none out: a minute without requests has 0";
    Box::new(
        Diagnostic::error("trace-order", format!("minute {expected} belongs here"))
            .at(row.place(number), "another minute")
            .help(help),
    )
}

/// How far the counts have come.
#[derive(Clone, Debug)]
pub(super) struct CountsWalk<'a> {
    rest: &'a [Minute],
    stretch: Stretch,
    means: Means,
    /// What scaled counts are short of a whole request; the next minute gets it.
    owed: f64,
}

impl CountsWalk<'_> {
    /// Returns the instant of the next request, and the mean sizes of its minute.
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<(Duration, Means)> {
        loop {
            if let Some(at) = self.stretch.next(stream) {
                return Some((at, self.means));
            }
            let (minute, rest) = self.rest.split_first()?;
            self.rest = rest;
            self.owed += minute.requests;
            let count = self.owed as u64;
            self.owed -= count as f64;
            self.stretch = Stretch::new(self.stretch.end(), minute.end, count);
            self.means = minute.means;
        }
    }
}
