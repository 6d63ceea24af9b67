//! What is refused, forgotten and dropped.

use super::{contents, labels, limits};
use crate::matcher::Matcher;
use crate::sample::{STALE, Time};
use crate::store::{self, Counts, Refused, Writer};

fn label_text(number: i64) -> String {
    format!("pod-{number:08}")
}

/// Appends to a series by its name.
fn write(writer: &mut Writer, name: &str, at: i64, value: f64) -> Result<(), Refused> {
    let series = writer.series(&labels([("name", name)]));
    writer.append(series, Time(at), value)
}

#[test]
fn samples_that_come_late_or_twice_are_refused_and_counted() {
    let (mut writer, reader) = store::new(limits(10, 1 << 30));
    let table = [
        (1000, 1.0, Ok(())),
        (1000, 1.0, Ok(())),
        (1000, 2.0, Err(Refused::Duplicate)),
        (999, 1.0, Err(Refused::OutOfOrder)),
        (2000, f64::NAN, Ok(())),
        (2000, f64::NAN, Ok(())),
        (2000, STALE, Err(Refused::Duplicate)),
        (12_000, STALE, Ok(())),
        (1999, 1.0, Err(Refused::TooOld)),
    ];
    for (at, value, outcome) in table {
        assert_eq!(write(&mut writer, "a", at, value), outcome, "{value} at {at}");
    }
    assert_eq!(write(&mut writer, "b", 2000, 1.0), Ok(()), "just within the retention");
    let expected = Counts {
        series: 2,
        samples: 4,
        appended: 4,
        out_of_order: 1,
        duplicate: 2,
        too_old: 1,
        bytes: writer.counts().bytes,
        ..Counts::default()
    };
    assert_eq!(writer.counts(), expected);
    assert_eq!(reader.counts(), expected);
}

#[test]
fn every_instant_and_every_double_is_taken() {
    let (mut writer, reader) = store::new(limits(i64::MAX / 1_000_000_000, 1 << 30));
    let samples =
        [(i64::MIN, -0.0), (0, f64::INFINITY), (i64::MAX - 1, f64::MIN), (i64::MAX, STALE)];
    let (mut backwards, _) = store::new(limits(0, 1 << 30));
    for (at, value) in samples {
        // A leap over half of all time lets go of what was before it.
        let _ = write(&mut writer, "a", at, value);
        assert_eq!(write(&mut backwards, "a", at, value), Ok(()));
    }
    assert_eq!(contents(&reader)[0].1.last(), Some(&(i64::MAX, STALE.to_bits())));
    assert_eq!(write(&mut backwards, "b", i64::MIN, 1.0), Err(Refused::TooOld));
}

#[test]
fn whole_chunks_go_when_their_retention_is_over_and_with_the_last_the_series() {
    let (mut writer, reader) = store::new(limits(3600, 1 << 30));
    let minute = 60_000;
    for at in 0..300 {
        write(&mut writer, "goes on", at * minute, 1.0).unwrap();
        if at < 200 {
            write(&mut writer, "ends", at * minute, 1.0).unwrap();
        }
    }
    // 299 - 60: the chunk of 120..=239 still holds the sample of that minute; 200 - 60 likewise.
    let found = contents(&reader);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].1.len(), found[0].1[0].0), (180, 120 * minute));
    assert_eq!((writer.counts().series, writer.counts().samples), (1, 180));
    assert_eq!(writer.counts().dropped, 0, "nothing went early");
    assert!(
        reader
            .label_values("name", &[Matcher::equal("name", "ends")], Time(0), Time::MAX)
            .is_empty()
    );
}

#[test]
fn a_handle_outlives_the_samples_for_another_retention() {
    let (mut writer, reader) = store::new(limits(3600, 1 << 30));
    let (steady, rare) = (labels([("a", "steady")]), labels([("a", "rare")]));
    let (steady, mut handle) = (writer.series(&steady), writer.series(&rare));
    let second = 1000;
    writer.append(handle, Time(0), 1.0).unwrap();
    for at in (0..=5400).step_by(60) {
        writer.append(steady, Time(at * second), 1.0).unwrap();
    }
    assert_eq!(contents(&reader).len(), 1, "its sample is gone");
    writer.append(handle, Time(5400 * second), 2.0).unwrap();
    assert_eq!(contents(&reader).len(), 2, "it is made again");
    for at in (5460..=20_000).step_by(60) {
        writer.append(steady, Time(at * second), 1.0).unwrap();
    }
    let at = Time(20_000 * second);
    assert_eq!(writer.append(handle, at, 3.0), Err(Refused::Forgotten));
    assert_eq!(writer.counts().forgotten, 1);
    handle = writer.series(&rare);
    writer.append(handle, at, 3.0).unwrap();
    assert_eq!(contents(&reader).len(), 2);
}

