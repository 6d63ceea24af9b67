//! What a restart of the recommender must not forget: VerticalPodAutoscalerCheckpoint, format v3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use upswell_units::Timestamp;

use super::aggregate::Aggregate;
use super::histogram::{HistogramCheckpoint, HistogramError};
use super::history::History;
use super::recommend::Settings;

/// The status of a VerticalPodAutoscalerCheckpoint: the usage of one container name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Format; only [`VERSION`] can be restored.
    pub version: String,
    /// When it was saved.
    pub last_update: Timestamp,
    /// CPU usage.
    pub cpu: HistogramCheckpoint,
    /// Memory peaks.
    pub memory: HistogramCheckpoint,
    /// Time of the earliest CPU sample.
    pub first_sample: Option<Timestamp>,
    /// Time of the latest CPU sample.
    pub last_sample: Option<Timestamp>,
    /// Number of CPU samples.
    pub samples: u64,
}

/// Why a checkpoint cannot be restored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CheckpointError {
    /// Another release wrote it.
    #[error("checkpoint version `{0}` is not supported: delete the checkpoint to start afresh")]
    UnsupportedVersion(String),
    /// The memory histogram is damaged; the CPU histogram is not looked at.
    #[error("the memory histogram cannot be restored")]
    Memory(#[source] HistogramError),
    /// The CPU histogram is damaged.
    #[error("the CPU histogram cannot be restored")]
    Cpu(#[source] HistogramError),
}

/// The format that is written and read.
pub const VERSION: &str = "v3";

/// Saves the usage of every container name, those included that the policy leaves alone.
///
/// Peaks of intervals that are still open are left out, so that a container younger than one
/// interval saves no memory at all: after a restart the interval would count twice.
/// Source: vertical-pod-autoscaler 1.8.0, `recommender/checkpoint/checkpoint_writer.go`.
#[must_use]
pub fn save(
    settings: &Settings,
    history: &History,
    now: Timestamp,
) -> BTreeMap<String, Checkpoint> {
    let containers = history.by_container_settled(settings, now).into_iter();
    containers
        .map(|(container, aggregate)| {
            let Aggregate { cpu, memory_peaks, first_sample, last_sample, samples } = aggregate;
            let checkpoint = Checkpoint {
                version: VERSION.to_owned(),
                last_update: now,
                cpu: cpu.save(),
                memory: memory_peaks.save(),
                first_sample,
                last_sample,
                samples,
            };
            (container, checkpoint)
        })
        .collect()
}

/// Adds what a checkpoint of a container remembers to a history.
///
/// # Errors
///
/// Refuses another version and damaged histograms; the history then stays as it was.
pub fn restore(
    settings: &Settings,
    history: &mut History,
    container: &str,
    checkpoint: &Checkpoint,
) -> Result<(), CheckpointError> {
    if checkpoint.version != VERSION {
        return Err(CheckpointError::UnsupportedVersion(checkpoint.version.clone()));
    }
    let mut aggregate = Aggregate::new(settings);
    aggregate.first_sample = checkpoint.first_sample;
    aggregate.last_sample = checkpoint.last_sample;
    aggregate.samples = checkpoint.samples;
    aggregate.memory_peaks.load(&checkpoint.memory).map_err(CheckpointError::Memory)?;
    aggregate.cpu.load(&checkpoint.cpu).map_err(CheckpointError::Cpu)?;
    history.put_restored(container.to_owned(), aggregate);
    Ok(())
}
