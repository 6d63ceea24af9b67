//! The plain types of fields.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::quantity::ParseQuantityError;
use upswell_units::{Diagnostic, Quantity, Replicas, Span, Spanned, nearest};

use super::object::Decode;
use crate::diagnostics::Diagnostics;
use crate::yaml::{Node, Resolved, Scalar, Value};

/// A part of an object that is kept as it is, because nobody here reads it.
pub type Untyped = Node;

/// A number or a string: a port or its name, a count or a percentage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    /// A number of 32 bits.
    Int(i32),
    /// A name, or a percentage such as `25%`.
    String(String),
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(text) => text.fmt(f),
        }
    }
}

/// Says what was due, what was found, and how to mend it.
pub(crate) fn wrong_type(node: &Node, due: &str, help: &str) -> Diagnostic {
    Diagnostic::error("wrong-type", format!("expected {due}, found {}", node.describe()))
        .at(node.head(), format!("not {due}"))
        .help(help)
}

impl Decode for Node {
    fn decode(node: &Node, _: &mut Diagnostics) -> Option<Self> {
        Some(node.clone())
    }
}

impl<T: Decode> Decode for Spanned<T> {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        Some(Self::new(T::decode(node, problems)?, node.span))
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        T::decode(node, problems).map(Self::new)
    }
}

impl Decode for String {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        if let Some(text) = node.as_str() {
            return Some(text.to_owned());
        }
        let help = match &node.value {
            Value::Scalar(scalar) if node.is_null() || scalar.text.contains('"') => {
                "write a string in quotes".to_owned()
            }
            Value::Scalar(scalar) => format!("quote it: \"{}\"", scalar.text),
            Value::Sequence(_) | Value::Mapping(_) => "write one string here".to_owned(),
        };
        problems.push(wrong_type(node, "a string", &help));
        None
    }
}

impl Decode for bool {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        if let Some(Resolved::Boolean(value)) = node.as_scalar().map(Scalar::resolve) {
            return Some(value);
        }
        problems.push(wrong_type(node, "true or false", "write true or false, without quotes"));
        None
    }
}

/// Reads an integer within bounds.
fn integer(node: &Node, min: i64, max: i64, problems: &mut Diagnostics) -> Option<i64> {
    let resolved = node.as_scalar().map(Scalar::resolve);
    let number = match resolved {
        Some(Resolved::Integer(number)) => number,
        // sigs.k8s.io/yaml prints the float 3.0 as 3, so Kubernetes takes it. The range holds all
        // integers that a float can tell apart.
        Some(Resolved::Float(float)) if float.fract() == 0.0 && float.abs() < 9.0e15 => {
            float as i128
        }
        _ => {
            problems.push(wrong_type(node, "a whole number", &integer_help(node)));
            return None;
        }
    };
    let in_range = i64::try_from(number).ok().filter(|number| (min..=max).contains(number));
    if in_range.is_none() {
        let message = format!("{number} is outside {min} to {max}");
        problems.push(
            Diagnostic::error("out-of-range", message)
                .at(node.span, "out of range")
                .help(format!("write a number from {min} to {max}")),
        );
    }
    in_range
}

fn integer_help(node: &Node) -> String {
    match node.as_str().and_then(|text| text.trim().parse::<i64>().ok()) {
        Some(number) => format!("remove the quotes: {number}"),
        None => "write digits without quotes, unit or fraction".to_owned(),
    }
}

impl Decode for i32 {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = integer(node, Self::MIN.into(), Self::MAX.into(), problems)?;
        Self::try_from(number).ok()
    }
}

impl Decode for i64 {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        integer(node, Self::MIN, Self::MAX, problems)
    }
}

impl Decode for u16 {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = integer(node, 0, Self::MAX.into(), problems)?;
        Self::try_from(number).ok()
    }
}

impl Decode for u32 {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = integer(node, 0, Self::MAX.into(), problems)?;
        Self::try_from(number).ok()
    }
}

