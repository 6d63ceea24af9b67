//! The alerts of a bundle: when each fired in a run, why it cannot, and whether that was expected.
//!
//! ```text
//! rules --> Alert: what it is, and Findings: what is wrong with it whatever the traffic is
//! runs  --> AlertHistory --> Verdict: when it fired, or how near it came
//!                                |
//! expectations ------------------+--> ExpectationOutcome
//! ```

mod absence;
mod expectation;
mod finding;
mod judge;
mod verdict;

pub(crate) use absence::Known;
pub use expectation::{ExpectationOutcome, check_expectations, find_uncheckable};
pub use finding::{Absence, Alert, Finding, MissingSelector};
pub use judge::judge_alerts;
pub(crate) use verdict::episodes;
pub use verdict::{RunVerdict, Verdict};
