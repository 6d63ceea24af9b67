//! The alerts of a bundle: when each fired in a run, why it cannot, and whether that was expected.
//!
//! ```text
//! rules --> Alert: what it is, Findings: what is wrong with it whatever the traffic is
//! run   --> AlertHistory: when it fired, or how near it came
//!                  |
//!                  v
//! expectations --> check --> ExpectationOutcome
//! ```

mod expectation;
mod finding;
mod history;

pub use expectation::{ExpectationOutcome, check_expectations, find_uncheckable};
pub use finding::{Absence, Alert, Finding, MissingSelector};
pub use history::{AlertHistory, Firing, Verdict};
