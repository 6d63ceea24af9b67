//! Functions over ranges.

use super::*;

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

#[test]
fn an_empty_range_has_no_result_and_only_picked_samples_keep_their_name() {
    for name in OVER_RANGES {
        assert_eq!(over_minute(name, &[], &[0.5, 0.5]), None, "{name}");
        let Some(Function::Range { keeps_name, .. }) = find(name) else { panic!("{name}") };
        assert_eq!(keeps_name, matches!(name, "last_over_time" | "first_over_time"), "{name}");
    }
}
