//! The alerts: when each would have called somebody, which cannot, and what was expected.

use std::fmt;

use super::columns;
use super::layout::Ink;
use super::rehearsal::Text;
use super::wrap::write_hanging;
use crate::report::alerts::{Remark, Row, remarks, rows};

const HEAD: &str = "Alerts";

/// Of the columns, those that hold words: all of them.
const WORDS: [usize; 3] = [0, 1, 2];

impl Text<'_> {
    pub(super) fn write_alerts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = rows(self.rehearsal);
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let table = self.table(&rows);
        if table.iter().all(|line| line.chars().count() <= self.layout.width()) {
            self.write_table(f, &table)?;
        } else {
            self.write_list(f, &rows)?;
        }
        for Remark { alert, text, at } in remarks(self.rehearsal) {
            let text = format!("{alert}: {text} ({at})");
            write_hanging(f, "  - ", 4, &text, self.layout.width())?;
        }
        Ok(())
    }

    /// A line for each alert, a column for each run.
    fn table(&self, rows: &[Row]) -> Vec<String> {
        let modes = self.rehearsal.runs.iter().map(|run| run.mode.as_str().to_owned());
        let head = std::iter::once(HEAD.to_owned()).chain(modes).collect();
        let rows = rows.iter().map(|row| {
            let cells = row.cells.iter().map(|cell| cell.text.clone());
            std::iter::once(row.alert.clone()).chain(cells).collect()
        });
        columns::lines(std::iter::once(head).chain(rows).collect(), &WORDS)
    }

    /// The head stands at the start of its line, the rows a blank behind it.
    fn write_table(&self, f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
        let (head, rows) = lines.split_first().map_or(("", lines), |(head, rows)| (head, rows));
        let modes = head.trim_start().strip_prefix(HEAD).unwrap_or(head);
        writeln!(f, "{} {modes}", self.title(HEAD))?;
        rows.iter().try_for_each(|line| writeln!(f, "{line}"))
    }

    /// Where a table is too wide: a line for each alert and each run.
    fn write_list(&self, f: &mut fmt::Formatter<'_>, rows: &[Row]) -> fmt::Result {
        writeln!(f, "{}", self.title(HEAD))?;
        for row in rows {
            writeln!(f, " {}", row.alert)?;
            for (run, cell) in self.rehearsal.runs.iter().zip(&row.cells) {
                writeln!(f, "   {:<8} {}", run.mode.as_str(), cell.text)?;
            }
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
