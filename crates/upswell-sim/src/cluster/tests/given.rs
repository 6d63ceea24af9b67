//! What the tests start from: a small model, replicas that only keep count, and a run of both.

use upswell_engine::nodes::NodeId;
use upswell_manifests::settings::Machine;
use upswell_units::{Duration, Replicas, Timestamp};

use crate::cluster::node::NodePhase;
use crate::cluster::pod::PodId;
use crate::cluster::{
    CapacityType, Cluster, ClusterModel, Interruptions, NodeManager, Pod, Pool, ScaleDown, Serving,
    Startup, ZoneSpread,
};
use crate::random::Distribution;
use crate::serve::ReplicaId;

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 3600;

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

pub(super) fn fixed(secs: i64) -> Distribution {
    Distribution::Fixed(Duration::from_secs(secs))
}

/// Image 20 s, start 4 s, readiness 1 s, grace 30 s; nothing varies.
pub(super) fn model(pools: Vec<Pool>) -> ClusterModel {
    ClusterModel {
        pools,
        startup: Startup { image: fixed(20), start: fixed(4), readiness: fixed(1) },
        grace: Duration::from_secs(30),
        zone_spread: ZoneSpread::None,
        disruption_budget: None,
        interruptions: Interruptions::None,
    }
}

/// Up to 100 `n2-standard-4` on demand in zone `a`, each for four pods and ready after 60 s, kept
/// by the cluster autoscaler with its defaults.
pub(super) fn pool(name: &str) -> Pool {
    let machine = Machine::known("n2-standard-4").unwrap();
    Pool {
        name: name.to_owned(),
        manager: NodeManager::ClusterAutoscaler,
        capacity: CapacityType::OnDemand,
        machine_type: machine.machine_type,
        zones: vec!["a".to_owned()],
        nodes_min: 0,
        nodes_max: 100,
        pods_per_node: 4,
        preference: 0,
        weight: 0,
        price: machine.price.value,
        on_demand_price: machine.price.value,
        provisioning: fixed(60),
        stock_out: 0.0,
        notice: Duration::from_secs(15),
        scale_down: ScaleDown {
            after: Duration::from_secs(10 * MINUTE),
            after_add: Duration::from_secs(10 * MINUTE),
            below: 0.5,
        },
    }
}

pub(super) fn spot(name: &str) -> Pool {
    let machine = Machine::known("n2-standard-4").unwrap();
    Pool { capacity: CapacityType::Spot, price: machine.spot_price.value, ..pool(name) }
}

pub(super) fn zones(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Replicas that hold `requests` each for ever, and fail on a call out of order.
#[derive(Debug, Default)]
pub(super) struct Desk {
    requests: u32,
    replicas: Vec<Replica>,
    pub(super) killed: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Replica {
    Gone,
    Open,
    Draining,
}

impl Desk {
    /// Replicas that are always busy.
    pub(super) fn busy() -> Self {
        Self { requests: 3, ..Self::default() }
    }

    pub(super) fn open_replicas(&self) -> usize {
        self.replicas.iter().filter(|replica| **replica == Replica::Open).count()
    }

    pub(super) fn draining(&self) -> Vec<ReplicaId> {
        let replicas = (0..).map(ReplicaId).zip(&self.replicas);
        replicas.filter(|(_, replica)| **replica == Replica::Draining).map(|(id, _)| id).collect()
    }

    pub(super) fn end(&mut self, id: ReplicaId) {
        self.replicas[id.0 as usize] = Replica::Gone;
    }
}

impl Serving for Desk {
    fn open(&mut self, _: Timestamp) -> ReplicaId {
        let free = self.replicas.iter().position(|replica| *replica == Replica::Gone);
        let position = free.unwrap_or_else(|| {
            self.replicas.push(Replica::Gone);
            self.replicas.len() - 1
        });
        self.replicas[position] = Replica::Open;
        ReplicaId(position as u32)
    }

    fn drain(&mut self, id: ReplicaId, _: Timestamp) -> bool {
        let replica = &mut self.replicas[id.0 as usize];
        assert_eq!(*replica, Replica::Open, "a replica drains once");
        let is_idle = self.requests == 0;
        *replica = if is_idle { Replica::Gone } else { Replica::Draining };
        is_idle
    }

    fn kill(&mut self, id: ReplicaId, _: Timestamp) -> u32 {
        let replica = &mut self.replicas[id.0 as usize];
        assert_eq!(
            *replica,
            Replica::Draining,
            "a replica gets its end signal before it is killed"
        );
        *replica = Replica::Gone;
        self.killed += 1;
        self.requests
    }
}

/// A cluster with a scan of its nodes every ten seconds.
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) desk: Desk,
    next_look: Timestamp,
}

