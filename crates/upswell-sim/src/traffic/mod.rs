//! The requests that arrive: recorded one by one, counted minute by minute, as rates, or written
//! as a pattern.
//!
//! ```text
//! file of requests  --parse_trace----> Traffic --transformed--> Traffic --arrivals--> Arrival, …
//! file of counts    --parse_trace--/     ^      window, speed,             (seed, Sizes)
//! recorded rates    --from_rates--------+       scale
//! "10/s for 2m, …"  --parse_pattern----/
//! ```
//!
//! Arrivals are made one after another as they are taken: no list of them is ever held, except
//! the rows of a trace that has one for each request. [`SurgeDetector`] watches what arrives.

mod arrivals;
mod counts;
mod instants;
mod pattern;
mod pattern_text;
mod sizes;
mod surge;
mod trace;
mod transform;

pub use arrivals::{Arrival, Arrivals, NotARate, Traffic};
pub use pattern_text::parse_pattern;
pub use sizes::{Sizes, TokenSpread};
pub use surge::{Began, DetectedSurge, SurgeDetector};
pub use trace::parse_trace;
pub use transform::{ParseTransformError, Scale, Speed, Transform, Window};
