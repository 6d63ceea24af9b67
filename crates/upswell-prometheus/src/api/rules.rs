//! `rules` and `alerts`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use upswell_metrics::rules::{Alert, AlertState, Group, Health, Rule, RuleKind};
use upswell_metrics::{Labels, Matcher, Time};
use upswell_units::Duration;

use super::answer::{Answer, Failure};
use super::encode::exponent_form;
use super::parameters::Parameters;
use super::routes::Shared;

/// Whoever knows how the rules do.
pub trait RulesView: Send + Sync {
    /// Returns the groups in the order in which they were given.
    fn groups(&self) -> Vec<GroupStatus>;
}

/// Where there are no rules.
impl RulesView for () {
    fn groups(&self) -> Vec<GroupStatus> {
        Vec::new()
    }
}

/// A group of rules and how they do.
#[derive(Clone, Debug)]
pub struct GroupStatus {
    /// The group.
    pub group: Arc<Group>,
    /// When it was evaluated last.
    pub evaluated_at: Option<Time>,
    /// How long that took, all rules together.
    pub evaluation_time: Duration,
    /// How its rules do, in their order.
    pub rules: Vec<RuleStatus>,
}

/// How a rule does.
#[derive(Clone, Debug, Default)]
pub struct RuleStatus {
    /// How its last evaluation went.
    pub health: Health,
    /// Its pending and firing alerts.
    pub alerts: Vec<Alert>,
}

/// Answers with the groups and their rules.
///
/// `type`, `rule_name[]`, `rule_group[]`, `file[]`, `match[]` and `exclude_alerts` say which. Pages
/// (`group_limit`) are not cut: a page may be all of it.
pub(super) async fn groups(
    State(shared): State<Shared>,
    parameters: Parameters,
) -> Result<Answer, Failure> {
    let wanted = Wanted::of(&parameters)?;
    let groups = shared.api.rules.groups();
    let groups: Vec<_> = groups.iter().filter_map(|group| wanted.group(group)).collect();
    Answer::of(&BTreeMap::from([("groups", groups)]))
}

/// Answers with the alerts that are not inactive.
pub(super) async fn alerts(State(shared): State<Shared>) -> Result<Answer, Failure> {
    let groups = shared.api.rules.groups();
    let rules = groups.iter().flat_map(|group| &group.rules);
    let alerts: Vec<_> = rules.flat_map(|rule| &rule.alerts).map(alert_json).collect();
    Answer::of(&BTreeMap::from([("alerts", alerts)]))
}

/// Answers with the Alertmanagers.
pub(super) async fn alertmanagers(State(shared): State<Shared>) -> Result<Answer, Failure> {
    let entry = |url: &String| BTreeMap::from([("url", format!("{url}/api/v2/alerts"))]);
    let active: Vec<_> = shared.api.alertmanagers.iter().map(entry).collect();
    Answer::of(&BTreeMap::from([
        ("activeAlertmanagers", active),
        ("droppedAlertmanagers", Vec::new()),
    ]))
}

/// Which rules are asked for.
struct Wanted {
    alerting: bool,
    recording: bool,
    with_alerts: bool,
    names: Vec<String>,
    groups: Vec<String>,
    files: Vec<String>,
    matchers: Vec<Vec<Matcher>>,
}

impl Wanted {
    fn of(parameters: &Parameters) -> Result<Self, Failure> {
        let kind = parameters.text("type").to_ascii_lowercase();
        if !["", "alert", "record"].contains(&kind.as_str()) {
            return Err(Failure::bad_parameter("type", format!("not supported value {kind:?}")));
        }
        let with_alerts = match &*parameters.text("exclude_alerts").to_ascii_lowercase() {
            "" | "0" | "f" | "false" => true,
            "1" | "t" | "true" => false,
            other => {
                let message = format!("{other:?} is neither true nor false");
                return Err(Failure::bad_parameter("exclude_alerts", message));
            }
        };
        let all = |name| parameters.all(name).map(str::to_owned).collect();
        Ok(Self {
            alerting: kind != "record",
            recording: kind != "alert",
            with_alerts,
            names: all("rule_name[]"),
            groups: all("rule_group[]"),
            files: all("file[]"),
            matchers: parameters.matchers()?,
        })
    }

