//! The page.

use roxmltree::{Document, Node, ParsingOptions};
use upswell_sim::{Point, Rehearsal};

use crate::given::rehearsal;

const COMMAND_LINE: &str = "upswell rehearse . --traffic '10/s for 2m' --report r.html";

/// Object names and reasons that would end an element, an attribute or the page.
const HOSTILE: &str = "</title><script>alert(\"1\")</script>&amp;'\u{1b}[31m\u{0}";

fn page(rehearsal: &Rehearsal) -> String {
    rehearsal.html(COMMAND_LINE).to_string()
}

fn parsed(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).expect("the page is well-formed")
}

fn elements<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/1999/xhtml", name)))
        .collect()
}

/// The elements of the drawings that have a name.
fn elements_of<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.tag_name().name() == name).collect()
}

/// All text of the page.
fn words(document: &Document<'_>) -> String {
    document.descendants().filter_map(|node| node.text()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_page_says_what_a_manager_asks_first() {
    let text = page(&rehearsal());
    let document = parsed(&text);
    let words = words(&document);
    for said in [
        "Deployment/worker",
        "Goal missed by stock: 62.0% within 20s",
        "Goal reached by upswell: 99.1% within 20s",
        "better: at least 93% less",
        "worse: 28% more",
        "≥ 70.0 s",
        COMMAND_LINE,
        "Seed 7: the same inputs give the same bytes.",
        "HorizontalPodAutoscaler/worker: the workload has a ScaledObject already (all.yaml:9:3)",
        "PrometheusRule/alerts: alert rules are not evaluated yet",
    ] {
        assert!(words.contains(said), "{said}");
    }
    for assumption in &rehearsal().assumptions {
        assert!(words.contains(&assumption.what), "{}", assumption.what);
    }
}

#[test]
fn the_alerts_have_a_band_where_they_fired_and_words_for_all_of_it() {
    let text = page(&rehearsal());
    let document = parsed(&text);
    let words = words(&document);
    for said in [
        "2 times from 11m30s, 13m30s in all",
        "cannot fire",
        ": its condition holds all the time while nothing arrives ",
        "(alerts.yaml:20:15)",
        " all others to be silent: Full fired as upswell",
    ] {
        assert!(words.contains(said), "{said}");
    }
    let rects = elements_of(&document, "rect");
    let firing = rects.iter().filter(|rect| rect.attribute("class") == Some("firing"));
    let places: Vec<(f64, f64)> = firing
        .map(|rect| {
            let number = |name| rect.attribute(name).unwrap().parse().unwrap();
            (number("x"), number("width"))
        })
        .collect();
    // Of 240 for half an hour: from 690 s to 1200 s, from 1500 s on; 30 s; all of it.
    assert_eq!(places, [(92.0, 68.0), (200.0, 40.0), (92.0, 4.0), (0.0, 240.0)]);
}

#[test]
fn every_chart_has_its_words_and_both_runs_share_the_axes() {
    let text = page(&rehearsal());
    let document = parsed(&text);
    let charts: Vec<Node<'_, '_>> = elements(&document, "svg")
        .into_iter()
        .filter(|chart| chart.attribute("role") == Some("img"))
        .collect();
    assert_eq!(charts.len(), 8, "four of each run");
    let labels = |chart: &Node<'_, '_>| -> Vec<String> {
        let texts = chart.children().filter(|node| node.tag_name().name() == "text");
        texts.filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    for pair in charts.chunks(2) {
        assert_eq!(labels(&pair[0]), labels(&pair[1]));
    }
    let titles: Vec<&str> =
        charts.iter().filter_map(|chart| chart.first_element_child()?.text()).collect();
    assert_eq!(titles[2], "Stock, requests that wait; in the queue: at most 900, at 10m30s");
    assert_eq!(titles[3], "Upswell, requests that wait; in the queue: at most 0, at 0s");
}

#[test]
fn names_of_users_stay_text() {
    let mut rehearsal = rehearsal();
    let hostile = || HOSTILE.to_owned();
    rehearsal.target = hostile();
    rehearsal.traffic.source = hostile();
    rehearsal.not_simulated.push(hostile());
    rehearsal.found.admitted.push(hostile());
    rehearsal.found.unknown.push(hostile());
    rehearsal.found.refused[0].message = hostile();
    rehearsal.assumptions[0].value = hostile();
    rehearsal.runs[0].decisions[0].why = hostile();
    if let Some(scaled_by) = &mut rehearsal.found.scaled_by {
        scaled_by.object = hostile();
        scaled_by.metrics.push(hostile());
    }
    let text = rehearsal.html(HOSTILE).to_string();
    let document = parsed(&text);
    assert!(elements(&document, "script").is_empty());
    assert_eq!(
        elements(&document, "title")[0].text().map(|title| title.contains("<script>")),
        Some(true)
    );
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let text = page(&rehearsal());
    let document = parsed(&text);
    for name in ["script", "link", "img", "iframe", "a", "object"] {
        assert!(elements(&document, name).is_empty(), "{name}");
    }
    assert_eq!(text.matches("http").count(), 1, "the name of XHTML's namespace");
    assert!(!text.contains("url(") && !text.contains("@import"));
}

#[test]
fn a_long_run_makes_no_large_page() {
    let mut rehearsal = rehearsal();
    let (decision, surge) = (rehearsal.runs[0].decisions[0].clone(), rehearsal.runs[0].surges[0]);
    for run in &mut rehearsal.runs {
        let first = run.timeline[0];
        run.timeline = (0..20_000_u64)
            .map(|number| {
                let noise = number * 7919 % 1009;
                Point { t_s: number as f64, arrivals: noise, queued: noise * 3, ..first }
            })
            .collect();
        run.decisions = vec![decision.clone(); 5000];
        let surge = |number: u32| upswell_sim::Surge { t_s: f64::from(number), ..surge };
        run.surges = (0..500).map(surge).collect();
    }
    let text = page(&rehearsal);
    assert!(text.len() < 400_000, "{} bytes", text.len());
    parsed(&text);
}

#[test]
fn numbers_that_are_none_make_a_page_all_the_same() {
    let mut rehearsal = rehearsal();
    for run in &mut rehearsal.runs {
        run.timeline.truncate(1);
        run.summary.replicas_mean = f64::NAN;
        run.surges[0].rate = f64::INFINITY;
        run.surges[0].rate_before = f64::NAN;
        run.decisions.clear();
    }
    let text = page(&rehearsal);
    parsed(&text);
    assert!(!text.contains("svg class=\"chart\""), "one point is no line");
}
