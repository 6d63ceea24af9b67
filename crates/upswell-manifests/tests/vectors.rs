//! The golden vectors recorded from upstream.

mod keda;

#[test]
fn keda() {
    upswell_vectors::judge("keda", keda::verdict);
}
