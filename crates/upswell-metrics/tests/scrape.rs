//! What becomes of a target's pages, seen from the store.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use upswell_metrics::exposition::Format;
use upswell_metrics::relabel::{Action, Config, Relabeling};
use upswell_metrics::sample::{Time, is_stale};
use upswell_metrics::scrape::{Limits, Options, Report, ScrapeError, Session};
use upswell_metrics::store::{self, Reader, Samples, Writer};
use upswell_metrics::{Labels, Matcher};
use upswell_units::{Bytes, Duration};

const SECOND: i64 = 1000;

/// One target and the store that its samples go to.
struct World {
    session: Session,
    writer: Writer,
    reader: Reader,
}

impl World {
    fn new(options: Options) -> Self {
        Self::with_target(&[("instance", "a:80"), ("job", "api")], options)
    }

    fn with_target(target: &[(&str, &str)], options: Options) -> Self {
        Self::with_limits(target, options, store::Limits::default())
    }

    fn with_limits(target: &[(&str, &str)], options: Options, limits: store::Limits) -> Self {
        let (writer, reader) = store::new(limits);
        let session = Session::new(Labels::new(target.iter().copied()), options);
        Self { session, writer, reader }
    }

    fn scrape(&mut self, at: i64, page: &str) -> Report {
        let took = Duration::from_millis(250);
        self.session.ingest(page.as_bytes(), Format::Text, Time(at), took, &mut self.writer)
    }

    fn fail(&mut self, at: i64) {
        self.session.failed(Time(at), Duration::from_secs(10), &mut self.writer);
    }

    /// All samples of a metric, a line a series: labels without the target's, then `time:value`.
    fn lines(&self, metric: &str) -> Vec<String> {
        let selected = self.reader.select(&[Matcher::metric_name(metric)], Time::MIN, Time::MAX);
        let line = |series: &store::Selected| {
            let mut samples = Samples::default();
            series.read(&mut samples);
            let text = |(at, value): (&i64, &f64)| match is_stale(*value) {
                true => format!("{at}:stale"),
                false => format!("{at}:{value}"),
            };
            let samples: Vec<_> = samples.times.iter().zip(&samples.values).map(text).collect();
            let labels = series.labels().edit().remove("job").remove("instance").clone().build();
            format!("{labels} {}", samples.join(" "))
        };
        selected.iter().map(line).collect()
    }
}

#[test]
fn a_page_is_stored_under_the_targets_labels_with_up_beside_it() {
    let mut world = World::new(Options::default());
    let report = world.scrape(SECOND, "# HELP q Jobs.\n# TYPE q gauge\nq{queue=\"a\"} 3\nq 4\n");
    assert_eq!(
        report,
        Report {
            samples_scraped: 2,
            samples_after_relabeling: 2,
            series_added: 2,
            ..Report::default()
        }
    );
    assert_eq!(world.lines("q"), ["q 1000:4", "q{queue=\"a\"} 1000:3"]);
    world.scrape(2 * SECOND, "q{queue=\"a\"} 5\nq 6\n");
    assert_eq!(world.lines("q"), ["q 1000:4 2000:6", "q{queue=\"a\"} 1000:3 2000:5"]);
    for (metric, line) in [
        ("up", "up 1000:1 2000:1"),
        ("scrape_duration_seconds", "scrape_duration_seconds 1000:0.25 2000:0.25"),
        ("scrape_samples_scraped", "scrape_samples_scraped 1000:2 2000:2"),
        (
            "scrape_samples_post_metric_relabeling",
            "scrape_samples_post_metric_relabeling 1000:2 2000:2",
        ),
        ("scrape_series_added", "scrape_series_added 1000:2 2000:0"),
    ] {
        assert_eq!(world.lines(metric), [line]);
    }
}

#[test]
fn a_series_that_the_page_no_longer_has_ends() {
    let mut world = World::new(Options::default());
    world.scrape(SECOND, "a 1\nb 1\n");
    world.scrape(2 * SECOND, "b 1\n");
    world.scrape(3 * SECOND, "b 1\n");
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale"]);
    assert_eq!(world.lines("b"), ["b 1000:1 2000:1 3000:1"]);
    world.scrape(4 * SECOND, "a 7\nb 1\n");
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale 4000:7"]);
}

#[test]
fn a_failed_scrape_ends_all_series_and_the_end_of_the_target_ends_up_too() {
    let mut world = World::new(Options::default());
    world.scrape(SECOND, "a 1\n");
    world.fail(2 * SECOND);
    world.fail(3 * SECOND);
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale"]);
    assert_eq!(world.lines("up"), ["up 1000:1 2000:0 3000:0"]);
    let report = world.scrape(4 * SECOND, "a 2\n");
    assert_eq!(report.series_added, 0);
    world.session.end(Time(5 * SECOND), &mut world.writer);
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale 4000:2 5000:stale"]);
    assert_eq!(world.lines("up"), ["up 1000:1 2000:0 3000:0 4000:1 5000:stale"]);
}

