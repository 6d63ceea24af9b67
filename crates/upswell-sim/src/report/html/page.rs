//! The whole page, part by part: the answer first, then what it rests on.

use std::fmt;

use super::escape::Escaped;
use crate::outcome::Rehearsal;
use crate::report::decisions::{most_important, step};
use crate::report::numbers::{moment, of};
use crate::report::premises::traffic_in_words;
use crate::report::verdict::{goal_in_words, heading};

const STYLE: &str = include_str!("style.css");

/// Decisions shown for each run; all of them are in the JSON.
const DECISIONS_MAX: usize = 12;

/// A rehearsal as a page: `Display` writes it.
#[derive(Clone, Copy, Debug)]
pub struct Html<'a> {
    pub(super) rehearsal: &'a Rehearsal,
    command_line: &'a str,
}

impl Rehearsal {
    /// Returns the rehearsal as one self-contained page of HTML.
    ///
    /// `command_line` is what repeats it; the page shows it as it is.
    #[must_use]
    pub const fn html<'a>(&'a self, command_line: &'a str) -> Html<'a> {
        Html { rehearsal: self, command_line }
    }
}

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.write_headline(f)?;
        self.write_charts(f)?;
        self.write_surges(f)?;
        self.write_alerts(f)?;
        self.write_numbers(f)?;
        self.write_decisions(f)?;
        self.write_premises(f)?;
        self.write_repeat(f)?;
        f.write_str("</main>\n</body>\n</html>\n")
    }
}

impl Html<'_> {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rehearsal { target, traffic, goal, .. } = self.rehearsal;
        let target = Escaped(target);
        f.write_str(
            "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n",
        )?;
        f.write_str("<head>\n<meta charset=\"utf-8\"/>\n")?;
        f.write_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")?;
        f.write_str("<meta name=\"color-scheme\" content=\"light dark\"/>\n")?;
        writeln!(f, "<title>Rehearsal of {target}</title>")?;
        writeln!(f, "<style>\n{STYLE}</style>\n</head>\n<body>\n<main>")?;
        writeln!(f, "<header>\n<p class=\"over\">Upswell rehearsal</p>\n<h1>{target}</h1>")?;
        writeln!(f, "<p>{}</p>", Escaped(traffic_in_words(traffic)))?;
        if let Some(goal) = *goal {
            writeln!(f, "<p>Goal: {}</p>", Escaped(goal_in_words(goal)))?;
        }
        f.write_str("</header>\n")
    }

    fn write_decisions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<section>\n<h2>Decisions that mattered most</h2>\n")?;
        for run in &self.rehearsal.runs {
            let count = of(run.decisions.len() as u64, "decision");
            writeln!(f, "<h3>{} <small>of {count}</small></h3>", heading(run.mode))?;
            if run.decisions.is_empty() {
                f.write_str("<p>Nothing was decided.</p>\n")?;
                continue;
            }
            f.write_str("<table class=\"decisions\">\n<thead><tr><th class=\"tight\">At</th><th class=\"tight\">Replicas</th><th>Because</th></tr>")?;
            f.write_str("</thead>\n<tbody>\n")?;
            for timed in most_important(&run.decisions, DECISIONS_MAX) {
                let (at, step) = (moment(timed.t_s), step(timed).replace("->", "→"));
                write!(f, "<tr><td class=\"tight\">{at}</td><td class=\"tight\">{step}</td>")?;
                writeln!(f, "<td>{}</td></tr>", Escaped(&timed.why))?;
            }
            f.write_str("</tbody>\n</table>\n")?;
        }
        f.write_str("</section>\n")
    }

    fn write_repeat(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<section>\n<h2>To repeat it</h2>\n")?;
        writeln!(f, "<pre>{}</pre>", Escaped(self.command_line))?;
        writeln!(f, "<p>Seed {}: the same inputs give the same bytes.</p>", self.rehearsal.seed)?;
        f.write_str("</section>\n")
    }
}
