//! upswell-manifests

pub mod decode;
pub mod diagnostics;
pub mod kinds;
pub mod yaml;
