//! The whole text, part by part.

use std::fmt;

use super::layout::{Ink, Layout};
use crate::outcome::Rehearsal;

/// A rehearsal as text: `Display` writes it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) layout: Layout,
}

impl Rehearsal {
    /// Returns the rehearsal as text for people, in lines of about the layout's width.
    #[must_use]
    pub const fn text(&self, layout: Layout) -> Text<'_> {
        Text { rehearsal: self, layout }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_found(f)?;
        self.write_premises(f)?;
        self.write_decisions(f)?;
        self.write_timeline(f)?;
        self.write_surges(f)?;
        self.write_numbers(f)?;
        self.write_alerts(f)?;
        self.write_expectations(f)?;
        self.write_verdict(f)
    }
}

impl Text<'_> {
    /// A head at the start of a line, in the width of all heads.
    pub(super) fn head(&self, head: &str) -> impl fmt::Display {
        self.layout.paint(Ink::Head, format!("{head:<HEAD_WIDTH$}"))
    }

    /// A head with a line of its own.
    pub(super) fn title(&self, title: &'static str) -> impl fmt::Display {
        self.layout.paint(Ink::Head, title)
    }
}

/// Characters of a head; what belongs to it is indented as far.
pub(super) const HEAD_WIDTH: usize = 10;
