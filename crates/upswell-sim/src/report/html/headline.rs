//! The answer: goal, the figures that matter most, and what to do next.

use std::fmt;

use super::escape::Escaped;
use super::page::Html;
use crate::outcome::Mode;
use crate::report::verdict::{Effect, Figure, advice, figures, heading, outcome};

impl Html<'_> {
    pub(super) fn write_headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<section aria-label=\"The answer\">\n")?;
        for run in &self.rehearsal.runs {
            if let Some((is_reached, text)) = outcome(run, self.rehearsal.goal) {
                let (class, sign) = if is_reached { ("good", "✓") } else { ("bad", "✗") };
                writeln!(f, "<p class=\"goal {class}\"><b>{sign}</b> {}</p>", Escaped(text))?;
            }
        }
        f.write_str("<ul class=\"cards\">\n")?;
        for figure in figures(self.rehearsal) {
            write_card(f, &figure)?;
        }
        f.write_str("</ul>\n")?;
        let advice = advice(self.rehearsal);
        if !advice.is_empty() {
            f.write_str("<h2>What to do next</h2>\n<ul>\n")?;
        }
        for piece in &advice {
            writeln!(f, "<li>{}</li>", Escaped(sentence(piece)))?;
        }
        f.write_str(if advice.is_empty() { "</section>\n" } else { "</ul>\n</section>\n" })
    }
}

/// Upswell's value large, stock's below; how they differ in a word, a sign and a colour.
fn write_card(f: &mut fmt::Formatter<'_>, figure: &Figure) -> fmt::Result {
    writeln!(f, "<li class=\"card\"><span class=\"what\">{}</span>", Escaped(figure.what))?;
    for (mode, value) in figure.values.iter().rev() {
        let class = if *mode == Mode::Stock && figure.values.len() > 1 { "small" } else { "big" };
        let (value, mode) = (Escaped(value), heading(*mode));
        writeln!(f, "<span class=\"{class}\"><i>{mode}</i> <b>{value}</b></span>")?;
    }
    if let Some(change) = &figure.change {
        let (class, sign) = match change.effect {
            Effect::Better => ("good", "better: "),
            Effect::Same | Effect::Unknown => ("same", ""),
            Effect::Worse => ("bad", "worse: "),
        };
        writeln!(f, "<span class=\"change {class}\">{sign}{}</span>", Escaped(&change.text))?;
    }
    f.write_str("</li>\n")
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
