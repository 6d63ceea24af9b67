//! One writer and many readers at the same time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{labels, limits, read};
use crate::matcher::{MatchOp, Matcher};
use crate::sample::Time;
use crate::store;

#[test]
fn readers_see_of_every_series_the_first_samples_in_order() {
    let (mut writer, reader) = store::new(limits(1 << 30, 1 << 30));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (reader, done) = (reader.clone(), &done);
            scope.spawn(move || {
                let matchers = [Matcher::new("series", MatchOp::Regex, "[0-9]+").unwrap()];
                let mut most = 0;
                while !done.load(Ordering::Relaxed) {
                    let found = reader.series(&matchers, Time::MIN, Time::MAX);
                    assert!(found.is_sorted(), "also while the series get new numbers");
                    let mut total = 0;
                    for (labels, samples) in read(&reader, &matchers, Time::MIN, Time::MAX) {
                        let number: i64 = labels.get("series").parse().unwrap();
                        for (index, (at, bits)) in samples.iter().enumerate() {
                            let value = (number * 1000 + index as i64) as f64;
                            assert_eq!((*at, *bits), (15 * index as i64, value.to_bits()));
                        }
                        total += samples.len();
                    }
                    assert!(total >= most, "what was seen once stays");
                    most = total;
                }
            });
        }
        for at in 0..300 {
            // Ever more series, so that the index changes all the time.
            for number in (0..100).take_while(|number| number * 3 <= at) {
                let series = writer.series(&labels([("series", &*number.to_string())]));
                let value = number * 1000 + (at - number * 3);
                writer.append(series, Time(15 * (at - number * 3)), value as f64).unwrap();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(reader.counts(), writer.counts());
}
