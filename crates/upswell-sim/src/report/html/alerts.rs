//! The alerts: a band for each run that shows when it fired, what is wrong, what was expected.

use std::fmt;

use super::escape::Escaped;
use super::page::Html;
use crate::alerts::episodes;
use crate::outcome::Run;
use crate::report::alerts::{Cell, Remark, Row, remarks, rows};
use crate::report::series::end_s;
use crate::report::verdict::heading;

/// Width of a band, in its own units: the whole run.
const BAND_WIDTH: f64 = 240.0;

/// Narrower than this, nobody sees that it fired.
const EPISODE_WIDTH_MIN: f64 = 1.5;

impl Html<'_> {
    pub(super) fn write_alerts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = rows(self.rehearsal);
        if rows.is_empty() {
            return Ok(());
        }
        f.write_str("<section>\n<h2>Alerts</h2>\n<table class=\"alerts\">\n<thead><tr>")?;
        f.write_str("<th>Alert</th>")?;
        for run in &self.rehearsal.runs {
            write!(f, "<th>{}</th>", heading(run.mode))?;
        }
        f.write_str("</tr></thead>\n<tbody>\n")?;
        for (number, row) in rows.iter().enumerate() {
            self.write_alert(f, number, row)?;
        }
        f.write_str("</tbody>\n</table>\n")?;
        self.write_remarks(f)?;
        self.write_expectations(f)?;
        f.write_str("</section>\n")
    }

    fn write_alert(&self, f: &mut fmt::Formatter<'_>, number: usize, row: &Row) -> fmt::Result {
        write!(f, "<tr><th scope=\"row\">{}</th>", Escaped(&row.alert))?;
        for (run, Cell { text, has_fired }) in self.rehearsal.runs.iter().zip(&row.cells) {
            write!(f, "<td>{}", Escaped(text))?;
            if *has_fired {
                write_band(f, run, number, end_s(&self.rehearsal.runs))?;
            }
            f.write_str("</td>")?;
        }
        f.write_str("</tr>\n")
    }

    fn write_remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remarks = remarks(self.rehearsal);
        if remarks.is_empty() {
            return Ok(());
        }
        f.write_str("<h3>What is wrong with them</h3>\n<ul>\n")?;
        for Remark { alert, text, at } in &remarks {
            let (alert, text, at) = (Escaped(alert), Escaped(text), Escaped(at));
            writeln!(f, "<li><b>{alert}</b>: {text} <small>({at})</small></li>")?;
        }
        f.write_str("</ul>\n")
    }

    fn write_expectations(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expectations = &self.rehearsal.expectations;
        if expectations.is_empty() {
            return Ok(());
        }
        f.write_str("<h3>What was expected</h3>\n")?;
        for outcome in expectations {
            let (class, sign) = if outcome.is_met { ("good", "✓") } else { ("bad", "✗") };
            let (expected, found) = (Escaped(&outcome.expected), Escaped(&outcome.found));
            writeln!(f, "<p class=\"goal {class}\"><b>{sign}</b> {expected}: {found}</p>")?;
        }
        Ok(())
    }
}

/// When it fired, along the whole run. The words beside it say the same.
fn write_band(f: &mut fmt::Formatter<'_>, run: &Run, number: usize, end_s: f64) -> fmt::Result {
    let Some(history) = run.alerts.get(number) else { return Ok(()) };
    write!(f, "<svg class=\"bar\" viewBox=\"0 0 {BAND_WIDTH} 14\" aria-hidden=\"true\">")?;
    write!(f, "<rect class=\"calm\" width=\"{BAND_WIDTH}\" height=\"14\"/>")?;
    let scale = BAND_WIDTH / end_s.max(1.0);
    for (from_s, to_s) in episodes(history) {
        let width = ((to_s.unwrap_or(end_s) - from_s) * scale).clamp(EPISODE_WIDTH_MIN, BAND_WIDTH);
        let from = (from_s * scale).clamp(0.0, BAND_WIDTH - width);
        write!(f, "<rect class=\"firing\" x=\"{from:.1}\" width=\"{width:.1}\" height=\"14\"/>")?;
    }
    f.write_str("</svg>")
}
