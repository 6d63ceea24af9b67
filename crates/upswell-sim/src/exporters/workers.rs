//! Scrapes of the pods, by the endpoints of the monitors that lead to them.
//!
//! Prometheus spreads the targets of a job over its interval. Here they lie in [`SLOTS`] slots, so
//! that a fleet of twenty thousand pods is sixteen events an interval.

use std::collections::BTreeMap;

use upswell_metrics::Time;
use upswell_metrics::scrape::{self, Monitor, Origin, target_labels};
use upswell_units::{Duration, Timestamp};

use super::family::{Family, Kind, Subject, Table, flag};
use super::monitoring::{Endpoint, Monitoring};
use super::names;
use super::objects::Server;
use super::recorder::{Exposed, Recorder, Selected, Watched};
use super::replica::{Histogram, Replica, ReplicaView};
use super::target::Target;
use super::telemetry::Seen;
use super::{vllm, worker};
use crate::cluster::PodId;
use crate::serve::Buckets;

/// Into how many parts an interval is cut.
pub(super) const SLOTS: usize = 16;

/// Whether a target answered its scrape.
pub(super) struct Up;

impl Subject for Up {
    type View<'a> = bool;
}

/// What Prometheus itself writes for every target.
pub(super) const UP: Table<Up> = Table {
    labels: &[],
    base: |_, _| (),
    families: &[Family::one("up", Kind::Gauge, |is_up, _| flag(*is_up))],
};

/// The pods behind one endpoint.
pub(super) struct Workers<'a> {
    endpoint: &'a Endpoint,
    monitoring: &'a Monitoring,
    selected: Selected<Replica>,
    up: Selected<Up>,
    slots: [Vec<ScrapedPod<'a>>; SLOTS],
    /// The newest pod that was met.
    newest: Option<PodId>,
}

struct ScrapedPod<'a> {
    id: PodId,
    target: Found<'a>,
    series: Exposed,
    up: Exposed,
}

/// What became of the discovery of a target.
enum Found<'a> {
    /// The pod has no address yet.
    NotYet,
    /// Its relabelings drop it.
    Dropped,
    Target(Target<'a>),
}

/// The histograms that a server keeps.
pub(super) fn histograms(server: &Server) -> &'static [Histogram] {
    match server {
        Server::Worker => worker::HISTOGRAMS,
        Server::Vllm { .. } => vllm::HISTOGRAMS,
    }
}

/// The same, without the bounds of those that nobody looks at.
pub(super) fn kept_histograms(server: &Server, watched: &Watched) -> Vec<Buckets> {
    let buckets = histograms(server).iter().map(|Histogram { name, buckets, .. }| {
        let mut parts = ["_bucket", "_sum", "_count"].into_iter();
        let is_watched = parts.any(|part| watched.may_take(&format!("{name}{part}")));
        Buckets { bounds_s: if is_watched { buckets.bounds_s } else { &[] }, ..*buckets }
    });
    buckets.collect()
}

impl<'a> Workers<'a> {
    pub(super) fn new(
        endpoint: &'a Endpoint,
        monitoring: &'a Monitoring,
        watched: &Watched,
    ) -> Self {
        let table = match monitoring.objects.workload.server {
            Server::Worker => &worker::TABLE,
            Server::Vllm { .. } => &vllm::TABLE,
        };
        let may_rename = !endpoint.metric_relabelings.is_empty();
        Self {
            endpoint,
            monitoring,
            selected: Selected::of(table, watched, may_rename),
            up: Selected::of(&UP, watched, false),
            slots: Default::default(),
            newest: None,
        }
    }

    /// Whether nobody looks at anything here.
    pub(super) fn is_idle(&self) -> bool {
        self.selected.is_empty() && self.up.is_empty()
    }

    pub(super) fn interval(&self) -> Duration {
        self.endpoint.interval
    }

