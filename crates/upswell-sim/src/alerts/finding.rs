//! What is wrong with an alert whatever the traffic is.

use std::fmt;

use serde::{Serialize, Serializer};
use upswell_units::Duration;

use super::verdict::RunVerdict;

/// An alert of the bundle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Its name.
    pub alert: String,
    /// The object that has it: `PrometheusRule/llm-autoscaling`.
    pub object: String,
    /// Its group.
    pub group: String,
    /// `file:line:column` of its expression.
    pub at: String,
    /// How long its condition must hold before it fires, in seconds: `for`.
    #[serde(rename = "for_s", serialize_with = "as_seconds")]
    pub hold: Duration,
    /// What is wrong with it whatever the traffic is.
    pub findings: Vec<Finding>,
    /// What became of it in each run.
    pub runs: Vec<RunVerdict>,
}

/// What is wrong with an alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// It cannot fire: series that its condition cannot do without are not there.
    CannotFire {
        /// What selects nothing.
        missing: Vec<MissingSelector>,
    },
    /// It did not fire, and in another cluster it might: its condition cannot do without series
    /// that this bundle does not export, and others may.
    UnknownSeries {
        /// What selects nothing.
        missing: Vec<MissingSelector>,
    },
    /// Its condition holds all the time while nothing arrives.
    TrueAtRest,
    /// Series of the name were there, and none with these values of labels.
    NoSuchValue {
        /// What selected nothing.
        selector: String,
        /// Its `file:line:column`.
        at: String,
        /// The condition that no series met.
        label: String,
        /// The values that there were, the first of them.
        values: Vec<String>,
    },
}

/// A selector that selects nothing for certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingSelector {
    /// The name of the metric, or the whole selector where it has no fixed name.
    pub selector: String,
    /// Its `file:line:column`.
    pub at: String,
    /// Why it selects nothing.
    #[serde(flatten)]
    pub absence: Absence,
}

/// Why a selector selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Absence {
    /// The series has another name now, or is gone.
    Renamed {
        /// How to ask for it today, if that is possible.
        today: Option<String>,
        /// Who says so: a version, or that there never was one.
        since: String,
    },
    /// What could export it is there, and is not scraped or not set up so.
    NotExported {
        /// Why not.
        why: String,
    },
    /// The rule that records it never has a result.
    NeverRecorded {
        /// Whether that is so in every cluster.
        is_certain: bool,
    },
    /// The label has another name now.
    LabelRenamed {
        /// The label that is asked for.
        label: String,
        /// Its name today, if it has one.
        today: Option<String>,
        /// Who renamed it.
        since: String,
    },
    /// The series has no such label.
    NoSuchLabel {
        /// The label that is asked for.
        label: String,
        /// The labels that the exporter sets.
        labels: Vec<String>,
    },
    /// A real exporter has it, and the simulated one does not.
    NotSimulated {
        /// Why not.
        why: String,
    },
    /// Nothing in the bundle exports it.
    Unknown {
        /// A series that is there and whose name is much alike.
        nearest: Option<String>,
    },
}

impl Absence {
    /// Returns whether no other system can be expected to export it either.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        match self {
            Self::NotSimulated { .. } | Self::Unknown { .. } => false,
            Self::NeverRecorded { is_certain } => *is_certain,
            _ => true,
        }
    }
}

impl Alert {
    /// Returns whether it can never fire.
    #[must_use]
    pub fn cannot_fire(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding, Finding::CannotFire { .. }))
    }

    /// Returns whether it is silent or fires whatever happens.
    pub(crate) fn tells_nothing(&self) -> bool {
        self.cannot_fire() || self.findings.contains(&Finding::TrueAtRest)
    }
}

impl fmt::Display for MissingSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.selector;
        match &self.absence {
            Absence::Renamed { today, since } => {
                write!(f, "nothing exports `{name}` today ({since})")?;
                today.as_ref().map_or(Ok(()), |today| write!(f, ": ask for `{today}`"))
            }
            Absence::NotExported { why } => write!(f, "`{name}` is not there: {why}"),
            Absence::NeverRecorded { .. } => {
                write!(f, "`{name}` is not there: the rule that records it never has a result")
            }
            Absence::LabelRenamed { label, today: Some(today), since } => {
                write!(f, "`{name}` has no label `{label}` today ({since}): it is `{today}`")
            }
            Absence::LabelRenamed { label, today: None, since } => {
                write!(f, "`{name}` has no label `{label}` today ({since})")
            }
            Absence::NoSuchLabel { label, labels } if labels.is_empty() => {
                write!(f, "`{name}` has no label `{label}`")
            }
            Absence::NoSuchLabel { label, labels } => {
                write!(f, "`{name}` has no label `{label}`; it has {}", labels.join(", "))
            }
            Absence::NotSimulated { why } => {
                write!(f, "`{name}` is not simulated ({why}): the rehearsal cannot know")
            }
            Absence::Unknown { nearest: Some(nearest) } => {
                write!(f, "nothing in this bundle exports `{name}`: is `{nearest}` meant?")
            }
            Absence::Unknown { nearest: None } => write!(
                f,
                "nothing in this bundle exports `{name}`; if another system does, the rehearsal \
                 cannot know"
            ),
        }
    }
}

fn as_seconds<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(duration.as_secs_f64())
}
