//! The identity of a series: its labels, sorted by name.

use std::fmt;
use std::sync::Arc;

use serde::de::Deserializer;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// The label that holds the name of the metric.
pub const METRIC_NAME: &str = "__name__";

/// A name or a value; shared by the series that have it.
pub type Text = Arc<str>;

/// Labels, sorted by name, each name once; cheap to clone.
///
/// A label with an empty value is the same as none, so that none is kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Arc<[(Text, Text)]>);

impl Labels {
    /// No labels.
    #[must_use]
    pub fn empty() -> Self {
        Self(Arc::from([]))
    }

    /// Takes labels in any order; of a name that comes twice the last one holds.
    pub fn new<N: Into<Text>, V: Into<Text>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name, value);
        }
        builder.build()
    }

    /// Returns the value of a label; empty if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.text(name).map_or("", |value| value)
    }

    /// Returns the value of a label as it is shared, if there is one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Text> {
        let found = self.0.binary_search_by(|(of_label, _)| (**of_label).cmp(name));
        found.ok().map(|index| &self.0[index].1)
    }

    /// Returns the name of the metric; empty if there is none.
    #[must_use]
    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// The labels in order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The labels as they are shared, in order of their names.
    pub fn pairs(&self) -> &[(Text, Text)] {
        &self.0
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Starts changing them.
    #[must_use]
    pub fn edit(&self) -> LabelsBuilder {
        LabelsBuilder { pairs: self.0.to_vec() }
    }

    /// Returns them without the name of the metric.
    #[must_use]
    pub fn without_name(&self) -> Self {
        if self.text(METRIC_NAME).is_none() {
            return self.clone();
        }
        Self(self.0.iter().filter(|(name, _)| **name != *METRIC_NAME).cloned().collect())
    }
}

impl fmt::Display for Labels {
    /// As PromQL writes a series: `up{job="api"}`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.metric_name())?;
        let mut others = self.iter().filter(|(name, _)| *name != METRIC_NAME).peekable();
        if others.peek().is_none() && !self.metric_name().is_empty() {
            return Ok(());
        }
        formatter.write_str("{")?;
        for (index, (name, value)) in others.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{name}={value:?}")?;
        }
        formatter.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = std::collections::BTreeMap::<String, String>::deserialize(deserializer)?;
        Ok(Self::new(pairs))
    }
}

/// Labels that are being put together.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    /// Sorted by name, each name once.
    pairs: Vec<(Text, Text)>,
}

impl LabelsBuilder {
    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Text>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.pairs.binary_search_by(|(of_label, _)| of_label.cmp(&name)) {
            Ok(index) if value.is_empty() => drop(self.pairs.remove(index)),
            Ok(index) => self.pairs[index].1 = value,
            Err(_) if value.is_empty() => {}
            Err(index) => self.pairs.insert(index, (name, value)),
        }
        self
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.pairs.retain(|(of_label, _)| **of_label != *name);
        self
    }

    /// Keeps the labels for which `keeps` says so.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str, &str) -> bool) -> &mut Self {
        self.pairs.retain(|(name, value)| keeps(name, value));
        self
    }

    /// Returns the value of a label; empty if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.pairs.binary_search_by(|(of_label, _)| (**of_label).cmp(name));
        found.map_or("", |index| &self.pairs[index].1)
    }

    /// Returns the labels.
    #[must_use]
    pub fn build(self) -> Labels {
        Labels(self.pairs.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_and_an_empty_value_is_none() {
        let labels = Labels::new([("b", "2"), ("a", "1"), ("c", ""), ("a", "3")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
        assert_eq!(labels.get("c"), "");
        assert_eq!(labels.edit().set("b", "").clone().build(), Labels::new([("a", "3")]));
    }

    #[test]
    fn they_print_as_promql_writes_them() {
        let labels = Labels::new([(METRIC_NAME, "up"), ("job", "a\"b")]);
        assert_eq!(labels.to_string(), r#"up{job="a\"b"}"#);
        assert_eq!(labels.without_name().to_string(), r#"{job="a\"b"}"#);
        assert_eq!(Labels::new([(METRIC_NAME, "up")]).to_string(), "up");
        assert_eq!(Labels::empty().to_string(), "{}");
    }
}