    /// Scrapes the pods of one slot.
    pub(super) fn scrape(&mut self, slot: usize, seen: &Seen<'_>, recorder: &mut Recorder) {
        self.meet(seen);
        let at = Time::from(seen.now);
        let ready = f64::from(seen.cluster.ready().0.max(1));
        let waiting = seen.fleet.queued() as f64 / ready;
        let mut pods = std::mem::take(&mut self.slots[slot]);
        pods.retain_mut(|scraped| {
            let is_there = self.scrape_pod(scraped, waiting, seen, recorder, at);
            if !is_there {
                recorder.end(&mut scraped.series, at);
                recorder.end(&mut scraped.up, at);
            }
            is_there
        });
        self.slots[slot] = pods;
    }

    /// Scrapes one pod; returns whether it still exists.
    fn scrape_pod(
        &self,
        scraped: &mut ScrapedPod<'a>,
        waiting: f64,
        seen: &Seen<'_>,
        recorder: &mut Recorder,
        at: Time,
    ) -> bool {
        let Some(pod) = seen.cluster.pod(scraped.id) else { return false };
        if pod.scheduled.is_none() {
            return true;
        }
        if let Found::NotYet = scraped.target {
            scraped.target = self.target(scraped.id).map_or(Found::Dropped, Found::Target);
        }
        let Found::Target(target) = &scraped.target else { return true };
        let replica = pod.replica.and_then(|id| Some((id, seen.fleet.meter(id)?)));
        recorder.expose(&self.up, target, (&replica.is_some(), 0), &mut scraped.up, at);
        let Some((id, meter)) = replica else {
            recorder.end(&mut scraped.series, at);
            return true;
        };
        let view = ReplicaView {
            objects: &self.monitoring.objects,
            meter,
            histograms: histograms(&self.monitoring.objects.workload.server),
            in_flight: seen.fleet.busy_slots(id),
            waiting,
        };
        recorder.expose(&self.selected, target, (&view, 0), &mut scraped.series, at);
        true
    }

    /// Takes in the pods that came since the last scrape.
    fn meet(&mut self, seen: &Seen<'_>) {
        for (id, _) in seen.cluster.pods_after(self.newest) {
            self.newest = Some(id);
            let slot = names::hash(&names::uid(id)) as usize % SLOTS;
            let (series, up) = (Exposed::default(), Exposed::default());
            self.slots[slot].push(ScrapedPod { id, target: Found::NotYet, series, up });
        }
    }

    /// Discovers the target of a pod; nothing if its relabelings drop it.
    fn target(&self, id: PodId) -> Option<Target<'a>> {
        let endpoint = self.endpoint;
        let Endpoint { service, honor_labels, metric_relabelings, .. } = endpoint;
        let objects = &self.monitoring.objects;
        let workload = &objects.workload;
        let texts = |names: &'a [String]| names.iter().map(String::as_str).collect();
        let pod = names::pod(&workload.kind, &workload.name, id);
        let address = format!("{}:{}", names::pod_ip(id), endpoint.port);
        let origin = Origin {
            monitor: Monitor {
                kind: endpoint.kind,
                namespace: &endpoint.namespace,
                name: &endpoint.monitor,
                endpoint_index: endpoint.index,
                job_label: &endpoint.job_label,
                target_labels: texts(&endpoint.target_labels),
                pod_target_labels: texts(&endpoint.pod_target_labels),
            },
            namespace: &objects.namespace,
            pod: &pod,
            container: &endpoint.container,
            service: service.as_ref().map_or("", |service| &service.name),
            endpoint: &endpoint.endpoint,
            address: &address,
            pod_labels: pairs(&workload.pod_labels),
            service_labels: service.as_ref().map(|found| pairs(&found.labels)).unwrap_or_default(),
            ..Origin::default()
        };
        let found = scrape::Target::new(target_labels(&origin), &endpoint.relabelings).ok()??;
        Some(Target { labels: found.labels, honor_labels: *honor_labels, metric_relabelings })
    }
}

fn pairs(labels: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// When the slots of something that is scraped at an interval come, from the start of an interval.
pub(super) fn offset(slot: usize, interval: Duration) -> Duration {
    Duration::from_nanos(interval.as_nanos() / SLOTS as i64 * slot as i64)
}

/// The first instant from `start` on, as late in the interval as the hash of a name says.
pub(super) fn first_scrape(name: &str, interval: Duration, start: Timestamp) -> Timestamp {
    let millis = interval.as_millis().max(1) as u64;
    start + Duration::from_millis((names::hash(name) % millis) as i64)
}
