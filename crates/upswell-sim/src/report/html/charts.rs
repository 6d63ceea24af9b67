//! The runs over time: a panel for each thing, stock beside Upswell on common axes.

use std::fmt;

use super::chart::{Chart, Line};
use super::page::Html;
use crate::outcome::Run;
use crate::report::series::{Series, end_s};
use crate::report::verdict::heading;

/// What a panel shows, the line behind first.
struct Panel {
    title: &'static str,
    lines: &'static [(&'static str, Series, Line)],
}

const PANELS: [Panel; 4] = [
    Panel {
        title: "Requests a second",
        lines: &[
            ("answered", Series::Answered, Line::Area("serving")),
            ("arrived", Series::Arrivals, Line::Stroke("demand")),
        ],
    },
    Panel {
        title: "Requests that wait",
        lines: &[("in the queue", Series::Queued, Line::Area("waiting"))],
    },
    Panel {
        title: "Replicas",
        lines: &[
            ("ready", Series::Ready, Line::Area("serving")),
            ("wanted", Series::Wanted, Line::Stroke("demand")),
        ],
    },
    Panel {
        title: "Nodes",
        lines: &[
            ("spot", Series::Nodes, Line::Dashed("spot")),
            ("on demand", Series::OnDemand, Line::Area("owned")),
        ],
    },
];

impl Html<'_> {
    pub(super) fn write_charts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = &self.rehearsal.runs;
        if runs.iter().all(|run| run.timeline.len() < 2) {
            return Ok(());
        }
        f.write_str("<section>\n<h2>Over time</h2>\n")?;
        let has_nodes = runs.iter().any(|run| run.nodes.is_some());
        for panel in &PANELS {
            if has_nodes || panel.title != "Nodes" {
                panel.write(f, runs)?;
            }
        }
        f.write_str("</section>\n")
    }
}

impl Panel {
    fn write(&self, f: &mut fmt::Formatter<'_>, runs: &[Run]) -> fmt::Result {
        writeln!(f, "<h3>{}</h3>\n<p class=\"legend\">", self.title)?;
        for (name, _, line) in self.lines {
            writeln!(f, "<span>{} {name}</span>", line.key())?;
        }
        f.write_str("</p>\n<div class=\"pair\">\n")?;
        let end_s = end_s(runs);
        let most = self.lines.iter().map(|(_, series, _)| series.most(runs)).fold(0.0, f64::max);
        for run in runs {
            let lines = self.lines.iter().map(|(name, series, line)| {
                (*name, series.spans_within(run, end_s, POINTS_MAX), *line)
            });
            let chart = Chart {
                name: format!("{}, {}", heading(run.mode), self.title.to_lowercase()),
                lines: lines.collect(),
                end_s,
                most,
            };
            writeln!(f, "<figure>\n<figcaption>{}</figcaption>", heading(run.mode))?;
            writeln!(f, "{chart}</figure>")?;
        }
        f.write_str("</div>\n")
    }
}

/// Points of a line: more than there are dots on most screens, and a page that mails accept.
const POINTS_MAX: usize = 400;