#[test]
fn handles_taken_before_time_leaps_are_good_after_it() {
    let (mut writer, reader) = store::new(limits(60, 1 << 30));
    write(&mut writer, "old", 0, 1.0).unwrap();
    let names: Vec<_> = (0..200).map(label_text).collect();
    let handles: Vec<_> =
        names.iter().map(|name| writer.series(&labels([("name", &**name)]))).collect();
    for handle in handles {
        writer.append(handle, Time(1_000_000_000), 1.0).unwrap();
    }
    assert_eq!(contents(&reader).len(), 200);
}

#[test]
fn the_oldest_chunks_of_all_series_go_when_memory_is_full() {
    let (mut writer, reader) = store::new(limits(1 << 30, 1 << 20));
    // Random bits, so that a chunk takes about a kilobyte.
    let mut bits = 1_u64;
    for at in 0..5_000 {
        for name in ["a", "b", "c"] {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            write(&mut writer, name, at, f64::from_bits(bits >> 2)).unwrap();
            assert!(writer.counts().bytes <= 1 << 20);
        }
    }
    for at in 5_000..200_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        write(&mut writer, "a", at, f64::from_bits(bits >> 2)).unwrap();
        assert!(writer.counts().bytes <= 1 << 20);
    }
    let counts = writer.counts();
    let found = contents(&reader);
    assert_eq!(found.len(), 1, "b and c ended before the oldest chunk of a");
    assert_eq!(counts.samples + counts.dropped, counts.appended);
    assert_eq!(found[0].1.len() as u64, counts.samples);
    assert_eq!(found[0].1.last().unwrap().0, 199_999);
    assert!(counts.samples > 100_000, "{counts:?}");
    assert!(counts.bytes > 1 << 19);
}

#[test]
fn an_explosion_of_labels_is_refused_and_those_before_it_go_on() {
    let (mut writer, reader) = store::new(limits(3600, 4 << 20));
    write(&mut writer, "first", 0, 0.0).unwrap();
    let mut refused = 0;
    for number in 0..100_000 {
        refused += u64::from(write(&mut writer, &label_text(number), 1000, 1.0).is_err());
        assert!(writer.counts().bytes <= 4 << 20);
    }
    let counts = writer.counts();
    assert!(refused > 50_000 && refused < 99_000, "{refused}");
    assert_eq!((counts.no_room, counts.series), (refused, 100_001 - refused));
    for at in 2..1000 {
        write(&mut writer, "first", at * 1000, at as f64).unwrap();
    }
    assert_eq!(contents(&reader).len() as u64, counts.series);

    for at in 1000..10_000 {
        write(&mut writer, "first", at * 1000, at as f64).unwrap();
    }
    assert_eq!(contents(&reader).len(), 1, "an hour later they are forgotten");
    let room = (0..1000).filter(|number| {
        write(&mut writer, &label_text(1_000_000 + number), 9_999_000, 1.0).is_ok()
    });
    assert_eq!(room.count(), 1000, "and there is room again");
    assert!(writer.counts().bytes < 1 << 20, "{:?}", writer.counts());
}

#[test]
fn handles_that_are_never_written_to_are_bounded_too() {
    let (mut writer, reader) = store::new(limits(3600, 1 << 20));
    let name = |number| label_text(number);
    for number in 0..100_000 {
        writer.series(&labels([("name", &*name(number))]));
    }
    assert!(writer.counts().bytes <= 1 << 20);
    assert_eq!((writer.counts().series, contents(&reader).len()), (0, 0));
    let huge = "x".repeat(1 << 20);
    assert_eq!(write(&mut writer, &huge, 0, 0.0), Err(Refused::NoRoom));
}

#[test]
fn a_store_with_no_memory_takes_nothing() {
    let (mut writer, reader) = store::new(limits(3600, 0));
    assert_eq!(write(&mut writer, "a", 0, 0.0), Err(Refused::NoRoom));
    assert!(contents(&reader).is_empty());
}
