//! The numbers of the runs: in one block, or in two beside each other where there is room.

use std::fmt;

use super::columns;
use super::rehearsal::Text;
use crate::report::table::{Section, sections};

/// Sections of the block on the left; the others go to the right.
const LEFT: [&str; 3] = ["Requests", "Times", "Periods"];

/// Blanks between the blocks.
const GAP: usize = 3;

impl Text<'_> {
    pub(super) fn write_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        let all = sections(self.rehearsal);
        let (left, right): (Vec<&Section>, Vec<&Section>) =
            all.iter().partition(|own| LEFT.contains(&own.title));
        let (left, right) = (self.block(&left), self.block(&right));
        let width = |lines: &[String]| lines.iter().map(|line| line.chars().count()).max();
        let (left_width, right_width) = (width(&left).unwrap_or(0), width(&right).unwrap_or(0));
        if left_width + GAP + right_width <= self.layout.width() {
            return write_beside(f, &left, left_width + GAP, &right);
        }
        for line in self.block(&all.iter().collect::<Vec<_>>()) {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }

    fn block(&self, sections: &[&Section]) -> Vec<String> {
        let heads = self.rehearsal.runs.iter().map(|run| run.mode.as_str().to_owned());
        let head = std::iter::once(String::new()).chain(heads).collect();
        let rows = sections.iter().flat_map(|section| &section.rows);
        let rows = rows.map(|row| {
            std::iter::once(row.label.to_owned()).chain(row.cells.iter().cloned()).collect()
        });
        columns::lines(std::iter::once(head).chain(rows).collect(), &[0])
    }
}

fn write_beside(
    f: &mut fmt::Formatter<'_>,
    left: &[String],
    left_width: usize,
    right: &[String],
) -> fmt::Result {
    for number in 0..left.len().max(right.len()) {
        let line = |block: &[String]| block.get(number).cloned().unwrap_or_default();
        let both = format!("{:<left_width$}{}", line(left), line(right));
        writeln!(f, "{}", both.trim_end())?;
    }
    Ok(())
}
