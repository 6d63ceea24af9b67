//! Recorded losses of spot nodes: `timestamp_s,running_nodes` or `timestamp_s,event,node`.

use std::collections::BTreeSet;

use upswell_units::{Diagnostic, Duration, FileId, Sources, Span};

use crate::cluster::{Interruptions, Loss};
use crate::rows::{Row, Rows};

const HEADER_COUNTS: &str = "timestamp_s,running_nodes";
const HEADER_EVENTS: &str = "timestamp_s,event,node";

/// A year: no recording is longer.
const SPAN_MAX_S: f64 = 366.0 * 86_400.0;

/// Reads a recording of spot nodes: each fall of their number is a loss.
///
/// Two formats, told apart by the header: `timestamp_s,running_nodes`, a row for each count, and
/// `timestamp_s,event,node`, a row for each `add` or `remove` of a node. Times are seconds from the
/// start of the recording and never go back. The share of a loss is nodes lost ÷ nodes before it.
///
/// # Errors
///
/// Every bad row (the first twenty of them) with its place and the mend.
pub fn parse_interruptions(
    sources: &Sources,
    file: FileId,
) -> Result<Interruptions, Vec<Diagnostic>> {
    let mut rows = Rows::new(sources, file);
    let header = rows.next();
    let losses = match header.as_ref().map(|header| header.text) {
        Some(HEADER_COUNTS) => losses(rows, &mut Counts::default()),
        Some(HEADER_EVENTS) => losses(rows, &mut Events::default()),
        _ => {
            let span = header.map_or(Span::new(file, 0, 0), |header| header.span());
            let fault = Diagnostic::error("spot-header", "this is not a recording of spot nodes");
            let help = format!("start with `{HEADER_COUNTS}` or `{HEADER_EVENTS}`");
            return Err(vec![fault.at(span, "the first row").help(help)]);
        }
    };
    losses.map(Interruptions::Recorded)
}

/// A recording that is being read, row by row.
trait Recording {
    /// Takes the cells after the time, and returns what they say, or what is wrong with them.
    fn take(&mut self, at: Duration, cells: &[&str]) -> Result<Option<Loss>, String>;

    /// Returns what is still open after the last row.
    fn finish(&mut self) -> Option<Loss>;

    /// A row as it should be.
    const EXAMPLE: &str;
}

fn losses<R: Recording>(rows: Rows<'_>, recording: &mut R) -> Result<Vec<Loss>, Vec<Diagnostic>> {
    let (mut losses, mut before) = (Vec::new(), Duration::ZERO);
    let faults = rows.read(|row| {
        let taken = time(row, before).and_then(|(at, cells)| {
            before = at;
            recording.take(at, &cells)
        });
        let refuse = |message| {
            Diagnostic::error("spot-row", message)
                .at(row.span(), "this row")
                .help(format!("write e.g. `{}`", R::EXAMPLE))
        };
        losses.extend(taken.map_err(|message| Box::new(refuse(message)))?);
        Ok(())
    });
    losses.extend(recording.finish());
    if faults.is_empty() { Ok(losses) } else { Err(faults) }
}

/// How many nodes ran at the row before.
#[derive(Default)]
struct Counts {
    running: u32,
}

impl Recording for Counts {
    const EXAMPLE: &str = "1231,15";

    fn take(&mut self, at: Duration, cells: &[&str]) -> Result<Option<Loss>, String> {
        let [running] = cells else { return Err("a row has two cells".to_owned()) };
        let now = running.parse().map_err(|_| format!("`{running}` is not a number of nodes"))?;
        let before = std::mem::replace(&mut self.running, now);
        Ok(loss(at, before, before.saturating_sub(now)))
    }

    fn finish(&mut self) -> Option<Loss> {
        None
    }
}

/// The nodes that run, and those that an instant has taken so far: one loss, not many.
#[derive(Default)]
struct Events {
    running: BTreeSet<String>,
    at: Duration,
    before: u32,
    lost: u32,
}

impl Recording for Events {
    const EXAMPLE: &str = "1440,remove,node13";

    fn take(&mut self, at: Duration, cells: &[&str]) -> Result<Option<Loss>, String> {
        let [event, node] = cells else { return Err("a row has three cells".to_owned()) };
        let done = if at > self.at { self.finish() } else { None };
        self.at = at;
        match *event {
            "add" if self.running.insert((*node).to_owned()) => {}
            "add" => return Err(format!("node `{node}` is there already")),
            "remove" if self.running.remove(*node) => self.lost = self.lost.saturating_add(1),
            "remove" => return Err(format!("there is no node `{node}` to remove")),
            _ => return Err(format!("`{event}` is neither `add` nor `remove`")),
        }
        Ok(done)
    }

    fn finish(&mut self) -> Option<Loss> {
        let lost = std::mem::take(&mut self.lost);
        let running = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        let before = std::mem::replace(&mut self.before, running);
        loss(self.at, before, lost)
    }
}

