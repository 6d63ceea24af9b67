//! The golden vectors recorded from KEDA, as far as the engine answers them.

mod keda;

#[test]
fn keda() {
    upswell_vectors::judge("keda", keda::verdict);
}
