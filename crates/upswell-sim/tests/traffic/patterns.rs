use proptest::prelude::*;
use upswell_sim::{Sizes, TokenSpread};
use upswell_units::Duration;

use super::{arrivals, pattern, seconds, sound};

/// Calm, a ramp up, a plateau, a ramp down.
const SURGE: &str = "10/s for 2m, to 1000/s over 3m, for 1m, to 10/s over 1m";

/// Requests that [`SURGE`] stands for until a second.
fn expected(second: f64) -> f64 {
    let ramp = |from: f64, to: f64, length: f64, time: f64| {
        let time = time.clamp(0.0, length);
        from * time + (to - from) / length * time * time / 2.0
    };
    ramp(10.0, 10.0, 120.0, second)
        + ramp(10.0, 1000.0, 180.0, second - 120.0)
        + ramp(1000.0, 1000.0, 60.0, second - 300.0)
        + ramp(1000.0, 10.0, 60.0, second - 360.0)
}

#[test]
fn constant_arrivals_come_when_the_rate_has_made_up_for_them() {
    let traffic = sound(&format!("constant {SURGE}"));
    let arrivals = arrivals(&traffic, 1);
    assert_eq!(traffic.span(), Duration::from_secs(420));
    assert_eq!(arrivals.len() as f64, expected(420.0));
    for (number, arrival) in arrivals.iter().enumerate() {
        let due = number as f64 + 0.5;
        assert!((expected(seconds(arrival)) - due).abs() < 1e-3, "{number} at {arrival:?}");
    }
}

#[test]
fn constant_arrivals_lie_at_even_distances() {
    let millis = |text| -> Vec<i64> {
        arrivals(&sound(text), 1).iter().map(|arrival| arrival.at.as_millis()).collect()
    };
    assert_eq!(millis("constant 4/s for 1s"), [125, 375, 625, 875]);
    assert_eq!(millis("constant 120/m for 2s"), [250, 750, 1250, 1750]);
    assert_eq!(millis("constant 0/s for 1h, 1/s for 2s"), [3_600_500, 3_601_500]);
    // A ramp from 0 to 2 a second over 4 s has sent t² / 4 requests at t; each request stands in
    // the middle of its share.
    assert_eq!(millis("constant 0/s for 1s, to 2/s over 4s"), [2414, 3449, 4162, 4741]);
}

#[test]
fn poisson_arrivals_follow_the_rate_also_on_a_ramp() {
    let traffic = sound(SURGE);
    for seed in 1..=5 {
        let arrivals = arrivals(&traffic, seed);
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
        // On the scale of expected requests the gaps are exponential with a mean of one.
        let scaled: Vec<f64> = arrivals.iter().map(|arrival| expected(seconds(arrival))).collect();
        let gaps = scaled.windows(2).map(|pair| pair[1] - pair[0]);
        let (count, sum, squares) = gaps
            .fold((0.0, 0.0, 0.0), |(count, sum, of_squares), gap: f64| {
                (count + 1.0, sum + gap, of_squares + gap * gap)
            });
        // Four standard deviations: of the mean 1/sqrt(n), of the mean square sqrt(20/n).
        assert!((sum / count - 1.0_f64).abs() < 4.0 / f64::sqrt(count), "seed {seed}");
        assert!((squares / count - 2.0_f64).abs() < 4.0 * f64::sqrt(20.0 / count), "seed {seed}");
        for second in [60.0, 120.0, 150.0, 200.0, 299.0, 330.0, 375.0, 419.0, 420.0] {
            let counted = scaled.iter().filter(|due| **due <= expected(second)).count() as f64;
            let deviation = (counted - expected(second)).abs() / expected(second).sqrt();
            assert!(deviation < 4.0, "seed {seed}: {counted} by second {second}");
        }
    }
}

#[test]
fn rates_and_durations_are_read_in_their_units() {
    for (text, requests, span_s) in [
        ("constant 10/s for 2m", 1200, 120),
        ("constant 90/m for 1m30s", 135, 90),
        ("constant 7200/h for 30s", 60, 30),
        ("constant 0.5/s for 1m", 30, 60),
        (" constant\t2/s   for 10s ,for 10s,  to 4/s over 10s", 70, 30),
        ("constant 0/s for 1h, to 2/s over 1m, to 0/s over 1m, for 1h", 120, 7320),
        ("poisson 0/s for 5m", 0, 300),
        ("0/s for 5m, for 5m", 0, 600),
    ] {
        let traffic = sound(text);
        assert_eq!(arrivals(&traffic, 1).len(), requests, "{text}");
        assert_eq!(traffic.span(), Duration::from_secs(span_s), "{text}");
    }
    let default = arrivals(&sound("10/s for 1m"), 1);
    assert_eq!(default, arrivals(&sound("poisson 10/s for 1m"), 1));
}