#[test]
fn a_target_that_was_gone_for_long_finds_its_series_again() {
    let limits = store::Limits { retention: Duration::from_secs(60), ..store::Limits::default() };
    let mut world = World::with_limits(&[], Options::default(), limits);
    world.scrape(SECOND, "a 1\n");
    // Long enough that the store forgets the series.
    for minute in 1..=10 {
        world.fail(minute * 60 * SECOND);
    }
    let report = world.scrape(601 * SECOND, "a 2\n");
    assert_eq!(world.writer.counts().forgotten, 1);
    assert_eq!((report.series_added, report.no_room), (0, 0));
    assert_eq!(world.lines("a"), ["a 601000:2"]);
    world.scrape(602 * SECOND, "");
    assert_eq!(world.lines("a"), ["a 601000:2 602000:stale"]);
}

#[test]
fn samples_for_which_the_store_has_no_room_are_counted_and_tried_again() {
    let limits = store::Limits { memory: Bytes(64 << 10), ..store::Limits::default() };
    let mut world = World::with_limits(&[], Options::default(), limits);
    let page: String = (0..1000).map(|number| format!("a{{b=\"{number}\"}} 1\n")).collect();
    for at in [SECOND, 2 * SECOND] {
        let report = world.scrape(at, &page);
        assert_eq!((report.samples_after_relabeling, report.error), (1000, None));
        assert!(report.no_room > 0 && report.no_room < 1000, "{}", report.no_room);
    }
    let series = world.lines("a").len();
    assert!(series > 0 && series < 1000, "{series}");
}

#[test]
fn a_target_that_was_never_scraped_leaves_nothing() {
    let mut world = World::new(Options::default());
    world.session.end(Time(SECOND), &mut world.writer);
    assert!(world.lines("up").is_empty());
}

#[test]
fn nothing_of_a_page_with_a_fault_is_taken() {
    let mut world = World::new(Options::default());
    world.scrape(SECOND, "a 1\n");
    let report = world.scrape(2 * SECOND, "a 2\nb 1\nc{ 1\n");
    assert_eq!((report.samples_scraped, report.series_added), (2, 0));
    let error = report.error.expect("the page is broken").to_string();
    assert_eq!(error, "line 3, column 4: expected the name of a label, found `1`");
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale"]);
    assert!(world.lines("b").is_empty());
    assert_eq!(world.lines("up"), ["up 1000:1 2000:0"]);
    let report = world.scrape(3 * SECOND, "a 3\nb 1\n");
    assert_eq!(report.series_added, 1);
    assert_eq!(world.lines("a"), ["a 1000:1 2000:stale 3000:3"]);
}

#[test]
fn a_page_over_a_limit_is_refused_with_its_place() {
    let limits = Limits { samples: 2, labels: 4, label_name_length: 8, label_value_length: 10 };
    for (page, error) in [
        ("a 1\nb 1\n", None),
        ("a 1\nb 1\nc 1\n", Some("3 samples after relabelling, the limit is 2")),
        ("a 1\nb{c=\"1\",d=\"2\"} 1\n", Some("line 2, column 1: 5 labels, the limit is 4")),
        (
            "a{nine_long=\"1\"} 1\n",
            Some(
                "line 1, column 1: the name of the label \"nine_long\" has 9 bytes, the limit is 8",
            ),
        ),
        (
            "a{b=\"eleven_long\"} 1\n",
            Some("line 1, column 1: the value of the label \"b\" has 11 bytes, the limit is 10"),
        ),
        ("a{b=\"1\",b=\"2\"} 1\n", Some("line 1, column 1: the label \"b\" comes twice")),
        ("a{__name__=\"b\"} 1\n", Some("line 1, column 1: the label \"__name__\" comes twice")),
        ("{\"a\",\"\"=\"2\"} 1\n", Some("line 1, column 1: a label has an empty name")),
        ("{\"\"} 1\n", Some("line 1, column 1: the relabelings leave no name of \"{\\\"\\\"}\"")),
    ] {
        let mut world = World::new(Options { limits, ..Options::default() });
        let report = world.scrape(SECOND, page);
        assert_eq!(report.error.as_ref().map(ScrapeError::to_string).as_deref(), error, "{page}");
        assert_eq!(world.lines("a").is_empty(), error.is_some(), "{page}");
    }
}

#[test]
fn a_label_that_target_and_sample_share_is_kept_under_another_name_or_honored() {
    let page = "a{job=\"x\",exported_job=\"y\"} 1\n";
    for (honor_labels, line) in [
        (false, "a{exported_exported_job=\"x\", exported_job=\"y\", job=\"api\"}"),
        (true, "a{exported_job=\"y\", job=\"x\"}"),
    ] {
        let options = Options { honor_labels, ..Options::default() };
        let mut world = World::with_target(&[("job", "api")], options);
        world.scrape(SECOND, page);
        let all = world.reader.select(&[Matcher::metric_name("a")], Time::MIN, Time::MAX);
        assert_eq!(all[0].labels().to_string(), line);
    }
}

