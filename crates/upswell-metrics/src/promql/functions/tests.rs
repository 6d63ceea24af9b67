//! Every function by its name: hand-worked cases, then properties.

use proptest::prelude::*;

use super::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Runs a function over samples 15 s apart, from 15 s on, in the minute up to 60 s.
fn over_minute(name: &str, values: &[f64], args: &[f64]) -> Option<f64> {
    let times: Vec<i64> = (1..).map(|index| index * 15_000).take(values.len()).collect();
    run(name, &Window { times: &times, values, from: 0, to: 60_000, at: 60_000 }, args)
}

fn run(name: &str, window: &Window<'_>, args: &[f64]) -> Option<f64> {
    let Some(Function::Range { call, .. }) = find(name) else { panic!("{name} takes no range") };
    call(window, args)
}

fn of_value(name: &str, value: f64, args: &[f64]) -> Option<f64> {
    match find(name) {
        Some(Function::Value { call }) => call(value, args),
        Some(Function::Date { call }) => Some(call(value)),
        _ => panic!("{name} takes no number"),
    }
}

/// Equal to 14 digits; NaN equals NaN.
#[track_caller]
fn assert_near(found: Option<f64>, expected: Option<f64>, case: &str) {
    let near = match (found, expected) {
        (Some(a), Some(b)) => {
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * a.abs().max(b.abs())
        }
        _ => found == expected,
    };
    assert!(near, "{case}: {found:?} is not {expected:?}");
}

/// Cases of one function over ranges: its name, its values, its arguments, what it yields.
type RangeCase<'a> = (&'a str, &'a [f64], &'a [f64], Option<f64>);

