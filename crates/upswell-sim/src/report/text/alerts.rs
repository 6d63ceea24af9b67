//! The alerts: when each would have called somebody, which cannot, and what was expected.

use std::fmt;

use super::columns;
use super::layout::Ink;
use super::rehearsal::Text;
use super::wrap::write_hanging;
use crate::report::alerts::{Remark, remarks, rows};

/// Of the columns, those that hold words: all of them.
const WORDS: [usize; 3] = [0, 1, 2];

impl Text<'_> {
    pub(super) fn write_alerts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = rows(self.rehearsal);
        if rows.is_empty() {
            return Ok(());
        }
        let modes = self.rehearsal.runs.iter().map(|run| run.mode.as_str().to_owned());
        let head = std::iter::once("Alerts".to_owned()).chain(modes).collect();
        let rows = rows.into_iter().map(|row| {
            let cells = row.cells.into_iter().map(|cell| cell.text);
            std::iter::once(row.alert).chain(cells).collect()
        });
        let lines = columns::lines(std::iter::once(head).chain(rows).collect(), &WORDS);
        writeln!(f)?;
        for (number, line) in lines.iter().enumerate() {
            // The head stands at the start of its line, the rows a blank behind it.
            match line.strip_prefix(" Alerts").filter(|_| number == 0) {
                Some(rest) => writeln!(f, "{} {rest}", self.title("Alerts"))?,
                None => writeln!(f, "{line}")?,
            }
        }
        for Remark { alert, text, at } in remarks(self.rehearsal) {
            let text = format!("{alert}: {text} ({at})");
            write_hanging(f, "  - ", 4, &text, self.layout.width())?;
        }
        Ok(())
    }

    pub(super) fn write_expectations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rehearsal.expectations.is_empty() {
            writeln!(f, "\n{}", self.title("Expected"))?;
        }
        for outcome in &self.rehearsal.expectations {
            let (ink, word) = if outcome.is_met { (Ink::Good, "ok") } else { (Ink::Bad, "failed") };
            let head = format!("  {} ", self.layout.paint(ink, format!("{word:<6}")));
            let text = format!("{}: {}", outcome.expected, outcome.found);
            write_hanging(f, &head, 9, &text, self.layout.width())?;
        }
        Ok(())
    }
}
