//! Traffic from a file: a row for each request here, a row for each minute in `counts`.

use upswell_units::{Diagnostic, Duration, FileId, Sources, Span};

use super::arrivals::{Arrival, SPAN_MAX, Source, Traffic};
use super::counts::{self, Counts};
use super::instants::Stretch;
use crate::random::Stream;
use crate::rows::{Row, Rows};

/// The header of a trace with one row for each request.
const HEADER: &str = "timestamp_s,prompt_tokens,output_tokens";
/// A row under it.
const EXAMPLE: &str = "0.250,1020,129";

/// Recorded requests, 16 bytes each, in order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trace {
    arrivals: Vec<Arrival>,
    /// Requests that are sent for each recorded one, on average.
    scale: f64,
}

/// Reads a file of traffic, with one row for each request or one for each minute; its header says
/// which.
///
/// Requests: `timestamp_s,prompt_tokens,output_tokens`, where times are seconds from the start
/// of the trace, up to a year, and never go back. Minutes:
/// `minute,requests,mean_prompt_tokens,mean_output_tokens`, counted from zero without a gap,
/// where an empty cell of tokens means that nobody knows; at most 10 million requests a second.
///
/// # Errors
///
/// Every bad row (the first twenty of them) with its place and the mend.
pub fn parse_trace(sources: &Sources, file: FileId) -> Result<Traffic, Vec<Diagnostic>> {
    let mut rows = Rows::new(sources, file);
    let Some(header) = rows.next() else {
        let fault = Diagnostic::error("trace-empty", "the trace has no rows")
            .at(Span::new(file, 0, 0), "nothing here")
            .help(format!("start with the header `{HEADER}`, then one row for each request"));
        return Err(vec![fault]);
    };
    match header.text {
        HEADER => {
            let trace = Trace::parse(&header, rows)?;
            Ok(Traffic { source: Source::Trace(trace) })
        }
        counts::HEADER => {
            let counts = Counts::parse(&header, rows)?;
            Ok(Traffic { source: Source::Counts(counts) })
        }
        _ => {
            let fault = Diagnostic::error("trace-header", "this is not the header of a trace")
                .at(header.span(), "the first row")
                .help(format!(
                    "start with `{HEADER}` for one row a request, or with `{}` for one row a minute",
                    counts::HEADER
                ));
            Err(vec![fault])
        }
    }
}

impl Trace {
    pub(super) fn new(arrivals: Vec<Arrival>) -> Self {
        Self { arrivals, scale: 1.0 }
    }

    fn parse(header: &Row<'_>, rows: Rows<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut faults = rows.read(|row| {
            let arrival = parse_row(row)?;
            match arrivals.last() {
                Some(last) if last.at > arrival.at => return Err(out_of_order(row, last.at)),
                _ => arrivals.push(arrival),
            }
            Ok(())
        });
        if arrivals.is_empty() && faults.is_empty() {
            faults.push(
                Diagnostic::error("trace-empty", "the trace has a header and no request")
                    .at(header.span(), "the only row")
                    .help(format!("add one row for each request, e.g. `{EXAMPLE}`")),
            );
        }
        if faults.is_empty() { Ok(Self::new(arrivals)) } else { Err(faults) }
    }

    pub(super) fn span(&self) -> Duration {
        self.arrivals.last().map_or(Duration::ZERO, |arrival| arrival.at)
    }

    pub(super) fn expected_requests(&self) -> f64 {
        self.arrivals.len() as f64 * self.scale
    }

    /// Keeps the requests from one instant until before another, as if the first were the start.
    pub(super) fn cut(&mut self, from: Duration, to: Duration) {
        self.arrivals.retain(|arrival| (from..to).contains(&arrival.at));
        for arrival in &mut self.arrivals {
            arrival.at = arrival.at - from;
        }
    }

    /// Lets time run `speed` times as fast.
    pub(super) fn speed_up(&mut self, speed: f64) {
        for arrival in &mut self.arrivals {
            arrival.at = Duration::from_secs_f64(arrival.at.as_secs_f64() / speed);
        }
    }

    /// Sends `factor` times the requests.
    pub(super) fn scale(&mut self, factor: f64) {
        self.scale *= factor;
    }

    pub(super) fn walk(&self) -> TraceWalk<'_> {
        let whole = self.scale as u64;
        TraceWalk {
            rest: &self.arrivals,
            whole,
            fraction: self.scale - whole as f64,
            copies: Stretch::default(),
            copied: Arrival { at: Duration::ZERO, prompt_tokens: 0, output_tokens: 0 },
        }
    }
}

fn parse_row(row: &Row<'_>) -> Result<Arrival, Box<Diagnostic>> {
    let [time, prompt, output] = row.cells(HEADER, EXAMPLE)?;
    let tokens = |cell: &str| {
        let help = "write a whole number, e.g. `129`";
        cell.parse().map_err(|_| row.refuse(cell, "a token count", "tokens", help))
    };
    let at = match time.parse::<f64>() {
        Ok(seconds) if (0.0..=SPAN_MAX.as_secs_f64()).contains(&seconds) => {
            Duration::from_secs_f64(seconds)
        }
        _ => {
            let label = "seconds from the start of the trace";
            let help = "write seconds from 0 to one year, e.g. `12.345`";
            return Err(row.refuse(time, "a time", label, help));
        }
    };
    Ok(Arrival { at, prompt_tokens: tokens(prompt)?, output_tokens: tokens(output)? })
}

fn out_of_order(row: &Row<'_>, previous: Duration) -> Box<Diagnostic> {
    let message = format!("time goes back: the row before is at {}s", previous.as_secs_f64());
    Box::new(
        Diagnostic::error("trace-order", message)
            .at(row.span(), "earlier than the row before")
            .help("sort the rows by their first cell"),
    )
}

/// How far a trace has come.
///
/// A scaled trace sends each request the whole number of times below the scale, and once more
/// with the probability of the rest: the first at its time, the others evenly until the next
/// recorded one, so that the shape of the trace stays.
#[derive(Clone, Debug)]
pub(super) struct TraceWalk<'a> {
    rest: &'a [Arrival],
    whole: u64,
    fraction: f64,
    copies: Stretch,
    copied: Arrival,
}

impl TraceWalk<'_> {
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Option<Arrival> {
        if let Some(at) = self.copies.next(stream) {
            return Some(Arrival { at, ..self.copied });
        }
        loop {
            let (arrival, rest) = self.rest.split_first()?;
            self.rest = rest;
            let is_extra = self.fraction > 0.0 && stream.uniform() < self.fraction;
            let Some(copies) = (self.whole + u64::from(is_extra)).checked_sub(1) else { continue };
            let next = rest.first().unwrap_or(arrival);
            self.copies = Stretch::new(arrival.at, next.at, copies);
            self.copied = *arrival;
            return Some(*arrival);
        }
    }
}