#[track_caller]
fn assert_over_minute(cases: &[RangeCase<'_>]) {
    for (name, values, args, expected) in cases {
        let case = format!("{name} of {values:?} with {args:?}");
        assert_near(over_minute(name, values, args), *expected, &case);
    }
}

#[test]
fn rates_stretch_to_the_edges_and_know_resets() {
    assert_over_minute(&[
        // 15 s sampled spacing, 15 s to the left edge, none to the right: 45 s become 60 s.
        ("increase", &[30.0, 33.0, 36.0, 39.0], &[], Some(12.0)),
        ("rate", &[30.0, 33.0, 36.0, 39.0], &[], Some(0.2)),
        ("delta", &[30.0, 33.0, 36.0, 39.0], &[], Some(12.0)),
        // Zero was 5 s before the first sample, so that it is stretched by 5 s only.
        ("increase", &[1.0, 4.0, 7.0, 10.0], &[], Some(10.0)),
        ("delta", &[1.0, 4.0, 7.0, 10.0], &[], Some(12.0)),
        ("increase", &[0.0, 3.0, 6.0, 9.0], &[], Some(9.0)),
        // Below zero there is no zero point to stop at.
        ("increase", &[-1.0, 2.0, 5.0, 8.0], &[], Some(12.0)),
        // A reset adds the value before it; a gauge just falls.
        ("increase", &[30.0, 36.0, 3.0, 6.0], &[], Some(16.0)),
        ("delta", &[30.0, 36.0, 3.0, 6.0], &[], Some(-32.0)),
        ("rate", &[5.0, 5.0, 5.0, 5.0], &[], Some(0.0)),
        // Two samples, 30 s to the right edge: half a spacing.
        ("delta", &[10.0, 20.0], &[], Some(10.0 * 37.5 / 15.0)),
        ("rate", &[1.0], &[], None),
        ("increase", &[], &[], None),
        ("delta", &[1.0], &[], None),
        ("rate", &[1.0, NAN, 3.0, 4.0], &[], Some(4.0 / 3.0 * 3.0 / 60.0)),
        ("rate", &[1.0, 2.0, 3.0, NAN], &[], Some(NAN)),
        ("increase", &[1.0, 2.0, 3.0, INF], &[], Some(INF)),
    ]);
}

#[test]
fn a_gap_of_a_spacing_and_a_tenth_is_the_end_of_a_series() {
    let at_left_edge = |from| Window {
        times: &[100_000, 110_000, 120_000],
        values: &[500.0, 501.0, 502.0],
        from,
        to: 120_000,
        at: 120_000,
    };
    assert_near(run("increase", &at_left_edge(89_001), &[]), Some(2.0 * 30.999 / 20.0), "short");
    assert_near(run("increase", &at_left_edge(89_000), &[]), Some(2.0 * 25.0 / 20.0), "long");
}

#[test]
fn instant_rates_are_of_the_last_two_samples() {
    assert_over_minute(&[
        ("irate", &[100.0, 1.0, 2.5], &[], Some(0.1)),
        ("idelta", &[100.0, 1.0, 2.5], &[], Some(1.5)),
        ("irate", &[5.0, 3.0], &[], Some(0.2)),
        ("idelta", &[5.0, 3.0], &[], Some(-2.0)),
        ("irate", &[5.0, NAN], &[], Some(NAN)),
        ("irate", &[5.0], &[], None),
        ("idelta", &[], &[], None),
    ]);
    let one_instant = Window { times: &[7, 7], values: &[1.0, 2.0], from: 0, to: 10, at: 10 };
    assert_eq!(run("irate", &one_instant, &[]), None);
    assert_eq!(run("idelta", &one_instant, &[]), None);
    assert_eq!(run("delta", &one_instant, &[]), Some(1.0));
}

#[test]
fn sums_and_means_keep_the_digits_that_cancel() {
    assert_over_minute(&[
        ("sum_over_time", &[1.0, 1e100, 1.0, -1e100], &[], Some(2.0)),
        ("avg_over_time", &[1.0, 1e100, 1.0, -1e100], &[], Some(0.5)),
        ("avg_over_time", &[1e308, 1e308, 1e308], &[], Some(1e308)),
        ("sum_over_time", &[1e308, 1e308], &[], Some(INF)),
        ("sum_over_time", &[1.0, INF, 2.0], &[], Some(INF)),
        ("sum_over_time", &[INF, -INF], &[], Some(NAN)),
        ("avg_over_time", &[1.0, INF, 2.0], &[], Some(INF)),
        ("avg_over_time", &[-INF, 1.0, 2.0], &[], Some(-INF)),
        ("avg_over_time", &[INF, 1.0, -INF], &[], Some(NAN)),
        ("sum_over_time", &[1.0, NAN], &[], Some(NAN)),
        ("avg_over_time", &[7.0], &[], Some(7.0)),
        ("stdvar_over_time", &[1.0, 2.0, 3.0, 4.0], &[], Some(1.25)),
        (
            "stddev_over_time",
            &[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0],
            &[],
            Some(22.5_f64.sqrt()),
        ),
        ("stddev_over_time", &[3.0], &[], Some(0.0)),
        ("stddev_over_time", &[3.0, INF], &[], Some(NAN)),
    ]);
}

#[test]
fn what_picks_a_sample_passes_over_nan_where_it_can() {
    assert_over_minute(&[
        ("min_over_time", &[NAN, 3.0, 1.0, NAN], &[], Some(1.0)),
        ("max_over_time", &[NAN, 3.0, 1.0, NAN], &[], Some(3.0)),
        ("max_over_time", &[NAN, NAN], &[], Some(NAN)),
        ("min_over_time", &[2.0, -INF], &[], Some(-INF)),
        ("first_over_time", &[4.0, 5.0], &[], Some(4.0)),
        ("last_over_time", &[4.0, NAN], &[], Some(NAN)),
        // Of equal values the latest.
        ("ts_of_min_over_time", &[1.0, 3.0, 1.0, 2.0], &[], Some(45.0)),
        ("ts_of_max_over_time", &[3.0, 1.0, NAN, 3.0], &[], Some(60.0)),
        ("ts_of_max_over_time", &[NAN, 1.0], &[], Some(30.0)),
        ("ts_of_first_over_time", &[1.0, 2.0], &[], Some(15.0)),
        ("ts_of_last_over_time", &[1.0, 2.0], &[], Some(30.0)),
    ]);
}

#[test]
fn counts_of_samples_changes_and_resets() {
    assert_over_minute(&[
        ("count_over_time", &[1.0, NAN, 1.0], &[], Some(3.0)),
        ("present_over_time", &[NAN], &[], Some(1.0)),
        ("changes", &[1.0, 1.0, 2.0, 1.0], &[], Some(2.0)),
        ("changes", &[NAN, NAN, 1.0, NAN], &[], Some(2.0)),
        ("changes", &[0.0, -0.0], &[], Some(0.0)),
        ("changes", &[5.0], &[], Some(0.0)),
        ("resets", &[1.0, 3.0, 2.0, 1.0], &[], Some(2.0)),
        ("resets", &[3.0, NAN, 1.0], &[], Some(0.0)),
        ("resets", &[3.0], &[], Some(0.0)),
    ]);
}

#[test]
fn quantiles_lie_between_neighbours_and_nan_is_lowest() {
    assert_over_minute(&[
        ("quantile_over_time", &[4.0, 1.0, 3.0, 2.0], &[0.5], Some(2.5)),
        ("quantile_over_time", &[4.0, 1.0, 3.0, 2.0], &[0.0], Some(1.0)),
        ("quantile_over_time", &[4.0, 1.0, 3.0, 2.0], &[1.0], Some(4.0)),
        ("quantile_over_time", &[10.0, 20.0], &[0.25], Some(12.5)),
        ("quantile_over_time", &[2.0, NAN, 1.0], &[0.0], Some(NAN)),
        ("quantile_over_time", &[2.0, NAN, 1.0], &[0.5], Some(1.0)),
        ("quantile_over_time", &[2.0, NAN, 1.0], &[1.0], Some(2.0)),
        ("quantile_over_time", &[1.0, INF], &[0.0], Some(1.0)),
        ("quantile_over_time", &[1.0, INF], &[0.5], Some(INF)),
        ("quantile_over_time", &[1.0], &[-0.1], Some(-INF)),
        ("quantile_over_time", &[1.0], &[1.1], Some(INF)),
        ("quantile_over_time", &[1.0], &[NAN], Some(NAN)),
        ("mad_over_time", &[4.0, 6.0, 2.0, 1.0], &[], Some(1.5)),
        ("mad_over_time", &[4.0, NAN], &[], Some(NAN)),
    ]);
    let many: Vec<f64> = (0..=1000).rev().map(f64::from).collect();
    assert_eq!(over_minute("quantile_over_time", &many, &[0.3]), Some(300.0));
    assert!(stats::quantile(0.5, &mut []).is_nan());
}

#[test]
fn trends_are_lines_of_least_squares() {
    assert_over_minute(&[
        ("deriv", &[1.0, 4.0, 7.0], &[], Some(0.2)),
        ("deriv", &[2.0, 1.0, 3.0], &[], Some(0.5 / 15.0)),
        ("deriv", &[0.1, 0.1, 0.1], &[], Some(0.0)),
        ("deriv", &[INF, INF], &[], Some(NAN)),
        ("deriv", &[1.0, NAN], &[], Some(NAN)),
        ("deriv", &[1.0], &[], None),
        // At 60 s the line is at 10, and rises by 0.2 a second.
        ("predict_linear", &[1.0, 4.0, 7.0], &[0.0], Some(10.0)),
        ("predict_linear", &[1.0, 4.0, 7.0], &[60.0], Some(22.0)),
        ("predict_linear", &[0.1, 0.1, 0.1], &[1e9], Some(0.1)),
        ("predict_linear", &[INF, INF], &[1.0], Some(NAN)),
        ("predict_linear", &[1.0], &[60.0], None),
        // Level and trend: 1 and 1, 2 and 1, 5 and 2, 7.
        ("double_exponential_smoothing", &[1.0, 2.0], &[0.5, 0.5], Some(2.0)),
        ("double_exponential_smoothing", &[1.0, 2.0, 7.0], &[0.5, 0.5], Some(5.0)),
        ("double_exponential_smoothing", &[1.0, 2.0, 7.0, 7.0], &[0.5, 0.5], Some(7.0)),
        ("holt_winters", &[1.0, 2.0, 7.0], &[0.5, 0.5], Some(5.0)),
        ("holt_winters", &[1.0], &[0.5, 0.5], None),
    ]);
}

#[test]
fn a_prediction_starts_at_the_evaluation_and_not_at_the_offset_range() {
    let window =
        Window { times: &[0, 10_000], values: &[0.0, 10.0], from: 0, to: 10_000, at: 100_000 };
    assert_near(run("predict_linear", &window, &[5.0]), Some(105.0), "offset 90s");
}

#[test]
fn smoothing_factors_are_between_0_and_1() {
    let Some(Function::Range { check: Some(check), .. }) = find("double_exponential_smoothing")
    else {
        panic!("it is there")
    };
    assert_eq!(check(&[0.5, 0.3]), Ok(()));
    let error = check(&[1.5, 0.3]).unwrap_err();
    assert_eq!(error.0, "invalid smoothing factor: expected 0 < sf < 1, got 1.5");
    let error = check(&[0.5, 0.0]).unwrap_err();
    assert_eq!(error.0, "invalid trend factor: expected 0 < tf < 1, got 0");
}

#[test]
fn areas_are_under_the_line_or_its_steps() {
    assert_over_minute(&[
        ("integral", &[1.0, 3.0, 2.0], &[], Some(67.5)),
        ("integral", &[1.0, 3.0, 2.0], &[2.0], Some(67.5)),
        ("integral", &[1.0, 3.0, 2.0], &[0.0], Some(60.0)),
        ("integral", &[1.0, 3.0, 2.0], &[1.0], Some(75.0)),
        ("integral", &[1.0, 3.0, 2.0], &[0.5], Some(67.5)),
        ("integral", &[1.0, NAN, 2.0], &[], Some(22.5)),
        ("integral", &[1e308, 1e308], &[0.0], Some(INF)),
        ("integral", &[INF, 1.0], &[1.0], Some(15.0)),
        ("integral", &[5.0], &[], Some(0.0)),
    ]);
}

/// All functions over ranges.
const OVER_RANGES: [&str; 27] = [
    "rate",
    "increase",
    "delta",
    "irate",
    "idelta",
    "deriv",
    "predict_linear",
    "changes",
    "resets",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "quantile_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "last_over_time",
    "present_over_time",
    "first_over_time",
    "mad_over_time",
    "double_exponential_smoothing",
    "ts_of_min_over_time",
    "ts_of_max_over_time",
    "ts_of_last_over_time",
    "ts_of_first_over_time",
    "integral",
];

#[test]
fn an_empty_range_has_no_result_and_only_picked_samples_keep_their_name() {
    for name in OVER_RANGES {
        assert_eq!(over_minute(name, &[], &[0.5, 0.5]), None, "{name}");
        let Some(Function::Range { keeps_name, .. }) = find(name) else { panic!("{name}") };
        assert_eq!(keeps_name, matches!(name, "last_over_time" | "first_over_time"), "{name}");
    }
}

#[test]
fn numbers_of_numbers() {
    let pi = std::f64::consts::PI;
    for (name, value, args, expected) in [
        ("abs", -2.5, &[][..], Some(2.5)),
        ("ceil", -1.5, &[], Some(-1.0)),
        ("floor", -1.5, &[], Some(-2.0)),
        ("round", 2.5, &[], Some(3.0)),
        ("round", -2.5, &[], Some(-2.0)),
        ("round", 0.25, &[0.1], Some(0.3)),
        ("round", 17.0, &[5.0], Some(15.0)),
        ("round", 17.0, &[0.0], Some(NAN)),
        ("sgn", -3.0, &[], Some(-1.0)),
        ("sgn", INF, &[], Some(1.0)),
        ("sgn", 0.0, &[], Some(0.0)),
        ("sgn", NAN, &[], Some(NAN)),
        ("clamp", 7.0, &[1.0, 5.0], Some(5.0)),
        ("clamp", -7.0, &[1.0, 5.0], Some(1.0)),
        ("clamp", 3.0, &[1.0, 5.0], Some(3.0)),
        ("clamp", 3.0, &[5.0, 1.0], None),
        ("clamp", NAN, &[1.0, 5.0], Some(NAN)),
        ("clamp", 3.0, &[NAN, 5.0], Some(NAN)),
        ("clamp_min", 3.0, &[4.0], Some(4.0)),
        ("clamp_min", NAN, &[4.0], Some(NAN)),
        ("clamp_max", 3.0, &[2.0], Some(2.0)),
        ("clamp_max", 3.0, &[NAN], Some(NAN)),
        ("clamp_max", INF, &[NAN], Some(NAN)),
        ("clamp_max", -INF, &[NAN], Some(-INF)),
        ("exp", 1.0, &[], Some(std::f64::consts::E)),
        ("exp", -INF, &[], Some(0.0)),
        ("sqrt", 2.25, &[], Some(1.5)),
        ("sqrt", -1.0, &[], Some(NAN)),
        ("ln", 0.0, &[], Some(-INF)),
        ("ln", std::f64::consts::E, &[], Some(1.0)),
        ("log2", 1024.0, &[], Some(10.0)),
        ("log10", 1e15, &[], Some(15.0)),
        ("log10", -1.0, &[], Some(NAN)),
        ("deg", pi, &[], Some(180.0)),
        ("rad", 180.0, &[], Some(pi)),
        ("sin", pi / 2.0, &[], Some(1.0)),
        ("cos", pi, &[], Some(-1.0)),
        ("tan", 0.0, &[], Some(0.0)),
        ("asin", 1.0, &[], Some(pi / 2.0)),
        ("acos", 2.0, &[], Some(NAN)),
        ("atan", INF, &[], Some(pi / 2.0)),
        ("sinh", 0.0, &[], Some(0.0)),
        ("cosh", 0.0, &[], Some(1.0)),
        ("tanh", -INF, &[], Some(-1.0)),
        ("asinh", -INF, &[], Some(-INF)),
        ("acosh", 1.0, &[], Some(0.0)),
        ("atanh", 1.0, &[], Some(INF)),
    ] {
        let case = format!("{name} of {value} with {args:?}");
        assert_near(of_value(name, value, args), expected, &case);
    }
}

#[test]
fn scalars_of_scalars() {
    for (name, args, expected) in [
        ("pi", &[][..], std::f64::consts::PI),
        ("max_of", &[1.0, 2.0], 2.0),
        ("min_of", &[1.0, 2.0], 1.0),
        ("max_of", &[1.0, NAN], NAN),
        ("min_of", &[NAN, 2.0], NAN),
    ] {
        let Some(Function::Scalar { call }) = find(name) else { panic!("{name}") };
        assert_near(Some(call(args)), Some(expected), name);
    }
}

#[test]
fn dates_are_utc_and_gregorian() {
    // Computed by `date -u`: leap years, a century that is none, days before the epoch.
    let dates = [
        (0.0, [1970, 1, 1, 31, 4, 1, 0, 0]),
        (-1.0, [1969, 12, 31, 31, 3, 365, 23, 59]),
        (-0.5, [1970, 1, 1, 31, 4, 1, 0, 0]),
        (951_782_399.0, [2000, 2, 28, 29, 1, 59, 23, 59]),
        (951_782_400.0, [2000, 2, 29, 29, 2, 60, 0, 0]),
        (978_307_199.9, [2000, 12, 31, 31, 0, 366, 23, 59]),
        (1_699_999_800.0, [2023, 11, 14, 30, 2, 318, 22, 10]),
        (-2_203_891_200.0, [1900, 3, 1, 31, 4, 60, 0, 0]),
        (253_402_300_799.0, [9999, 12, 31, 31, 5, 365, 23, 59]),
    ];
    let names = [
        "year",
        "month",
        "day_of_month",
        "days_in_month",
        "day_of_week",
        "day_of_year",
        "hour",
        "minute",
    ];
    for (secs, parts) in dates {
        for (name, part) in names.into_iter().zip(parts) {
            assert_eq!(of_value(name, secs, &[]), Some(f64::from(part)), "{name} of {secs}");
        }
    }
    for name in names {
        for no_instant in [NAN, INF, -INF, 1e300, -1e19] {
            assert!(
                of_value(name, no_instant, &[]).is_some_and(f64::is_nan),
                "{name} {no_instant}"
            );
        }
    }
}

#[test]
fn sorting_puts_nan_last_in_both_directions() {
    let mut values = [2.0, NAN, -INF, 3.0];
    values.sort_by(|a, b| stats::ascending(*a, *b));
    assert_eq!(format!("{values:?}"), "[-inf, 2.0, 3.0, NaN]");
    values.sort_by(|a, b| stats::descending(*a, *b));
    assert_eq!(format!("{values:?}"), "[3.0, 2.0, -inf, NaN]");
}

#[test]
fn values_are_written_without_exponents() {
    for (value, text) in [
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (INF, "+Inf"),
        (-INF, "-Inf"),
        (NAN, "NaN"),
    ] {
        assert_eq!(format_value(value), text);
    }
}

#[test]
fn functions_of_whole_vectors_are_found_and_others_are_not() {
    for name in [
        "abs",
        "absent",
        "absent_over_time",
        "histogram_quantile",
        "histogram_fraction",
        "histogram_avg",
        "label_replace",
        "label_join",
        "scalar",
        "vector",
        "time",
        "timestamp",
        "sort",
        "sort_desc",
        "sort_by_label",
        "sort_by_label_desc",
        "start",
        "end",
        "step",
        "range",
    ] {
        assert!(find(name).is_some(), "{name}");
    }
    assert!(find("nosuchfunc").is_none());
    assert!(find("").is_none());
}

/// Samples with rising instants, within a window.
fn samples() -> impl Strategy<Value = (Vec<i64>, Vec<f64>)> {
    prop::collection::vec((1..60_000_i64, 0.0..1e6_f64), 2..40).prop_map(|samples| {
        let mut at = 1_700_000_000_000;
        samples
            .into_iter()
            .map(|(gap, value)| {
                at += gap;
                (at, value)
            })
            .unzip()
    })
}

fn window<'a>((times, values): &'a (Vec<i64>, Vec<f64>)) -> Window<'a> {
    let to = times[times.len() - 1] + 7_000;
    Window { times, values, from: times[0] - 7_000, to, at: to }
}

