//! upswell-manifests
