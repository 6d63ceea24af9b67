//! Durations: Go's notation, and Prometheus's, which knows days but no fractions.

use std::str::FromStr;

use upswell_units::{Diagnostic, Duration};

use super::object::Decode;
use super::values::wrong_type;
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// A duration as Prometheus writes it: `30s`, `1h30m`, `2d`; never below zero.
///
/// Source: Prometheus 3, prometheus/common model.ParseDuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrometheusDuration(pub Duration);

fn invalid(node: &Node, message: String, help: &str) -> Diagnostic {
    Diagnostic::error("invalid-duration", message).at(node.span, "not a duration").help(help)
}

impl Decode for Duration {
    /// Takes Go's notation.
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let text = text(node, problems)?;
        text.parse()
            .map_err(|error| {
                problems.push(invalid(node, format!("{error}"), "write e.g. 30s, 1m30s or 250ms"));
            })
            .ok()
    }
}

impl Decode for PrometheusDuration {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let duration = text(node, problems)?.parse();
        if let Err(NotAPrometheusDuration) = duration {
            let message = format!("{} is no duration of Prometheus", node.describe());
            problems.push(invalid(node, message, &NotAPrometheusDuration.to_string()));
        }
        duration.ok()
    }
}

/// Why a text is no duration of Prometheus: how to write one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write whole numbers with units from large to small, e.g. 30s or 1h30m")]
pub struct NotAPrometheusDuration;

impl FromStr for PrometheusDuration {
    type Err = NotAPrometheusDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_prometheus(text).map(Self).ok_or(NotAPrometheusDuration)
    }
}

/// The text of a duration; a bare number lacks its unit.
fn text<'n>(node: &'n Node, problems: &mut Diagnostics) -> Option<&'n str> {
    let text = node.as_str();
    if text.is_none() {
        problems.push(wrong_type(node, "a duration", "write a number with a unit, e.g. 30s"));
    }
    text
}

/// Units in the only order in which they may follow each other.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

fn parse_prometheus(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if text.is_empty() {
        return None;
    }
    let (mut millis, mut rest, mut units) = (0_i64, text, UNITS.iter());
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let unit_len = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(unit_len);
        let (_, unit_millis) = units.find(|(name, _)| *name == unit)?;
        let part = number.parse::<i64>().ok()?.checked_mul(*unit_millis)?;
        millis = millis.checked_add(part)?;
        rest = after;
    }
    // Prometheus keeps nanoseconds in 64 bits.
    (millis <= Duration::MAX.as_millis()).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_durations_have_whole_numbers_from_large_units_to_small_ones() {
        for (text, millis) in [
            ("0", Some(0)),
            ("30s", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("2d", Some(172_800_000)),
            ("1m250ms", Some(60_250)),
            ("1y", Some(31_536_000_000)),
            ("", None),
            ("30", None),
            ("1.5h", None),
            ("30m1h", None),
            ("1s1s", None),
            ("-1s", None),
            ("s", None),
            ("300y", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(parse_prometheus(text).map(Duration::as_millis), millis, "{text}");
        }
    }
}
