//! What ServiceMonitors and PodMonitors share.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/types.go.

use upswell_units::{Bytes, Diagnostic, Spanned};

use crate::decode::{Decode, fields};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

fields! {
    /// In which namespaces to look; the monitor's own if empty.
    pub struct NamespaceSelector {
        /// All namespaces.
        pub any: Option<Spanned<bool>> = optional("any"),
        /// These namespaces.
        pub match_names: Vec<Spanned<String>> = list("matchNames"),
    }
}

/// A size as Prometheus's configuration writes it: `512MB`, `1.5GiB`, `0`.
///
/// Units are powers of 1024, with the `i` and without. Takes what the operator's pattern takes.
/// Source: prometheus-operator 0.93, types.go, ByteSize; alecthomas/units, ParseBase2Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub Bytes);

impl Decode for ByteSize {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let text = String::decode(node, problems)?;
        let size = parse_byte_size(&text);
        if size.is_none() {
            let problem = Diagnostic::error("invalid-size", format!("{text:?} is no size"));
            let help = "write a number and a unit up to EB, e.g. 512KB or 10MiB";
            problems.push(problem.at(node.span, "not a size").help(help));
        }
        size.map(Self)
    }
}

fn parse_byte_size(text: &str) -> Option<Bytes> {
    if text == "0" {
        return Some(Bytes(0));
    }
    let number = text.strip_suffix('B')?;
    let number = number.strip_suffix('i').unwrap_or(number);
    let (number, power) = match number.char_indices().next_back()? {
        (at, unit) if unit.is_ascii_alphabetic() => {
            (&number[..at], 1 + "KMGTPE".find(unit)? as i32)
        }
        _ if text.ends_with("iB") => return None,
        _ => (number, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_empty() || number.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let bytes = number.parse::<f64>().ok()? * 1024_f64.powi(power);
    // More than fits is as good as no bound: the conversion ends at the largest number.
    Some(Bytes(bytes as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("12B", Some(12)),
            ("1KB", Some(1024)),
            ("1KiB", Some(1024)),
            ("1.5MB", Some(1_572_864)),
            (".5GiB", Some(1 << 29)),
            ("2EB", Some(1 << 61)),
            ("99999EB", Some(i64::MAX)),
            ("", None),
            ("12", None),
            ("B", None),
            ("KB", None),
            ("1iB", None),
            ("1kb", None),
            ("1.B", None),
            ("1e3B", None),
            ("-1B", None),
            ("1ZB", None),
            ("1 MB", None),
            ("1\u{e9}B", None),
        ] {
            assert_eq!(parse_byte_size(text), bytes.map(Bytes), "{text}");
        }
    }
}
