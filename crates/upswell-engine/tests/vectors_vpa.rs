//! Golden vectors: what the VerticalPodAutoscaler 1.8.0 answers, this crate answers.

mod vpa;

#[test]
fn vpa() {
    upswell_vectors::judge("vpa", vpa::judge);
}

#[test]
fn every_bucket_starts_where_upstreams_does() {
    vpa::buckets();
}
