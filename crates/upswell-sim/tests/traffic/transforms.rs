use proptest::prelude::*;
use upswell_sim::{Arrival, Traffic, Transform};
use upswell_units::Duration;

use super::{arrivals, sound, trace};

const MINUTES: &str = "minute,requests,mean_prompt_tokens,mean_output_tokens\n0,60,,\n1,0,,\n\
                       2,120,,\n";

fn transform(window: &str, speed: &str, scale: &str) -> Transform {
    Transform {
        window: (!window.is_empty()).then(|| window.parse().expect("a window")),
        speed: speed.parse().expect("a speed"),
        scale: scale.parse().expect("a scale"),
    }
}

/// A request at each of these milliseconds, with its number as its prompt.
fn requests(millis: &[i64]) -> Traffic {
    let arrivals = millis.iter().zip(0..).map(|(at, number)| Arrival {
        at: Duration::from_millis(*at),
        prompt_tokens: number,
        output_tokens: 0,
    });
    Traffic::new(arrivals.collect())
}

fn millis(traffic: &Traffic) -> Vec<i64> {
    arrivals(traffic, 1).iter().map(|arrival| arrival.at.as_millis()).collect()
}

#[test]
fn a_window_starts_at_zero_and_ends_before_its_end() {
    let traffic = requests(&[0, 999, 1000, 1500, 2000, 4000]);
    for (window, kept) in [
        ("1s..2s", &[0, 500][..]),
        ("1s..", &[0, 500, 1000, 3000]),
        ("..1s", &[0, 999]),
        ("4s..5s", &[0]),
        ("0s..1h", &[0, 999, 1000, 1500, 2000, 4000]),
    ] {
        let cut = traffic.clone().transformed(&transform(window, "1", "1")).unwrap();
        assert_eq!(millis(&cut), kept, "{window}");
    }
    let ramp = sound("constant 0/s for 1m, to 60/s over 1m, for 1m");
    let cut = ramp.transformed(&transform("90s..150s", "1", "1")).unwrap();
    assert_eq!(cut.span(), Duration::from_secs(60));
    // From 30/s to 60/s over half a minute, and half a minute of 60/s.
    assert_eq!(arrivals(&cut, 1).len(), 1350 + 1800);
    let counts = trace(MINUTES).unwrap().transformed(&transform("30s..2m30s", "1", "1")).unwrap();
    assert_eq!(counts.span(), Duration::from_secs(120));
    let seconds: Vec<i64> = arrivals(&counts, 1).iter().map(|a| a.at.as_secs()).collect();
    assert_eq!(seconds.iter().filter(|second| **second < 30).count(), 30);
    assert_eq!(seconds.iter().filter(|second| **second >= 90).count(), 60);
    assert_eq!(seconds.len(), 90);
    for (window, span_s, requests) in [("..1m", 60, 60), ("1m..2m30s", 90, 60), ("2m..", 60, 120)] {
        let cut = trace(MINUTES).unwrap().transformed(&transform(window, "1", "1")).unwrap();
        let expected = (Duration::from_secs(span_s), requests);
        assert_eq!((cut.span(), arrivals(&cut, 1).len()), expected, "{window}");
    }
}

#[test]
fn a_window_that_holds_nothing_says_how_long_the_traffic_lasts() {
    for (traffic, window, span) in [
        (requests(&[0, 5000]), "1s..5s", "5s"),
        (requests(&[0, 5000]), "6s..", "5s"),
        (sound("10/s for 2m"), "2m..3m", "2m"),
        (sound("10/s for 2m, 0/s for 1m"), "2m..3m", "3m"),
        (trace(MINUTES).unwrap(), "1m..2m", "3m"),
        (trace(MINUTES).unwrap(), "8h..9h", "3m"),
    ] {
        let fault = traffic.transformed(&transform(window, "1", "1")).unwrap_err();
        assert_eq!(fault.code, "window-empty");
        assert!(fault.message.ends_with(&format!("the traffic lasts {span}")), "{fault:?}");
    }
}

#[test]
fn speed_and_scale_come_after_the_window() {
    let both = transform("1s..", "2", "3");
    let recorded = requests(&[0, 2000, 4000]).transformed(&both).unwrap();
    let at = millis(&recorded);
    assert_eq!(at.len(), 6);
    assert_eq!((at[0], recorded.span()), (500, Duration::from_millis(1500)));
    assert!(at[1..3].iter().all(|at| (500..1500).contains(at)), "{at:?}");
    assert_eq!(at[3..], [1500; 3], "nothing follows the last request");

    let pattern = sound("constant 10/s for 11s").transformed(&both).unwrap();
    assert_eq!((pattern.span(), arrivals(&pattern, 1).len()), (Duration::from_secs(5), 300));
    let counts = trace(MINUTES).unwrap().transformed(&transform("", "60", "0.25")).unwrap();
    let seconds: Vec<i64> = arrivals(&counts, 1).iter().map(|a| a.at.as_secs()).collect();
    let in_second = |second| seconds.iter().filter(|at| **at == second).count();
    assert_eq!([0, 1, 2].map(in_second), [15, 0, 30]);
    assert_eq!(counts.span(), Duration::from_secs(3));
}

