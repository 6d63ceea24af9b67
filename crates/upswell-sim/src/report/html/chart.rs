//! One chart over time as SVG: steps, because rates and levels hold until the next point.

use std::fmt::{self, Write};

use super::escape::Escaped;
use crate::report::numbers::{moment, round_up, short, time_step};
use crate::report::series::Span;

/// A chart. Its axes go from zero to round numbers.
pub(super) struct Chart {
    /// What it shows, for those who do not see it.
    pub(super) name: String,
    /// The lines with their names, the one behind first.
    pub(super) lines: Vec<(&'static str, Vec<Span>, Line)>,
    /// The end of the time axis.
    pub(super) end_s: f64,
    /// The largest value that has to fit.
    pub(super) most: f64,
}

/// How a line is drawn, and the class that colours it. Strokes differ, so that colour need not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// The area below it is filled.
    Area(&'static str),
    /// The area below it is filled, within a dashed stroke.
    Dashed(&'static str),
    /// A stroke alone.
    Stroke(&'static str),
}

/// The drawing, in its own units; the page scales it.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 190.0;

/// The plot within it; labels stand around.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 550.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 162.0;

/// Steps of the time axis at most; more labels would touch.
const TIME_STEPS_MAX: f64 = 7.0;

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">")?;
        writeln!(f, "<title>{}</title>", Escaped(self.in_words()))?;
        let top = round_up(self.most);
        for part in [0.0, 0.5, 1.0] {
            let y = BOTTOM + (TOP - BOTTOM) * part;
            writeln!(f, "<path class=\"grid\" d=\"M{LEFT} {y}H{RIGHT}\"/>")?;
            let (x, y, label) = (LEFT - 6.0, y + 4.0, short(top * part));
            writeln!(f, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{label}</text>")?;
        }
        self.write_time_axis(f)?;
        for (_, spans, line) in &self.lines {
            let (is_filled, class) = line.look();
            let path = self.path(spans, top, is_filled);
            writeln!(f, "<path class=\"{class}\" d=\"{path}\"/>")?;
        }
        f.write_str("</svg>\n")
    }
}

impl Chart {
    /// The most of each line and when it was: what a glance at the chart tells.
    fn in_words(&self) -> String {
        let mut text = self.name.clone();
        for (name, spans, _) in &self.lines {
            let most =
                spans.iter().reduce(|one, other| if other.value > one.value { other } else { one });
            if let Some(Span { from_s, value, .. }) = most {
                // Writing to a string cannot fail.
                let _ = write!(text, "; {name}: at most {}, at {}", short(*value), moment(*from_s));
            }
        }
        text
    }

    fn write_time_axis(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = time_step(self.end_s, TIME_STEPS_MAX);
        for number in 0..=TIME_STEPS_MAX as u32 {
            let at_s = f64::from(number) * step;
            if at_s > self.end_s {
                break;
            }
            let (x, y) = (self.x(at_s), BOTTOM + 18.0);
            writeln!(f, "<path class=\"tick\" d=\"M{x:.1} {BOTTOM}v5\"/>")?;
            let anchor = if x > RIGHT - 20.0 { "end" } else { "middle" };
            let label = moment(at_s);
            writeln!(f, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{label}</text>")?;
        }
        Ok(())
    }

    /// Steps from span to span; of spans with one value, one step.
    fn path(&self, spans: &[Span], top: f64, is_filled: bool) -> String {
        let mut path = String::new();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return path };
        let mut drawn: Option<f64> = None;
        // Writing to a string cannot fail.
        for span in spans {
            let (x, y) = (self.x(span.from_s), y(span.value, top));
            let _ = match drawn {
                None if is_filled => write!(path, "M{x:.1} {BOTTOM}V{y:.1}"),
                None => write!(path, "M{x:.1} {y:.1}"),
                Some(before) if before.total_cmp(&y).is_eq() => Ok(()),
                Some(_) => write!(path, "H{x:.1}V{y:.1}"),
            };
            drawn = Some(y);
        }
        let _ = write!(path, "H{:.1}", self.x(last.to_s));
        if is_filled {
            let _ = write!(path, "V{BOTTOM}H{:.1}Z", self.x(first.from_s));
        }
        path
    }

    fn x(&self, at_s: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (at_s / self.end_s).clamp(0.0, 1.0)
    }
}

fn y(value: f64, top: f64) -> f64 {
    BOTTOM + (TOP - BOTTOM) * (value / top).clamp(0.0, 1.0)
}

impl Line {
    /// Whether it is filled, and its classes.
    fn look(self) -> (bool, String) {
        match self {
            Self::Area(class) => (true, format!("area {class}")),
            Self::Dashed(class) => (true, format!("area dashed {class}")),
            Self::Stroke(class) => (false, format!("stroke {class}")),
        }
    }

    /// A sample for the legend.
    pub(super) fn key(self) -> String {
        let (is_filled, class) = self.look();
        let path = if is_filled { "M1 13V5H27V13Z" } else { "M0 8H28" };
        format!(
            "<svg class=\"sample\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">\
             <path class=\"{class}\" d=\"{path}\"/></svg>"
        )
    }
}
