//! Ranges in pieces that Prometheus answers at once.

use upswell_metrics::sample::Time;

use super::error::RemoteError;

/// Prometheus refuses more than 11,000 steps (web/api/v1, queryRange); others allow less.
const POINTS_MAX: u64 = 10_000;

/// A hundred pieces: nearly two years of minutes.
const STEPS_MAX: u64 = 1_000_000;

/// A part of a range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: Time,
    pub(super) end: Time,
}

/// Splits the instants `start`, `start + step`, … up to `end`.
pub(super) fn split(
    query: &str,
    start: Time,
    end: Time,
    step_ms: i64,
) -> Result<Vec<Piece>, RemoteError> {
    if step_ms <= 0 || end < start {
        return Err(RemoteError::Range);
    }
    let steps = u64::try_from(end.millis_since(start) / step_ms).unwrap_or(0);
    let max = if has_ends_of_its_range(query) { POINTS_MAX - 1 } else { STEPS_MAX };
    if steps > max {
        return Err(RemoteError::Steps { steps, max });
    }
    let at = |step: u64| start.plus_millis(step as i64 * step_ms);
    let firsts = (0..=steps).step_by(POINTS_MAX as usize);
    let last = |first: u64| (first + POINTS_MAX - 1).min(steps);
    Ok(firsts.map(|first| Piece { start: at(first), end: at(last(first)) }).collect())
}

/// Returns whether a query says `@ start()` or `@ end()`, perhaps in a text.
fn has_ends_of_its_range(query: &str) -> bool {
    query.split('@').skip(1).any(|rest| {
        let rest = rest.trim_start();
        rest.starts_with("start") || rest.starts_with("end")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(query: &str, start: i64, end: i64, step: i64) -> Result<Vec<(i64, i64)>, String> {
        let pieces = split(query, Time(start), Time(end), step).map_err(|error| error.to_string());
        Ok(pieces?.into_iter().map(|piece| (piece.start.0, piece.end.0)).collect())
    }

    #[test]
    fn pieces_cover_every_step_once() {
        for (start, end, step, expected) in [
            (0, 0, 1, vec![(0, 0)]),
            (5, 14, 10, vec![(5, 5)]),
            (5, 15, 10, vec![(5, 15)]),
            (0, 9_999, 1, vec![(0, 9_999)]),
            (0, 10_000, 1, vec![(0, 9_999), (10_000, 10_000)]),
            (-3, 60_001, 3, vec![(-3, 29_994), (29_997, 59_994), (59_997, 60_000)]),
        ] {
            assert_eq!(pieces("up", start, end, step).unwrap(), expected);
        }
    }

    #[test]
    fn ranges_without_end_are_refused() {
        let refused = |query, start, end, step| pieces(query, start, end, step).unwrap_err();
        assert!(refused("up", 0, 10, 0).contains("goes forward"));
        assert!(refused("up", 0, 10, -1).contains("goes forward"));
        assert!(refused("up", 10, 9, 1).contains("goes forward"));
        assert!(refused("up", i64::MIN, i64::MAX, 1).contains("more than 1000000"));
        assert!(pieces("up", i64::MAX - 1, i64::MAX, 1).is_ok());
    }

    #[test]
    fn a_query_that_knows_the_ends_of_its_range_stays_whole() {
        for query in ["up @ start()", "sum(rate(up[5m]@\n end ()))"] {
            assert_eq!(pieces(query, 0, 9_999, 1).unwrap(), [(0, 9_999)]);
            assert!(pieces(query, 0, 10_000, 1).unwrap_err().contains("more than 9999"));
        }
        assert!(pieces("up @ 1000", 0, 10_000, 1).is_ok());
    }
}
