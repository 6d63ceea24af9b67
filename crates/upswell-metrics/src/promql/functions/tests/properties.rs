//! What holds of any samples.

use proptest::prelude::*;

use super::*;

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
        let rise = values[values.len() - 1] - values[0];
        let (from, to) = (times[0], times[times.len() - 1]);
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
