//! The chunk that a series writes to: packed byte by byte, since it is never known what comes.
//!
//! The header holds what regular times and decimals have in common, so that a sample of a gauge
//! or counter with few digits takes a byte or two. When a sample comes that does not suit the
//! header, the bytes so far are rewritten once.
//!
//! ```text
//! sample: [difference of differences of times]   value
//! value:  0, 8 bytes: a double as it is   1: as before   n: zigzag(difference of mantissas) + 2
//! ```

use super::Samples;
use super::chunk::SAMPLES_MAX;
use super::decimal::{double, least_scale, mantissa, with_digits};
use super::varint::{put, take, take_word, unzigzag, zigzag};

/// Most bytes of one sample: two numbers of ten bytes.
const SAMPLE_BYTES_MAX: usize = 20;

/// How often in a chunk all scales are tried on a value: doubles that are no decimals would cost
/// that time with each sample.
const SEARCHES: u8 = 4;

const VERBATIM: u64 = 0;
const SAME: u64 = 1;
const DIFFERENCE: u64 = 2;

/// Samples that are still being appended to.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    first: i64,
    /// Time of the last sample, also of one that is no longer here.
    last: i64,
    /// Between the last two times.
    step: i64,
    /// The last mantissa.
    number: i64,
    /// Bits of the last value, also of one that is no longer here.
    bits: u64,
    bytes: Vec<u8>,
    /// How many bytes the chunk before took.
    expected: u16,
    count: u8,
    scale: u8,
    searches: u8,
    /// Whether times are written: some were not one step after the one before.
    irregular: bool,
    /// Whether there ever was a sample.
    ever: bool,
}

