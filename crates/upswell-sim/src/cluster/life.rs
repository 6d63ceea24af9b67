//! The cluster, and the life of its pods.

use upswell_engine::nodes::{NodeId, ZoneId};
use upswell_units::{Duration, Replicas, Timestamp};

use super::autoscale::Planner;
use super::draws::Draws;
use super::ledger::{Ledger, Served};
use super::losses::Losses;
use super::model::ClusterModel;
use super::node::{NodePhase, Nodes};
use super::node_life::free_room;
use super::pod::{Pod, PodId, Pods};
use super::retire::first_to_end;
use super::rooms::Rooms;
use crate::agenda::Agenda;
use crate::outcome;
use crate::serve::ReplicaId;

/// The side of the requests: what a pod is to them once it is ready.
pub(crate) trait Serving {
    /// A replica takes requests from now on.
    fn open(&mut self, now: Timestamp) -> ReplicaId;
    /// A replica takes no more; returns whether it was idle, and so is gone.
    fn drain(&mut self, id: ReplicaId, now: Timestamp) -> bool;
    /// A replica is gone; returns how many requests it had in service.
    fn kill(&mut self, id: ReplicaId, now: Timestamp) -> u32;
}

/// Pods, and nodes of a pool, for which there is room, whatever is asked for: a manifest may say
/// two billion. Enough for a hundred thousand requests a second, four slots a replica and eight
/// seconds a request.
pub(crate) const ROOM: Replicas = Replicas(200_000);

/// Pods at rest were made long before: longer than any initialization period.
pub(crate) const AGE_AT_REST: Duration = Duration::from_secs(3600);

/// Pods and nodes in virtual time.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(super) model: ClusterModel,
    pub(super) pods: Pods,
    pub(super) nodes: Nodes,
    pub(super) rooms: Rooms,
    pub(super) draws: Draws,
    pub(super) losses: Losses,
    pub(super) planner: Planner,
    pub(super) ledger: Ledger,
    pub(super) agenda: Agenda<Event>,
    /// Pods that the ReplicaSet keeps.
    pub(super) wanted: u32,
    /// Pods that became ready since somebody asked, each with the number of ready ones then.
    became_ready: Vec<(Pod, Replicas)>,
}

/// What happens by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Pulled(PodId),
    Ready(PodId),
    Killed(PodId),
    NodeReady(NodeId),
    OrderFailed(NodeId),
    /// The cloud takes one node.
    NodeLost(NodeId),
    /// The cloud takes half of a zone's spot nodes.
    ZoneLost(ZoneId),
    /// The next recorded loss.
    RecordedLoss,
    /// The notice of an interrupted node is over.
    NodeGone(NodeId),
    /// Karpenter has waited long enough for more pods.
    Gathered,
}

impl Cluster {
    /// Starts at rest: nodes at their minima and as many more as the pods need, the pods ready for
    /// an hour, their images cached.
    pub(crate) fn at_rest(
        model: &ClusterModel,
        replicas: Replicas,
        seed: u64,
        now: Timestamp,
        serving: &mut impl Serving,
    ) -> Self {
        let mut model = model.clone();
        for pool in &mut model.pools {
            pool.pods_per_node = pool.pods_per_node.max(1);
        }
        let planner = Planner::new(&model);
        let zones = planner.policy.zones.len();
        let mut cluster = Self {
            pods: Pods::default(),
            nodes: Nodes::default(),
            rooms: Rooms::new(model.zone_spread, zones),
            draws: Draws::new(seed, zones, &model.interruptions),
            losses: Losses::new(&model.interruptions, now),
            ledger: Ledger::new(model.pools.len(), now),
            planner,
            agenda: Agenda::default(),
            wanted: replicas.min(ROOM).0,
            became_ready: Vec::new(),
            model,
        };
        cluster.open_pools();
        let made = now - AGE_AT_REST;
        for _ in 0..cluster.wanted {
            // On nodes, some may find no room and start later.
            let startup = match cluster.model.pools.is_empty() {
                true => Duration::ZERO,
                false => cluster.draws.startup(&cluster.model.startup),
            };
            cluster.pods.create(startup, made);
        }
        for pod in cluster.settle_at_rest(now) {
            cluster.pods.pull(pod, made);
            cluster.pods.become_ready(pod, serving.open(now), made);
        }
        cluster.ledger.begin();
        cluster.schedule_losses(now);
        cluster
    }

