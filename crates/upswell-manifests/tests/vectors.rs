//! Golden vectors: what upstream's parsing and admission answer, this crate answers.

#[path = "vectors/hpa.rs"]
mod hpa;

#[test]
fn hpa() {
    upswell_vectors::judge("hpa", hpa::judge);
}
