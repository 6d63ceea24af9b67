//! Recording and alerting rules, evaluated into the store.
//!
//! ```text
//! GroupText -> Group::parse -> Group -> Rules::new
//!                                         |
//!              next_at -> evaluate -> series in the store, RuleReport with its Transitions
//!                                         |
//!              notices -> what Alertmanager is told        save / restore -> State
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`text`] | rules as they are written, and every fault of a group at once |
//! | [`group`] | [`Group`], [`Rule`]: rules that were parsed |
//! | [`alert`] | [`Alert`], its life, its [`Transition`]s |
//! | `set`, `evaluate`, `notice` | [`Rules`]: all groups with the state of their alerts |
//! | [`Sink`] | where their samples go: the store, or a way to it |
//! | [`state`] | [`State`]: what a restart must not forget |
//!
//! Source: Prometheus 3.16, rules/{alerting,recording,group}.go; where ours differs, the item says
//! so.

pub mod alert;
mod evaluate;
pub mod group;
mod notice;
mod set;
mod sink;
pub mod state;
pub mod text;

pub use alert::{Alert, AlertState, Transition};
pub use evaluate::{RuleError, RuleReport};
pub use group::{Group, Rule, RuleKind};
pub use notice::Notice;
pub use set::{External, Health, RuleStatus, Rules};
pub use sink::Sink;
pub use state::{Restart, State, StateError};
pub use text::{Field, GroupText, Problem, RuleText};
