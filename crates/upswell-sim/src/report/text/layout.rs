//! How wide the text may be, and whether it may have colour. Colour only adds.

use std::fmt;

use anstyle::{AnsiColor, Style};

/// Narrower than this, a chart tells nothing.
const WIDTH_MIN: usize = 60;

/// Wider than this, eyes lose the line.
const WIDTH_MAX: usize = 160;

/// How a text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    width: usize,
    has_colour: bool,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Head,
    Good,
    Bad,
    Demand,
    Waiting,
    Serving,
    Nodes,
}

impl Layout {
    /// Takes the characters of a line, kept within 60 and 160, and whether to write colour as ANSI
    /// escapes.
    #[must_use]
    pub fn new(width: usize, has_colour: bool) -> Self {
        Self { width: width.clamp(WIDTH_MIN, WIDTH_MAX), has_colour }
    }

    pub(super) const fn width(self) -> usize {
        self.width
    }

    /// The text in the colour, or as it is.
    pub(super) const fn paint<T: fmt::Display>(self, ink: Ink, text: T) -> Painted<T> {
        let style = if self.has_colour { ink.style() } else { Style::new() };
        Painted { style, text }
    }
}

impl Ink {
    const fn style(self) -> Style {
        let colour = match self {
            Self::Head => return Style::new().bold(),
            Self::Good => return AnsiColor::Green.on_default().bold(),
            Self::Bad => return AnsiColor::Red.on_default().bold(),
            Self::Demand => AnsiColor::Cyan,
            Self::Waiting => AnsiColor::Yellow,
            Self::Serving => AnsiColor::Green,
            Self::Nodes => AnsiColor::Blue,
        };
        colour.on_default()
    }
}

/// A text with its style.
pub(super) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { style, text } = self;
        write!(f, "{style}{text}{style:#}")
    }
}