impl Decode for u64 {
    /// Takes 0 to 2^63 - 1: upstream has a sign, and refuses negative numbers.
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = integer(node, 0, i64::MAX, problems)?;
        Self::try_from(number).ok()
    }
}

impl Decode for Replicas {
    /// Takes 0 to 2^31 - 1: upstream has 32 bits with a sign, and refuses negative numbers.
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = integer(node, 0, i32::MAX.into(), problems)?;
        u32::try_from(number).ok().map(Self)
    }
}

impl Decode for f64 {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        match node.as_scalar().map(Scalar::resolve) {
            Some(Resolved::Integer(number)) => Some(number as Self),
            Some(Resolved::Float(number)) if number.is_finite() => Some(number),
            _ => {
                problems.push(wrong_type(node, "a number", "write it without quotes or unit"));
                None
            }
        }
    }
}

impl Decode for Quantity {
    /// Takes a string or a bare number, as Kubernetes does.
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let scalar = node.as_scalar();
        let text = match scalar.map(Scalar::resolve) {
            Some(Resolved::String) => scalar.map(|scalar| scalar.text.to_string()),
            Some(Resolved::Integer(number)) => Some(number.to_string()),
            Some(Resolved::Float(number)) if number.is_finite() => Some(number.to_string()),
            _ => None,
        };
        let Some(text) = text else {
            problems.push(wrong_type(node, "a quantity", "write e.g. \"500m\" or \"1Gi\""));
            return None;
        };
        text.parse()
            .map_err(|error: ParseQuantityError| {
                let problem = Diagnostic::error("invalid-quantity", error.to_string());
                problems.push(problem.at(node.span, "not a quantity"));
            })
            .ok()
    }
}

impl Decode for IntOrString {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        match node.as_scalar().map(Scalar::resolve) {
            Some(Resolved::String) => node.as_str().map(|text| Self::String(text.to_owned())),
            Some(Resolved::Integer(_) | Resolved::Float(_)) => {
                i32::decode(node, problems).map(Self::Int)
            }
            _ => {
                let help = "write a number, or a string in quotes";
                problems.push(wrong_type(node, "a number or a string", help));
                None
            }
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let Some(items) = node.as_sequence() else {
            problems.push(wrong_type(node, "a list", "start each item with `- `"));
            return None;
        };
        Some(items.iter().filter_map(|item| T::decode(item, problems)).collect())
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let Some(mapping) = node.as_mapping() else {
            problems.push(wrong_type(node, "an object", "indent its fields below it"));
            return None;
        };
        let entries = mapping.entries().iter().filter(|entry| !entry.value.is_null());
        let entries = entries.filter_map(|entry| {
            Some((entry.key.value.to_string(), T::decode(&entry.value, problems)?))
        });
        Some(entries.collect())
    }
}

/// Defines an enum of the strings that a field can have, and reads it.
macro_rules! string_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All strings that upstream takes.
            pub const ALL: &'static [&'static str] = &[$($text),+];

            /// Returns the string of the manifest.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl $crate::decode::Decode for $name {
            fn decode(
                node: &$crate::yaml::Node,
                problems: &mut $crate::diagnostics::Diagnostics,
            ) -> Option<Self> {
                let text: String = $crate::decode::Decode::decode(node, problems)?;
                match text.as_str() {
                    $($text => return Some(Self::$variant),)+
                    _ => problems.push($crate::decode::unknown_value(node.span, &text, Self::ALL)),
                }
                None
            }
        }
    };
}
pub(crate) use string_enum;

/// A string that is none of those that the field takes.
pub(crate) fn unknown_value(span: Span, text: &str, all: &[&'static str]) -> Diagnostic {
    let problem = Diagnostic::error("unknown-value", format!("unknown value \"{text}\""))
        .at(span, "not one of the values here");
    match nearest(text, all.iter().copied()) {
        Some(guess) => problem.help(format!("did you mean `{guess}`?")),
        None => problem.help(format!("one of: {}", all.join(", "))),
    }
}
