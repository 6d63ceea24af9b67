//! Prometheus's compatibility vectors: see `vectors/promql/README.md`.
//!
//! A record is known by its fields: `query` is a query, `samples` is a series that queries read,
//! `groups` are alert rules.

mod answers;
mod queries;
mod series;

use upswell_vectors::{Verdict, judge, records};

#[test]
fn promql() {
    let sets = series::Sets::new(&records("promql"));
    judge("promql", |record| {
        if record.get("query").is_some() {
            return queries::verdict(record, &sets);
        }
        if record.get("samples").is_some() || record.get("groups").is_some() {
            return Verdict::Elsewhere;
        }
        Verdict::UnknownKind("neither query, series nor rules".to_owned())
    });
}
