//! The surges: how long from demand to ready, and where the time went.

use std::fmt;

use super::columns;
use super::rehearsal::Text;
use crate::outcome::{DemandToReady, Mode, Surge};
use crate::report::numbers::{moment, seconds, short};
use crate::report::surges::{Met, PARTS, WAYS, is_carried, largest, met};

/// Surges shown; all of them are in the JSON and on the page.
const SHOWN_MAX: usize = 3;

/// Of the columns, the mode and what a way leads to.
const WORDS: [usize; 2] = [0, 3];

impl Text<'_> {
    /// Shows the surges for which replicas were missing. Of the others there is nothing to tell.
    pub(super) fn write_surges(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = met(&self.rehearsal.runs);
        if all.is_empty() {
            return Ok(());
        }
        let seen = all.len();
        let asking: Vec<Met> = all.into_iter().filter(|met| !met.is_carried()).collect();
        let head = self.head("Surges");
        let count = asking.len();
        writeln!(f, "\n{head}{seen} in all; in {count} of them replicas were missing")?;
        if count > SHOWN_MAX {
            writeln!(f, "  the largest {SHOWN_MAX} of them:")?;
        }
        let shown = largest(asking, SHOWN_MAX);
        let rows: Vec<Vec<Vec<String>>> = shown.iter().map(rows).collect();
        let mut lines =
            columns::lines(std::iter::once(header()).chain(rows.concat()).collect(), &WORDS)
                .into_iter();
        for line in lines.by_ref().take(usize::from(!shown.is_empty())) {
            writeln!(f, "  {line}")?;
        }
        for (met, rows) in shown.iter().zip(rows) {
            writeln!(f, "  {}", in_words(&met.surge))?;
            for line in lines.by_ref().take(rows.len()) {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

fn in_words(surge: &Surge) -> String {
    let (before, rate) = (short(surge.rate_before), short(surge.rate));
    format!("at {}: {before} -> {rate} requests a second", moment(surge.t_s))
}

fn header() -> Vec<String> {
    let parts = PARTS.iter().map(|(name, _)| *name);
    ["", "ready", "needed", "until", "total"].into_iter().chain(parts).map(str::to_owned).collect()
}

fn rows(met: &Met) -> Vec<Vec<String>> {
    met.by.iter().flat_map(|(mode, surge)| rows_of(*mode, surge)).collect()
}

fn rows_of(mode: Mode, surge: &Surge) -> Vec<Vec<String>> {
    let replicas = [surge.ready_before, surge.needed].map(|replicas| replicas.to_string());
    let head = [vec![mode.as_str().to_owned()], replicas.to_vec()].concat();
    if is_carried(surge) {
        return vec![[head, vec!["at once".to_owned()]].concat()];
    }
    let ways = WAYS.iter().zip([head, vec![String::new(); 3]]);
    ways.map(|((name, way), head)| [head, row(name, way(surge))].concat()).collect()
}

fn row(name: &str, way: Option<DemandToReady>) -> Vec<String> {
    match way {
        Some(way) => {
            let parts = PARTS.iter().map(|(_, part)| seconds(part(&way)));
            [name.to_owned(), seconds(way.total_s)].into_iter().chain(parts).collect()
        }
        None => vec![name.to_owned(), "never".to_owned()],
    }
}