/// A loss of some of the nodes before it.
fn loss(at: Duration, before: u32, lost: u32) -> Option<Loss> {
    let is_loss = before > 0 && lost > 0;
    is_loss.then(|| Loss { at, share: (f64::from(lost) / f64::from(before)).min(1.0) })
}

/// The time of the row, not before that of the row above, and its other cells.
fn time<'a>(row: &Row<'a>, before: Duration) -> Result<(Duration, Vec<&'a str>), String> {
    let mut cells = row.text.split(',').map(str::trim);
    let time = cells.next().unwrap_or_default();
    let seconds = time.parse::<f64>().ok().filter(|at| (0.0..=SPAN_MAX_S).contains(at));
    let seconds = seconds.ok_or_else(|| format!("`{time}` is not a time within a year"))?;
    let at = Duration::from_secs_f64(seconds);
    if at < before {
        return Err(format!("{at} is before the row above, {before}"));
    }
    Ok((at, cells.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::BAD_ROWS_SHOWN_MAX;

    fn parse(text: &str) -> Result<Vec<(i64, f64)>, Vec<String>> {
        let mut sources = Sources::default();
        let file = sources.add("spot.csv", text);
        match parse_interruptions(&sources, file) {
            Ok(Interruptions::Recorded(losses)) => {
                Ok(losses.iter().map(|loss| (loss.at.as_secs(), loss.share)).collect())
            }
            Ok(other) => panic!("a recording, not {other:?}"),
            Err(faults) => Err(faults
                .iter()
                .map(|fault| {
                    let place = fault.primary.as_ref().map(|label| sources.location(label.span));
                    format!("{}: {}", place.unwrap_or_default(), fault.message)
                })
                .collect()),
        }
    }

    #[test]
    fn a_fall_of_the_count_is_a_loss_of_its_share() {
        let text = "timestamp_s,running_nodes\n0,8\n60,6\n60.5,6\n90,10\n120,0\n150,4\n";
        assert_eq!(parse(text), Ok(vec![(60, 0.25), (120, 1.0)]));
    }

    #[test]
    fn what_is_removed_at_one_instant_is_one_loss() {
        let text = "timestamp_s,event,node\n0,add,a\n0,add,b\n9,add,c\n9,add,d\n\
                    60,remove,a\n60,remove,b\n60,add,e\n70,remove,e\n";
        let losses = parse(text).unwrap();
        assert_eq!(losses, [(60, 0.5), (70, 1.0 / 3.0)]);
    }

    #[test]
    fn bad_rows_are_reported_with_their_places() {
        let counts = "timestamp_s,running_nodes\n5,1\n4,1\n-1,1\nx,1\n9\n9,1,2\n9,-3\n";
        assert_eq!(
            parse(counts).unwrap_err(),
            [
                "spot.csv:3:1: 4s is before the row above, 5s",
                "spot.csv:4:1: `-1` is not a time within a year",
                "spot.csv:5:1: `x` is not a time within a year",
                "spot.csv:6:1: a row has two cells",
                "spot.csv:7:1: a row has two cells",
                "spot.csv:8:1: `-3` is not a number of nodes",
            ]
        );
        let events = "timestamp_s,event,node\n0,add,a\n0,add,a\n1,remove,b\n2,drop,a\n3,add\n";
        assert_eq!(
            parse(events).unwrap_err(),
            [
                "spot.csv:3:1: node `a` is there already",
                "spot.csv:4:1: there is no node `b` to remove",
                "spot.csv:5:1: `drop` is neither `add` nor `remove`",
                "spot.csv:6:1: a row has three cells",
            ]
        );
        for text in ["", "\n", "time,nodes\n"] {
            assert_eq!(parse(text).unwrap_err().len(), 1, "{text:?}");
        }
        let many = format!("timestamp_s,running_nodes\n{}", "x\n".repeat(100));
        assert_eq!(parse(&many).unwrap_err().len(), BAD_ROWS_SHOWN_MAX);
    }

    #[test]
    fn the_recordings_beside_the_traces_are_read() {
        for (text, count, most) in [
            (include_str!("../../../../traces/spot/gcp_a100_useast1b_2021_counts.csv"), 36, 36),
            (include_str!("../../../../traces/spot/gcp_v100_useast1c_2021_counts.csv"), 43, 40),
        ] {
            let losses = parse(text).unwrap();
            assert_eq!(losses.len(), count);
            let largest = losses.iter().map(|(_, share)| *share).fold(0.0, f64::max);
            assert!(largest >= f64::from(most) / 80.0, "{largest}");
        }
        let events = include_str!("../../../../traces/spot/aws_p3_2021_events.csv");
        let losses = parse(events).unwrap();
        assert!(losses.iter().all(|(_, share)| *share > 0.0 && *share <= 1.0));
        assert!(losses.len() > 50, "{}", losses.len());
    }
}
