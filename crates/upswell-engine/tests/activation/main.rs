//! Activation by tables and properties, written from KEDA's definitions.

mod activity;
mod decision;
mod fallback;
mod formula;
mod modifiers;
mod pause;
mod scaled_job;

use upswell_units::{Timestamp, TriggerName};

/// Some instant, long after every object of these tests was created.
const NOW: Timestamp = Timestamp::from_secs(1_000_000);

fn metric(name: &str) -> TriggerName {
    TriggerName(name.to_owned())
}
