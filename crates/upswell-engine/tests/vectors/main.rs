//! The golden vectors recorded from upstream: the same input must give the same answer.

mod hpa;
mod keda;
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
