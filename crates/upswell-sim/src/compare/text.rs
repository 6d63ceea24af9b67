//! A comparison for people: the ranking, what was refused, and what to write into the manifests.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::comparison::{Comparison, Cost, Line, Outcome, Place, Refusal};
use crate::found::Fault;
use crate::outcome::{Assumption, Goal};
use crate::report::{count, goal_in_words, of, percent, time, traffic_in_words, usd};

/// Outcomes shown; all of them are in the JSON.
const OUTCOMES_SHOWN_MAX: usize = 40;

/// Columns after rank and values; the note on the right has no head.
const HEADS: [&str; 10] = [
    "as",
    "goal",
    "within it",
    "wait p95",
    "wait p99",
    "latency p95",
    "latency p99",
    "replica-hours",
    "cost",
    "",
];

/// Columns from this one on hold numbers, counted after the last value.
const NUMBERS_FROM: usize = 3;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = labels(&self.places);
        self.write_premises(f, &labels)?;
        if !self.outcomes.is_empty() {
            writeln!(f)?;
            self.write_ranking(f, &labels)?;
        }
        self.write_refused(f, &labels)?;
        writeln!(f)?;
        self.write_advice(f, &labels)
    }
}

impl Comparison {
    fn write_premises(&self, f: &mut fmt::Formatter<'_>, labels: &[&str]) -> fmt::Result {
        let mut heads = ["Set"].into_iter().chain(std::iter::repeat(""));
        for (Place { name, values, own, .. }, label) in self.places.iter().zip(labels) {
            writeln!(f, "{:10}{label}: {name}", heads.next().unwrap_or_default())?;
            writeln!(f, "          = {}", marked(values, *own))?;
        }
        let mut targets: Vec<&str> = Vec::new();
        for Outcome { played, .. } in &self.outcomes {
            if !targets.contains(&played.target.as_str()) {
                targets.push(&played.target);
            }
        }
        if !targets.is_empty() {
            writeln!(f, "Scales    {}", targets.join(", "))?;
            writeln!(f, "Traffic   {}", traffic_in_words(&self.traffic))?;
        }
        if let Some(goal) = self.goal() {
            writeln!(f, "Goal      {}", goal_in_words(goal))?;
        }
        if !self.assumptions.is_empty() {
            writeln!(f, "Assumed   in all combinations")?;
            let row = |assumption: &Assumption| {
                let Assumption { what, value, source } = assumption.clone();
                vec![what, value, source]
            };
            write_table(f, self.assumptions.iter().map(row), |_| false)?;
        }
        if !self.not_simulated.is_empty() {
            writeln!(f, "Not simulated")?;
            self.not_simulated.iter().try_for_each(|part| writeln!(f, "  {part}"))?;
        }
        Ok(())
    }

    /// The goal, if all outcomes have the same.
    fn goal(&self) -> Option<Goal> {
        let goal = self.best()?.played.goal?;
        self.outcomes.iter().all(|outcome| outcome.played.goal == Some(goal)).then_some(goal)
    }

    fn write_ranking(&self, f: &mut fmt::Formatter<'_>, labels: &[&str]) -> fmt::Result {
        let order = match self.cost {
            Cost::Usd => "by goal, then dollars, then p95 of the latency",
            Cost::ReplicaHours => {
                "by goal, then replica-hours (not all nodes have a price), then p95 of the latency"
            }
        };
        writeln!(f, "Ranked    {order}")?;
        let heads = ["#"].into_iter().chain(labels.iter().copied()).chain(HEADS);
        let heads: Vec<String> = heads.map(str::to_owned).collect();
        let is_shown = |(rank, outcome): &(usize, &Outcome)| {
            *rank < OUTCOMES_SHOWN_MAX || outcome.is_as_written
        };
        let shown: Vec<_> = self.outcomes.iter().enumerate().filter(is_shown).collect();
        let rows = shown.iter().map(|(rank, outcome)| self.row(*rank, outcome));
        let first_number = labels.len() + NUMBERS_FROM;
        let is_number = |column| column <= labels.len() || column >= first_number;
        write_table(f, std::iter::once(heads).chain(rows), is_number)?;
        let left_out = self.outcomes.len() - shown.len();
        if left_out > 0 {
            writeln!(f, "  and {} more, with `-o json`", count(left_out as u64))?;
        }
        if self.outcomes.iter().any(|outcome| outcome.played.summary.censored > 0) {
            writeln!(f, "  Requests without an answer count with their age.")?;
        }
        Ok(())
    }

    fn row(&self, rank: usize, outcome: &Outcome) -> Vec<String> {
        let Outcome { choices, is_as_written, played, .. } = outcome;
        let summary = &played.summary;
        let goal = match (played.reached, played.goal) {
            (Some(reached), Some(goal)) => {
                let word = if reached { "reached" } else { "missed" };
                let which = format!(" {} in {}", percent(goal.share), goal.latency);
                format!("{word}{}", if self.goal().is_some() { "" } else { &which })
            }
            _ => "-".to_owned(),
        };
        let mut row = vec![(rank + 1).to_string()];
        row.extend(self.places.iter().zip(choices).map(|(place, choice)| place.value(*choice)));
        row.extend([
            played.mode.as_str().to_owned(),
            goal,
            summary.within_goal.map_or_else(|| "-".to_owned(), percent),
            time(summary.queue_wait.p95_ms),
            time(summary.queue_wait.p99_ms),
            time(summary.latency.p95_ms),
            time(summary.latency.p99_ms),
            format!("{:.2}", summary.replica_hours),
            played.money.map_or_else(|| "-".to_owned(), |money| usd(money.usd)),
            if *is_as_written { "as written" } else { "" }.to_owned(),
        ]);
        row
    }

