//! What arrives: patterns, counts and traces, and what a user makes of them.

use upswell_sim::{
    Arrival, Scale, Sizes, Speed, SurgeDetector, TokenSpread, Traffic, Transform, Window,
    parse_pattern, parse_trace,
};
use upswell_units::{Diagnostic, Duration, Sources};

fn read(
    text: &str,
    parse: impl Fn(&Sources, upswell_units::FileId) -> Result<Traffic, Vec<Diagnostic>>,
) -> Result<Traffic, Vec<String>> {
    let mut sources = Sources::default();
    let file = sources.add("text", text.to_owned());
    let place = |fault: Diagnostic| match &fault.primary {
        Some(label) => format!("{} {}", sources.location(label.span), fault.message),
        None => fault.message.clone(),
    };
    parse(&sources, file).map_err(|faults| faults.into_iter().map(place).collect())
}

fn pattern(text: &str) -> Traffic {
    read(text, parse_pattern).expect("the pattern is sound")
}

fn trace(text: &str) -> Traffic {
    read(text, parse_trace).expect("the trace is sound")
}

fn arrivals(traffic: &Traffic, seed: u64) -> Vec<Arrival> {
    traffic.arrivals(seed, &Sizes::default()).collect()
}

fn transformed(traffic: Traffic, transform: Transform) -> Traffic {
    traffic.transformed(&transform).expect("the transformation is sound")
}

/// Arrivals between two seconds.
fn within(arrivals: &[Arrival], from_s: i64, to_s: i64) -> usize {
    let seconds = from_s..to_s;
    arrivals.iter().filter(|arrival| seconds.contains(&arrival.at.as_secs())).count()
}

/// Whether a count lies within four standard deviations of a Poisson count.
fn is_likely(count: usize, expected: f64) -> bool {
    (count as f64 - expected).abs() < 4.0 * expected.sqrt()
}

#[test]
fn a_pattern_holds_and_ramps_as_it_says() {
    let surge = pattern("10/s for 2m, to 1000/s over 3m, for 5m, to 10/s over 1m");
    assert_eq!(surge.span(), Duration::from_secs(660));
    for seed in 1..=5 {
        let arrivals = arrivals(&surge, seed);
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
        // From the integral of the rate: a ramp has the mean of its ends.
        for (from, to, expected) in [
            (0, 120, 1200.0),
            (120, 300, 90_900.0),
            (120, 180, 60.0 * 175.0),
            (240, 300, 60.0 * 835.0),
            (300, 600, 300_000.0),
            (600, 660, 30_300.0),
        ] {
            let count = within(&arrivals, from, to);
            assert!(is_likely(count, expected), "{from}..{to} s: {count} for {expected}");
        }
    }
}

#[test]
fn constant_arrivals_lie_at_even_distances() {
    let millis = |text| -> Vec<i64> {
        arrivals(&pattern(text), 1).iter().map(|arrival| arrival.at.as_millis()).collect()
    };
    assert_eq!(millis("constant 4/s for 1s"), [125, 375, 625, 875]);
    assert_eq!(millis("constant 120/m for 2s"), [250, 750, 1250, 1750]);
    assert_eq!(millis("constant 0/s for 1h, 1/s for 2s"), [3_600_500, 3_601_500]);
    // A ramp from 0 to 2 a second over 4 s has sent t² / 4 requests at t; each request stands in
    // the middle of its share.
    assert_eq!(millis("constant 0/s for 1s, to 2/s over 4s"), [2414, 3449, 4162, 4741]);
}

#[test]
fn each_mistake_of_a_pattern_is_shown_at_its_word() {
    for (text, faults) in [
        ("10/s fr 2m", &["text:1:6 `fr` where `for` belongs"][..]),
        ("for 2m", &["text:1:1 "]),
        ("10/s", &["text:1:5 "]),
        ("", &["text:1:1 "]),
        ("10/s for 2m,", &["text:1:13 "]),
        ("10/s for 2m, , for 1m", &["text:1:13 "]),
        ("10/x for 2m", &["text:1:1 "]),
        ("-1/s for 2m", &["text:1:1 "]),
        ("nan/s for 2m", &["text:1:1 "]),
        ("1e9/s for 2m", &["text:1:1 "]),
        ("10/s for -2m", &["text:1:10 "]),
        ("10/s for 2", &["text:1:10 "]),
        ("10/s for 0s", &["text:1:10 "]),
        ("10/s for 2m again", &["text:1:13 "]),
        ("10/s for 9000h", &["text:1:10 "]),
        ("10/s for 2m, to 5/s for 1m", &["text:1:21 "]),
        ("10/s fr 2m, too 1/s over 3x", &["text:1:6 ", "text:1:13 ", "text:1:26 "]),
        ("poison 10/s for 2m", &["text:1:1 "]),
    ] {
        let found = read(text, parse_pattern).expect_err(text);
        assert_eq!(found.len(), faults.len(), "{text}: {found:?}");
        for (found, fault) in found.iter().zip(faults) {
            assert!(found.starts_with(fault), "{text}: {found} for {fault}");
        }
    }
}