    /// Returns a group with the rules asked for, if there are any.
    fn group<'a>(&self, status: &'a GroupStatus) -> Option<GroupJson<'a>> {
        let GroupStatus { group, evaluated_at, evaluation_time, rules } = status;
        let is_named = |names: &[String], name: &String| names.is_empty() || names.contains(name);
        if !is_named(&self.groups, &group.name) || !is_named(&self.files, &group.file) {
            return None;
        }
        let both = group.rules.iter().zip(rules);
        let wanted = both.filter(|(rule, _)| self.is_wanted(rule));
        let rules: Vec<_> = wanted
            .map(|(rule, status)| rule_json(rule, status, *evaluated_at, self.with_alerts))
            .collect();
        (!rules.is_empty()).then(|| GroupJson {
            name: &group.name,
            file: &group.file,
            interval: group.interval.as_secs_f64(),
            limit: group.limit,
            rules,
            evaluation_time: evaluation_time.as_secs_f64(),
            last_evaluation: instant(*evaluated_at),
        })
    }

    fn is_wanted(&self, rule: &Rule) -> bool {
        let is_of_kind = match rule.kind {
            RuleKind::Recording { .. } => self.recording,
            RuleKind::Alerting { .. } => self.alerting,
        };
        let labels = rule.label_texts();
        let label = |name: &str| labels.get(name).copied().unwrap_or_default();
        let meets = |set: &Vec<Matcher>| set.iter().all(|of| of.matches(label(&of.name)));
        is_of_kind
            && (self.names.is_empty() || self.names.contains(&rule.name))
            && (self.matchers.is_empty() || self.matchers.iter().any(meets))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupJson<'a> {
    name: &'a str,
    file: &'a str,
    rules: Vec<RuleJson<'a>>,
    interval: f64,
    limit: u32,
    evaluation_time: f64,
    last_evaluation: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleJson<'a> {
    name: &'a str,
    query: &'a str,
    labels: BTreeMap<&'a str, &'a str>,
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    evaluation_time: f64,
    last_evaluation: String,
    #[serde(flatten)]
    kind: KindJson<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum KindJson<'a> {
    Recording,
    #[serde(rename_all = "camelCase")]
    Alerting {
        state: &'static str,
        duration: f64,
        keep_firing_for: f64,
        annotations: BTreeMap<&'a str, &'a str>,
        alerts: Option<Vec<AlertJson<'a>>>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertJson<'a> {
    labels: &'a Labels,
    annotations: &'a BTreeMap<String, String>,
    state: AlertState,
    active_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_since: Option<String>,
    value: String,
}

fn rule_json<'a>(
    rule: &'a Rule,
    status: &'a RuleStatus,
    evaluated_at: Option<Time>,
    with_alerts: bool,
) -> RuleJson<'a> {
    let kind = match &rule.kind {
        RuleKind::Recording { .. } => KindJson::Recording,
        RuleKind::Alerting { hold, keep_firing_for, .. } => KindJson::Alerting {
            state: state(&status.alerts),
            duration: hold.as_secs_f64(),
            keep_firing_for: keep_firing_for.as_secs_f64(),
            annotations: rule.annotation_texts(),
            alerts: with_alerts.then(|| status.alerts.iter().map(alert_json).collect()),
        },
    };
    let (health, last_error) = match &status.health {
        Health::Unknown => ("unknown", None),
        Health::Good => ("ok", None),
        Health::Bad(error) => ("err", Some(error.to_string())),
    };
    RuleJson {
        name: &rule.name,
        query: rule.query.text(),
        labels: rule.label_texts(),
        health,
        last_error,
        // The rules of a group are evaluated in one go, and only that is measured.
        evaluation_time: 0.0,
        last_evaluation: instant(evaluated_at),
        kind,
    }
}

/// The state of an alerting rule is that of its alert that is farthest.
fn state(alerts: &[Alert]) -> &'static str {
    alerts.iter().map(|alert| alert.state).max().map_or("inactive", AlertState::as_str)
}

fn alert_json(alert: &Alert) -> AlertJson<'_> {
    AlertJson {
        labels: &alert.labels,
        annotations: &alert.annotations,
        state: alert.state,
        active_at: instant(Some(alert.active_at)),
        keep_firing_since: alert.kept_since.map(|since| instant(Some(since))),
        value: exponent_form(alert.value),
    }
}

/// Writes an instant in RFC 3339; what never was, as Go writes its zero time.
pub(super) fn instant(at: Option<Time>) -> String {
    let timestamp = at.and_then(|Time(ms)| jiff::Timestamp::from_millisecond(ms).ok());
    timestamp.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |timestamp| timestamp.to_string())
}
