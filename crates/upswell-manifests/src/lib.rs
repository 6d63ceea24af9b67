//! upswell-manifests

pub mod admission;
pub mod compile;
pub mod decode;
pub mod diagnostics;
pub mod keda;
pub mod kinds;
pub mod yaml;