const COUNTS: &str = "minute,requests,mean_prompt_tokens,mean_output_tokens\n\
                      0,120,1000.0,200.0\n1,0,,\n2,7,,\n";

#[test]
fn the_count_of_each_minute_is_kept_whatever_the_seed() {
    let counts = trace(COUNTS);
    assert_eq!(counts.span(), Duration::from_secs(180));
    for seed in 1..=20 {
        let arrivals = arrivals(&counts, seed);
        let minutes = [0, 60, 120].map(|from| within(&arrivals, from, from + 60));
        assert_eq!(minutes, [120, 0, 7], "seed {seed}");
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
        let early = within(&arrivals, 0, 30);
        assert!((30..=90).contains(&early), "seed {seed}: {early} of 120 in the first half");
    }
}

#[test]
fn requests_have_the_means_of_their_minute_or_the_sizes_of_the_settings() {
    let text = "minute,requests,mean_prompt_tokens,mean_output_tokens\n\
                0,50000,1000.0,200.0\n1,50000,,\n";
    let sizes = Sizes { prompt: TokenSpread::fixed(30), output: TokenSpread { median: 9, p95: 9 } };
    let fixed: Vec<Arrival> = trace(text).arrivals(1, &sizes).collect();
    assert!(fixed[..50_000].iter().all(|a| (a.prompt_tokens, a.output_tokens) == (1000, 200)));
    assert!(fixed[50_000..].iter().all(|a| (a.prompt_tokens, a.output_tokens) == (30, 9)));
    let drawn = arrivals(&trace(text), 1);
    let mean = |tokens: fn(&Arrival) -> u32| {
        drawn[..50_000].iter().map(|a| f64::from(tokens(a))).sum::<f64>() / 50_000.0
    };
    assert!((mean(|a| a.prompt_tokens) / 1000.0 - 1.0).abs() < 0.03, "around the mean");
    assert!((mean(|a| a.output_tokens) / 200.0 - 1.0).abs() < 0.03, "around the mean");
}

#[test]
fn each_bad_row_of_a_file_is_shown_in_its_place() {
    let requests = "timestamp_s,prompt_tokens,output_tokens\n";
    let counts = "minute,requests,mean_prompt_tokens,mean_output_tokens\n";
    for (text, places) in [
        ("", &[""][..]),
        ("time,tokens\n1,2\n", &["text:1:1 "]),
        (requests, &["text:1:1 "]),
        (&format!("{requests}0.1,1,1\nx,1,1\n0.2,-1,1\n"), &["text:3:1 ", "text:4:5 "]),
        (&format!("{requests}5.0,1,1\n4.0,1,1\n"), &["text:3:1 "]),
        (&format!("{requests}1,1\n"), &["text:2:1 "]),
        (&format!("{counts}0,1,,\n2,1,,\n3,1,,\n"), &["text:3:1 "]),
        (&format!("{counts}0,-1,,\n1,1.5,,\n"), &["text:2:3 ", "text:3:3 "]),
        (&format!("{counts}0,1,x,\n"), &["text:2:5 "]),
        (counts, &["text:1:1 "]),
    ] {
        let found = read(text, parse_trace).expect_err(text);
        assert_eq!(found.len(), places.len(), "{text}: {found:?}");
        for (found, place) in found.iter().zip(places) {
            assert!(found.starts_with(place), "{text}: {found} for {place}");
        }
    }
}

#[test]
fn a_window_keeps_its_part_and_starts_anew() {
    let window = |text: &str| Transform { window: text.parse().ok(), ..Transform::default() };
    let rows = "timestamp_s,prompt_tokens,output_tokens\n1,1,1\n2,2,2\n3,3,3\n";
    for (text, kept) in [("2s..", &[0, 1000][..]), ("..2s", &[1000]), ("2s..3s", &[0])] {
        let cut = arrivals(&transformed(trace(rows), window(text)), 1);
        let millis: Vec<i64> = cut.iter().map(|arrival| arrival.at.as_millis()).collect();
        assert_eq!(millis, kept, "{text}");
    }
    let ramp = transformed(pattern("0/s for 1m, to 60/s over 1m"), window("90s.."));
    assert_eq!(ramp.span(), Duration::from_secs(30));
    let count = arrivals(&ramp, 1).len();
    assert!(is_likely(count, 30.0 * 45.0), "from 30 to 60 a second: {count}");
    let nothing = trace(rows).transformed(&window("1h..2h")).expect_err("the window is empty");
    assert!(nothing.message.contains("the traffic lasts 3s"), "{}", nothing.message);
    for text in ["2h..1h", "1h..1h", "x..1h", "..", "1h", "-1s..2s"] {
        assert!(text.parse::<Window>().is_err(), "{text}");
    }
}

