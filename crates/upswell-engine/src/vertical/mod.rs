//! The vertical engine: how much CPU and memory a container should ask for.
//!
//! Returns what the VerticalPodAutoscaler 1.8.0 returns, for the same samples, pods and policies.
//! Everything here is a pure function of its arguments; only [`history::History`] remembers.
//!
//! ```text
//!  usage samples, OOM kills          pods of the target            a pod to be created
//!            |                               |                              |
//!            v                               v                              v
//!   history: one histogram    +-> capping: policy, LimitRange,  <-----------+
//!   a container name          |   present limits, for one pod               |
//!            |                |              |                              |
//!            v                |              v                              v
//!   recommend: percentiles, --+   update: who is far enough off,   admit: requests and limits,
//!   margin, confidence            and who may be evicted           as a JSON patch
//!            |
//!            v
//!   checkpoint: what a restart must not forget
//! ```
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`policy`] | the spec of a VerticalPodAutoscaler, and the settings of its components |
//! | [`resources`] | [`resources::ResourceList`], recommendations |
//! | [`pod`] | what is seen of a pod |
//! | [`buckets`], [`histogram`] | decaying histograms |
//! | [`aggregate`], [`history`] | usage of containers, memory peaks, OOM kills |
//! | [`recommend`] | target, lower and upper bound |
//! | [`checkpoint`] | saving and restoring |
//! | [`limit_range`], [`capping`] | what a pod allows |
//! | [`update`], [`eviction`] | one pass of the updater |
//! | [`admit`] | one pod admission |

pub mod admit;
pub mod aggregate;
pub mod buckets;
pub mod capping;
pub mod checkpoint;
pub mod eviction;
pub mod histogram;
pub mod history;
pub mod limit_range;
pub mod pod;
pub mod policy;
mod proportion;
pub mod recommend;
pub mod resources;
pub mod update;
