//! Everything of the edge put together: a store, what fills it, rules over it, and the API on it.
//!
//! ```text
//! targets -> scraper -+                    +-> API (HTTP)
//!                     +-> store (Writer) --+
//!            rules ---+        (Reader)    +-> rules, a task a group
//!              |  ^                                |
//!              |  +---- state of alerts <----------+
//!              +-> Alertmanager
//! ```
//!
//! Each part is a task of its own: one that is slow or fails harms no other.

mod groups;
mod run;

pub use groups::RuleSettings;
pub use run::{Monitor, Settings, StartError};
