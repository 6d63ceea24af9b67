//! PrometheusRules: parsed group by group, with the place of each fault in its manifest.

use std::collections::BTreeMap;

use upswell_manifests::decode::PrometheusDuration;
use upswell_manifests::kinds::prometheus_rule::{Rule, RuleGroup, RuleOutcome};
use upswell_manifests::kinds::{Object, PrometheusRule};
use upswell_metrics::rules::{Field, Group, GroupText, Problem, RuleText};
use upswell_units::{Diagnostic, Duration, Sources, Span, Spanned};

use super::notes::name;
use super::place::place;
use crate::exporters::{RulePlace, WatchedGroup};

/// Time between evaluations where a group sets none: the operator's default.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);

/// A shorter interval is taken for this one: no series of the simulation changes as often.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// The groups of a bundle's rules, and what is wrong with them.
#[derive(Default)]
pub(super) struct RuleSet {
    pub(super) groups: Vec<WatchedGroup>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Reads the rules of all objects.
///
/// Prometheus takes no file with a fault, and the operator no PrometheusRule: the other rules of
/// such an object are left out with the broken one.
pub(super) fn rules(sources: &Sources, objects: &[&Object]) -> RuleSet {
    let mut set = RuleSet::default();
    for object in objects {
        let Object::PrometheusRule(written) = object else { continue };
        match groups(sources, &name(object), written) {
            Ok(groups) => set.groups.extend(groups),
            Err(problems) => set.problems.extend(problems),
        }
    }
    set
}

fn groups(
    sources: &Sources,
    object: &str,
    written: &PrometheusRule,
) -> Result<Vec<WatchedGroup>, Vec<Diagnostic>> {
    let file = format!("{}-{}", written.metadata.namespace(), written.metadata.name());
    let (mut groups, mut problems) = (Vec::new(), Vec::new());
    for group in &written.spec.groups {
        match Group::parse(&text(group, &file), DEFAULT_INTERVAL) {
            Ok(parsed) => groups.push(WatchedGroup {
                group: Group { interval: parsed.interval.max(INTERVAL_MIN), ..parsed },
                object: object.to_owned(),
                places: group.rules.iter().map(|rule| rule_place(sources, rule)).collect(),
            }),
            Err(found) => {
                let found = found.into_iter();
                problems.extend(found.map(|problem| diagnostic(sources, object, group, problem)));
            }
        }
    }
    if problems.is_empty() { Ok(groups) } else { Err(problems) }
}

fn rule_place(sources: &Sources, rule: &Rule) -> RulePlace {
    let name = match &rule.outcome {
        RuleOutcome::Record(name) | RuleOutcome::Alert { name, .. } => name.span,
    };
    RulePlace { name, expr: rule.expr.span, at: sources.location(name) }
}

fn text(group: &RuleGroup, file: &str) -> GroupText {
    GroupText {
        name: group.name.value.clone(),
        file: file.to_owned(),
        interval: duration(group.interval.as_ref()),
        query_offset: duration(group.query_offset.as_ref()),
        limit: group.limit.as_ref().map_or(0, |limit| limit.value),
        labels: texts(&group.labels),
        rules: group.rules.iter().map(rule_text).collect(),
    }
}

fn rule_text(rule: &Rule) -> RuleText {
    let text = RuleText {
        expr: rule.expr.value.clone(),
        labels: texts(&rule.labels),
        ..RuleText::default()
    };
    match &rule.outcome {
        RuleOutcome::Record(name) => RuleText { record: name.value.clone(), ..text },
        RuleOutcome::Alert { name, hold, keep_firing_for, annotations } => RuleText {
            alert: name.value.clone(),
            hold: duration(hold.as_ref()),
            keep_firing_for: duration(keep_firing_for.as_ref()),
            annotations: texts(annotations),
            ..text
        },
    }
}

/// A duration that was read, as Prometheus writes it.
fn duration(written: Option<&Spanned<PrometheusDuration>>) -> String {
    written.map_or_else(String::new, |written| format!("{}ms", written.value.0.as_millis()))
}

fn texts(texts: &BTreeMap<String, Spanned<String>>) -> BTreeMap<String, String> {
    texts.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect()
}

/// Shows a fault at its place in the manifest.
fn diagnostic(sources: &Sources, object: &str, group: &RuleGroup, problem: Problem) -> Diagnostic {
    let Problem { rule, field, at, message, help } = problem;
    let rule = rule.and_then(|index| group.rules.get(index));
    let text = written(group, rule, &field);
    let (code, label) = match field {
        Field::Expr => ("invalid-expression", "in this expression"),
        Field::Label(_) | Field::Annotation(_) => ("invalid-template", "in this text"),
        _ => ("invalid-rule", "here"),
    };
    let span = match text {
        Ok(text) => place(sources, text.span, &text.value, &at),
        Err(span) => span,
    };
    let diagnostic = Diagnostic::error(code, format!("{object}: {message}")).at(span, label);
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The text that a fault is in, or the nearest place where it cannot be told.
fn written<'r>(
    group: &'r RuleGroup,
    rule: Option<&'r Rule>,
    field: &Field,
) -> Result<&'r Spanned<String>, Span> {
    let Some(rule) = rule else {
        return match field {
            Field::Label(name) => group.labels.get(name).ok_or(group.name.span),
            Field::Interval => Err(group.interval.as_ref().map_or(group.name.span, |at| at.span)),
            Field::QueryOffset => {
                Err(group.query_offset.as_ref().map_or(group.name.span, |at| at.span))
            }
            _ => Ok(&group.name),
        };
    };
    let (RuleOutcome::Record(name) | RuleOutcome::Alert { name, .. }) = &rule.outcome;
    match (field, &rule.outcome) {
        (Field::Expr, _) => Ok(&rule.expr),
        (Field::Label(label), _) => {
            rule.labels.get(label).or_else(|| group.labels.get(label)).ok_or(name.span)
        }
        (Field::Annotation(annotation), RuleOutcome::Alert { annotations, .. }) => {
            annotations.get(annotation).ok_or(name.span)
        }
        (Field::For, RuleOutcome::Alert { hold: Some(hold), .. }) => Err(hold.span),
        (Field::KeepFiringFor, RuleOutcome::Alert { keep_firing_for: Some(kept), .. }) => {
            Err(kept.span)
        }
        _ => Ok(name),
    }
}
