//! What every trigger can do, and what its readings are.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::{MilliUnits, TriggerName};

use crate::reader::Common;
use crate::request::Request;
use crate::response::Response;
use crate::served::metric_milli_units;
use crate::settings::Settings;

/// A parsed trigger: what to ask, and what the answer is worth.
///
/// `Debug` never shows a secret.
pub trait Trigger: fmt::Debug + Send + Sync {
    /// Returns the trigger's type: `redis`.
    fn kind(&self) -> &'static str;

    /// Returns the metrics that the trigger contributes to the autoscaler.
    ///
    /// Empty for `external` and `external-push`, which only know them from a response.
    fn metric_specs(&self) -> Vec<MetricSpec>;

    /// Returns the metrics as a response names them; for most triggers [`Trigger::metric_specs`].
    ///
    /// # Errors
    ///
    /// When the response is not of the transport that [`Trigger::request`] names.
    fn discovered_specs(&self, response: &Response) -> Result<Vec<MetricSpec>, ReadError> {
        let _ = response;
        Ok(self.metric_specs())
    }

    /// Returns what to ask, of which server.
    fn request(&self) -> Request;

    /// Returns what the response is worth.
    ///
    /// `memory` belongs to this trigger alone. It is only written when the reading succeeds, and
    /// only by triggers that compare a reading with the one before (Kafka's persistent lag).
    ///
    /// # Errors
    ///
    /// When the response cannot be decoded, or holds no value. An absent value is never zero,
    /// unless the trigger's own settings say so.
    fn reading(
        &self,
        response: &Response,
        memory: &mut TriggerMemory,
    ) -> Result<Reading, ReadError>;

    /// Returns the effective settings; secrets are hidden unless asked for.
    fn settings(&self) -> &Settings;
}

/// One metric that a trigger contributes to the autoscaler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricSpec {
    /// `s0-redis-jobs` for an external metric; `cpu` or `memory` for a resource.
    pub name: TriggerName,
    /// Where the autoscaler reads it.
    pub source: MetricSource,
    /// What it is compared with.
    pub target: MetricTarget,
}

/// Where the autoscaler reads a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricSource {
    /// The external metrics API, that is, the trigger's own readings.
    External,
    /// The resource metrics API, over all containers of a pod.
    Resource {
        /// `cpu` or `memory`.
        resource: &'static str,
    },
    /// The resource metrics API, one container of each pod.
    ContainerResource {
        /// `cpu` or `memory`.
        resource: &'static str,
        /// The container's name.
        container: String,
    },
}

/// What a metric is compared with. Texts are Kubernetes quantities; those of external metrics are
/// plain decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricTarget {
    /// The value, whatever the number of replicas.
    Value(String),
    /// The value divided by the number of replicas.
    AverageValue(String),
    /// Percent of what the pods request.
    Utilization(i32),
}

/// What one answer of a trigger's source is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Value by metric name, as served: never negative, saturating in thousandths.
    pub values: BTreeMap<TriggerName, MilliUnits>,
    /// Whether the trigger holds its target above zero.
    pub active: bool,
}

/// What a trigger remembers between two readings. Plain data: a restart loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriggerMemory {
    /// Committed Kafka offset by topic and partition, as of the reading before.
    pub committed_offsets: BTreeMap<String, BTreeMap<i32, i64>>,
}

/// Why there is no reading. Never quotes a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ReadError {
    /// The source could not be asked; the edge says why.
    #[error("could not ask the source: {0}")]
    Transport(String),
    /// The answer came over another transport than the request names.
    #[error("expected an answer from {expected}")]
    UnexpectedResponse {
        /// What should have answered.
        expected: String,
    },
    /// The server refused the request.
    #[error("the server answered with HTTP status {status}")]
    HttpStatus {
        /// The status, such as 503.
        status: u16,
    },
    /// The answer cannot be decoded.
    #[error("the answer is not {expected}: {reason}")]
    Malformed {
        /// What it should be.
        expected: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The answer does not hold what the trigger looks for.
    #[error("the answer has no {what}")]
    Missing {
        /// What it lacks.
        what: String,
    },
    /// The answer holds something that the trigger cannot turn into one value.
    #[error("{reason}")]
    Unusable {
        /// Why not.
        reason: String,
    },
}

impl ReadError {
    pub(crate) fn expected(transport: &str) -> Self {
        Self::UnexpectedResponse { expected: transport.to_owned() }
    }

    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    pub(crate) fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into() }
    }

    pub(crate) fn malformed(expected: &str, reason: impl fmt::Display) -> Self {
        Self::Malformed { expected: expected.to_owned(), reason: reason.to_string() }
    }
}

impl Common {
    /// Returns a reading of the trigger's one metric.
    ///
    /// NaN and infinities are no reading: upstream serves them as zero, which would scale down.
    pub(crate) fn reading(&self, value: f64, active: bool) -> Result<Reading, ReadError> {
        if !value.is_finite() {
            return Err(ReadError::unusable(format!("the value is {value}, not a finite number")));
        }
        let values = self.specs.iter().map(|spec| (spec.name.clone(), metric_milli_units(value)));
        Ok(Reading { values: values.collect(), active })
    }
}

/// The part of [`Trigger`] that reads the same in every trigger with a `common` field.
macro_rules! common_trigger_parts {
    () => {
        fn kind(&self) -> &'static str {
            self.common.kind
        }

        fn metric_specs(&self) -> Vec<$crate::MetricSpec> {
            self.common.specs.clone()
        }

        fn settings(&self) -> &$crate::Settings {
            &self.common.settings
        }
    };
}
pub(crate) use common_trigger_parts;
