//! Secret, `v1`.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go; merge of `stringData`: pkg/apis/core/v1,
//! conversion of Secret.

use std::collections::BTreeMap;
use std::fmt;

use upswell_units::{Diagnostic, Span, Spanned};

use super::Metadata;
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::{Entry, Node};

/// Texts that pods read and people should not.
///
/// `Debug` shows its name and its keys. An annotation of kubectl's repeats the values.
#[derive(Clone, PartialEq)]
pub struct Secret {
    /// Name, namespace, labels, annotations.
    pub metadata: Metadata,
    /// `Opaque` unless set.
    pub secret_type: Option<Spanned<String>>,
    /// Values, decoded from base64; those of `stringData` win.
    pub values: BTreeMap<String, Spanned<SecretValue>>,
}

/// A value that no log, message or debug print shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Returns the bytes.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metadata, secret_type, values } = self;
        f.debug_struct("Secret")
            .field("name", &metadata.name())
            .field("namespace", &metadata.namespace())
            .field("secret_type", secret_type)
            .field("values", values)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Decode for Secret {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        object.known(&["apiVersion", "kind", "immutable"]);
        let metadata = object.required("metadata");
        let secret_type = object.optional("type");
        let mut values = read_values(&mut object, "data", base64_bytes);
        values.extend(read_values(&mut object, "stringData", |text| Some(text.into())));
        object.finish();
        Some(Self { metadata: metadata?, secret_type, values })
    }
}

/// Reads one of the two maps of values; no finding quotes a value.
fn read_values(
    object: &mut Object<'_, '_>,
    field: &'static str,
    bytes: impl Fn(&str) -> Option<Vec<u8>>,
) -> BTreeMap<String, Spanned<SecretValue>> {
    let mut values = BTreeMap::new();
    let Some(entry) = object.entry(field).filter(|entry| !entry.value.is_null()) else {
        return values;
    };
    let mut report = |key: Span, message: String, help: &str| {
        let problem = Diagnostic::error("invalid-secret", message);
        object.report(problem.at(key, "the value of this").help(help));
    };
    let Some(mapping) = entry.value.as_mapping() else {
        let message = format!("`{field}` must be an object");
        report(entry.key.span, message, "write one key a line below it");
        return values;
    };
    for Entry { key, value } in mapping.entries().iter().filter(|entry| !entry.value.is_null()) {
        let (key, place) = (key.value.to_string(), key.span);
        let Some(text) = value.as_str() else {
            report(place, format!("the value of `{key}` must be a string"), "put it in quotes");
            continue;
        };
        let Some(bytes) = bytes(text) else {
            let message = format!("the value of `{key}` must be in base64");
            report(place, message, "move it to `stringData` to write it as it is");
            continue;
        };
        values.insert(key, Spanned::new(SecretValue(bytes), value.span));
    }
    values
}

/// Decodes base64 with padding; line breaks are ignored, as Go does.
fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    for group in digits[..digits.len() - padding].chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(base64_digit(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn base64_digit(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_go_reads_it() {
        for (text, bytes) in [
            ("", Some("")),
            ("aHVudGVyMg==", Some("hunter2")),
            ("aHVudGVy\n", Some("hunter")),
            ("YWI=", Some("ab")),
            ("YQ==", Some("a")),
            ("YQ", None),
            ("YQ=", None),
            ("Y===", None),
            ("====", None),
            ("a b=", None),
            ("hunter2!", None),
        ] {
            assert_eq!(base64_bytes(text).as_deref(), bytes.map(str::as_bytes), "{text}");
        }
    }
}
