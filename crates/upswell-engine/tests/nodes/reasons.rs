//! Reasons are sentences.

use upswell_engine::nodes::Reason;

use super::given::at;

#[test]
fn every_reason_is_a_fragment_with_its_numbers() {
    let (pool, zone) = ("spot".to_owned(), "a".to_owned());
    let (since, until) = (at(0), at(300));
    let all = [
        (Reason::BelowMinimum { nodes: 1, min: 3 }, "has 1 nodes and must have 3"),
        (Reason::PodsWithoutRoom { pods: 12, to_come: 8 }, "12 pods find no room"),
        (Reason::Empty { since }, "no pod is on it"),
        (Reason::Underused { pods: 1, of: 4, since }, "1 pods of 4"),
        (Reason::PoolFull { pool: pool.clone(), max: 9 }, "spot has all of its 9 nodes"),
        (Reason::BackedOff { pool: pool.clone(), zone, until }, "failed in a"),
        (Reason::SpreadForbids { pool, max_skew: 1 }, "more than 1 pods ahead"),
        (Reason::DelayedAfterAdd { nodes: 2, until }, "2 nodes are not needed and stay until"),
        (Reason::EnoughAtOnce { nodes: 20 }, "20 nodes"),
    ];
    for (reason, part) in all {
        let sentence = reason.to_string();
        assert!(sentence.contains(part), "{sentence}");
        assert!(!sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
        assert!(!sentence.starts_with(char::is_uppercase), "{sentence}");
    }
}