    /// Lists the refusals, those for the same reason once.
    fn write_refused(&self, f: &mut fmt::Formatter<'_>, labels: &[&str]) -> fmt::Result {
        let mut groups: Vec<(&Refusal, u64)> = Vec::new();
        for refusal in &self.refused {
            match groups.iter_mut().find(|(first, _)| first.faults == refusal.faults) {
                Some((_, times)) => *times += 1,
                None => groups.push((refusal, 1)),
            }
        }
        if !groups.is_empty() {
            writeln!(f, "\nNot played")?;
        }
        for (Refusal { choices, faults, .. }, times) in groups {
            let values = self.values(labels, choices);
            match times {
                1 => writeln!(f, "  {values}")?,
                _ => writeln!(f, "  {}, as with {values}", of(times, "combination"))?,
            }
            for Fault { object, at, message } in faults {
                let object = object.as_ref().map_or_else(String::new, |name| format!("{name}: "));
                let at = at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
                writeln!(f, "    {object}{message}{at}")?;
            }
        }
        Ok(())
    }

    /// Says which values to take, and where they belong.
    fn write_advice(&self, f: &mut fmt::Formatter<'_>, labels: &[&str]) -> fmt::Result {
        let Some(best) = self.best() else {
            return writeln!(f, "No combination can be played: mend the values above");
        };
        let head = match best.played.reached {
            Some(false) => "No combination reaches its goal; nearest to it",
            _ => "Best",
        };
        let (values, mode) = (self.values(labels, &best.choices), best.played.mode.as_str());
        writeln!(f, "{head}: {values}, as {mode}: {}", self.worth(best))?;
        let as_written = self.outcomes.iter().find(|other| other.is_as_written);
        if let Some(other) = as_written.filter(|_| !best.is_as_written) {
            let mode = other.played.mode.as_str();
            writeln!(f, "As written, as {mode}: {}", self.worth(other))?;
        }
        let other = self.outcomes.iter().find(|other| other.played.mode != best.played.mode);
        if let Some(other) = other.filter(|other| other.combination != best.combination) {
            let (values, mode) = (self.values(labels, &other.choices), other.played.mode.as_str());
            writeln!(f, "Best as {mode}: {values}: {}", self.worth(other))?;
        }
        if best.is_as_written {
            return writeln!(f, "The manifests say so already: nothing to change");
        }
        writeln!(f, "To have it, write")?;
        let changed = self.places.iter().zip(&best.choices);
        let changed = changed.filter(|(place, choice)| place.own != Some(**choice));
        let lines = changed.filter_map(|(place, choice)| place.lines.get(*choice));
        let rows = lines.map(|Line { at, text }| vec![text.clone(), format!("at {at}")]);
        write_table(f, rows, |_| false)
    }

    /// What users and purse get: `97.1% within 20s, $0.45`.
    fn worth(&self, outcome: &Outcome) -> String {
        let played = &outcome.played;
        let cost = match (self.cost, played.money) {
            (Cost::Usd, Some(money)) => usd(money.usd),
            _ => format!("{:.2} replica-hours", played.summary.replica_hours),
        };
        match (played.summary.within_goal, played.goal) {
            (Some(share), Some(goal)) => {
                format!("{} within {}, {cost}", percent(share), goal.latency)
            }
            _ => cost,
        }
    }

    /// The values of a combination: `slots = 4, listLength = 8`.
    fn values(&self, labels: &[&str], choices: &[usize]) -> String {
        let named = self.places.iter().zip(labels).zip(choices);
        let values: Vec<String> = named
            .map(|((place, label), choice)| format!("{label} = {}", place.value(*choice)))
            .collect();
        values.join(", ")
    }
}

impl Place {
    fn value(&self, choice: usize) -> String {
        self.values.get(choice).cloned().unwrap_or_default()
    }
}

/// Columns without borders, moved right, without blanks at the ends of their lines.
fn write_table(
    f: &mut fmt::Formatter<'_>,
    rows: impl Iterator<Item = Vec<String>>,
    is_number: impl Fn(usize) -> bool,
) -> fmt::Result {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        if is_number(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().try_for_each(|line| writeln!(f, " {}", line.trim_end()))
}

/// Values with commas; the manifests' own says so.
fn marked(values: &[String], own: Option<usize>) -> String {
    let mark = |(index, value): (usize, &String)| {
        let mark = if own == Some(index) { " (as written)" } else { "" };
        format!("{value}{mark}")
    };
    values.iter().enumerate().map(mark).collect::<Vec<_>>().join(", ")
}

/// The shortest ends of the paths that tell the places apart.
fn labels(places: &[Place]) -> Vec<&str> {
    let names = || places.iter().map(|place| place.name.as_str()).enumerate();
    let label = |(index, name)| {
        let is_unique = |end: &&str| {
            names().all(|(other, name)| other == index || ends(name).all(|other| other != *end))
        };
        ends(name).find(is_unique).unwrap_or(name)
    };
    names().map(label).collect()
}

/// The ends of `Kind/name:a.b[0].c`, the shortest first: `c`, `b[0].c`, `a.b[0].c` and so on.
fn ends(name: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut starts = vec![0];
    for (index, letter) in name.char_indices() {
        match letter {
            '"' | '\'' => is_quoted = !is_quoted,
            '.' | ':' | '/' if !is_quoted => starts.push(index + 1),
            _ => {}
        }
    }
    starts.into_iter().rev().filter_map(move |start| name.get(start..))
}
