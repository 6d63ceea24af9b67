//! The surges: from demand to ready, each part of the way a piece of a bar.

use std::fmt;

use super::page::Html;
use crate::outcome::{DemandToReady, Mode, Surge};
use crate::report::numbers::{moment, of, seconds, short};
use crate::report::surges::{Met, PARTS, WAYS, is_carried, largest, met};
use crate::report::verdict::heading;

/// Surges shown, the largest; all of them are in the JSON.
const SHOWN_MAX: usize = 20;

/// Width of a bar as long as the longest way.
const BAR_WIDTH: f64 = 240.0;

impl Html<'_> {
    pub(super) fn write_surges(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = met(&self.rehearsal.runs);
        if all.is_empty() {
            return Ok(());
        }
        let seen = of(all.len() as u64, "surge");
        let asking: Vec<Met> = all.into_iter().filter(|met| !met.is_carried()).collect();
        let count = asking.len();
        f.write_str("<section>\n<h2>Surges: from demand to ready</h2>\n")?;
        f.write_str(
            "<p>A surge is a rate of at least twice the median of the ten minutes before.",
        )?;
        writeln!(f, " The traffic has {seen}; in {count} of them replicas were missing.</p>")?;
        if count > SHOWN_MAX {
            writeln!(f, "<p>The largest {SHOWN_MAX} of them:</p>")?;
        }
        if count > 0 {
            write_table(f, &largest(asking, SHOWN_MAX))?;
        }
        f.write_str("</section>\n")
    }
}

fn write_table(f: &mut fmt::Formatter<'_>, shown: &[Met]) -> fmt::Result {
    f.write_str("<table class=\"surges\">\n<thead><tr><th>Run</th><th>Until</th>")?;
    f.write_str("<th>Total</th>")?;
    for (number, (name, _)) in PARTS.iter().enumerate() {
        write!(f, "<th><span class=\"key part{number}\"></span>{name}</th>")?;
    }
    f.write_str("<th>The way</th></tr></thead>\n")?;
    let longest_s = longest_s(shown);
    for met in shown {
        write_surge(f, met, longest_s)?;
    }
    f.write_str("</table>\n")
}

fn longest_s(shown: &[Met]) -> f64 {
    let surges = shown.iter().flat_map(|met| &met.by);
    let ways = surges.flat_map(|(_, surge)| WAYS.iter().filter_map(|(_, way)| way(surge)));
    ways.map(|way| way.total_s).fold(1.0, f64::max)
}

fn write_surge(f: &mut fmt::Formatter<'_>, met: &Met, longest_s: f64) -> fmt::Result {
    let Surge { t_s, rate_before, rate, .. } = met.surge;
    let (at, before, rate) = (moment(t_s), short(rate_before), short(rate));
    write!(f, "<tbody>\n<tr><th class=\"head\" colspan=\"8\" scope=\"rowgroup\">")?;
    writeln!(f, "At {at}: {before} → {rate} requests a second</th></tr>")?;
    for (mode, surge) in &met.by {
        write_run(f, *mode, surge, longest_s)?;
    }
    f.write_str("</tbody>\n")
}

fn write_run(f: &mut fmt::Formatter<'_>, mode: Mode, surge: &Surge, longest_s: f64) -> fmt::Result {
    let rows = if is_carried(surge) { 1 } else { WAYS.len() };
    write!(f, "<tr><td rowspan=\"{rows}\">{}<br/><small>", heading(mode))?;
    write!(f, "{} ready, {} needed</small></td>", surge.ready_before, surge.needed)?;
    if is_carried(surge) {
        return f.write_str("<td colspan=\"7\">enough replicas were ready</td></tr>\n");
    }
    for (number, (name, way)) in WAYS.iter().enumerate() {
        f.write_str(if number > 0 { "<tr>" } else { "" })?;
        write!(f, "<td>{name}</td>")?;
        match way(surge) {
            Some(way) => write_way(f, &way, longest_s)?,
            None => f.write_str("<td colspan=\"6\">never</td>")?,
        }
        f.write_str("</tr>\n")?;
    }
    Ok(())
}

fn write_way(f: &mut fmt::Formatter<'_>, way: &DemandToReady, longest_s: f64) -> fmt::Result {
    write!(f, "<td class=\"number\">{}</td>", seconds(way.total_s))?;
    for (_, part) in &PARTS {
        write!(f, "<td class=\"number\">{}</td>", seconds(part(way)))?;
    }
    // The numbers of the row say the same: a bar is no news to those who cannot see it.
    write!(f, "<td><svg class=\"bar\" viewBox=\"0 0 {BAR_WIDTH} 14\" aria-hidden=\"true\">")?;
    let mut from = 0.0;
    for (number, (_, part)) in PARTS.iter().enumerate() {
        let width = (part(way) / longest_s * BAR_WIDTH).clamp(0.0, BAR_WIDTH);
        if width > 0.0 {
            write!(
                f,
                "<rect class=\"part{number}\" x=\"{from:.1}\" width=\"{width:.1}\" height=\"14\"/>"
            )?;
        }
        from += width;
    }
    f.write_str("</svg></td>")
}
