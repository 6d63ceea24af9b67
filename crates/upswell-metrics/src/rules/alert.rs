//! An alert and its life: pending, firing, kept, resolved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::Duration;

use crate::labels::Labels;
use crate::sample::{Time, millis};

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The condition holds, not yet for long enough.
    Pending,
    /// It has held for long enough, or not longer ago than `keep_firing_for`.
    Firing,
}

impl AlertState {
    /// Returns its word in `alertstate` and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
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
    #[serde(with = "any_double")]
    pub value: f64,
    /// When the condition became true; later by the time that nobody watched, after a restart.
    pub active_at: Time,
    /// When it fired, if it has.
    pub fired_at: Option<Time>,
    /// Since when only `keep_firing_for` holds it.
    pub kept_since: Option<Time>,
}

/// JSON has no infinities and no NaN, and an alert on them must survive a restart.
mod any_double {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A step in the life of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The alert as it is after the step; as it last was, if it became inactive.
    pub alert: Alert,
    /// What it was; absent for inactive.
    pub from: Option<AlertState>,
    /// What it is now; absent for inactive.
    pub to: Option<AlertState>,
    /// When.
    pub at: Time,
}

/// How long a resolved alert is remembered, so that Alertmanager can be told again.
/// Source: Prometheus 3.16, rules/alerting.go, `resolvedRetention`.
const RESOLVED_RETENTION_MS: i64 = 15 * 60 * 1000;

/// An alert with what only its rule needs to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Instance {
    pub(super) alert: Alert,
    /// Since when it is inactive.
    pub(super) resolved_at: Option<Time>,
    /// When Alertmanager was last told.
    pub(super) sent_at: Option<Time>,
    /// Set by a restart, until the condition is seen to hold again.
    pub(super) unconfirmed: Option<Unconfirmed>,
}

/// An alert that a restart restored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Unconfirmed {
    /// When it was last seen to hold.
    pub(super) seen_at: Time,
    /// Until when it is left as it was though the condition does not hold: data may be missing.
    pub(super) until: Time,
}

impl Instance {
    /// An alert whose condition has just become true.
    pub(super) fn new(labels: Labels, at: Time) -> Self {
        let alert = Alert {
            labels,
            annotations: BTreeMap::new(),
            state: AlertState::Pending,
            value: 0.0,
            active_at: at,
            fired_at: None,
            kept_since: None,
        };
        Self { alert, resolved_at: None, sent_at: None, unconfirmed: None }
    }

    /// How far it is; absent if inactive.
    pub(super) fn state(&self) -> Option<AlertState> {
        self.resolved_at.is_none().then_some(self.alert.state)
    }

    /// Its last transition, if it is active and its rule forgets it.
    pub(super) fn dropped(self, at: Time) -> Option<Transition> {
        let from = self.state()?;
        Some(Transition { alert: self.alert, from: Some(from), to: None, at })
    }
}

/// How long an alert waits and stays, and how often it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) hold: Duration,
    pub(super) keep_firing_for: Duration,
    pub(super) interval: Duration,
}

impl Pace {
    /// Takes an active alert whose condition holds one evaluation further.
    pub(super) fn condition_holds(self, instance: &mut Instance, at: Time) {
        let alert = &mut instance.alert;
        alert.kept_since = None;
        if let Some(Unconfirmed { seen_at, .. }) = instance.unconfirmed.take()
            && alert.state == AlertState::Pending
        {
            // Time that nobody watched does not count; one interval is the way things are.
            let unwatched = at.millis_since(seen_at).saturating_sub(millis(self.interval));
            alert.active_at = alert.active_at.plus_millis(unwatched.max(0));
        }
        let held = at.millis_since(alert.active_at) >= millis(self.hold);
        match alert.state {
            AlertState::Pending if held => {
                alert.state = AlertState::Firing;
                alert.fired_at = Some(at);
            }
            // The rule was changed, and now asks for more patience.
            AlertState::Firing if !held => {
                alert.state = AlertState::Pending;
                alert.fired_at = None;
                instance.sent_at = None;
            }
            AlertState::Pending | AlertState::Firing => {}
        }
    }

    /// Takes an alert whose condition does not hold one evaluation further; returns whether it is
    /// still to be remembered.
    pub(super) fn condition_fails(self, instance: &mut Instance, at: Time) -> bool {
        if let Some(resolved_at) = instance.resolved_at {
            return at.millis_since(resolved_at) <= RESOLVED_RETENTION_MS;
        }
        if instance.unconfirmed.is_some_and(|unconfirmed| at < unconfirmed.until) {
            return true;
        }
        instance.unconfirmed = None;
        let alert = &mut instance.alert;
        if alert.state == AlertState::Pending {
            return false;
        }
        let keep_ms = millis(self.keep_firing_for);
        if keep_ms > 0 {
            let since = *alert.kept_since.get_or_insert(at);
            if at.millis_since(since) < keep_ms {
                return true;
            }
        }
        instance.resolved_at = Some(at);
        true
    }
}
