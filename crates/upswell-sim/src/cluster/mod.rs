//! Pods and the nodes under them.

mod model;

pub use model::{
    CapacityType, ClusterModel, DisruptionBudget, Interruptions, Loss, NodeManager, Pool,
    ScaleDown, Startup, ZoneSpread,
};
