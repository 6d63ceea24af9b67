//! The golden vectors recorded from upstream: the same input must give the same answer.

// Clippy allows a panic in tests only where it sees the attribute.
#[cfg(test)]
mod hpa;
#[cfg(test)]
mod keda;
#[cfg(test)]
mod vpa;

#[test]
fn hpa() {
    upswell_vectors::judge("hpa", hpa::verdict);
}

#[test]
fn keda() {
    upswell_vectors::judge("keda", keda::verdict);
}

#[test]
fn vpa() {
    upswell_vectors::judge("vpa", vpa::judge);
}

#[test]
fn every_vpa_bucket_starts_where_upstreams_does() {
    vpa::buckets();
}