impl Open {
    /// How many samples it has.
    pub(super) fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Whether it has as many samples as a chunk takes.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= SAMPLES_MAX
    }

    /// Time of the first and of the last sample, if it has any.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        (self.count > 0).then_some((self.first, self.last))
    }

    /// Time and bits of the newest sample that was ever appended.
    pub(super) fn newest(&self) -> Option<(i64, u64)> {
        self.ever.then_some((self.last, self.bits))
    }

    /// Bytes that it has allocated.
    pub(super) fn allocated(&self) -> usize {
        self.bytes.capacity()
    }

    /// How many digits after the point its decimals have.
    pub(super) fn scale(&self) -> u8 {
        self.scale
    }

    /// Empties it, to go on at a scale.
    pub(super) fn restart(&mut self, scale: u8) {
        let Self { last, bits, ever, .. } = *self;
        let expected = self.bytes.len() as u16;
        *self = Self { last, bits, ever, scale, expected, ..Self::default() };
    }

    /// Appends a sample; its time must be after the last one, and the chunk not full.
    pub(super) fn push(&mut self, at: i64, value: f64) {
        if self.bytes.capacity() - self.bytes.len() < SAMPLE_BYTES_MAX {
            self.grow();
        }
        self.push_time(at);
        self.push_value(value);
        self.count += 1;
        self.ever = true;
    }

    /// Makes room for half of what the chunk before took, then for half of what there is.
    #[cold]
    fn grow(&mut self) {
        let capacity = self.bytes.capacity();
        let half = if capacity == 0 { usize::from(self.expected) / 2 } else { capacity / 2 };
        self.bytes.reserve_exact(half + SAMPLE_BYTES_MAX);
    }

    fn push_time(&mut self, at: i64) {
        if self.count == 0 {
            self.first = at;
        } else {
            let step = at.wrapping_sub(self.last);
            if self.count == 1 {
                self.step = step;
            }
            if step != self.step && !self.irregular {
                self.write_times();
            }
            if self.irregular {
                put(&mut self.bytes, zigzag(step.wrapping_sub(self.step)));
            }
            self.step = step;
        }
        self.last = at;
    }

    /// Goes over to writing times, which were regular so far.
    fn write_times(&mut self) {
        let mut values = self.bytes.as_slice();
        let mut bytes = Vec::with_capacity(self.bytes.len() + self.len() + 2 * SAMPLE_BYTES_MAX);
        for index in 0..self.count {
            match index {
                0 => {}
                1 => put(&mut bytes, zigzag(self.step)),
                _ => bytes.push(0),
            }
            Token::take(&mut values).put(&mut bytes);
        }
        self.bytes = bytes;
        self.irregular = true;
    }

    fn push_value(&mut self, value: f64) {
        let bits = value.to_bits();
        let token = if bits == self.bits && self.count > 0 {
            Token::Same
        } else if let Some(number) = mantissa(value, self.scale) {
            self.difference_to(number)
        } else if let Some(number) = self.at_larger_scale(value) {
            self.difference_to(number)
        } else {
            Token::Verbatim(bits)
        };
        token.put(&mut self.bytes);
        self.bits = bits;
    }

    fn difference_to(&mut self, number: i64) -> Token {
        let difference = number - self.number;
        self.number = number;
        Token::Difference(difference)
    }

    /// Goes over to a scale at which the value is a decimal, and returns its mantissa there.
    #[cold]
    fn at_larger_scale(&mut self, value: f64) -> Option<i64> {
        if self.searches >= SEARCHES {
            return None;
        }
        self.searches += 1;
        let (scale, number) = least_scale(value, self.scale + 1)?;
        self.rescale(scale)?;
        Some(number)
    }

    /// Rewrites all mantissas for a larger scale, if all have room for its digits.
    fn rescale(&mut self, scale: u8) -> Option<()> {
        let digits = scale - self.scale;
        let mut old = self.bytes.as_slice();
        let mut bytes = Vec::with_capacity(2 * self.bytes.len() + SAMPLE_BYTES_MAX);
        let (mut number, mut scaled) = (0, 0);
        for index in 0..self.count {
            if self.irregular && index > 0 {
                put(&mut bytes, take(&mut old));
            }
            let mut token = Token::take(&mut old);
            if let Token::Difference(difference) = &mut token {
                number += *difference;
                let now = with_digits(number, digits)?;
                *difference = now - scaled;
                scaled = now;
            }
            token.put(&mut bytes);
        }
        // The time of the sample that is being appended is written already.
        bytes.extend_from_slice(old);
        bytes.reserve_exact(SAMPLE_BYTES_MAX);
        (self.bytes, self.number, self.scale) = (bytes, scaled, scale);
        Some(())
    }

    /// Appends its samples.
    pub(super) fn read(&self, into: &mut Samples) {
        into.times.reserve(self.len());
        into.values.reserve(self.len());
        let mut bytes = self.bytes.as_slice();
        let (mut at, mut step) = (self.first, if self.irregular { 0 } else { self.step });
        let (mut number, mut value) = (0, 0.0);
        for index in 0..self.count {
            if index > 0 {
                if self.irregular {
                    step = step.wrapping_add(unzigzag(take(&mut bytes)));
                }
                at = at.wrapping_add(step);
            }
            match Token::take(&mut bytes) {
                Token::Verbatim(bits) => value = f64::from_bits(bits),
                Token::Same => {}
                Token::Difference(difference) => {
                    number += difference;
                    value = double(number, self.scale);
                }
            }
            into.times.push(at);
            into.values.push(value);
        }
    }
}

/// How a value is written.
enum Token {
    /// As its bits.
    Verbatim(u64),
    /// It is the value before.
    Same,
    /// By the difference of its mantissa from the last one.
    Difference(i64),
}

impl Token {
    #[inline]
    fn put(self, into: &mut Vec<u8>) {
        match self {
            Self::Verbatim(bits) => {
                into.push(VERBATIM as u8);
                into.extend_from_slice(&bits.to_le_bytes());
            }
            Self::Same => into.push(SAME as u8),
            Self::Difference(difference) => put(into, zigzag(difference) + DIFFERENCE),
        }
    }

    #[inline]
    fn take(bytes: &mut &[u8]) -> Self {
        match take(bytes) {
            VERBATIM => Self::Verbatim(take_word(bytes)),
            SAME => Self::Same,
            code => Self::Difference(unzigzag(code - DIFFERENCE)),
        }
    }
}
