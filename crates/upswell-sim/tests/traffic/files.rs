use upswell_sim::{Sizes, TokenSpread};
use upswell_units::Duration;

use super::{arrivals, recorded, trace};

const REQUESTS: &str = "timestamp_s,prompt_tokens,output_tokens";
const MINUTES: &str = "minute,requests,mean_prompt_tokens,mean_output_tokens";

#[test]
fn a_row_is_a_request() {
    let traffic = trace(&format!("{REQUESTS}\r\n0.000,5,7\n0.5,1,0\n\n1.25,2,3\n")).unwrap();
    let rows = arrivals(&traffic, 1).into_iter();
    let rows: Vec<_> =
        rows.map(|row| (row.at.as_millis(), row.prompt_tokens, row.output_tokens)).collect();
    assert_eq!(rows, [(0, 5, 7), (500, 1, 0), (1250, 2, 3)]);
    assert_eq!(traffic.span(), Duration::from_millis(1250));
}

#[test]
fn every_bad_row_is_pointed_at() {
    let long = "x\n".repeat(1000);
    for (text, faults) in [
        ("", &[("trace-empty", "")][..]),
        (REQUESTS, &[("trace-empty", REQUESTS)]),
        (MINUTES, &[("trace-empty", MINUTES)]),
        ("a,b\n1,2\n", &[("trace-header", "a,b")]),
        ("minute,requests\n0,1\n", &[("trace-header", "minute,requests")]),
        (
            &format!(
                "{REQUESTS}\n1,2\nx,1,1\n-1,1,1\nNaN,1,1\n1, -1,1\n5,1,1\n4,1,1\n1e300,1,1\n1,1,1,1"
            ),
            &[
                ("trace-row", "1,2"),
                ("trace-row", "x"),
                ("trace-row", "-1"),
                ("trace-row", "NaN"),
                ("trace-row", "-1"),
                ("trace-order", "4,1,1"),
                ("trace-row", "1e300"),
                ("trace-row", "1,1,1,1"),
            ],
        ),
        (
            &format!(
                "{MINUTES}\n0,1,,\nx,1,,\n2,-1,,\n3,600000001,,\n4,1,NaN,\n5,1,1,-1\n7,1,,\n8,1,,\n\
                 8,1,,\n600000,1,,\n10,1,"
            ),
            &[
                ("trace-row", "x"),
                ("trace-row", "-1"),
                ("trace-row", "600000001"),
                ("trace-row", "NaN"),
                ("trace-row", "-1"),
                ("trace-order", "7"),
                ("trace-order", "8"),
                ("trace-row", "600000"),
                ("trace-row", "10,1,"),
            ],
        ),
        (&format!("{MINUTES}\n1,1,,\n"), &[("trace-order", "1")]),
        (&format!("{REQUESTS}\n{long}"), &[("trace-row", "x"); 20]),
        (&format!("{MINUTES}\n{long}"), &[("trace-row", "x"); 20]),
    ] {
        let expected: Vec<_> = faults.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
        assert_eq!(trace(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn the_count_of_each_minute_is_kept_whatever_the_seed() {
    let rows = "0,120,,\n1,0,,\n2,7,,\n3,0,,\n";
    let traffic = trace(&format!("{MINUTES}\n{rows}")).unwrap();
    assert_eq!(traffic.span(), Duration::from_secs(240));
    for seed in 1..=20 {
        let arrivals = arrivals(&traffic, seed);
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
        let mut counts = [0; 4];
        for arrival in &arrivals {
            counts[arrival.at.as_secs() as usize / 60] += 1;
        }
        assert_eq!(counts, [120, 0, 7, 0], "seed {seed}");
    }
}

#[test]
fn requests_lie_evenly_in_their_minute() {
    let traffic = trace(&format!("{MINUTES}\n0,100000,,\n")).unwrap();
    // Seconds vary as even draws do: chi-square with 59 degrees of freedom, tails of 0.01 %.
    let mut seconds = [0.0_f64; 60];
    for arrival in arrivals(&traffic, 1) {
        seconds[arrival.at.as_secs() as usize] += 1.0;
    }
    let share = 100_000.0 / 60.0;
    let chi_square: f64 = seconds.iter().map(|count| (count - share).powi(2) / share).sum();
    assert!((24.0..110.0).contains(&chi_square), "{chi_square}");
}

#[test]
fn a_day_of_counts_streams_to_its_last_request() {
    let traffic = recorded("servegen_reasoning_24h_per_minute.csv");
    let count = arrivals(&traffic, 1).len();
    assert_eq!((count, traffic.span()), (1_383_669, Duration::from_secs(86_400)));
    let counted = recorded("servegen_mlarge_days01-07_per_minute.csv");
    let window = "24h..48h".parse().unwrap();
    let day = upswell_sim::Transform { window: Some(window), ..Default::default() };
    let day = counted.transformed(&day).unwrap();
    assert_eq!(day.span(), Duration::from_secs(86_400));
    let mut last = Duration::ZERO;
    for arrival in day.arrivals(1, &super::ALIKE) {
        assert!(arrival.at >= last);
        last = arrival.at;
    }
    assert!((Duration::from_secs(86_340)..day.span()).contains(&last), "{last}");
}

#[test]
fn sizes_are_drawn_around_the_mean_of_their_minute() {
    let rows = "0,1,1000,200.4\n1,1,,\n";
    let sizes = Sizes { prompt: TokenSpread::fixed(30), output: TokenSpread { median: 9, p95: 9 } };
    let traffic = trace(&format!("{MINUTES}\n{rows}")).unwrap();
    let fixed = traffic.arrivals(1, &sizes).map(|row| (row.prompt_tokens, row.output_tokens));
    assert_eq!(fixed.collect::<Vec<_>>(), [(1000, 200), (30, 9)]);

    let rows = "0,200000,1000,\n1,200000,,40.5\n";
    let traffic = trace(&format!("{MINUTES}\n{rows}")).unwrap();
    let spread = TokenSpread { median: 100, p95: 200 };
    let sizes = Sizes { prompt: spread, output: spread };
    let all: Vec<_> = traffic.arrivals(1, &sizes).collect();
    let (first, second) = all.split_at(200_000);
    let mean = |rows: &[upswell_sim::Arrival], tokens: fn(&upswell_sim::Arrival) -> u32| {
        rows.iter().map(|row| f64::from(tokens(row))).sum::<f64>() / rows.len() as f64
    };
    // Log-normal with this spread: the mean is 1.0928 medians, a deviation 0.44 means; of the
    // mean of 200,000 draws four are 0.4 %.
    for (mean, expected) in [
        (mean(first, |row| row.prompt_tokens), 1000.0),
        (mean(first, |row| row.output_tokens), 109.28),
        (mean(second, |row| row.prompt_tokens), 109.28),
        (mean(second, |row| row.output_tokens), 40.5),
    ] {
        assert!((mean / expected - 1.0_f64).abs() < 0.004, "{mean} for {expected}");
    }
}
