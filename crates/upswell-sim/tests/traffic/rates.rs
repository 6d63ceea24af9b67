use upswell_sim::{NotARate, Traffic, Transform};
use upswell_units::Duration;

use super::{arrivals, seconds};

#[test]
fn the_count_of_each_step_is_its_rate_times_its_length() {
    let rates = [2.0, 0.0, 0.05, 0.05, 10.0];
    let traffic = Traffic::from_rates(Duration::from_secs(10), &rates).unwrap();
    assert_eq!(traffic.span(), Duration::from_secs(50));
    assert!((traffic.expected_requests() - 121.0).abs() < 1e-9);
    for seed in 1..=20 {
        let mut counts = [0; 5];
        for arrival in &arrivals(&traffic, seed) {
            counts[seconds(arrival) as usize / 10] += 1;
        }
        // Half a request is rounded up, and the half that follows is none.
        assert_eq!(counts, [20, 0, 1, 0, 100], "seed {seed}");
    }
}

#[test]
fn rates_are_transformed_as_counts_are() {
    let traffic = Traffic::from_rates(Duration::from_secs(60), &[1.0, 3.0]).unwrap();
    let transform = Transform {
        window: Some("30s..90s".parse().unwrap()),
        speed: "2".parse().unwrap(),
        scale: "10".parse().unwrap(),
    };
    let transformed = traffic.transformed(&transform).unwrap();
    assert_eq!(transformed.span(), Duration::from_secs(30));
    assert_eq!(arrivals(&transformed, 1).len(), (30 + 90) * 10);
}

#[test]
fn what_is_no_rate_is_refused_with_its_step() {
    for rate in [-1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = Traffic::from_rates(Duration::from_secs(60), &[1.0, rate, -1.0]);
        let NotARate { step, rate: refused } = refused.unwrap_err();
        assert_eq!((step, refused.to_bits()), (1, rate.to_bits()));
    }
    assert!(Traffic::from_rates(Duration::from_secs(60), &[-0.0, f64::MAX]).is_ok());
}
