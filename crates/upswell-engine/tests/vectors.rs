//! The golden vectors recorded from upstream: the same input must give the same answer.

#[cfg(test)]
mod hpa;

#[test]
fn hpa() {
    upswell_vectors::judge("hpa", hpa::verdict);
}
