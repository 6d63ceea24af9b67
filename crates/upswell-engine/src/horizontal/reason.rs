//! Why a decision is what it is: a variant with its numbers, and one sentence for all who ask.
//!
//! The sentence is a lowercase fragment without a full stop; conditions, events, `explain` and
//! pages print it as it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::{Replicas, Timestamp};

/// One reason. A decision has several, in the order of thought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    // Horizontal: what stops a tick before metrics are looked at.
    /// The scale of the target could not be read.
    ScaleUnreadable {
        /// What the API said.
        error: String,
    },
    /// Somebody put the target to zero replicas, which turns its autoscaler off.
    ScalingDisabled,
    /// There are more replicas than allowed.
    AboveMaximum {
        /// What there is.
        current: Replicas,
        /// What is allowed.
        max: Replicas,
    },
    /// There are fewer replicas than allowed.
    BelowMinimum {
        /// What there is.
        current: Replicas,
        /// What is allowed.
        min: Replicas,
    },

    // Horizontal: what each metric said.
    /// The metric proposed most and so decides.
    MetricWon {
        /// The metric.
        metric: String,
        /// What it proposed.
        proposed: Replicas,
    },
    /// The metric proposed no more than another.
    MetricOutbid {
        /// The metric.
        metric: String,
        /// What it proposed.
        proposed: Replicas,
    },
    /// The metric is too close to its target to act.
    WithinTolerance {
        /// The metric.
        metric: String,
        /// Replicas that stay.
        current: Replicas,
    },
    /// Pods that start up or have no sample could undo the change.
    HeldByPods {
        /// The metric.
        metric: String,
        /// Replicas that stay.
        current: Replicas,
        /// Pods that start up.
        unready: u64,
        /// Pods without a sample.
        missing: u64,
    },
    /// The metric failed.
    MetricFailed {
        /// The metric.
        metric: String,
        /// Why.
        error: String,
    },
    /// The selector of the target does not lead to pods of its own.
    SelectorUnusable {
        /// Why.
        error: String,
    },
    /// No metric proposed anything, so nothing changes.
    NoMetricReadable,
    /// A metric failed and the others want fewer replicas: a failed metric never scales down.
    ScaleDownRefused {
        /// What the others want.
        proposed: Replicas,
        /// What stays.
        current: Replicas,
        /// How many metrics failed.
        failed: usize,
    },

    // Horizontal: what held the proposal back.
    /// An older recommendation still stands in the stabilization window.
    HeldByWindow {
        /// What the metrics want now.
        proposed: Replicas,
        /// What the window allows.
        held: Replicas,
        /// When the last such recommendation leaves the window.
        until: Timestamp,
    },
    /// A scaling policy, or the built-in rate, allows no more.
    LimitedByRate {
        /// What is wanted.
        wanted: Replicas,
        /// What is allowed.
        allowed: Replicas,
    },
    /// The maximum allows no more.
    LimitedByMaximum {
        /// What is wanted.
        wanted: Replicas,
        /// What is allowed.
        max: Replicas,
    },
    /// The minimum allows no fewer.
    LimitedByMinimum {
        /// What is wanted.
        wanted: Replicas,
        /// What is allowed.
        min: Replicas,
    },
}

impl Reason {
    /// Every code, in the order of the variants.
    pub const CODES: [&'static str; 16] = [
        "scale-unreadable",
        "scaling-disabled",
        "above-maximum",
        "below-minimum",
        "metric-won",
        "metric-outbid",
        "within-tolerance",
        "held-by-pods",
        "metric-failed",
        "selector-unusable",
        "no-metric-readable",
        "scale-down-refused",
        "held-by-window",
        "limited-by-rate",
        "limited-by-maximum",
        "limited-by-minimum",
    ];

