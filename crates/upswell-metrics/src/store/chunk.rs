//! A chunk that is full: times and values in columns, never changed again.
//!
//! ```text
//! count   first time (8 bytes)   last - first   times, from the first   values
//! values: scale   exceptions (count, (index, 8 bytes)…)   mantissas
//!     or: BITS    bits of the doubles
//! ```
//!
//! Values are decimals, with what is none as exceptions (staleness markers, thirds), or, where
//! most are none, the bits of the doubles as whole numbers, in the order of the doubles.

use std::sync::Arc;

use super::Samples;
use super::column::{self, NUMBERS_MAX};
use super::decimal::{double, mantissa};
use super::varint::{put, take, take_word};

/// Samples of a full chunk, as in Prometheus: half an hour at an interval of 15 s.
pub(super) const SAMPLES_MAX: usize = NUMBERS_MAX;

/// In place of a scale: values are kept as bits.
const BITS: u8 = 0xff;

/// Samples that no longer change; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Chunk(Arc<[u8]>);

impl Chunk {
    /// Packs one to [`SAMPLES_MAX`] samples; also returns the least scale that suits their
    /// values, at most `scale`.
    pub(super) fn pack(samples: &Samples, scale: u8, packer: &mut Packer) -> (Self, u8) {
        let Packer { numbers, decimals, bits } = packer;
        let (first, last) = (samples.times[0], samples.times[samples.times.len() - 1]);
        decimals.clear();
        decimals.push(samples.times.len() as u8);
        decimals.extend_from_slice(&first.to_le_bytes());
        put(decimals, last.wrapping_sub(first) as u64);
        numbers.clear();
        numbers.extend(samples.times.iter().map(|time| time.wrapping_sub(first)));
        column::encode(numbers, decimals);

        let values_at = decimals.len();
        let (scale, exceptions) = pack_decimals(&samples.values, scale, numbers, decimals);
        if exceptions > 0 {
            pack_bits(&samples.values, numbers, bits);
            if bits.len() < decimals.len() - values_at {
                decimals.truncate(values_at);
                decimals.extend_from_slice(bits);
            }
        }
        (Self(Arc::from(decimals.as_slice())), scale)
    }

    /// How many samples it has.
    pub(super) fn len(&self) -> usize {
        usize::from(self.0[0])
    }

    /// Time of the first and of the last sample.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let mut bytes = &self.0[1..];
        let first = take_word(&mut bytes) as i64;
        (first, first.wrapping_add(take(&mut bytes) as i64))
    }

    /// How many bytes it is packed into.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Appends its samples.
    pub(super) fn read(&self, into: &mut Samples) {
        let mut scratch = [0; NUMBERS_MAX];
        let numbers = &mut scratch[..self.len()];
        let mut bytes = &self.0[1..];
        let first = take_word(&mut bytes) as i64;
        take(&mut bytes);
        column::decode(&mut bytes, numbers);
        into.times.extend(numbers.iter().map(|time| first.wrapping_add(*time)));

        let [scale, values @ ..] = bytes else { return };
        if *scale == BITS {
            column::decode(&mut { values }, numbers);
            into.values.extend(numbers.iter().map(|number| from_ordered(*number)));
        } else {
            read_decimals(*scale, values, numbers, &mut into.values);
        }
    }
}

/// Memory that packing uses again and again.
#[derive(Debug, Default)]
pub(super) struct Packer {
    numbers: Vec<i64>,
    decimals: Vec<u8>,
    bits: Vec<u8>,
}

/// Appends values as decimals; returns their scale and how many are exceptions.
fn pack_decimals(
    values: &[f64],
    scale: u8,
    numbers: &mut Vec<i64>,
    into: &mut Vec<u8>,
) -> (u8, usize) {
    let scale_at = into.len();
    into.extend([scale, 0]);
    numbers.clear();
    let (mut exceptions, mut previous) = (0, 0);
    for (index, value) in values.iter().enumerate() {
        match mantissa(*value, scale) {
            Some(number) => previous = number,
            None => {
                exceptions += 1;
                into.push(index as u8);
                into.extend_from_slice(&value.to_bits().to_le_bytes());
            }
        }
        // An exception takes the mantissa before it, which costs the column least.
        numbers.push(previous);
    }
    let scale = drop_digits(numbers, scale);
    into[scale_at] = scale;
    into[scale_at + 1] = exceptions as u8;
    column::encode(numbers, into);
    (scale, exceptions)
}

/// Drops digits that are zero at the end of all mantissas; returns the scale that remains.
fn drop_digits(numbers: &mut [i64], mut scale: u8) -> u8 {
    while scale > 0 && numbers.iter().all(|number| number % 10 == 0) {
        numbers.iter_mut().for_each(|number| *number /= 10);
        scale -= 1;
    }
    scale
}

fn pack_bits(values: &[f64], numbers: &mut Vec<i64>, into: &mut Vec<u8>) {
    into.clear();
    into.push(BITS);
    numbers.clear();
    numbers.extend(values.iter().map(|value| to_ordered(*value)));
    column::encode(numbers, into);
}

fn read_decimals(scale: u8, mut bytes: &[u8], numbers: &mut [i64], values: &mut Vec<f64>) {
    let [count, rest @ ..] = bytes else { return };
    let (exceptions, rest) = rest.split_at(usize::from(*count) * 9);
    bytes = rest;
    column::decode(&mut bytes, numbers);
    let start = values.len();
    values.extend(numbers.iter().map(|number| double(*number, scale)));
    for mut exception in exceptions.chunks_exact(9) {
        let index = usize::from(exception[0]);
        exception = &exception[1..];
        values[start + index] = f64::from_bits(take_word(&mut exception));
    }
}

/// Returns the bits of a double as a number that grows as the double does, so that doubles close
/// to each other are numbers close to each other.
fn to_ordered(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Undoes [`to_ordered`].
fn from_ordered(number: i64) -> f64 {
    let bits = if number < 0 { number ^ i64::MAX } else { number };
    f64::from_bits(bits as u64)
}
