//! Recording and alerting rules, evaluated into the store.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::Duration;

use crate::labels::Labels;
use crate::promql::Query;
use crate::sample::Time;

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name, unique in its file.
    pub name: String,
    /// Namespace and name of its PrometheusRule, or the name of its file.
    pub file: String,
    /// Time between evaluations.
    pub interval: Duration,
    /// How far back each evaluation looks.
    pub query_offset: Duration,
    /// Most alerts or series that one rule may make; 0 for no bound.
    pub limit: u32,
    /// Labels that every rule adds; those of the rule itself go before.
    pub labels: BTreeMap<String, String>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// An alert or a recorded series.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name of the alert or of the series.
    pub name: String,
    /// The expression.
    pub query: Query,
    /// Labels that it adds; templates for an alert.
    pub labels: BTreeMap<String, String>,
    /// What it makes.
    pub kind: RuleKind,
}

/// What a rule makes.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// A series.
    Recording,
    /// Alerts.
    Alerting {
        /// How long the expression must hold before an alert fires.
        hold: Duration,
        /// How long an alert fires on after that.
        keep_firing_for: Duration,
        /// Texts for people: templates.
        annotations: BTreeMap<String, String>,
    },
}

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The condition holds, not yet for long enough.
    Pending,
    /// It has held for long enough, or not longer ago than `keep_firing_for`.
    Firing,
}

/// An alert that is not inactive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its labels, `alertname` included: its identity.
    pub labels: Labels,
    /// Its annotations as of the last evaluation at which the condition held.
    pub annotations: BTreeMap<String, String>,
    /// How far it is.
    pub state: AlertState,
    /// Value of the expression at the last evaluation at which it held.
    pub value: f64,
    /// When the condition became true.
    pub active_at: Time,
    /// When it fired, if it has.
    pub fired_at: Option<Time>,
    /// Since when only `keep_firing_for` holds it.
    pub kept_since: Option<Time>,
}
