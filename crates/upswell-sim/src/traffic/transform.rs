//! What a user makes of traffic: a window of it, at another speed, at another scale.

use std::fmt;
use std::str::FromStr;

use upswell_units::{Diagnostic, Duration, ParseDurationError};

use super::arrivals::{PER_SECOND_MAX, SPAN_MAX, Source, Traffic};

/// A window of the traffic, faster and larger than it was; in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transform {
    /// What to keep of it.
    pub window: Option<Window>,
    /// How fast to play it.
    pub speed: Speed,
    /// How many of its requests to send.
    pub scale: Scale,
}

/// From one instant of the traffic until before another; reads `8h..9h`, `8h..` and `..9h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Duration,
    /// Absent: until the end.
    to: Option<Duration>,
}

/// How many times as fast time runs: 60 plays an hour in a minute, with the same requests.
///
/// From 0.001 to 100,000.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

/// How many times the requests arrive, in the same time.
///
/// From 0.000001 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(f64);

/// Why a text is no window, speed or scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTransformError {
    /// There are no two dots, or nothing beside them.
    #[error("a window has a start or an end, e.g. \"8h..9h\", \"8h..\" or \"..9h\"")]
    NotAWindow,
    /// An instant of a window is no duration.
    #[error(transparent)]
    Instant(#[from] ParseDurationError),
    /// A window starts before the traffic does.
    #[error("a window counts from the start of the traffic: not below 0s")]
    BeforeStart,
    /// A window ends before it starts, or as it does.
    #[error("a window ends after its start")]
    Backwards,
    /// It is no number, or beyond the bounds of a speed.
    #[error("a speed is a number from 0.001 to 100000, e.g. 60")]
    Speed,
    /// It is no number, or beyond the bounds of a scale.
    #[error("a scale is a number from 0.000001 to 1000000, e.g. 2.5")]
    Scale,
}

impl Traffic {
    /// Returns the traffic transformed: what the window keeps, then faster, then scaled.
    ///
    /// The window's start becomes the start of the traffic. A pattern gets other rates, counts
    /// are multiplied, and each request of a trace is sent several times or only perhaps.
    ///
    /// # Errors
    ///
    /// A window that holds no request, and traffic that lasts more than a year or has a rate of
    /// more than 10 million requests a second.
    pub fn transformed(mut self, transform: &Transform) -> Result<Self, Box<Diagnostic>> {
        let Transform { window, speed: Speed(speed), scale: Scale(scale) } = *transform;
        if let Some(window) = window {
            self = self.cut(window)?;
        }
        match &mut self.source {
            Source::Trace(trace) => {
                trace.speed_up(speed);
                trace.scale(scale);
            }
            Source::Counts(counts) => {
                counts.speed_up(speed);
                counts.scale(scale);
            }
            Source::Pattern(pattern) => {
                pattern.speed_up(speed);
                pattern.scale(scale);
            }
        }
        self.check_bounds()?;
        Ok(self)
    }

    fn cut(mut self, window: Window) -> Result<Self, Box<Diagnostic>> {
        let span = self.span();
        // The last request of a trace lies at its very end.
        let (from, to) = (window.from, window.to.unwrap_or(Duration::MAX));
        match &mut self.source {
            Source::Trace(trace) => trace.cut(from, to),
            Source::Counts(counts) => counts.cut(from, to),
            Source::Pattern(pattern) => pattern.cut(from, to),
        }
        if self.expected_requests() == 0.0 {
            let message = format!("no request lies within {window}: the traffic lasts {span}");
            return Err(Box::new(
                Diagnostic::error("window-empty", message)
                    .help("choose a window in which requests arrive, or leave it out"),
            ));
        }
        Ok(self)
    }

    fn check_bounds(&self) -> Result<(), Box<Diagnostic>> {
        let span = self.span();
        if span > SPAN_MAX {
            let message = format!("at this speed the traffic lasts {span}, more than a year");
            return Err(Box::new(
                Diagnostic::error("traffic-too-long", message)
                    .help("raise the speed, or cut a window out of the traffic"),
            ));
        }
        let highest = match &self.source {
            // Recorded requests may all lie at one instant: they have no rate.
            Source::Trace(_) => return Ok(()),
            Source::Counts(counts) => counts.highest_per_second(),
            Source::Pattern(pattern) => pattern.highest_per_second(),
        };
        if highest > PER_SECOND_MAX {
            let message = format!("{highest:.0} requests a second are more than {PER_SECOND_MAX}");
            return Err(Box::new(
                Diagnostic::error("traffic-too-dense", message)
                    .help("lower the speed or the scale of the traffic"),
            ));
        }
        Ok(())
    }
}

impl Transform {
    /// Names traffic together with what was made of it, as in `trace.csv, 8h..9h, 60 times as
    /// fast`.
    #[must_use]
    pub fn describe(&self, source: &str) -> String {
        let Self { window, speed: Speed(speed), scale: Scale(scale) } = self;
        let mut text = source.to_owned();
        if let Some(window) = window {
            text += &format!(", {window}");
        }
        if *speed != 1.0 {
            text += &format!(", {speed} times as fast");
        }
        if *scale != 1.0 {
            text += &format!(", {scale} times the requests");
        }
        text
    }
}

impl Default for Speed {
    /// As it was recorded or written.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Default for Scale {
    /// As it was recorded or written.
    fn default() -> Self {
        Self(1.0)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.from)?;
        self.to.map_or(Ok(()), |to| write!(f, "{to}"))
    }
}

impl FromStr for Window {
    type Err = ParseTransformError;

    fn from_str(text: &str) -> Result<Self, ParseTransformError> {
        let (from, to) = text.split_once("..").ok_or(ParseTransformError::NotAWindow)?;
        let instant = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<Duration>().map(Some),
        };
        let (from, to) = match (instant(from)?, instant(to)?) {
            (None, None) => return Err(ParseTransformError::NotAWindow),
            (from, to) => (from.unwrap_or(Duration::ZERO), to),
        };
        if from < Duration::ZERO {
            return Err(ParseTransformError::BeforeStart);
        }
        if to.is_some_and(|to| to <= from) {
            return Err(ParseTransformError::Backwards);
        }
        Ok(Self { from, to })
    }
}

impl FromStr for Speed {
    type Err = ParseTransformError;

    fn from_str(text: &str) -> Result<Self, ParseTransformError> {
        let speed = text.parse().ok().filter(|speed| (0.001..=1e5).contains(speed));
        speed.map(Self).ok_or(ParseTransformError::Speed)
    }
}

impl FromStr for Scale {
    type Err = ParseTransformError;

    fn from_str(text: &str) -> Result<Self, ParseTransformError> {
        let scale = text.parse().ok().filter(|scale| (1e-6..=1e6).contains(scale));
        scale.map(Self).ok_or(ParseTransformError::Scale)
    }
}