#[test]
fn every_mistake_is_pointed_at() {
    for (text, faults) in [
        ("", &[("pattern-word", "")][..]),
        ("constant", &[("pattern-word", "")]),
        ("10/s for 2m,", &[("pattern-word", "")]),
        ("10/s for 2m, , for 1m", &[("pattern-word", "")]),
        ("10/s", &[("pattern-word", "")]),
        ("10/s for", &[("pattern-word", "")]),
        ("10/s fro 2m", &[("pattern-word", "fro")]),
        ("10/s 2m", &[("pattern-word", "2m")]),
        ("10 for 2m", &[("pattern-rate", "10")]),
        (
            "10/s for 2m, to 100,000/s over 3m",
            &[("pattern-rate", "100"), ("pattern-word", ""), ("pattern-word", "over")][..],
        ),
        ("10/sec for 2", &[("pattern-rate", "10/sec"), ("pattern-duration", "2")]),
        ("-1/s for 2m", &[("pattern-rate", "-1/s")]),
        ("1e3/s for 2m", &[("pattern-rate", "1e3/s")]),
        ("nan/s for 2m", &[("pattern-word", "nan/s")]),
        ("./s for 2m", &[("pattern-rate", "./s")]),
        ("1.2.3/s for 2m", &[("pattern-rate", "1.2.3/s")]),
        ("10000001/s for 2m", &[("pattern-rate", "10000001/s")]),
        ("10/s for 0s", &[("pattern-duration", "0s")]),
        ("10/s for -2m", &[("pattern-duration", "-2m")]),
        ("10/s for 1d", &[("pattern-duration", "1d")]),
        ("for 2m", &[("pattern-start", "for")]),
        ("to 10/s over 2m", &[("pattern-start", "to")]),
        ("10/s for 2m to 100/s over 3m", &[("pattern-word", "to")]),
        ("10/s for 2m, to 100/s for 3m", &[("pattern-word", "for")]),
        ("10/s for 2m, ot 100/s over 3m", &[("pattern-word", "ot")]),
        ("10/s for 2m, hold 3m", &[("pattern-word", "hold")]),
        (
            "10/s fr 2m, too 1/s over 3x",
            &[("pattern-word", "fr"), ("pattern-word", "too"), ("pattern-duration", "3x")],
        ),
        ("poison 10/s for 2m", &[("pattern-word", "poison")]),
        ("10/s for 2m, constant for 2m", &[("pattern-word", "constant")]),
        // What follows a faulty step has no fault of its own.
        ("10/x for 2m, for 5m", &[("pattern-rate", "10/x")]),
        ("10/s for 8000h, for 800h, for 1h", &[("pattern-long", "800h")]),
        ("10/s for 99999999999h", &[("pattern-duration", "99999999999h")]),
    ] {
        let expected: Vec<_> = faults.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
        assert_eq!(pattern(text).unwrap_err(), expected, "{text}");
    }
    assert_eq!(pattern(&"x,".repeat(1000)).unwrap_err().len(), 20, "the first ones say enough");
}

#[test]
fn the_seed_decides_when_and_the_sizes_do_not() {
    let traffic = sound("100/s for 1m");
    assert_eq!(arrivals(&traffic, 7), arrivals(&traffic, 7));
    assert_ne!(arrivals(&traffic, 7), arrivals(&traffic, 8));
    let drawn = traffic.arrivals(7, &Sizes::default());
    assert!(drawn.map(|arrival| arrival.at).eq(arrivals(&traffic, 7).iter().map(|a| a.at)));
}

#[test]
fn sizes_have_their_median_and_their_95th_percentile() {
    let traffic = sound("1000/s for 100s");
    let sizes = Sizes {
        prompt: TokenSpread { median: 500, p95: 2000 },
        output: TokenSpread { median: 150, p95: 100 },
    };
    let prompts: Vec<u32> =
        traffic.arrivals(1, &sizes).map(|arrival| arrival.prompt_tokens).collect();
    let share = |below: u32| {
        prompts.iter().filter(|tokens| **tokens < below).count() as f64 / prompts.len() as f64
    };
    // Four standard deviations of a share of 100,000 draws.
    assert!((share(500) - 0.5).abs() < 0.0064, "{}", share(500));
    assert!((share(2000) - 0.95).abs() < 0.0028, "{}", share(2000));
    let is_median = |arrival: upswell_sim::Arrival| arrival.output_tokens == 150;
    assert!(traffic.arrivals(1, &sizes).all(is_median), "a 95th percentile below the median");
    let none = TokenSpread { median: 0, p95: 90 };
    let sizes = Sizes { prompt: none, output: TokenSpread::fixed(u32::MAX) };
    let first = traffic.arrivals(1, &sizes).next().unwrap();
    assert_eq!((first.prompt_tokens, first.output_tokens), (0, u32::MAX));
}

proptest! {
    #[test]
    fn any_text_is_a_pattern_or_a_list_of_faults(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "for", "to", "over", "poisson", "constant", "10/s", "0/m", "1.5/h", "9999999/s",
                "2m", "1ns", "8784h", "-1s", ",", ", ", "größe", "/", "", "10/ß",
            ]),
            0..16,
        ),
        blank in prop::sample::select(vec![" ", ""]),
    ) {
        if let Ok(traffic) = pattern(&words.join(blank)) {
            let some = traffic.arrivals(1, &Sizes::default()).take(1000).collect::<Vec<_>>();
            prop_assert!(some.is_sorted_by_key(|arrival| arrival.at));
            prop_assert!(some.iter().all(|arrival| arrival.at <= traffic.span()));
        }
    }
}
