//! The clock of the edge; what is pure gets its instants from here.

use upswell_metrics::Time;

/// Returns the instant at which it is called.
pub(crate) fn now() -> Time {
    Time(jiff::Timestamp::now().as_millisecond())
}