    /// Brings the number of pods that are not terminating to `wanted`, as far as there is [`ROOM`].
    pub(crate) fn scale_to(
        &mut self,
        wanted: Replicas,
        now: Timestamp,
        serving: &mut impl Serving,
    ) {
        self.wanted = wanted.min(ROOM).0;
        let surplus = self.pods.active().saturating_sub(self.wanted);
        for pod in first_to_end(&self.pods, &self.nodes, now, surplus as usize) {
            self.end(pod, self.model.grace, now, serving);
        }
        self.refill(now);
        self.planner.notice();
    }

    /// Returns when something happens by itself.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.agenda.next_at()
    }

    /// Plays all that is due at `now`.
    pub(crate) fn step(&mut self, now: Timestamp, serving: &mut impl Serving) {
        while self.agenda.next_at().is_some_and(|at| at <= now) {
            let Some((_, event)) = self.agenda.pop() else { return };
            self.happen(event, now, serving);
            self.refill(now);
            self.planner.notice();
        }
    }

    /// A replica that drains has ended its last request by itself.
    pub(crate) fn drained(&mut self, id: ReplicaId, now: Timestamp) {
        let Some(pod) = self.pods.of_replica(id) else { return };
        self.leave(pod, now);
        self.schedule(now);
        self.planner.notice();
    }

    /// Pods that exist and are not terminating: `status.replicas` of the Deployment.
    pub(crate) fn active(&self) -> Replicas {
        Replicas(self.pods.active())
    }

    /// Pods that are asked for: `spec.replicas` of the Deployment.
    pub(crate) fn wanted(&self) -> Replicas {
        Replicas(self.wanted)
    }

    /// Pods that take requests.
    pub(crate) fn ready(&self) -> Replicas {
        Replicas(self.pods.ready())
    }

    /// Pods that wait for a node.
    pub(crate) fn pending(&self) -> Replicas {
        Replicas(self.pods.pending())
    }

    /// Nodes that run.
    pub(crate) fn nodes(&self) -> u32 {
        self.ledger.running()
    }

    /// Those of them that are spot.
    pub(crate) fn nodes_spot(&self) -> u32 {
        self.ledger.running_spot()
    }

    /// All pods in order of creation, terminating ones too.
    pub(crate) fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter()
    }

    /// Takes the pods that became ready since the last call, each with the number of ready ones
    /// then; none of those at rest.
    pub(crate) fn take_ready(&mut self) -> Vec<(Pod, Replicas)> {
        std::mem::take(&mut self.became_ready)
    }

    /// Closes the books; nothing of nodes where the model has no pools.
    pub(crate) fn close(
        mut self,
        now: Timestamp,
        served: &Served,
    ) -> (Option<outcome::Nodes>, Option<outcome::Money>) {
        let pools = &self.model.pools;
        if pools.is_empty() {
            return (None, None);
        }
        for node in self.nodes.into_values() {
            self.ledger.bill(&node, now);
        }
        if let Some(pod) = self.pods.first_pending().and_then(|pod| self.pods.get(pod)) {
            self.ledger.waited(pod.created, now);
        }
        (Some(self.ledger.nodes(pools, now)), self.ledger.money(pools, served))
    }

    fn happen(&mut self, event: Event, now: Timestamp, serving: &mut impl Serving) {
        match event {
            Event::Pulled(pod) => {
                if let Some(startup) = self.pods.pull(pod, now) {
                    self.agenda.schedule(now + startup, Event::Ready(pod));
                }
            }
            Event::Ready(pod) => {
                if self.pods.get(pod).is_some() {
                    self.pods.become_ready(pod, serving.open(now), now);
                    let ready = self.ready();
                    self.became_ready.extend(self.pods.get(pod).map(|pod| (*pod, ready)));
                }
            }
            Event::Killed(pod) => self.kill(pod, now, serving),
            Event::NodeReady(node) => self.node_ready(node, now),
            Event::OrderFailed(node) => self.order_failed(node, now),
            Event::NodeLost(node) => self.interrupt(node, now, serving),
            Event::ZoneLost(zone) => self.lose_zone(zone, now, serving),
            Event::RecordedLoss => self.lose_as_recorded(now, serving),
            Event::NodeGone(node) => self.node_gone(node, now, serving),
            Event::Gathered => self.gathered(now),
        }
        self.schedule(now);
    }

    /// The ReplicaSet makes up for pods that were told to end against its will.
    pub(super) fn refill(&mut self, now: Timestamp) {
        let missing = self.wanted.saturating_sub(self.pods.active());
        for _ in 0..missing {
            let startup = &self.model.startup;
            if self.model.pools.is_empty() {
                let (image, startup) = self.draws.startup_with_image(startup);
                let pod = self.pods.create(startup, now);
                self.pods.bind(pod, None, now);
                self.agenda.schedule(now + image, Event::Pulled(pod));
            } else {
                self.pods.create(self.draws.startup(startup), now);
            }
        }
        if missing > 0 {
            self.schedule(now);
            self.gather(now);
        }
    }

    /// Binds pods to nodes as long as there is room, and lets them pull.
    fn schedule(&mut self, now: Timestamp) {
        for pod in self.bind_pending(now) {
            let Some(node) = self.node_of(pod).and_then(|node| self.nodes.get_mut(node)) else {
                continue;
            };
            let image_at = *node.image_at.get_or_insert(now + node.image);
            self.agenda.schedule(image_at.max(now), Event::Pulled(pod));
        }
    }

    /// Binds pods in order of age; they are alike, so that the first without room is the last.
    fn bind_pending(&mut self, now: Timestamp) -> Vec<PodId> {
        let mut bound = Vec::new();
        while let Some(pod) = self.pods.first_pending() {
            let chosen = self.rooms.choose().and_then(|id| Some((id, self.nodes.get_mut(id)?)));
            let Some((id, node)) = chosen else { break };
            let free = free_room(&self.model.pools, node);
            node.pods.insert(pod);
            node.active += 1;
            self.rooms.change((node.pool, node.zone), id, free, free.saturating_sub(1));
            self.rooms.add_pod(node.zone);
            let created = self.pods.get(pod).map_or(now, |pod| pod.created);
            self.ledger.waited(created, now);
            self.pods.bind(pod, Some(id), now);
            bound.push(pod);
        }
        bound
    }

    /// Adds nodes that are ready at once until the pods at rest have room; returns those that do.
    fn settle_at_rest(&mut self, now: Timestamp) -> Vec<PodId> {
        let made = now - AGE_AT_REST;
        let mut bound = Vec::new();
        while let Some(pod) = self.pods.first_pending().filter(|_| self.model.pools.is_empty()) {
            self.pods.bind(pod, None, made);
            bound.push(pod);
        }
        loop {
            let orders = self.plan(now).orders;
            if orders.is_empty() {
                return bound;
            }
            for order in orders {
                for _ in 0..order.nodes {
                    let id = self.add_node(order.pool, order.zone, Some(now), now);
                    self.node_ready(id, now);
                    if let Some(node) = self.nodes.get_mut(id) {
                        node.image_at = Some(made);
                    }
                }
            }
            bound.extend(self.bind_pending(made));
        }
    }

    /// Tells a pod to end: a pod that serves may go on for `grace`, another one is gone at once.
    pub(super) fn end(
        &mut self,
        id: PodId,
        grace: Duration,
        now: Timestamp,
        serving: &mut impl Serving,
    ) {
        let Some(&Pod { node, replica, scheduled, created, deleted: false, .. }) =
            self.pods.get(id)
        else {
            return;
        };
        self.pods.delete(id, now + grace);
        if let Some(node) = node.and_then(|node| self.nodes.get_mut(node)) {
            node.active -= 1;
            self.rooms.delete_pod(node.zone);
        }
        if scheduled.is_none() {
            self.ledger.waited(created, now);
        }
        match replica {
            Some(replica) if !serving.drain(replica, now) => {
                self.agenda.schedule(now + grace, Event::Killed(id));
            }
            _ => self.leave(id, now),
        }
    }

    /// Ends a pod whose grace is over, if it is still there.
    pub(super) fn kill(&mut self, id: PodId, now: Timestamp, serving: &mut impl Serving) {
        let Some(&Pod { replica, node, .. }) = self.pods.get(id) else { return };
        if let Some(replica) = replica {
            let requests = serving.kill(replica, now);
            let node = node.and_then(|node| self.nodes.get(node));
            if node.is_some_and(|node| node.phase == NodePhase::Interrupted) {
                self.ledger.interrupted_requests += u64::from(requests);
            }
        }
        self.leave(id, now);
    }

    /// A pod is gone, and its node has room again.
    fn leave(&mut self, pod: PodId, now: Timestamp) {
        let node = self.pods.remove(pod).and_then(|pod| pod.node);
        let Some((id, node)) = node.and_then(|id| Some((id, self.nodes.get_mut(id)?))) else {
            return;
        };
        let free = free_room(&self.model.pools, node);
        node.pods.remove(&pod);
        match node.phase {
            NodePhase::Ready => {
                self.rooms.change((node.pool, node.zone), id, free, free + 1);
            }
            NodePhase::Draining if node.pods.is_empty() => self.give_back(id, now),
            _ => {}
        }
    }

    fn node_of(&self, pod: PodId) -> Option<NodeId> {
        self.pods.get(pod)?.node
    }
}
