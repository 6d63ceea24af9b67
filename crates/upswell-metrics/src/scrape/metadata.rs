//! What a target says of its metrics: type, help, unit.

use std::collections::BTreeMap;

use crate::exposition::MetricType;

/// What a target says of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What kind of metric it is.
    pub metric_type: MetricType,
    /// What it is about; empty if not said.
    pub help: String,
    /// In which unit it counts; empty if not said.
    pub unit: String,
}

/// Most bytes that the metadata of one target may take; what does not fit is not kept.
const BYTES_MAX: usize = 4 << 20;

/// For how many pages the metadata of a metric outlive their last mention, as in Prometheus.
const PAGES_KEPT: u64 = 10;

/// Metadata of one target.
#[derive(Debug, Default)]
pub(super) struct Families {
    families: BTreeMap<Box<str>, Family>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Family {
    metadata: Metadata,
    page: u64,
}

impl Families {
    pub(super) fn set_type(&mut self, metric: &str, metric_type: MetricType, page: u64) {
        if let Some(metadata) = self.family(metric, page) {
            metadata.metric_type = metric_type;
        }
    }

    pub(super) fn set_help(&mut self, metric: &str, help: &str, page: u64) {
        self.set_text(metric, help, page, |metadata| &mut metadata.help);
    }

    pub(super) fn set_unit(&mut self, metric: &str, unit: &str, page: u64) {
        self.set_text(metric, unit, page, |metadata| &mut metadata.unit);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Metadata)> {
        self.families.iter().map(|(metric, family)| (&**metric, &family.metadata))
    }

    /// Forgets what has not been mentioned for some pages.
    pub(super) fn forget_old(&mut self, page: u64) {
        let Self { families, bytes } = self;
        families.retain(|metric, Family { metadata, page: last }| {
            let stays = page.saturating_sub(*last) <= PAGES_KEPT;
            if !stays {
                *bytes -= metric.len() + metadata.help.len() + metadata.unit.len();
            }
            stays
        });
    }

    fn set_text(
        &mut self,
        metric: &str,
        text: &str,
        page: u64,
        field: impl Fn(&mut Metadata) -> &mut String,
    ) {
        let Some(place) = self.family(metric, page).map(&field) else { return };
        if place == text {
            return;
        }
        let before = place.len();
        let bytes = self.bytes - before + text.len();
        if bytes > BYTES_MAX {
            return;
        }
        self.bytes = bytes;
        if let Some(place) = self.family(metric, page).map(field) {
            text.clone_into(place);
        }
    }

    /// The entry of a metric, unless there is no room for a new one.
    fn family(&mut self, metric: &str, page: u64) -> Option<&mut Metadata> {
        if !self.families.contains_key(metric) {
            if self.bytes + metric.len() > BYTES_MAX {
                return None;
            }
            self.bytes += metric.len();
            self.families.insert(metric.into(), Family::default());
        }
        let family = self.families.get_mut(metric)?;
        family.page = page;
        Some(&mut family.metadata)
    }
}
