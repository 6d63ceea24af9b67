//! The text of a terminal.

use upswell_sim::{Layout, Rehearsal};

use crate::given::rehearsal;

fn plain(rehearsal: &Rehearsal, width: usize) -> String {
    rehearsal.text(Layout::new(width, false)).to_string()
}

#[test]
fn a_wide_terminal_shows_two_blocks_of_numbers() {
    insta::assert_snapshot!(plain(&rehearsal(), 100));
}

#[test]
fn one_run_that_nobody_scales_is_told_without_comparison() {
    let mut rehearsal = rehearsal();
    rehearsal.runs.truncate(1);
    rehearsal.alerts.iter_mut().for_each(|alert| alert.runs.truncate(1));
    rehearsal.goal = None;
    rehearsal.found.refused.clear();
    rehearsal.found.scaled_by = None;
    let run = &mut rehearsal.runs[0];
    run.summary.within_goal = None;
    run.periods = None;
    run.surges.clear();
    run.nodes = None;
    run.money = None;
    run.timeline.clear();
    run.decisions.clear();
    insta::assert_snapshot!(plain(&rehearsal, 80));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [80, 100, 160] {
        for line in plain(&rehearsal(), width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
            assert_eq!(line.trim_end(), line, "blanks at the end");
        }
    }
}

#[test]
fn colour_adds_and_says_nothing_else() {
    let coloured = rehearsal().text(Layout::new(100, true)).to_string();
    let mut text = String::new();
    for (number, part) in coloured.split("\x1b[").enumerate() {
        let rest =
            if number == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) };
        text.push_str(rest);
    }
    assert!(coloured.contains("\x1b["));
    assert_eq!(text, plain(&rehearsal(), 100));
}

#[test]
fn every_assumption_and_its_source_is_printed() {
    let rehearsal = rehearsal();
    let text = plain(&rehearsal, 160);
    for assumption in &rehearsal.assumptions {
        for part in [&assumption.what, &assumption.value, &assumption.source] {
            assert!(text.contains(part.as_str()), "{part}");
        }
    }
}
