//! How queries are evaluated.

use upswell_units::Duration;

/// Which samples a window of `d` that ends at `t` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Windows {
    /// `t-d < at <= t`: Prometheus 3.
    #[default]
    LeftOpen,
    /// `t-d <= at <= t`: Prometheus 2.
    LeftClosed,
}

/// How queries are evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How old the newest sample of a series may be in an instant vector.
    pub lookback: Duration,
    /// Prometheus 3's windows or those of 2.
    pub windows: Windows,
    /// Step of subqueries that name none.
    pub default_step: Duration,
    /// Most samples that one query may hold at a time; a step of a series counts as one.
    pub samples_max: u64,
}

impl Default for Options {
    /// Those of Prometheus 3: 5 min, left-open, 1 min, 50,000,000.
    fn default() -> Self {
        Self {
            lookback: Duration::from_secs(300),
            windows: Windows::LeftOpen,
            default_step: Duration::from_secs(60),
            samples_max: 50_000_000,
        }
    }
}
