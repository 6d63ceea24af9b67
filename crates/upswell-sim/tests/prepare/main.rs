//! From manifests and `upswell.yaml` to what a run starts from, through the public door.

mod cluster;
mod given;
mod gke;
mod karpenter;
mod placement;
mod worker;