#[test]
fn speed_divides_time_and_scale_multiplies_requests() {
    let of = |speed: &str, scale: &str| Transform {
        window: None,
        speed: speed.parse().expect("a speed"),
        scale: scale.parse().expect("a scale"),
    };
    let rows: String = (0..1000).map(|row| format!("{row},7,7\n")).collect::<Vec<_>>().concat();
    let recorded = || trace(&format!("timestamp_s,prompt_tokens,output_tokens\n{rows}"));
    let fast = arrivals(&transformed(recorded(), of("10", "1")), 1);
    assert_eq!((fast.len(), fast[999].at), (1000, Duration::from_millis(99_900)));
    let many = arrivals(&transformed(recorded(), of("1", "2.5")), 1);
    assert!((2400..2600).contains(&many.len()), "{}", many.len());
    assert!(many.is_sorted_by_key(|arrival| arrival.at));
    assert!(many.iter().all(|arrival| arrival.output_tokens == 7));
    let few = arrivals(&transformed(recorded(), of("1", "0.1")), 1);
    assert!((60..140).contains(&few.len()), "{}", few.len());
    let tenfold = arrivals(&transformed(trace(COUNTS), of("1", "10")), 1);
    assert_eq!(tenfold.len(), 1270);
    let both = transformed(pattern("10/s for 100s"), of("2", "3"));
    assert_eq!(both.span(), Duration::from_secs(50));
    assert!(is_likely(arrivals(&both, 1).len(), 3000.0));
    for text in ["0", "-1", "nan", "inf", "", "fast", "1e9"] {
        assert!(text.parse::<Speed>().is_err() && text.parse::<Scale>().is_err(), "{text}");
    }
}

#[test]
fn the_same_seed_gives_the_same_arrivals_and_another_seed_does_not() {
    for traffic in [pattern("100/s for 1m"), trace(COUNTS)] {
        assert_eq!(arrivals(&traffic, 7), arrivals(&traffic, 7));
        assert_ne!(arrivals(&traffic, 7), arrivals(&traffic, 8));
    }
    let traffic = pattern("100/s for 1m");
    let instants = |sizes: &Sizes| traffic.arrivals(7, sizes).map(|a| a.at).collect::<Vec<_>>();
    let other = Sizes { prompt: TokenSpread::fixed(1), output: TokenSpread::fixed(1) };
    assert_eq!(instants(&Sizes::default()), instants(&other), "sizes do not move instants");
}

/// The seconds in which surges begin.
fn surges(traffic: &Traffic, seed: u64) -> Vec<u64> {
    let mut detector = SurgeDetector::default();
    let mut began = Vec::new();
    let mut counts = vec![0_u64; traffic.span().as_secs() as usize + 1];
    for arrival in traffic.arrivals(seed, &Sizes::default()) {
        counts[arrival.at.as_secs() as usize] += 1;
    }
    for count in counts {
        began.extend(detector.push(count).map(|surge| surge.second));
    }
    began
}

#[test]
fn calm_traffic_has_no_surges_whatever_its_rate() {
    let mut false_alarms = 0;
    for rate in ["0.1", "0.5", "1", "3", "10", "100", "1000"] {
        let calm = pattern(&format!("{rate}/s for 6h"));
        let seeds = if rate == "1000" { 1..=1 } else { 1..=5 };
        for seed in seeds {
            let found = surges(&calm, seed);
            println!("{rate}/s, seed {seed}: {found:?}");
            false_alarms += found.len();
        }
    }
    assert!(false_alarms <= 1, "{false_alarms} in 31 runs of six hours");
}

#[test]
fn a_surge_begins_when_the_rate_doubles_and_lasts_as_long_as_it_does() {
    let traffic = "10/s for 2m, to 1000/s over 3m, for 5m, to 10/s over 1m, for 20m";
    for seed in 1..=5 {
        let began = surges(&pattern(traffic), seed);
        assert_eq!(began.len(), 1, "seed {seed}: {began:?}");
        // The ramp doubles the rate two seconds after 2m; ten seconds of it must have it too.
        assert!((120..135).contains(&began[0]), "seed {seed}: {began:?}");
    }
    let twice = "20/s for 15m, 100/s for 3m, 20/s for 15m, 100/s for 3m, 20/s for 5m";
    assert_eq!(surges(&pattern(twice), 1).len(), 2, "one after the other");
}