proptest! {
    #[test]
    fn a_rate_is_an_increase_per_second_and_never_negative(samples in samples()) {
        let window = window(&samples);
        let rate = run("rate", &window, &[]).unwrap();
        let increase = run("increase", &window, &[]).unwrap();
        prop_assert!(rate >= 0.0 && run("irate", &window, &[]).unwrap() >= 0.0);
        prop_assert!((rate * window.range_secs() - increase).abs() <= 1e-12 * increase);
    }

    #[test]
    fn a_counter_that_rises_has_the_increase_of_its_ends(samples in samples()) {
        let (times, mut values) = samples;
        values.sort_by(f64::total_cmp);
        let (rise, (from, to)) = (values[values.len() - 1] - values[0], (times[0], times[times.len() - 1]));
        let window = Window { times: &times, values: &values, from, to, at: to };
        let increase = run("increase", &window, &[]).unwrap();
        prop_assert!((increase - rise).abs() <= 1e-9 * rise);
    }

    #[test]
    fn quantiles_and_means_lie_between_the_least_and_the_greatest(
        samples in samples(),
        q in 0.0..=1.0_f64,
    ) {
        let window = window(&samples);
        let [min, max, mean, quantile] =
            ["min_over_time", "max_over_time", "avg_over_time", "quantile_over_time"]
                .map(|name| run(name, &window, &[q]).unwrap());
        let room = 1e-9 * max;
        prop_assert!(min - room <= mean && mean <= max + room);
        prop_assert!(min - room <= quantile && quantile <= max + room);
    }

    #[test]
    fn a_quantile_is_that_of_the_sorted_values(samples in samples(), q in 0.0..=1.0_f64) {
        let mut sorted = samples.1.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = q * (sorted.len() - 1) as f64;
        let (lower, weight) = (sorted[rank as usize], rank.fract());
        let upper = sorted[(rank as usize + 1).min(sorted.len() - 1)];
        let expected = lower * (1.0 - weight) + upper * weight;
        let quantile = run("quantile_over_time", &window(&samples), &[q]).unwrap();
        prop_assert!((quantile - expected).abs() <= 1e-12 * expected.abs());
    }

    #[test]
    fn what_is_constant_has_no_trend(samples in samples(), value in any::<f64>()) {
        prop_assume!(value.is_finite());
        let samples = (samples.0.clone(), vec![value; samples.0.len()]);
        prop_assert_eq!(run("deriv", &window(&samples), &[]), Some(0.0));
        prop_assert_eq!(run("predict_linear", &window(&samples), &[3600.0]), Some(value));
        prop_assert_eq!(run("changes", &window(&samples), &[]), Some(0.0));
    }

    #[test]
    fn no_window_makes_any_function_panic(
        mut times in prop::collection::vec(any::<i64>(), 0..6),
        values in prop::collection::vec(any::<f64>(), 6),
        edges in any::<[i64; 3]>(),
        args in any::<[f64; 2]>(),
    ) {
        times.sort_unstable();
        let [from, to, at] = edges;
        let window = Window { values: &values[..times.len()], times: &times, from, to, at };
        for name in OVER_RANGES {
            run(name, &window, &args);
            run(name, &window, &[]);
        }
    }

    #[test]
    fn a_date_has_parts_that_fit_together(secs in -1e15..1e15_f64) {
        let part = |name| of_value(name, secs, &[]).unwrap();
        prop_assert!((1.0..=12.0).contains(&part("month")));
        prop_assert!(part("day_of_month") >= 1.0 && part("day_of_month") <= part("days_in_month"));
        prop_assert!(part("day_of_year") >= part("day_of_month") && part("day_of_year") <= 366.0);
        let year = part("year");
        let leap = year % 4.0 == 0.0 && (year % 100.0 != 0.0 || year % 400.0 == 0.0);
        if part("month") == 2.0 {
            prop_assert_eq!(part("days_in_month"), if leap { 29.0 } else { 28.0 });
        }
    }
}
