//! Collects findings, so that bad input gets all its errors at once.

use upswell_units::Diagnostic;

/// Findings kept of one document or object; the rest is counted.
pub const PROBLEMS_MAX: usize = 100;

/// Findings in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    dropped: usize,
}

impl Diagnostics {
    /// Adds a finding; beyond [`PROBLEMS_MAX`] it is only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < PROBLEMS_MAX {
            self.kept.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// Returns how many findings were made.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Returns the findings; the last one says how many more there were.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        let Self { mut kept, dropped } = self;
        if dropped > 0 {
            let message = format!("{dropped} more findings here are not shown");
            kept.push(Diagnostic::error("more-findings", message).help("mend the first ones"));
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_findings_are_counted_and_a_hundred_kept() {
        let mut diagnostics = Diagnostics::default();
        for _ in 0..1000 {
            diagnostics.push(Diagnostic::error("x", "y"));
        }
        assert_eq!(diagnostics.count(), 1000);
        let kept = diagnostics.into_vec();
        assert_eq!(kept.len(), PROBLEMS_MAX + 1);
        assert_eq!(kept[PROBLEMS_MAX].message, "900 more findings here are not shown");
    }
}
