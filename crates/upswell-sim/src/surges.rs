//! How long the fleet took to meet each surge, and where the time went.
//!
//! ```text
//! surge begins --decision--> pod created --node--> bound --image--> pulled --start--> ready
//! ```

use upswell_units::{Duration, Replicas, Timestamp};

use crate::cluster::Pod;
use crate::outcome::{DemandToReady, Surge};
use crate::traffic::SurgeDetector;

/// Watches the arrivals for surges, and the replicas for what they do about them.
///
/// A surge is watched until the next one begins, also after it is over: its replicas may come late.
#[derive(Debug)]
pub(crate) struct SurgeWatch {
    start: Timestamp,
    slots: u32,
    detector: SurgeDetector,
    surges: Vec<Surge>,
}

/// What a second came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second {
    /// Its end.
    pub(crate) at: Timestamp,
    /// Requests that arrived in it.
    pub(crate) arrivals: u64,
    /// Replicas that are ready at its end.
    pub(crate) ready: Replicas,
    /// How long a request was in service so far; absent before the first answer.
    pub(crate) service_mean: Option<Duration>,
}

impl SurgeWatch {
    /// Starts with a replica's number of slots.
    pub(crate) fn new(start: Timestamp, slots: u32) -> Self {
        Self { start, slots, detector: SurgeDetector::default(), surges: Vec::new() }
    }

    /// A second is over.
    pub(crate) fn second(&mut self, second: Second) {
        let Second { at, arrivals, ready, service_mean } = second;
        if let Some(began) = self.detector.push(arrivals) {
            self.surges.push(Surge {
                t_s: at.since(self.start).as_secs_f64(),
                rate_before: began.rate_before,
                rate: 0.0,
                ready_before: ready,
                needed: Replicas::ZERO,
                first: None,
                enough: None,
            });
        }
        let (Some(detected), Some(surge)) = (self.detector.latest(), self.surges.last_mut()) else {
            return;
        };
        if detected.ended.is_some() {
            return;
        }
        surge.rate = detected.rate;
        if let Some(service) = service_mean {
            let needed = surge.rate * service.as_secs_f64() / f64::from(self.slots.max(1));
            surge.needed = surge.needed.max(Replicas(needed.ceil() as u32));
        }
        if surge.needed > ready {
            surge.enough = None;
        }
    }

    /// A pod became ready; `ready` replicas are, with it.
    pub(crate) fn became_ready(&mut self, pod: &Pod, ready: Replicas) {
        let Some(surge) = self.surges.last_mut() else { return };
        let way = || way_of(pod, self.start + Duration::from_secs_f64(surge.t_s));
        if surge.first.is_none() && ready > surge.ready_before {
            surge.first = way();
        }
        if surge.enough.is_none() && surge.needed > surge.ready_before && ready >= surge.needed {
            surge.enough = way();
        }
    }

    pub(crate) fn into_surges(self) -> Vec<Surge> {
        self.surges
    }
}

/// The way of a pod to readiness, as far as it lies after the start of a surge.
fn way_of(pod: &Pod, surge_at: Timestamp) -> Option<DemandToReady> {
    let instants = [Some(pod.created), pod.scheduled, pod.pulled, pod.ready];
    let mut before = surge_at;
    let mut parts = [0.0; 4];
    for (part, instant) in parts.iter_mut().zip(instants) {
        let instant = instant?.max(before);
        *part = instant.since(before).as_secs_f64();
        before = instant;
    }
    let [decision_s, node_s, image_s, start_s] = parts;
    let total_s = before.since(surge_at).as_secs_f64();
    Some(DemandToReady { total_s, decision_s, node_s, image_s, start_s })
}
