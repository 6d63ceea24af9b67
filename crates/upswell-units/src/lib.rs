//! The plain types that every room shares: quantities, replicas, instants, ids, spans, diagnostics.
//!
//! Parse at the edge into these types and never check again. None of them knows Kubernetes
//! objects, metrics or decisions; none does I/O or reads a clock.
//!
//! | module | types |
//! | --- | --- |
//! | [`quantity`] | [`Quantity`]: Kubernetes quantities, exact |
//! | [`amount`] | [`Replicas`], [`MilliUnits`], [`Millicores`], [`Bytes`] |
//! | [`time`] | [`Timestamp`], [`Duration`]: nanoseconds, saturating |
//! | [`id`] | [`ScaleTarget`], [`ObjectRef`], [`TriggerName`], [`PodName`] |
//! | [`source`] | [`Sources`], [`Span`], [`Spanned`]: where a value was written |
//! | [`diagnostic`] | [`Diagnostic`]: what is wrong, where, and how to mend it |
//! | [`nearest`](mod@nearest) | [`nearest()`]: the name that a misspelt one was meant to be |

pub mod amount;
pub mod diagnostic;
pub mod id;
pub mod nearest;
pub mod quantity;
pub mod source;
pub mod time;

pub use amount::{Bytes, MilliUnits, Millicores, Replicas};
pub use diagnostic::{Diagnostic, Severity};
pub use id::{ObjectRef, PodName, ScaleTarget, TriggerName};
pub use nearest::nearest;
pub use quantity::Quantity;
pub use source::{FileId, Position, Sources, Span, Spanned};
pub use time::{Duration, ParseDurationError, Timestamp};