    /// Returns the variant's name for scripts and scenarios, as in `held-by-window`; never reused.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ScaleUnreadable { .. } => "scale-unreadable",
            Self::ScalingDisabled => "scaling-disabled",
            Self::AboveMaximum { .. } => "above-maximum",
            Self::BelowMinimum { .. } => "below-minimum",
            Self::MetricWon { .. } => "metric-won",
            Self::MetricOutbid { .. } => "metric-outbid",
            Self::WithinTolerance { .. } => "within-tolerance",
            Self::HeldByPods { .. } => "held-by-pods",
            Self::MetricFailed { .. } => "metric-failed",
            Self::SelectorUnusable { .. } => "selector-unusable",
            Self::NoMetricReadable => "no-metric-readable",
            Self::ScaleDownRefused { .. } => "scale-down-refused",
            Self::HeldByWindow { .. } => "held-by-window",
            Self::LimitedByRate { .. } => "limited-by-rate",
            Self::LimitedByMaximum { .. } => "limited-by-maximum",
            Self::LimitedByMinimum { .. } => "limited-by-minimum",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScaleUnreadable { error } => {
                write!(f, "the scale of the target could not be read: {error}")
            }
            Self::ScalingDisabled => {
                f.write_str("scaling is off because the target was set to zero replicas")
            }
            Self::AboveMaximum { current, max } => {
                write!(f, "{current} replicas are more than the maximum of {max}")
            }
            Self::BelowMinimum { current, min } => {
                write!(f, "{current} replicas are fewer than the minimum of {min}")
            }
            Self::MetricWon { metric, proposed } => write!(f, "{metric} asks for {proposed}"),
            Self::MetricOutbid { metric, proposed } => {
                write!(f, "{metric} asks for {proposed}, no more than another metric")
            }
            Self::WithinTolerance { metric, current } => {
                write!(f, "{metric} is within tolerance of its target at {current}")
            }
            Self::HeldByPods { metric, current, unready, missing } => write!(
                f,
                "{metric} stays at {current} because pods that start ({unready}) or have no sample \
                 ({missing}) could undo the change"
            ),
            Self::MetricFailed { metric, error } => write!(f, "{metric} failed: {error}"),
            Self::SelectorUnusable { error } => f.write_str(error),
            Self::NoMetricReadable => f.write_str("no metric could be used, so nothing changes"),
            Self::ScaleDownRefused { proposed, current, failed } => write!(
                f,
                "stays at {current} although {proposed} would do, because of metrics that failed \
                 ({failed}), and a failed metric never scales down"
            ),
            Self::HeldByWindow { proposed, held, until } => write!(
                f,
                "the stabilization window holds {held} instead of {proposed} until {until}"
            ),
            Self::LimitedByRate { wanted, allowed } => {
                write!(f, "the scaling rate allows {allowed} instead of {wanted}")
            }
            Self::LimitedByMaximum { wanted, max } => {
                write!(f, "the maximum allows {max} instead of {wanted}")
            }
            Self::LimitedByMinimum { wanted, min } => {
                write!(f, "the minimum asks for {min} instead of {wanted}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_a_fragment_with_its_numbers() {
        let text = |text: &str| text.to_owned();
        let (two, ten) = (Replicas(2), Replicas(10));
        let all = [
            Reason::ScaleUnreadable { error: text("no answer") },
            Reason::ScalingDisabled,
            Reason::AboveMaximum { current: ten, max: two },
            Reason::BelowMinimum { current: two, min: ten },
            Reason::MetricWon { metric: text("cpu usage"), proposed: ten },
            Reason::MetricOutbid { metric: text("cpu usage"), proposed: two },
            Reason::WithinTolerance { metric: text("cpu usage"), current: ten },
            Reason::HeldByPods { metric: text("cpu usage"), current: ten, unready: 1, missing: 3 },
            Reason::MetricFailed { metric: text("cpu usage"), error: text("no answer") },
            Reason::SelectorUnusable { error: text("the selector is missing") },
            Reason::NoMetricReadable,
            Reason::ScaleDownRefused { proposed: two, current: ten, failed: 1 },
            Reason::HeldByWindow { proposed: two, held: ten, until: Timestamp::UNIX_EPOCH },
            Reason::LimitedByRate { wanted: ten, allowed: two },
            Reason::LimitedByMaximum { wanted: ten, max: two },
            Reason::LimitedByMinimum { wanted: two, min: ten },
        ];
        let codes: Vec<&str> = all.iter().map(Reason::code).collect();
        assert_eq!(codes, Reason::CODES);
        for reason in all {
            let sentence = reason.to_string();
            assert!(!sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
            assert!(!sentence.starts_with(char::is_uppercase), "{sentence}");
        }
        let held = Reason::HeldByWindow { proposed: two, held: ten, until: Timestamp::UNIX_EPOCH };
        assert_eq!(
            held.to_string(),
            "the stabilization window holds 10 instead of 2 until 1970-01-01T00:00:00Z"
        );
    }
}
