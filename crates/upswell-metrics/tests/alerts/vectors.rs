//! `alerts.jsonl`: rule files, their series, and the alerts at every evaluation.

use std::collections::BTreeMap;

use serde_json::Value;
use upswell_metrics::rules::{External, Group, GroupText, RuleText, Rules};
use upswell_metrics::sample::STALE;
use upswell_metrics::{Labels, Time, promql};
use upswell_units::Duration;
use upswell_vectors::{Verdict, judge};

use crate::given::{OPTIONS, World};

/// Texts that start so need agree no further.
const ERROR: &str = "<error expanding template: ";

#[test]
fn alerts_are_those_of_prometheus() {
    judge("promql", |record| {
        if record.get("query").is_some() || record.get("samples").is_some() {
            return Verdict::Elsewhere;
        }
        match record.get("groups") {
            Some(_) => verdict(record),
            None => Verdict::UnknownKind("neither query, series nor rules".to_owned()),
        }
    });
}

fn verdict(record: &Value) -> Verdict {
    let mut world = World::of(rules(record));
    let Some(evals) = record.get("evals") else {
        return fails_as_recorded(&mut world, record);
    };
    write_series(&mut world, record);
    for eval in evals.as_array().expect("evaluations") {
        let at = time(&eval["t"]);
        if let Some((rule, error)) = evaluate(&mut world, at).first() {
            return Verdict::Failed(format!("{rule} at {at:?}: {error}"));
        }
        if let Some(difference) = difference(&world, &eval["alerts"]) {
            return Verdict::Failed(format!("at {at:?}: {difference}"));
        }
    }
    Verdict::Passed
}

/// Passes if the rule that is recorded fails at the time that is recorded, and not before.
fn fails_as_recorded(world: &mut World, record: &Value) -> Verdict {
    write_series(world, record);
    let (error, end) = (&record["error"], time(&record["error"]["time"]));
    let interval = (seconds(&record["eval_interval"]) * 1000.0) as i64;
    for millis in (0..=end.0).step_by(usize::try_from(interval).expect("an interval")) {
        let failed = evaluate(world, Time(millis));
        let Some((rule, message)) = failed.first() else { continue };
        let ours = (Time(millis), rule.as_str(), message.as_str());
        let recorded = (end, text(&error["rule"]), text(&error["message"]));
        return Verdict::equal("failure", &ours, &recorded);
    }
    Verdict::Failed("no rule failed".to_owned())
}

/// Evaluates all groups; returns the rules that failed, and why.
fn evaluate(world: &mut World, at: Time) -> Vec<(String, String)> {
    let World { rules, writer, reader } = world;
    let (mut failed, groups) = (Vec::new(), rules.groups().len());
    for group in 0..groups {
        let reports = rules.evaluate(group, at, writer, reader, &OPTIONS);
        let names = rules.status(group).map(|status| status.rule.name.clone());
        let errors = names.zip(reports).filter_map(|(name, report)| Some((name, report.error?)));
        failed.extend(errors.map(|(name, error)| (name, error.to_string())));
    }
    failed
}

/// Says how the alerts differ from those recorded, if they do.
fn difference(world: &World, recorded: &Value) -> Option<String> {
    let ours = world.rules.alerts().map(|alert| {
        let kept = alert.kept_since.is_some();
        let annotations = alert.annotations.clone();
        let rest = (alert.state.as_str().to_owned(), alert.active_at, kept, annotations);
        (masked(alert.labels.iter()), rest)
    });
    let recorded = recorded.as_array().expect("alerts").iter().map(|alert| {
        let kept = alert["kept"].as_bool().unwrap_or_default();
        let annotations = texts(&alert["annotations"]);
        let rest = (text(&alert["state"]).to_owned(), time(&alert["active_at"]), kept, annotations);
        let labels = texts(&alert["labels"]);
        (masked(labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))), rest)
    });
    let (mut ours, mut recorded): (Vec<_>, Vec<_>) = (ours.collect(), recorded.collect());
    for (_, (.., annotations)) in ours.iter_mut().chain(&mut recorded) {
        *annotations = masked(annotations.iter().map(|(name, text)| (&**name, &**text)));
    }
    // Two rules may make one alert: the whole of it sorts.
    ours.sort();
    recorded.sort();
    (ours != recorded).then(|| format!("ours {ours:?}, recorded {recorded:?}"))
}

/// Cuts the texts of failed templates down to what must agree.
fn masked<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let masked = texts.map(|(name, text)| {
        let text = if text.starts_with(ERROR) { ERROR } else { text };
        (name.to_owned(), text.to_owned())
    });
    masked.collect()
}

fn rules(record: &Value) -> Rules {
    let external =
        External { labels: Labels::new(texts(&record["external_labels"])), ..External::default() };
    let interval = Duration::from_secs_f64(seconds(&record["eval_interval"]));
    let groups = record["groups"].as_array().expect("groups").iter().map(|group| {
        let rules = group["rules"].as_array().expect("rules").iter().map(rule).collect();
        let text =
            GroupText { name: text(&group["name"]).to_owned(), rules, ..GroupText::default() };
        Group::parse(&text, interval).expect("a group without faults")
    });
    Rules::new(groups.collect(), external)
}

fn rule(rule: &Value) -> RuleText {
    let field = |name: &str| rule[name].as_str().unwrap_or_default().to_owned();
    RuleText {
        record: field("record"),
        alert: field("alert"),
        expr: field("expr"),
        hold: field("for"),
        keep_firing_for: field("keep_firing_for"),
        labels: texts(&rule["labels"]),
        annotations: texts(&rule["annotations"]),
    }
}

/// Writes all series: value `i` is the sample at `i` intervals.
fn write_series(world: &mut World, record: &Value) {
    let interval = seconds(&record["sample_interval"]);
    for series in record["series"].as_array().expect("series") {
        let labels = labels(text(&series["series"]));
        let of_store = world.writer.series(&labels);
        for (index, value) in series["values"].as_array().expect("values").iter().enumerate() {
            let at = Time::from_secs_f64(index as f64 * interval);
            let value = match value.as_str() {
                Some("stale") => STALE,
                // Rust reads NaN, +Inf and -Inf, too.
                Some(text) => text.parse().expect("a number"),
                None if value.is_null() => continue,
                None => value.as_f64().expect("a number"),
            };
            world.writer.append(of_store, at, value).expect("samples come in order");
        }
    }
}

/// Reads `name{label="value"}`, which is a query too.
fn labels(series: &str) -> Labels {
    let query = promql::parse(series).expect("a series");
    let selector = query.selectors().next().expect("a selector");
    let matchers = selector.matchers().iter();
    Labels::new(matchers.map(|matcher| (matcher.name.clone(), matcher.value.clone())))
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), text(value).to_owned())).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().expect("seconds")
}

fn time(value: &Value) -> Time {
    Time::from_secs_f64(seconds(value))
}
