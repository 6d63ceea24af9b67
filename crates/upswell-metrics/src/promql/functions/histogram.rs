//! Quantiles and fractions of classic histograms.

/// A bucket of a classic histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// Upper bound, inclusive; never NaN.
    pub(crate) le: f64,
    /// Observations up to that bound.
    pub(crate) count: f64,
}

/// Counts of neighbours that differ by less than this share of their sum are rounding errors
/// (Prometheus 3, `smallDeltaTolerance`).
const ROUNDING_TOLERANCE: f64 = 1e-12;

/// Returns the quantile `q` of the observations, on a line within its bucket. Changes the buckets.
///
/// Below 0 it is -Inf, above 1 +Inf. NaN if `q` is NaN, if there is no `+Inf` bucket, if there are
/// fewer than two buckets, or no observations. Of a rank in the `+Inf` bucket it is the highest
/// finite bound. The lowest bucket starts at zero; if its bound is not above zero, it is that
/// bound.
pub(crate) fn quantile(q: f64, buckets: &mut [Bucket]) -> f64 {
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let Some(buckets) = in_order(buckets).filter(|_| !q.is_nan()) else { return f64::NAN };
    force_monotonic(buckets);
    let [finite @ .., infinite] = &*buckets else { return f64::NAN };
    let Some(highest) = finite.last() else { return f64::NAN };
    if infinite.count == 0.0 {
        return f64::NAN;
    }
    let rank = q * infinite.count;
    // A rank that is NaN is reached nowhere.
    let reached = |bucket: &Bucket| bucket.count >= rank;
    let index = finite.partition_point(|bucket| !reached(bucket));
    let Some(bucket) = finite.get(index) else { return highest.le };
    let below = match index.checked_sub(1) {
        Some(below) => finite[below],
        None if bucket.le <= 0.0 => return bucket.le,
        None => Bucket { le: 0.0, count: 0.0 },
    };
    below.le + (bucket.le - below.le) * ((rank - below.count) / (bucket.count - below.count))
}

/// Returns the share of observations between two values, on a line within their buckets. Changes
/// the buckets.
///
/// 0 if `lower` is not below `upper`. NaN if either is NaN, if there is no `+Inf` bucket, or no
/// observations. The lowest bucket starts at zero, or at -Inf if its bound is not above zero. In a
/// bucket that is infinitely wide there is no line: what is in the lowest counts as below the
/// value, what is in the highest as above it.
pub(crate) fn fraction(lower: f64, upper: f64, buckets: &mut [Bucket]) -> f64 {
    let Some(buckets) = in_order(buckets) else { return f64::NAN };
    let Some(Bucket { count, .. }) = buckets.last().copied() else { return f64::NAN };
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    // Counts that fall must not give more than all.
    let rank = |value| {
        let rank = rank_of(value, buckets);
        if rank > count { count } else { rank }
    };
    (rank(upper) - rank(lower)) / count
}

/// Returns how many observations are below a value.
fn rank_of(value: f64, buckets: &[Bucket]) -> f64 {
    let mut below = match buckets.first() {
        Some(first) if first.le <= 0.0 => Bucket { le: f64::NEG_INFINITY, count: 0.0 },
        _ => Bucket { le: 0.0, count: 0.0 },
    };
    for bucket in buckets {
        if below.le >= value {
            break;
        }
        if bucket.le > value {
            if below.le == f64::NEG_INFINITY {
                return bucket.count;
            }
            let width = bucket.le - below.le;
            return below.count + (bucket.count - below.count) * (value - below.le) / width;
        }
        below = *bucket;
    }
    below.count
}

/// Sorts buckets by their bounds and adds up those of one bound; `None` if the last is not the
/// `+Inf` bucket.
fn in_order(buckets: &mut [Bucket]) -> Option<&mut [Bucket]> {
    buckets.sort_unstable_by(|a, b| a.le.total_cmp(&b.le));
    buckets.last().filter(|last| last.le == f64::INFINITY)?;
    let mut end = 0;
    for index in 1..buckets.len() {
        let bucket = buckets[index];
        if bucket.le == buckets[end].le {
            buckets[end].count += bucket.count;
        } else {
            end += 1;
            buckets[end] = bucket;
        }
    }
    buckets.get_mut(..=end)
}

