//! The store beside a naive one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{contents, labels, limits};
use crate::labels::Labels;
use crate::sample::{STALE, Time};
use crate::store;

/// A time after the one before, and a value: what targets expose, and what they should not.
fn any_samples() -> impl Strategy<Value = Vec<(i64, u64)>> {
    let step = prop_oneof![
        8 => Just(15_000_i64),
        2 => 14_000..16_000_i64,
        1 => 1..1_000_000_000_i64,
    ];
    let value = prop_oneof![
        6 => (0_i64..1000).prop_map(|whole| whole as f64),
        4 => (-10_000_i64..10_000).prop_map(|cents| cents as f64 / 100.0),
        2 => (any::<i64>(), 0_u8..12).prop_map(|(n, digits)| (n >> 14) as f64 / 10_f64.powi(digits.into())),
        3 => Just(7.0),
        2 => any::<u64>().prop_map(f64::from_bits),
        1 => prop::sample::select(vec![STALE, f64::NAN, -0.0, 0.0, f64::INFINITY, 1e300, 5e-324]),
    ];
    let run = (step, value, 1_usize..40);
    prop::collection::vec(run, 0..40).prop_map(|runs| {
        let mut at = 1_700_000_000_000;
        let samples = runs.into_iter().flat_map(|(step, value, length)| {
            (0..length).map(move |index| (step, if index % 3 == 2 { value + 1.0 } else { value }))
        });
        let samples = samples.map(|(step, value)| {
            at += step;
            (at, value.to_bits())
        });
        samples.collect()
    })
}

/// What happens to a store: which series, how much later than the newest sample, and a value.
fn any_appends() -> impl Strategy<Value = Vec<(u8, i64, f64)>> {
    let later = prop_oneof![8 => 0_i64..20, 1 => -30_i64..0, 1 => 0_i64..3000];
    prop::collection::vec((0_u8..4, later, (0_u8..3).prop_map(f64::from)), 0..1500)
}

proptest! {
    #[test]
    fn every_double_at_every_time_comes_back(samples in any_samples()) {
        let (mut writer, reader) = store::new(limits(i64::MAX / 1_000_000_000, 1 << 30));
        let series = writer.series(&labels([("a", "b")]));
        let mut kept = Vec::new();
        for (at, bits) in samples {
            writer.append(series, Time(at), f64::from_bits(bits)).unwrap();
            kept.push((at, bits));
            if kept.len() % 97 == 0 {
                prop_assert_eq!(&contents(&reader)[0].1, &kept);
            }
        }
        let found = contents(&reader);
        prop_assert_eq!(found.first().map_or(&[][..], |(_, samples)| samples), kept);
    }

    #[test]
    fn the_newest_sample_of_a_range_is_the_last_of_all(
        samples in any_samples(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let (mut writer, reader) = store::new(limits(i64::MAX / 1_000_000_000, 1 << 30));
        let series = writer.series(&labels([("a", "b")]));
        for (at, bits) in &samples {
            writer.append(series, Time(*at), f64::from_bits(*bits)).unwrap();
        }
        prop_assume!(!samples.is_empty());
        let (from, to) = (Time(from.get(&samples).0), Time(to.get(&samples).0));
        let last = |selected: Vec<store::Selected>| {
            let mut read = store::Samples::default();
            selected.iter().for_each(|selected| selected.read(&mut read));
            read.times.last().copied().zip(read.values.last().map(|value| value.to_bits()))
        };
        let newest = last(reader.select_newest(&[], from, to));
        prop_assert_eq!(newest, last(reader.select(&[], from, to)));
    }

    #[test]
    fn appends_end_as_in_a_naive_store(appends in any_appends(), retention_s in 1_i64..3) {
        let (mut writer, reader) = store::new(limits(retention_s, 1 << 30));
        let mut model: BTreeMap<Labels, Vec<(i64, u64)>> = BTreeMap::new();
        let mut newest = 0;
        for (name, later, value) in appends {
            let labels = labels([("name", ["a", "b", "c", "d"][usize::from(name)])]);
            let series = writer.series(&labels);
            let at = newest + later;
            let samples = model.entry(labels).or_default();
            let last = samples.last().copied();
            let outcome = writer.append(series, Time(at), value);
            let is_again = last == Some((at, value.to_bits()));
            let is_late = last.is_some_and(|(last, _)| at <= last) || at < newest - retention_s * 1000;
            prop_assert_eq!(outcome.is_ok(), is_again || !is_late, "{:?} after {:?}", at, last);
            if outcome.is_ok() && !is_again {
                samples.push((at, value.to_bits()));
                newest = newest.max(at);
            }
        }
        // Whole chunks go: what is left is an end of what was written, and all that is due.
        let mut held = 0;
        let found: BTreeMap<_, _> = contents(&reader).into_iter().collect();
        for (labels, written) in model {
            let found = found.get(&labels).map_or(&[][..], Vec::as_slice);
            prop_assert!(written.ends_with(found));
            let due = written.iter().filter(|(at, _)| *at >= newest - retention_s * 1000).count();
            prop_assert!(found.len() >= due);
            prop_assert!(found.len() < due + 240);
            held += found.len() as u64;
        }
        let counts = writer.counts();
        prop_assert_eq!((counts.samples, counts.dropped), (held, 0));
        prop_assert_eq!(counts.series, found.len() as u64);
        prop_assert_eq!(reader.oldest().is_some(), held > 0);
    }

    #[test]
    fn memory_is_never_above_its_bound(
        appends in prop::collection::vec((0_u8..40, 0_i64..20, any::<u64>()), 0..3000),
        memory in 0_i64..60_000,
    ) {
        let (mut writer, reader) = store::new(limits(1 << 20, memory));
        let mut at = 0;
        for (name, later, bits) in appends {
            at += later;
            let series = writer.series(&labels([("name", &*name.to_string())]));
            let _ = writer.append(series, Time(at), f64::from_bits(bits));
            prop_assert!(writer.counts().bytes <= memory as u64);
        }
        let counts = writer.counts();
        prop_assert_eq!(counts.samples + counts.dropped, counts.appended);
        let held: usize = contents(&reader).iter().map(|(_, samples)| samples.len()).sum();
        prop_assert_eq!(held as u64, counts.samples);
        if counts.samples == 0 && counts.series == 0 && counts.appended > 0 {
            prop_assert!(counts.bytes <= memory as u64 / 2);
        }
    }
}
