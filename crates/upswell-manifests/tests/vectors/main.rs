//! Golden vectors: what upstream's parsing and admission answer, this crate answers.

mod hpa;
mod keda;

#[test]
fn hpa() {
    upswell_vectors::judge("hpa", hpa::judge);
}

#[test]
fn keda() {
    upswell_vectors::judge("keda", keda::judge);
}
