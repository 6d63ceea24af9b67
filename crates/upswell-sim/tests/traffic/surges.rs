use upswell_sim::{DetectedSurge, SurgeDetector, Traffic};

use super::{ALIKE, recorded, sound};

/// The surges of some traffic, two minutes of silence after it included.
fn surges(traffic: &Traffic, seed: u64) -> Vec<DetectedSurge> {
    let mut counts = vec![0; traffic.span().as_secs() as usize + 120];
    for arrival in traffic.arrivals(seed, &ALIKE) {
        counts[arrival.at.as_secs() as usize] += 1;
    }
    surges_of(counts)
}

fn surges_of(counts: impl IntoIterator<Item = u64>) -> Vec<DetectedSurge> {
    let mut detector = SurgeDetector::default();
    let mut surges: Vec<DetectedSurge> = Vec::new();
    for arrivals in counts {
        let began = detector.push(arrivals);
        match (began, detector.latest(), surges.last_mut()) {
            (Some(began), Some(latest), _) => {
                assert_eq!(latest.began, began);
                surges.push(*latest);
            }
            (None, Some(latest), Some(surge)) => *surge = *latest,
            (_, latest, _) => assert_eq!((began, latest), (None, None)),
        }
    }
    surges
}

#[test]
fn the_way_to_a_hundred_thousand_a_second_is_one_surge() {
    let text = "10/s for 2m, to 100000/s over 3m, for 5m, to 10/s over 1m";
    for seed in 1..=2 {
        let surges = surges(&sound(text), seed);
        let [surge] = surges[..] else { panic!("{surges:?}") };
        assert!((120..135).contains(&surge.began.second), "{surge:?}");
        assert!((9.0..11.5).contains(&surge.began.rate_before), "{surge:?}");
        assert!((99_500.0..101_000.0).contains(&surge.rate), "{surge:?}");
        assert!(surge.ended.is_some());
    }
}

#[test]
fn calm_poisson_traffic_has_no_surge() {
    for (rate, seeds) in [
        ("0.1/s", 60),
        ("0.2/s", 60),
        ("0.3/s", 60),
        ("0.5/s", 40),
        ("1/s", 40),
        ("10/s", 20),
        ("100/s", 4),
        ("1000/s", 1),
    ] {
        let calm = sound(&format!("{rate} for 6h"));
        let with_surges = (1..=seeds).filter(|seed| !surges(&calm, *seed).is_empty()).count();
        // Fewer than one run in a hundred: of 60, hardly ever more than one.
        assert!(with_surges <= 1, "{rate}: {with_surges} of {seeds}");
    }
    let dense = sound("10000/s for 20m");
    assert_eq!(surges(&dense, 1), []);
}

#[test]
fn of_recorded_traffic_the_surges_are_few() {
    let begins = |name| {
        let surges = surges(&recorded(name), 1);
        surges.iter().map(|surge| surge.began.second).collect::<Vec<_>>()
    };
    // Silence, then the first hundreds; the climb to 11,000 in ten minutes; the next one; a last one.
    assert_eq!(begins("servegen_surge_tenant_c5.csv"), [6612, 10_211, 13_800, 19_325]);
    assert!(begins("azure_conv_2023.csv").is_empty(), "a busy hour without one");
    // Whole minutes are empty, and the next one has hundreds.
    assert_eq!(begins("azure_code_2023_min30-58.csv").len(), 7);
}

/// A rate for so many seconds.
fn hold(rate: u64, seconds: usize) -> impl Iterator<Item = u64> {
    std::iter::repeat_n(rate, seconds)
}

#[test]
fn a_surge_ends_after_a_calm_minute_or_when_its_rate_is_the_new_median() {
    let brief = surges_of(hold(100, 600).chain(hold(500, 120)).chain(hold(100, 600)));
    let [surge] = brief[..] else { panic!("{brief:?}") };
    assert_eq!((surge.began.rate_before, surge.rate), (100.0, 500.0));
    // Ten seconds hold more than twice the median from the fourth second on, and until the seventh.
    assert_eq!((surge.began.second, surge.ended), (603, Some(727)));

    let lasting = surges_of(hold(100, 600).chain(hold(500, 3600)));
    let [surge] = lasting[..] else { panic!("{lasting:?}") };
    // Five minutes later most of the last ten had the new rate.
    assert!((900..=925).contains(&surge.ended.unwrap()), "{surge:?}");

    let twice = [hold(20, 900), hold(100, 180), hold(20, 900), hold(100, 180), hold(20, 300)];
    assert_eq!(surges_of(twice.into_iter().flatten()).len(), 2, "one after the other");

    // A pause that is shorter than a minute is part of the surge.
    let paused = [hold(100, 600), hold(500, 60), hold(100, 50), hold(600, 60), hold(100, 600)];
    let paused = surges_of(paused.into_iter().flatten());
    let [surge] = paused[..] else { panic!("{paused:?}") };
    assert_eq!(surge.rate, 600.0);
}

#[test]
fn a_cold_start_is_no_surge_and_needs_a_minute_to_be_judged_by() {
    assert_eq!(surges_of(hold(1000, 600)), [], "from the first second on");
    assert_eq!(surges_of(hold(10, 30).chain(hold(1000, 300))), [], "within the first minute");
    let early = surges_of(hold(10, 70).chain(hold(1000, 60)));
    assert_eq!(early.len(), 1);
    assert_eq!(early[0].began.second, 70);
    let from_silence = surges_of(hold(0, 600).chain(hold(2, 20)).chain(hold(0, 200)));
    assert_eq!(from_silence.len(), 1);
    assert!(from_silence[0].ended.is_some(), "silence is calm");
    assert_eq!(surges_of(hold(u64::MAX, 100)), [], "beyond all bounds");
}