#[test]
fn samples_that_the_relabelings_drop_are_counted_and_not_stored() {
    let drop = Config {
        source_labels: vec!["__name__".to_owned()],
        regex: "b.*".to_owned(),
        action: Action::Drop,
        ..Config::default()
    };
    let relabelings = vec![Relabeling::new(drop).expect("a good rule")];
    let mut world = World::new(Options { metric_relabelings: relabelings, ..Options::default() });
    for at in [SECOND, 2 * SECOND] {
        let report = world.scrape(at, "a 1\nb 1\nbb 1\n");
        assert_eq!((report.samples_scraped, report.samples_after_relabeling), (3, 1));
    }
    assert!(world.lines("b").is_empty());
    assert_eq!(world.lines("a"), ["a 1000:1 2000:1"]);
}

#[test]
fn a_sample_with_a_time_of_its_own_keeps_it_and_ends_by_itself() {
    let mut world = World::new(Options::default());
    world.scrape(100 * SECOND, "a 1 90000\n");
    let report = world.scrape(110 * SECOND, "a 1 80000\nb 1 900000\n");
    assert_eq!((report.out_of_order, report.out_of_bounds), (1, 1));
    world.scrape(120 * SECOND, "c 1\n");
    assert_eq!(world.lines("a"), ["a 90000:1"]);
    let options = Options { honor_timestamps: false, ..Options::default() };
    let mut world = World::new(options);
    world.scrape(100 * SECOND, "a 1 90000\n");
    world.scrape(110 * SECOND, "");
    assert_eq!(world.lines("a"), ["a 100000:1 110000:stale"]);
}

#[test]
fn a_series_that_comes_twice_in_a_page_counts_once() {
    let mut world = World::new(Options::default());
    let report = world.scrape(SECOND, "a 1\na 2\na{} 3\n");
    assert_eq!((report.samples_after_relabeling, report.duplicate, report.error), (3, 2, None));
    assert_eq!(world.lines("a"), ["a 1000:1"]);
}

#[test]
fn a_series_that_is_written_in_another_way_goes_on() {
    let mut world = World::new(Options::default());
    world.scrape(SECOND, "a{b=\"1\",c=\"2\"} 1\n");
    let report = world.scrape(2 * SECOND, "a{c=\"2\",b=\"1\"} 2\n");
    assert_eq!(report.duplicate, 0);
    assert_eq!(world.lines("a"), ["a{b=\"1\", c=\"2\"} 1000:1 2000:2"]);
    assert_eq!(world.writer.counts().duplicate, 0);
}

#[test]
fn metadata_are_kept_for_ten_pages_after_their_last_mention() {
    let mut world = World::new(Options::default());
    let page = "# HELP q Jobs\\nthat wait.\n# TYPE q gauge\nq 1\n";
    world.scrape(SECOND, page);
    let told = |world: &World| -> Vec<String> {
        let all = world.session.metadata();
        all.map(|(name, of)| format!("{name} {} {:?}", of.metric_type.as_str(), of.help)).collect()
    };
    assert_eq!(told(&world), ["q gauge \"Jobs\\nthat wait.\""]);
    for at in 2..=11 {
        world.scrape(at * SECOND, "q 1\n");
    }
    assert_eq!(told(&world).len(), 1);
    world.scrape(12 * SECOND, "q 1\n");
    assert!(told(&world).is_empty());
}

/// What a target does at one instant: serves these series in this order, or a broken page after
/// them, or nothing.
#[derive(Clone, Debug)]
enum Step {
    Page(Vec<u8>),
    Broken(Vec<u8>),
    Failed,
}

fn step() -> impl Strategy<Value = Step> {
    let names = (Just((b'a'..=b'h').collect::<Vec<_>>()).prop_shuffle(), 0..=8_usize);
    let names = names.prop_map(|(names, length)| names[..length].to_vec());
    prop_oneof![
        6 => names.clone().prop_map(Step::Page),
        1 => names.prop_map(Step::Broken),
        1 => Just(Step::Failed),
    ]
}

proptest! {
    #[test]
    fn every_series_has_a_sample_for_each_good_page_and_one_marker_for_each_end(
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let mut world = World::new(Options::default());
        let mut due: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        let mut live = BTreeSet::new();
        for (step, at) in steps.iter().zip(1..) {
            let served = match step {
                Step::Page(names) => names.clone(),
                Step::Broken(_) | Step::Failed => Vec::new(),
            };
            let page = |names: &[u8]| -> String {
                names.iter().map(|name| format!("{} {at}\n", char::from(*name))).collect()
            };
            match step {
                Step::Page(names) => drop(world.scrape(at * SECOND, &page(names))),
                Step::Broken(names) => {
                    let report = world.scrape(at * SECOND, &(page(names) + "{"));
                    prop_assert!(report.error.is_some());
                }
                Step::Failed => world.fail(at * SECOND),
            }
            for name in &served {
                due.entry(*name).or_default().push(format!("{}:{at}", at * SECOND));
            }
            for ended in live.iter().filter(|name| !served.contains(name)) {
                due.entry(*ended).or_default().push(format!("{}:stale", at * SECOND));
            }
            live = served.into_iter().collect();
        }
        for (name, samples) in due {
            let name = char::from(name).to_string();
            prop_assert_eq!(world.lines(&name), [format!("{name} {}", samples.join(" "))]);
        }
    }
}