/// Raises counts that are below the one before them, as when a scrape fell between two updates,
/// and levels those that differ by a rounding error only.
fn force_monotonic(buckets: &mut [Bucket]) {
    let Some(mut reached) = buckets.first().map(|bucket| bucket.count) else { return };
    for bucket in buckets {
        if bucket.count < reached || is_rounding_error(reached, bucket.count) {
            bucket.count = reached;
        } else {
            reached = bucket.count;
        }
    }
}

/// Whether two counts differ by a rounding error at most.
fn is_rounding_error(a: f64, b: f64) -> bool {
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < ROUNDING_TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < ROUNDING_TOLERANCE
}

/// Reads the bound of a bucket from its label `le`, as Go's `strconv.ParseFloat` reads decimals.
///
/// `None`: the series is no bucket. So is one whose bound is NaN or too large for a double.
/// (Go reads hexadecimals too, which no exposition writes.)
pub(crate) fn parse_bound(le: &str) -> Option<f64> {
    let bound: f64 = le.parse().ok()?;
    // `1e999` is read as infinite; only what is called so is.
    let is_named = le.contains(['n', 'N']);
    (!bound.is_nan() && (bound.is_finite() || is_named)).then_some(bound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INF: f64 = f64::INFINITY;

    fn of(buckets: &[(f64, f64)]) -> Vec<Bucket> {
        buckets.iter().map(|&(le, count)| Bucket { le, count }).collect()
    }

    /// Equal, NaN and NaN too.
    #[track_caller]
    fn assert_same(found: f64, expected: f64, case: &str) {
        let same = found == expected || (found.is_nan() && expected.is_nan());
        assert!(same, "{case}: {found} is not {expected}");
    }

    #[test]
    fn a_quantile_lies_on_a_line_in_its_bucket() {
        let usual = [(100.0, 10.0), (200.0, 30.0), (400.0, 40.0), (INF, 50.0)];
        for (q, expected) in [
            (0.0, 0.0),
            (0.1, 50.0),
            (0.2, 100.0),
            (0.4, 150.0),
            (0.7, 300.0),
            (0.8, 400.0),
            (0.81, 400.0),
            (1.0, 400.0),
            (-0.1, -INF),
            (1.1, INF),
            (f64::NAN, f64::NAN),
        ] {
            assert_same(quantile(q, &mut of(&usual)), expected, &format!("quantile {q}"));
        }
    }

    #[test]
    fn odd_histograms_have_the_quantiles_that_prometheus_gives_them() {
        for (case, buckets, q, expected) in [
            ("no buckets", &[][..], 0.5, f64::NAN),
            ("no buckets, and q is out of range", &[], 2.0, INF),
            ("only +Inf", &[(INF, 5.0)], 0.5, f64::NAN),
            ("no +Inf", &[(1.0, 5.0), (2.0, 6.0)], 0.5, f64::NAN),
            ("no observations", &[(1.0, 0.0), (INF, 0.0)], 0.5, f64::NAN),
            ("any order", &[(INF, 4.0), (2.0, 4.0), (1.0, 2.0)], 0.75, 1.5),
            ("one bound twice", &[(1.0, 1.0), (1.0, 1.0), (2.0, 4.0), (INF, 4.0)], 0.75, 1.5),
            ("+Inf twice", &[(1.0, 2.0), (INF, 1.0), (INF, 3.0)], 0.25, 0.5),
            ("first bound zero", &[(0.0, 2.0), (1.0, 4.0), (INF, 4.0)], 0.25, 0.0),
            ("first bound below zero", &[(-2.0, 2.0), (1.0, 4.0), (INF, 4.0)], 0.25, -2.0),
            ("count falls", &[(1.0, 4.0), (2.0, 3.0), (4.0, 8.0), (INF, 8.0)], 0.75, 3.0),
            ("last count falls", &[(1.0, 2.0), (2.0, 4.0), (INF, 3.0)], 0.75, 1.5),
            ("rounding error", &[(1.0, 4.0), (2.0, 4.0 + 1e-12), (INF, 4.0 + 2e-12)], 1.0, 1.0),
            ("empty first bucket", &[(1.0, 0.0), (2.0, 4.0), (INF, 4.0)], 0.5, 1.5),
            ("rank zero in it", &[(1.0, 0.0), (2.0, 4.0), (INF, 4.0)], 0.0, f64::NAN),
            ("count NaN", &[(1.0, f64::NAN), (INF, f64::NAN)], 0.5, 1.0),
        ] {
            assert_same(quantile(q, &mut of(buckets)), expected, case);
        }
    }

    #[test]
    fn a_fraction_is_the_share_between_two_values() {
        let usual = &[(1.0, 2.0), (2.0, 6.0), (4.0, 8.0), (INF, 10.0)][..];
        let below_zero = &[(-1.0, 2.0), (1.0, 4.0), (INF, 4.0)][..];
        for (lower, upper, buckets, expected) in [
            (0.0, 1.0, usual, 0.2),
            (0.5, 1.5, usual, 0.3),
            (-5.0, 2.0, usual, 0.6),
            (-INF, INF, usual, 1.0),
            (0.0, 100.0, usual, 0.8),
            (100.0, INF, usual, 0.2),
            (2.0, 2.0, usual, 0.0),
            (3.0, 2.0, usual, 0.0),
            (f64::NAN, 2.0, usual, f64::NAN),
            (-5.0, 0.0, below_zero, 0.25),
            (-INF, -1.0, below_zero, 0.5),
            (0.0, 1.0, &[(1.0, 4.0), (INF, 0.0)], f64::NAN),
            (0.0, 1.0, &[(1.0, 4.0), (INF, 2.0)], 1.0),
            (0.0, 1.0, &[(1.0, 4.0)], f64::NAN),
            (0.0, 1.0, &[], f64::NAN),
        ] {
            let case = format!("{lower} to {upper} of {buckets:?}");
            assert_same(fraction(lower, upper, &mut of(buckets)), expected, &case);
        }
    }

    #[test]
    fn bounds_are_read_as_go_reads_them() {
        for (le, bound) in [
            ("0.5", Some(0.5)),
            ("5", Some(5.0)),
            ("5.", Some(5.0)),
            (".5", Some(0.5)),
            ("1e-3", Some(0.001)),
            ("-2.5E+1", Some(-25.0)),
            ("+Inf", Some(INF)),
            ("inf", Some(INF)),
            ("-infinity", Some(-INF)),
            ("1e999", None),
            ("NaN", None),
            ("", None),
            (" 1", None),
            ("1_000", None),
            ("five", None),
        ] {
            assert_eq!(parse_bound(le), bound, "{le:?}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_rise_with_q_and_lie_within_the_finite_bounds(
            counts in prop::collection::vec(1_u32..1000, 2..12),
            qs in prop::array::uniform2(0.0..=1.0_f64),
        ) {
            let mut count = 0.0;
            let mut buckets: Vec<Bucket> = (1..).zip(&counts).map(|(index, more)| {
                count += f64::from(*more);
                Bucket { le: f64::from(index), count }
            }).collect();
            let last = buckets.len() - 1;
            buckets[last].le = INF;
            let [a, b] = qs.map(|q| quantile(q, &mut buckets.clone()));
            prop_assert!((0.0..=last as f64).contains(&a), "{a}");
                let rises = (qs[0] <= qs[1]) == (a <= b);
            prop_assert!(rises || (a - b).abs() < 1e-9, "{a} {b}");
        }

        #[test]
        fn no_buckets_make_it_panic(
            buckets in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6),
            a in any::<f64>(),
            b in any::<f64>(),
        ) {
            quantile(a, &mut of(&buckets));
            fraction(a, b, &mut of(&buckets));
        }
    }
}
