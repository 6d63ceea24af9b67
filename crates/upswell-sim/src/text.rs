//! A rehearsal for people: what was taken for granted, stock beside Upswell, what mattered most.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use upswell_units::Duration;

use crate::found::{Fault, Found, ScaledBy};
use crate::outcome::{Goal, Mode, Periods, Rehearsal, Run, TimedRecord};
use crate::summary::Summary;

/// Characters of a line of names.
const LINE_WIDTH: usize = 90;

/// Decisions shown for each run; all of them are in the JSON.
const DECISIONS_SHOWN_MAX: usize = 8;

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_found(f)?;
        self.write_premises(f)?;
        writeln!(f)?;
        writeln!(f, "{}", without_trailing_blanks(&self.table()))?;
        for run in &self.runs {
            writeln!(f)?;
            write_decisions(f, run)?;
        }
        self.write_verdict(f)?;
        self.write_mend(f)
    }
}

impl Rehearsal {
    fn write_found(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { files, admitted, unknown, refused, failing, scaled_by } = &self.found;
        let (objects, files) = (of(admitted.len() as u64, "object"), of(*files as u64, "file"));
        writeln!(f, "Found     {objects} in {files}")?;
        write_list(f, admitted)?;
        if !unknown.is_empty() {
            writeln!(f, "Unknown   kept, and of no effect here")?;
            write_list(f, unknown)?;
        }
        write_faults(f, "Refused   by the cluster; the rest goes on", refused)?;
        write_faults(f, "Failing   taken in by the cluster, and without effect", failing)?;
        match scaled_by {
            Some(ScaledBy { object, min, max, metrics, behavior }) => {
                writeln!(f, "Scales    {}, {min} to {max} replicas, by {object}", self.target)?;
                for line in metrics.iter().chain(behavior) {
                    writeln!(f, "          {line}")?;
                }
                Ok(())
            }
            None => writeln!(f, "Scales    nothing: no autoscaler works on {}", self.target),
        }
    }

