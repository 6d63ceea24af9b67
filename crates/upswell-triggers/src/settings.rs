//! The effective settings of a trigger: what each parameter reads as, and what follows from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

/// Effective value of every parameter, by its first spelling, and what was computed from several.
///
/// Numbers and booleans are always there, empty texts and lists are left out, durations are
/// milliseconds. `Debug` and [`Settings::redacted`] hide what is secret.
#[derive(Clone, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<String, Value>,
    computed: BTreeMap<String, Value>,
    secret: BTreeSet<String>,
}

impl Settings {
    /// Returns the settings with every secret in clear text; never print this.
    #[must_use]
    pub fn revealed(&self) -> Value {
        Value::Object(self.values.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Returns the settings with `[redacted]` in the place of secrets.
    #[must_use]
    pub fn redacted(&self) -> Value {
        Value::Object(self.hiding(&self.values))
    }

    /// Returns what was computed from several parameters, secrets in clear text.
    #[must_use]
    pub fn computed_revealed(&self) -> Value {
        Value::Object(self.computed.iter().map(|(k, value)| (k.clone(), value.clone())).collect())
    }

    /// Sets an effective value; an empty text, list or map counts as absent.
    pub(crate) fn set(&mut self, name: &str, value: Value, secret: bool) {
        if secret {
            self.secret.insert(name.to_owned());
        }
        if is_empty(&value) {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// Sets a computed value.
    pub(crate) fn compute(&mut self, name: &str, value: Value) {
        self.computed.insert(name.to_owned(), value);
    }

    /// Sets a computed value that contains secrets.
    pub(crate) fn compute_secret(&mut self, name: &str, value: Value) {
        self.secret.insert(name.to_owned());
        self.compute(name, value);
    }

    fn hiding(&self, values: &BTreeMap<String, Value>) -> Map<String, Value> {
        let shown = |key: &str, value: &Value| match self.secret.contains(key) {
            true => Value::from("[redacted]"),
            false => value.clone(),
        };
        values.iter().map(|(key, value)| (key.clone(), shown(key, value))).collect()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (values, computed) = (self.hiding(&self.values), self.hiding(&self.computed));
        f.debug_struct("Settings").field("values", &values).field("computed", &computed).finish()
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