#[test]
fn scaled_counts_keep_their_sum() {
    let rows: String = (0..1000).map(|minute| format!("{minute},1,,\n")).collect();
    let text = format!("minute,requests,mean_prompt_tokens,mean_output_tokens\n{rows}");
    for (scale, requests) in [("0.3", 300), ("0.001", 1), ("2.5", 2500)] {
        let scaled = trace(&text).unwrap().transformed(&transform("", "1", scale)).unwrap();
        assert_eq!(arrivals(&scaled, 1).len(), requests, "{scale}");
    }
}

#[test]
fn a_trace_scaled_down_loses_requests_at_random() {
    let every_second: Vec<i64> = (0..100_000).map(|second| second * 1000).collect();
    let thinned = requests(&every_second).transformed(&transform("", "1", "0.1")).unwrap();
    let kept = millis(&thinned).len() as f64;
    assert!((kept - 10_000.0).abs() < 4.0 * 9000_f64.sqrt(), "{kept}");
}

#[test]
fn what_came_of_it_has_a_name() {
    let name = transform("8h..9h", "60", "2.5").describe("trace.csv");
    assert_eq!(name, "trace.csv, 8h..9h, 60 times as fast, 2.5 times the requests");
    assert_eq!(transform("8h..", "1", "1").describe("trace.csv"), "trace.csv, 8h..");
    assert_eq!(Transform::default().describe("10/s for 2m"), "10/s for 2m");
}

#[test]
fn what_is_beyond_all_bounds_is_refused() {
    let fault = |traffic: Traffic, speed, scale| {
        traffic.transformed(&transform("", speed, scale)).unwrap_err().code
    };
    assert_eq!(fault(sound("1/s for 8000h"), "0.5", "1"), "traffic-too-long");
    assert_eq!(fault(sound("100000/s for 1h"), "1000", "1"), "traffic-too-dense");
    assert_eq!(fault(trace(MINUTES).unwrap(), "60", "1000000"), "traffic-too-dense");
    let sliver = transform("59.999999999s..", "100000", "1");
    assert!(trace(MINUTES).unwrap().transformed(&sliver).is_ok(), "a nanosecond of a calm minute");
}

#[test]
fn windows_speeds_and_scales_are_read_with_their_bounds() {
    use upswell_sim::{ParseTransformError as Error, Scale, Speed, Window};
    for (text, error) in [
        ("8h", Error::NotAWindow),
        ("..", Error::NotAWindow),
        ("", Error::NotAWindow),
        ("-1s..", Error::BeforeStart),
        ("9h..8h", Error::Backwards),
        ("8h..8h", Error::Backwards),
        ("..0s", Error::Backwards),
    ] {
        assert_eq!(text.parse::<Window>().unwrap_err(), error, "{text}");
    }
    assert!(matches!("8..9".parse::<Window>().unwrap_err(), Error::Instant(_)));
    for text in ["0", "-1", "NaN", "inf", "x", "", "100001"] {
        assert_eq!(text.parse::<Speed>().unwrap_err(), Error::Speed, "{text}");
    }
    for text in ["0", "-1", "NaN", "inf", "x", "", "1000001"] {
        assert_eq!(text.parse::<Scale>().unwrap_err(), Error::Scale, "{text}");
    }
}

proptest! {
    #[test]
    fn a_scaled_trace_keeps_its_order_its_sizes_and_its_number(
        mut millis in prop::collection::vec(0_i64..10_000, 1..50),
        scale in 0.01_f64..5.0,
        seed in any::<u64>(),
    ) {
        millis.sort_unstable();
        let scaled = requests(&millis).transformed(&transform("", "1", &scale.to_string())).unwrap();
        let arrivals = arrivals(&scaled, seed);
        prop_assert!(arrivals.is_sorted_by_key(|arrival| (arrival.at, arrival.prompt_tokens)));
        for (number, at) in millis.iter().enumerate() {
            let copies: Vec<_> =
                arrivals.iter().filter(|a| a.prompt_tokens as usize == number).collect();
            prop_assert!((scale.floor()..=scale.ceil()).contains(&(copies.len() as f64)));
            let next = millis.get(number + 1).unwrap_or(at);
            let within = Duration::from_millis(*at)..=Duration::from_millis(*next);
            prop_assert!(copies.iter().all(|copy| within.contains(&copy.at)));
        }
    }
}
