//! What Alertmanager is told.

use std::collections::BTreeMap;

use upswell_units::Duration;

use crate::labels::Labels;
use crate::rules::alert::{AlertState, Instance};
use crate::rules::group::Rule;
use crate::rules::set::{External, Health, Rules};
use crate::sample::{Time, millis};
use crate::template::table_link;

/// A firing or resolved alert as Alertmanager's API takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Labels of the alert, and of the installation where the alert has none of that name.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it fired.
    pub starts_at: Time,
    /// When it was resolved; for one that fires, until when this notice is good.
    pub ends_at: Time,
    /// Link to its expression.
    pub generator_url: String,
}

/// How many times the time to the next notice a notice is good for: two may be lost.
const VALID_TIMES: i64 = 4;

impl Rules {
    /// Returns what Alertmanager is to be told after an evaluation of a group at `at`, and
    /// remembers it as told.
    ///
    /// That is each alert that fires or was resolved since it was last told, and any other again
    /// after `resend_delay` (1 min at Prometheus's default); a resolved one for 15 min. Nothing of
    /// a rule whose evaluation failed. Source: Prometheus 3.16, rules/alerting.go, `sendAlerts`.
    pub fn notices(&mut self, group: usize, at: Time, resend_delay: Duration) -> Vec<Notice> {
        let Self { external, groups } = self;
        let Some(active) = groups.get_mut(group) else {
            return Vec::new();
        };
        let resend_ms = millis(resend_delay);
        let valid_ms = resend_ms.max(millis(active.group.interval)).saturating_mul(VALID_TIMES);
        let mut notices = Vec::new();
        for (rule, state) in active.group.rules.iter().zip(&mut active.rules) {
            if state.health != Health::Good {
                continue;
            }
            for instance in state.instances.values_mut() {
                if instance.needs_sending(at, resend_ms) {
                    instance.sent_at = Some(at);
                    notices.push(notice(rule, instance, external, at.plus_millis(valid_ms)));
                }
            }
        }
        notices
    }
}

impl Instance {
    fn needs_sending(&self, at: Time, resend_ms: i64) -> bool {
        if self.alert.state == AlertState::Pending {
            return false;
        }
        let Some(sent_at) = self.sent_at else {
            return true;
        };
        self.resolved_at.is_some_and(|resolved_at| resolved_at > sent_at)
            || at.millis_since(sent_at) > resend_ms
    }
}

fn notice(rule: &Rule, instance: &Instance, external: &External, valid_until: Time) -> Notice {
    let alert = &instance.alert;
    let mut labels = alert.labels.edit();
    for (name, value) in external.labels.iter() {
        if alert.labels.get(name).is_empty() {
            labels.set(name, value);
        }
    }
    Notice {
        labels: labels.build(),
        annotations: alert.annotations.clone(),
        starts_at: alert.fired_at.unwrap_or(alert.active_at),
        ends_at: instance.resolved_at.unwrap_or(valid_until),
        generator_url: format!("{}{}", external.url, table_link(rule.query.text())),
    }
}
