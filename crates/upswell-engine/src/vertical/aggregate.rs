//! The usage of one container, and of all containers that count as one.

use serde::{Deserialize, Serialize};
use upswell_units::{Bytes, Duration, Millicores, Timestamp};

use super::buckets::Buckets;
use super::histogram::DecayingHistogram;
use super::recommend::{MemorySettings, Settings, amount};

/// What is known of the usage of all containers with one name.
///
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/model/aggregate_container_state.go`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// CPU usage in cores, one entry a sample.
    pub cpu: DecayingHistogram,
    /// Memory usage in bytes, one entry a container and aggregation interval: the peak.
    pub memory_peaks: DecayingHistogram,
    /// Time of the earliest CPU sample.
    pub first_sample: Option<Timestamp>,
    /// Time of the latest CPU sample.
    pub last_sample: Option<Timestamp>,
    /// Number of CPU samples.
    pub samples: u64,
}

/// What is known of the usage of one container of one pod.
///
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/model/container.go`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerUsage {
    last_cpu_sample: Option<Timestamp>,
    last_memory_sample: Option<Timestamp>,
    /// Where the present aggregation interval ends; `None` before the first memory sample.
    window_end: Option<Timestamp>,
    /// Highest usage in the interval.
    memory_peak: Bytes,
    /// Highest need that an OOM kill in the interval let suppose.
    oom_peak: Bytes,
}

/// Why a sample does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing uses less than nothing.
    #[error("the usage is negative")]
    Negative,
    /// A later sample has been counted already, or for CPU this very one.
    #[error("the sample is not newer than that of {0}")]
    OutOfOrder(Timestamp),
    /// More than an aggregation interval older than the latest memory sample.
    #[error("the OOM kill is too old beside the memory sample of {0}")]
    TooOld(Timestamp),
    /// The pod is not tracked, or has no such container.
    #[error("no such container is tracked")]
    UnknownContainer,
}

/// Weight of every CPU sample, whatever the container requests.
const CPU_SAMPLE_WEIGHT: f64 = 0.1;
/// Weight of every memory peak.
const MEMORY_PEAK_WEIGHT: f64 = 1.0;

impl Aggregate {
    /// Starts without samples.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            cpu: DecayingHistogram::new(Buckets::Cpu, settings.cpu_half_life),
            memory_peaks: DecayingHistogram::new(Buckets::Memory, settings.memory_half_life),
            first_sample: None,
            last_sample: None,
            samples: 0,
        }
    }

    /// Adds all samples of another one.
    pub fn merge(&mut self, mut other: Self) {
        self.cpu.merge(&mut other.cpu);
        self.memory_peaks.merge(&mut other.memory_peaks);
        self.first_sample = earlier(self.first_sample, other.first_sample);
        self.last_sample = self.last_sample.max(other.last_sample);
        self.samples = self.samples.saturating_add(other.samples);
    }

    /// Returns the time between the first and the last CPU sample.
    #[must_use]
    pub fn lifespan(&self) -> Duration {
        match (self.first_sample, self.last_sample) {
            (Some(first), Some(last)) => last.since(first),
            _ => Duration::ZERO,
        }
    }

    fn add_cpu(&mut self, usage: Millicores, at: Timestamp) {
        self.cpu.add(usage.0 as f64 / 1000.0, CPU_SAMPLE_WEIGHT, at);
        self.first_sample = earlier(self.first_sample, Some(at));
        self.last_sample = self.last_sample.max(Some(at));
        self.samples = self.samples.saturating_add(1);
    }
}

/// The earlier of two times, of which either may be unknown.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}

impl ContainerUsage {
    /// Counts a CPU sample.
    ///
    /// # Errors
    ///
    /// Refuses negative usage and what is not strictly newer than the previous sample.
    pub fn add_cpu(
        &mut self,
        aggregate: &mut Aggregate,
        usage: Millicores,
        at: Timestamp,
    ) -> Result<(), Refused> {
        if usage < Millicores(0) {
            return Err(Refused::Negative);
        }
        if let Some(last) = self.last_cpu_sample.filter(|last| at <= *last) {
            return Err(Refused::OutOfOrder(last));
        }
        aggregate.add_cpu(usage, at);
        self.last_cpu_sample = Some(at);
        Ok(())
    }

