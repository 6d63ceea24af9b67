//! Golden vectors: what upstream's parsing and admission answer, this crate answers.

#[path = "vectors/hpa.rs"]
mod hpa;
#[path = "vectors/keda/mod.rs"]
mod keda;

#[test]
fn hpa() {
    upswell_vectors::judge("hpa", hpa::judge);
}

#[test]
fn keda() {
    upswell_vectors::judge("keda", keda::judge);
}
