//! The assumptions, sorted for reading: none is left out, and none is said twice.

use upswell_units::Duration;

use super::numbers::{count, of};
use crate::outcome::{Assumption, TrafficFacts};

/// Assumptions of one source that share a paragraph; fewer have a line each.
const GROUP_MIN: usize = 3;

/// A longer source is an argument, which belongs to its assumption.
const SOURCE_WIDTH_MAX: usize = 30;

/// The assumptions of a rehearsal.
#[derive(Debug)]
pub(super) struct Premises<'a> {
    /// Those of the sources that speak often.
    pub(super) by_source: Vec<(&'a str, Vec<&'a Assumption>)>,
    /// The others; what has the same value for the same reason stands together.
    pub(super) alone: Vec<(Vec<&'a str>, &'a Assumption)>,
}

/// The traffic in words.
pub(crate) fn traffic_in_words(traffic: &TrafficFacts) -> String {
    let TrafficFacts { source, requests, span_s, busiest_second } = traffic;
    format!(
        "{source}: {} in {}, at most {} in one second",
        of(*requests, "request"),
        Duration::from_secs(span_s.round() as i64),
        count(*busiest_second)
    )
}

impl<'a> Premises<'a> {
    pub(super) fn of(assumptions: &'a [Assumption]) -> Self {
        let mut by_source: Vec<(&str, Vec<&Assumption>)> = Vec::new();
        for own in assumptions {
            match by_source.iter_mut().find(|(source, _)| *source == own.source) {
                Some((_, group)) => group.push(own),
                None => by_source.push((&own.source, vec![own])),
            }
        }
        by_source.retain(|(source, group)| {
            group.len() >= GROUP_MIN && source.chars().count() <= SOURCE_WIDTH_MAX
        });
        let mut alone: Vec<(Vec<&str>, &Assumption)> = Vec::new();
        for own in assumptions {
            if by_source.iter().any(|(source, _)| *source == own.source) {
                continue;
            }
            let is_same =
                |other: &Assumption| (&other.value, &other.source) == (&own.value, &own.source);
            match alone.iter_mut().find(|(_, other)| is_same(other)) {
                Some((whats, _)) => whats.push(&own.what),
                None => alone.push((vec![&own.what], own)),
            }
        }
        Self { by_source, alone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_assumption_is_in_exactly_one_place() {
        let own = |what: &str, value: &str, source: &str| Assumption {
            what: what.to_owned(),
            value: value.to_owned(),
            source: source.to_owned(),
        };
        let all = [
            own("a", "1", "settings"),
            own("zones of x", "3", "a judgement"),
            own("b", "1", "settings"),
            own("zones of y", "3", "a judgement"),
            own("c", "2", "settings"),
        ];
        let Premises { by_source, alone } = Premises::of(&all);
        assert_eq!(by_source.len(), 1);
        assert_eq!(by_source[0].0, "settings");
        assert_eq!(by_source[0].1.len(), 3);
        assert_eq!(alone.len(), 1);
        assert_eq!(alone[0].0, ["zones of x", "zones of y"]);
    }
}
