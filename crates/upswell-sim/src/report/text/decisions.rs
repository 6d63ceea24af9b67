//! The decisions that mattered most, and why they fell.

use std::fmt;

use super::layout::Ink;
use super::rehearsal::Text;
use super::wrap::write_hanging;
use crate::report::decisions::{most_important, step};
use crate::report::numbers::{moment, of};
use crate::report::verdict::heading;

/// Decisions shown for each run; all of them are in the JSON.
const SHOWN_MAX: usize = 3;

/// Where the reasons start, behind the moment and the step.
const INDENT: usize = 24;

impl Text<'_> {
    pub(super) fn write_decisions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for run in &self.rehearsal.runs {
            let head = self.layout.paint(Ink::Head, heading(run.mode));
            if run.decisions.is_empty() {
                writeln!(f, "\n{head}: nothing was decided")?;
                continue;
            }
            let decisions = of(run.decisions.len() as u64, "decision");
            writeln!(f, "\n{head}: what mattered most of {decisions}")?;
            for timed in most_important(&run.decisions, SHOWN_MAX) {
                let head = format!("  {:<9} {:<10} ", moment(timed.t_s), step(timed));
                write_hanging(f, &head, INDENT, &timed.why, self.layout.width())?;
            }
        }
        Ok(())
    }
}