    /// Counts a memory sample: only the peak of each aggregation interval stays.
    ///
    /// # Errors
    ///
    /// Refuses negative usage and what is older than the previous sample.
    pub fn add_memory(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &MemorySettings,
        usage: Bytes,
        at: Timestamp,
    ) -> Result<(), Refused> {
        if usage < Bytes(0) {
            return Err(Refused::Negative);
        }
        if let Some(last) = self.last_memory_sample.filter(|last| at < *last) {
            return Err(Refused::OutOfOrder(last));
        }
        if self.count_memory(aggregate, settings, usage, at) {
            self.memory_peak = usage;
        }
        Ok(())
    }

    /// Counts an OOM kill as if the container had used more than it had.
    ///
    /// Takes what it requested or its peak of usage, whichever is higher, and adds the minimum
    /// bump or multiplies by the ratio, whichever gives more. Earlier OOM kills do not raise the
    /// peak, lest one after the other drive it up.
    ///
    /// # Errors
    ///
    /// Refuses a kill that is older than the latest memory sample by more than an aggregation
    /// interval.
    pub fn record_oom(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &MemorySettings,
        requested: Bytes,
        at: Timestamp,
    ) -> Result<(), Refused> {
        let oldest = |last: Timestamp| last - settings.aggregation_interval;
        if let Some(last) = self.last_memory_sample.filter(|last| at < oldest(*last)) {
            return Err(Refused::TooOld(last));
        }
        let used = requested.max(self.memory_peak).0;
        let bumped = used.saturating_add(amount(settings.oom_min_bump_up));
        let scaled = amount(used as f64 * settings.oom_bump_up_ratio);
        let needed = Bytes(bumped.max(scaled));
        if self.count_memory(aggregate, settings, needed, at) {
            self.oom_peak = needed;
        }
        Ok(())
    }

    /// Returns the peak of the interval that is still open, and when that ends.
    #[must_use]
    pub fn open_peak(&self, now: Timestamp) -> Option<(Bytes, Timestamp)> {
        let end = self.window_end.filter(|end| now < *end)?;
        Some((self.peak(), end))
    }

    /// Takes a sample into the interval; returns whether it is the new peak.
    fn count_memory(
        &mut self,
        aggregate: &mut Aggregate,
        settings: &MemorySettings,
        usage: Bytes,
        at: Timestamp,
    ) -> bool {
        self.last_memory_sample = Some(at);
        let end = self.window_end.unwrap_or(at);
        if at >= end {
            let end = end + windows_until(at.since(end), settings.aggregation_interval);
            self.window_end = Some(end);
            (self.memory_peak, self.oom_peak) = (Bytes(0), Bytes(0));
            aggregate.memory_peaks.add(usage.0 as f64, MEMORY_PEAK_WEIGHT, end);
            return true;
        }
        let peak = self.peak();
        // A peak of zero is never replaced in its interval: upstream takes it for no peak.
        if peak == Bytes(0) || usage <= peak {
            return false;
        }
        aggregate.memory_peaks.subtract(peak.0 as f64, MEMORY_PEAK_WEIGHT, end);
        aggregate.memory_peaks.add(usage.0 as f64, MEMORY_PEAK_WEIGHT, end);
        true
    }

    fn peak(&self) -> Bytes {
        self.memory_peak.max(self.oom_peak)
    }
}

/// How far the end of an interval moves to lie after a sample `past` it: whole intervals.
fn windows_until(past: Duration, interval: Duration) -> Duration {
    if interval <= Duration::ZERO {
        return past;
    }
    interval.times((past.as_nanos() / interval.as_nanos()).saturating_add(1))
}

/// Takes the peak of a container's open interval out of an aggregate.
///
/// A restart loses the container's state, and would otherwise count a second peak in the interval.
pub(super) fn without_open_peak(
    aggregate: &mut Aggregate,
    container: &ContainerUsage,
    now: Timestamp,
) {
    if let Some((peak, end)) = container.open_peak(now) {
        aggregate.memory_peaks.subtract(peak.0 as f64, MEMORY_PEAK_WEIGHT, end);
    }
}
