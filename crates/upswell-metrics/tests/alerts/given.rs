//! What the tests set up: rules over a store that is filled by hand.

use upswell_metrics::promql::{Options, Windows};
use upswell_metrics::rules::{
    Alert, AlertState, External, Group, GroupText, RuleReport, RuleText, Rules,
};
use upswell_metrics::sample::STALE;
use upswell_metrics::store::{self, Limits, Reader, Writer};
use upswell_metrics::{Labels, Matcher, Time};
use upswell_units::Duration;

/// As Prometheus 2.42, which gave the answers.
pub(crate) const OPTIONS: Options = Options {
    lookback: Duration::from_secs(300),
    windows: Windows::LeftClosed,
    default_step: Duration::from_secs(60),
    samples_max: 50_000_000,
};

/// Rules and a store.
pub(crate) struct World {
    pub(crate) rules: Rules,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
}

impl World {
    /// Takes groups that have no faults; evaluated every 15 s unless they say otherwise.
    pub(crate) fn new(groups: &[GroupText]) -> Self {
        Self::of(Rules::new(groups.iter().map(parsed).collect(), External::default()))
    }

    pub(crate) fn of(rules: Rules) -> Self {
        let (writer, reader) = store::new(Limits::default());
        Self { rules, writer, reader }
    }

    /// A group of one alert, `Deep` on `depth > 10`, in labels and times as given.
    pub(crate) fn deep(hold: &str, keep_firing_for: &str) -> Self {
        Self::new(&[GroupText { rules: vec![deep(hold, keep_firing_for)], ..group() }])
    }

    pub(crate) fn sample(&mut self, series: &Labels, secs: i64, value: f64) {
        let series = self.writer.series(series);
        self.writer.append(series, at(secs), value).expect("samples come in order");
    }

    /// Writes `depth{pod="p-0"}`, where there is a value, and evaluates the only group.
    pub(crate) fn step(&mut self, secs: i64, depth: Option<f64>) -> Vec<RuleReport> {
        self.sample(&depth_of("p-0"), secs, depth.unwrap_or(STALE));
        self.evaluate(secs)
    }

    pub(crate) fn evaluate(&mut self, secs: i64) -> Vec<RuleReport> {
        self.rules.evaluate(0, at(secs), &mut self.writer, &self.reader, &OPTIONS)
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.rules.alerts().cloned().collect()
    }

    /// How far the only alert is.
    pub(crate) fn state(&self) -> Option<AlertState> {
        let states: Vec<AlertState> = self.rules.alerts().map(|alert| alert.state).collect();
        assert!(states.len() <= 1, "{states:?}");
        states.first().copied()
    }

    /// The samples of the series of a name, staleness markers as they are; by their labels.
    pub(crate) fn written(&self, name: &str) -> Vec<(Labels, Vec<(i64, f64)>)> {
        let selected = self.reader.select(&[Matcher::metric_name(name)], Time::MIN, Time::MAX);
        let read = selected.iter().map(|series| {
            let mut samples = store::Samples::default();
            series.read(&mut samples);
            let times = samples.times.iter().map(|millis| millis / 1000);
            (series.labels().clone(), times.zip(samples.values).collect())
        });
        read.collect()
    }
}

pub(crate) fn parsed(text: &GroupText) -> Group {
    Group::parse(text, Duration::from_secs(15)).expect("a group without faults")
}

pub(crate) fn group() -> GroupText {
    GroupText { name: "llm".to_owned(), file: "llm/rules".to_owned(), ..GroupText::default() }
}

pub(crate) fn deep(hold: &str, keep_firing_for: &str) -> RuleText {
    RuleText {
        alert: "Deep".to_owned(),
        expr: "depth > 10".to_owned(),
        hold: hold.to_owned(),
        keep_firing_for: keep_firing_for.to_owned(),
        ..RuleText::default()
    }
}

pub(crate) fn depth_of(pod: &str) -> Labels {
    Labels::new([("__name__", "depth"), ("pod", pod)])
}

pub(crate) fn at(secs: i64) -> Time {
    Time(secs * 1000)
}