impl World {
    pub(super) fn at_rest(model: &ClusterModel, replicas: u32) -> Self {
        Self::with(model, replicas, 7, Desk::default())
    }

    /// At rest, with replicas that are always busy.
    pub(super) fn busy(model: &ClusterModel, replicas: u32) -> Self {
        Self::with(model, replicas, 7, Desk::busy())
    }

    pub(super) fn with(model: &ClusterModel, replicas: u32, seed: u64, mut desk: Desk) -> Self {
        let cluster = Cluster::at_rest(model, Replicas(replicas), seed, at(0), &mut desk);
        Self { cluster, desk, next_look: at(0) }
    }

    pub(super) fn scale_to(&mut self, replicas: u32, secs: i64) {
        self.until(secs);
        self.cluster.scale_to(Replicas(replicas), at(secs), &mut self.desk);
    }

    /// Plays up to and including a second.
    pub(super) fn until(&mut self, secs: i64) {
        self.play(at(secs), |_, _| ());
    }

    /// Plays up to and including an instant, and calls `watch` before whatever happens.
    pub(super) fn play(&mut self, until: Timestamp, mut watch: impl FnMut(&Cluster, Timestamp)) {
        loop {
            let event_at = self.cluster.next_at().unwrap_or(Timestamp::MAX);
            let now = event_at.min(self.next_look);
            if now > until {
                return;
            }
            watch(&self.cluster, now);
            if event_at <= now {
                self.cluster.step(now, &mut self.desk);
            } else {
                self.cluster.look_at_nodes(now, &mut self.desk);
                self.next_look = now + Duration::from_secs(10);
            }
        }
    }

    pub(super) fn pods(&self) -> Vec<(PodId, Pod)> {
        self.cluster.pods().map(|(id, pod)| (id, *pod)).collect()
    }

    /// Pods on each node that runs, in order of their orders; terminating ones too.
    pub(super) fn pods_on_nodes(&self) -> Vec<usize> {
        let nodes = self.cluster.nodes.iter().filter(|(_, node)| node.is_running());
        nodes.map(|(_, node)| node.pods.len()).collect()
    }

    /// (active, ready, pending).
    pub(super) fn counts(&self) -> (u32, u32, u32) {
        let Self { cluster, .. } = self;
        (cluster.active().0, cluster.ready().0, cluster.pending().0)
    }

    /// Nodes of a pool that exist, by phase.
    pub(super) fn nodes_of(&self, pool: u32, phase: NodePhase) -> usize {
        let nodes = self.cluster.nodes.iter();
        nodes.filter(|(_, node)| node.pool.0 == pool && node.phase == phase).count()
    }

    pub(super) fn node_ids(&self) -> Vec<NodeId> {
        self.cluster.nodes.iter().map(|(id, _)| id).collect()
    }

    /// Closes the books.
    pub(super) fn close(self, secs: i64) -> crate::outcome::Nodes {
        let served = crate::cluster::Served::default();
        self.cluster.close(at(secs), &served).0.expect("the model has pools")
    }
}
