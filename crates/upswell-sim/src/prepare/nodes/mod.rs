//! The pools whose nodes take the pods.
//!
//! ```text
//! ContainerNodePool -> gke       \
//! NodePool          -> karpenter  > Offers -> placement: taints, labels -> room: size -> Pool
//! nodes of the file -> pools     /
//! ```

mod allocatable;
mod condition;
mod gke;
mod karpenter;
pub(super) mod label;
mod offer;
mod placement;
mod pools;
mod room;

pub(super) use pools::pools;