    fn write_premises(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traffic = &self.traffic;
        writeln!(
            f,
            "Traffic   {}: {} in {}, at most {} in one second",
            traffic.source,
            of(traffic.requests, "request"),
            Duration::from_secs(traffic.span_s.round() as i64),
            traffic.busiest_second
        )?;
        if let Some(Goal { latency, share }) = self.goal {
            writeln!(f, "Goal      {} of requests answered within {latency}", percent(share))?;
        }
        writeln!(f, "Assumed")?;
        let mut assumptions = borderless();
        for assumption in &self.assumptions {
            assumptions.add_row([&assumption.what, &assumption.value, &assumption.source]);
        }
        writeln!(f, "{}", indented(&assumptions))?;
        if !self.not_simulated.is_empty() {
            writeln!(f, "Not simulated")?;
            for part in &self.not_simulated {
                writeln!(f, "  {part}")?;
            }
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let heads = self.runs.iter().map(|run| run.mode.as_str().to_owned());
        table.set_header(std::iter::once(String::new()).chain(heads));
        for (label, cell) in ROWS {
            let cells = self.runs.iter().map(|run| cell(&run.summary));
            table.add_row(std::iter::once((*label).to_owned()).chain(cells));
        }
        for (label, cell) in PERIOD_ROWS {
            let cells = self
                .runs
                .iter()
                .map(|run| run.periods.as_ref().map_or_else(|| "-".to_owned(), cell));
            table.add_row(std::iter::once((*label).to_owned()).chain(cells));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(goal) = self.goal else { return Ok(()) };
        writeln!(f)?;
        for run in &self.runs {
            let word = match run.reached(Some(goal)) {
                Some(true) => "reached",
                _ => "missed",
            };
            writeln!(f, "Goal {word} by {}", run.mode.as_str())?;
        }
        Ok(())
    }

    fn write_mend(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.found.refused.len() + self.found.failing.len();
        if faults == 0 {
            return Ok(());
        }
        let faults = of(faults as u64, "fault");
        writeln!(f, "The manifests have {faults}, listed above: mend them and rehearse again")
    }
}

/// A row of the table: its label, and what it shows of a summary.
type Row<T> = (&'static str, fn(&T) -> String);

const ROWS: &[Row<Summary>] = &[
    ("requests", |s| count(s.requests)),
    ("completed", |s| count(s.completed)),
    ("unfinished", |s| count(s.unfinished)),
    ("lost", |s| count(s.lost)),
    ("given back and served again", |s| count(s.requeued)),
    ("queue wait p50", |s| time(s.queue_wait.p50_ms)),
    ("queue wait p95", |s| time(s.queue_wait.p95_ms)),
    ("queue wait p99", |s| time(s.queue_wait.p99_ms)),
    ("latency p50", |s| time(s.latency.p50_ms)),
    ("latency p95", |s| time(s.latency.p95_ms)),
    ("latency p99", |s| time(s.latency.p99_ms)),
    ("latency max", |s| time(s.latency.max_ms)),
    ("within the goal", |s| s.within_goal.map_or_else(|| "-".to_owned(), percent)),
    ("replicas, fewest to most", |s| format!("{} to {}", s.replicas_min, s.replicas_max)),
    ("replicas, mean", |s| format!("{:.1}", s.replicas_mean)),
    ("replica-hours", |s| format!("{:.2}", s.replica_hours)),
    ("scale-ups", |s| count(s.scale_ups)),
    ("scale-downs", |s| count(s.scale_downs)),
];

const PERIOD_ROWS: &[Row<Periods>] = &[
    ("decides replicas every", |p| p.horizontal.to_string()),
    ("decides activation every", |p| p.activation.to_string()),
    ("a failing formula is an error", |p| yes_or_no(p.strict_formulas)),
    ("one read serves both", |p| yes_or_no(p.shared_reads)),
];

/// Names, as many a line as fit.
fn write_list(f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
    let mut line = String::new();
    for (index, name) in names.iter().enumerate() {
        if !line.is_empty() && line.len() + name.len() > LINE_WIDTH {
            writeln!(f, "          {}", line.trim_end())?;
            line.clear();
        }
        line.push_str(name);
        if index + 1 < names.len() {
            line.push_str(", ");
        }
    }
    if line.is_empty() { Ok(()) } else { writeln!(f, "          {line}") }
}

fn write_faults(f: &mut fmt::Formatter<'_>, head: &str, faults: &[Fault]) -> fmt::Result {
    if faults.is_empty() {
        return Ok(());
    }
    writeln!(f, "{head}")?;
    for Fault { object, at, message } in faults {
        let object = object.as_ref().map_or_else(String::new, |object| format!("{object}: "));
        let at = at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
        writeln!(f, "  {object}{message}{at}")?;
    }
    Ok(())
}

fn write_decisions(f: &mut fmt::Formatter<'_>, run: &Run) -> fmt::Result {
    let shown = most_important(&run.decisions);
    let head = match run.mode {
        Mode::Stock => "Stock",
        Mode::Upswell => "Upswell",
    };
    writeln!(f, "{head}: what mattered most of {}", of(run.decisions.len() as u64, "decision"))?;
    if shown.is_empty() {
        return writeln!(f, "  nothing was decided");
    }
    let mut table = borderless();
    for TimedRecord { t_s, why, record } in shown {
        let step = match (record.from, record.to) {
            (Some(from), Some(to)) if from != to => format!("{from} -> {to}"),
            (Some(from), _) => format!("{from} stay"),
            (None, _) => "-".to_owned(),
        };
        table.add_row([Duration::from_secs(*t_s as i64).to_string(), step, why.clone()]);
    }
    writeln!(f, "{}", indented(&table))
}

/// The largest steps, in order of time; where nothing was written, the first holds.
fn most_important(decisions: &[TimedRecord]) -> Vec<&TimedRecord> {
    let weight = |timed: &TimedRecord| match (timed.record.from, timed.record.to) {
        (Some(from), Some(to)) => from.0.abs_diff(to.0),
        _ => 0,
    };
    let mut ranked: Vec<(usize, &TimedRecord)> = decisions.iter().enumerate().collect();
    ranked.sort_by_key(|(index, record)| (std::cmp::Reverse(weight(record)), *index));
    ranked.truncate(DECISIONS_SHOWN_MAX);
    ranked.sort_by_key(|(index, _)| *index);
    ranked.into_iter().map(|(_, record)| record).collect()
}

fn borderless() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// The table's lines, moved right and without blanks at their ends.
fn indented(table: &Table) -> String {
    format!(" {}", without_trailing_blanks(table).replace('\n', "\n "))
}

fn without_trailing_blanks(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// A count with its noun: `1 file`, `2 files`.
pub(crate) fn of(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Writes a count with commas: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn yes_or_no(answer: bool) -> String {
    if answer { "yes" } else { "no" }.to_owned()
}

pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

pub(crate) fn time(millis: Option<f64>) -> String {
    match millis {
        None => "-".to_owned(),
        Some(millis) if millis < 1000.0 => format!("{millis:.0} ms"),
        Some(millis) => format!("{:.1} s", millis / 1000.0),
    }
}

/// US dollars: cents from a dollar on, three significant digits below.
pub(crate) fn usd(dollars: f64) -> String {
    if dollars >= 1000.0 {
        return format!("${}", count(dollars.round() as u64));
    }
    if dollars >= 1.0 || dollars <= 0.0 {
        return format!("${dollars:.2}");
    }
    let (mut decimals, mut scaled) = (3, dollars * 1000.0);
    while scaled < 99.5 && decimals < DOLLAR_DECIMALS_MAX {
        scaled *= 10.0;
        decimals += 1;
    }
    format!("${dollars:.decimals$}")
}

/// Less than a hundred-millionth of a dollar is nothing.
const DOLLAR_DECIMALS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Percentiles;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(100), "100");
        assert_eq!(percent(0.951), "95.1%");
        assert_eq!(time(Some(999.4)), "999 ms");
        assert_eq!(time(Some(12_345.0)), "12.3 s");
        assert_eq!(time(Percentiles::default().p50_ms), "-");
    }
}
