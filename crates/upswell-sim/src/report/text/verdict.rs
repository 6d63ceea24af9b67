//! The answer, at the end, where eyes are: goal, stock against Upswell, what to do next.

use std::fmt;

use super::columns;
use super::layout::Ink;
use super::rehearsal::{HEAD_WIDTH, Text};
use super::wrap::write_hanging;
use crate::outcome::Mode;
use crate::report::verdict::{advice, figures, outcome};

impl Text<'_> {
    pub(super) fn write_verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        self.write_comparison(f)?;
        for run in &self.rehearsal.runs {
            if let Some((is_reached, text)) = outcome(run, self.rehearsal.goal) {
                let ink = if is_reached { Ink::Good } else { Ink::Bad };
                writeln!(f, "{}", self.layout.paint(ink, text))?;
            }
        }
        for (number, advice) in advice(self.rehearsal).iter().enumerate() {
            let head = if number == 0 { "Next" } else { "" };
            write_hanging(f, head, HEAD_WIDTH, advice, self.layout.width())?;
        }
        Ok(())
    }

    fn write_comparison(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = figures(self.rehearsal).into_iter().filter_map(|figure| {
            let value = |own| figure.values.iter().find(|(mode, _)| *mode == own);
            let (stock, upswell) = (value(Mode::Stock)?, value(Mode::Upswell)?);
            let both = format!("{} instead of {}", upswell.1, stock.1);
            Some(vec![figure.what.to_owned(), both, figure.change?.text])
        });
        let rows: Vec<Vec<String>> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(f, "{}", self.layout.paint(Ink::Head, "Upswell instead of stock"))?;
        for line in columns::lines(rows, &[0, 1, 2]) {
            writeln!(f, " {line}")?;
        }
        Ok(())
    }
}
