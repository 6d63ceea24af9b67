//! Whole numbers packed into as few bits as most of them need.
//!
//! Numbers are taken as they are, or as their differences; from each a common base is subtracted
//! and common zeros at the end are shifted off; all get one width. The few that do not fit that
//! width are patched in: a reset of a counter, a gap between two times. A number that stays the
//! same is a difference of zero, and a change now and then a patch. After PFOR (Zukowski et al.:
//! Super-Scalar RAM-CPU Cache Compression, ICDE 2006).
//!
//! ```text
//! width | DELTA   shift | PATCHED   base   [first]   packed bits   [patches: count, (index, number)…]
//! ```

use super::varint::{put, take, unzigzag, zigzag};

/// Most numbers in a column: an index takes one byte.
pub(super) const NUMBERS_MAX: usize = 120;

/// Most numbers that are patched in.
const PATCHES_MAX: usize = 16;

const DELTA: u8 = 0x80;
const PATCHED: u8 = 0x80;

/// Appends a column of one to [`NUMBERS_MAX`] numbers; arithmetic wraps, so that any will do.
pub(super) fn encode(numbers: &[i64], into: &mut Vec<u8>) {
    let mut differences = [0; NUMBERS_MAX];
    for (difference, pair) in differences.iter_mut().zip(numbers.windows(2)) {
        *difference = pair[1].wrapping_sub(pair[0]);
    }
    let differences = &differences[..numbers.len() - 1];

    let by_difference = differences_are_smaller(numbers, differences);
    let residuals = if by_difference { differences } else { numbers };

    let frame = Frame::choose(residuals);
    let is_patched = |index: &usize| frame.packed(residuals[*index]).is_none();
    let patches: Vec<usize> = (0..residuals.len()).filter(is_patched).collect();
    into.push(frame.width | if by_difference { DELTA } else { 0 });
    into.push(frame.shift | if patches.is_empty() { 0 } else { PATCHED });
    put(into, zigzag(frame.base));
    if by_difference {
        put(into, zigzag(numbers[0]));
    }
    pack(residuals.iter().map(|&number| frame.packed(number).unwrap_or(0)), frame.width, into);
    if !patches.is_empty() {
        into.push(patches.len() as u8);
    }
    for index in patches {
        into.push(index as u8);
        put(into, zigzag(residuals[index].wrapping_sub(frame.base) >> frame.shift));
    }
}

/// Returns whether differences need fewer bits than distances from the least number.
fn differences_are_smaller(numbers: &[i64], differences: &[i64]) -> bool {
    let least = numbers.iter().min().copied().unwrap_or(0);
    let distance_bits: u32 = numbers.iter().map(|n| bits(n.wrapping_sub(least) as u64)).sum();
    let difference_bits: u32 = differences.iter().map(|&n| bits(zigzag(n))).sum();
    difference_bits < distance_bits
}

/// Takes a column of `numbers.len()` numbers off the front.
pub(super) fn decode(bytes: &mut &[u8], numbers: &mut [i64]) {
    let [width, shift, rest @ ..] = *bytes else { return numbers.fill(0) };
    *bytes = rest;
    let by_difference = width & DELTA != 0;
    let base = unzigzag(take(bytes));
    let first = if by_difference { unzigzag(take(bytes)) } else { 0 };
    let frame = Frame { base, width: width & !DELTA, shift: shift & !PATCHED };

    let residuals = if by_difference { &mut numbers[1..] } else { &mut numbers[..] };
    let length = (residuals.len() * usize::from(frame.width)).div_ceil(8).min(bytes.len());
    let (packed, rest) = bytes.split_at(length);
    *bytes = rest;
    unpack(packed, frame, residuals);
    if shift & PATCHED != 0 {
        patch(bytes, frame, residuals);
    }
    if by_difference {
        let mut number = first;
        numbers[0] = first;
        for residual in &mut numbers[1..] {
            number = number.wrapping_add(*residual);
            *residual = number;
        }
    }
}

fn patch(bytes: &mut &[u8], frame: Frame, residuals: &mut [i64]) {
    let [count, rest @ ..] = *bytes else { return };
    *bytes = rest;
    for _ in 0..*count {
        let [index, rest @ ..] = *bytes else { return };
        *bytes = rest;
        let distance = unzigzag(take(bytes)) << frame.shift;
        if let Some(residual) = residuals.get_mut(usize::from(*index)) {
            *residual = frame.base.wrapping_add(distance);
        }
    }
}

/// What all packed numbers of a column share.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// What is subtracted.
    base: i64,
    /// Bits of each, at most 64.
    width: u8,
    /// Zeros that all have at their end.
    shift: u8,
}

impl Frame {
    /// Finds the frame that takes the fewest bytes, patches included.
    fn choose(numbers: &[i64]) -> Self {
        let base = numbers.iter().min().copied().unwrap_or(0);
        let all = numbers.iter().fold(0, |all, n| all | n.wrapping_sub(base) as u64);
        let shift = if all == 0 { 0 } else { all.trailing_zeros() as u8 };
        let whole = Self { base, width: bits(all >> shift) as u8, shift };
        if whole.width > 2 && has_outliers(numbers, whole) {
            whole.without_outliers(numbers)
        } else {
            whole
        }
    }

    /// Leaves out numbers far from the median while patches for them cost less than their width.
    fn without_outliers(self, numbers: &[i64]) -> Self {
        let patch_bytes = 2 + usize::from(self.width) / 7;
        let mut sorted = [0; NUMBERS_MAX];
        let sorted = &mut sorted[..numbers.len()];
        sorted.copy_from_slice(numbers);
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2];
        let (mut low, mut high) = (0, sorted.len() - 1);
        let mut best = (packed_bytes(numbers.len(), self.width), self);
        for patches in 1..=PATCHES_MAX.min(numbers.len() - 1) {
            let below = median.wrapping_sub(sorted[low]) as u64;
            let above = sorted[high].wrapping_sub(median) as u64;
            if below > above {
                low += 1;
            } else {
                high -= 1;
            }
            let range = sorted[high].wrapping_sub(sorted[low]) as u64;
            let width = bits(range >> self.shift) as u8;
            let bytes = packed_bytes(numbers.len(), width) + 1 + patches * patch_bytes;
            if bytes < best.0 {
                best = (bytes, Self { base: sorted[low], width, shift: self.shift });
            }
        }
        best.1
    }

    /// Returns what is packed for a number, unless it must be patched in.
    fn packed(self, number: i64) -> Option<u64> {
        let distance = number.wrapping_sub(self.base) as u64 >> self.shift;
        (number >= self.base && distance & !mask(self.width) == 0).then_some(distance)
    }
}

/// Returns whether most numbers are so close together that some must be far off: evenly spread,
/// they would take a bit less than the width on average.
fn has_outliers(numbers: &[i64], frame: Frame) -> bool {
    let end = numbers.len() - 1;
    let mut some = [0, end / 4, end / 2, end / 4 * 3, end].map(|index| numbers[index]);
    some.sort_unstable();
    let distances = numbers.iter().map(|n| zigzag(n.wrapping_sub(some[2]) >> frame.shift));
    let spread = distances.map(bits).sum::<u32>() as usize;
    spread < numbers.len() * usize::from(frame.width - 2)
}

fn packed_bytes(numbers: usize, width: u8) -> usize {
    (numbers * usize::from(width)).div_ceil(8)
}

/// Returns how many bits a number needs.
fn bits(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

fn mask(width: u8) -> u64 {
    u64::MAX.checked_shr(64 - u32::from(width)).unwrap_or(0)
}

fn pack(numbers: impl Iterator<Item = u64>, width: u8, into: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let mut pending = 0_u128;
    let mut filled = 0;
    for number in numbers {
        pending |= u128::from(number) << filled;
        filled += u32::from(width);
        if filled >= 64 {
            into.extend_from_slice(&(pending as u64).to_le_bytes());
            pending >>= 64;
            filled -= 64;
        }
    }
    into.extend_from_slice(&pending.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

fn unpack(packed: &[u8], frame: Frame, residuals: &mut [i64]) {
    let Frame { base, width, shift } = frame;
    let (mask, width) = (mask(width), usize::from(width));
    if width == 0 {
        return residuals.fill(base);
    }
    let mut at = 0;
    for residual in residuals {
        let skipped = at % 8;
        let mut number = word(packed, at / 8) >> skipped;
        if skipped + width > 64 {
            let ninth = packed.get(at / 8 + 8).copied().unwrap_or(0);
            number |= u64::from(ninth) << (64 - skipped);
        }
        *residual = base.wrapping_add(((number & mask) << shift) as i64);
        at += width;
    }
}

/// Returns eight bytes as a number, zeros after the end.
fn word(bytes: &[u8], from: usize) -> u64 {
    if let Some(word) = bytes.get(from..).and_then(<[u8]>::first_chunk) {
        return u64::from_le_bytes(*word);
    }
    let mut padded = [0; 8];
    let rest = bytes.get(from..).unwrap_or_default();
    padded[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(padded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(numbers: &[i64]) -> usize {
        let mut bytes = Vec::new();
        encode(numbers, &mut bytes);
        let length = bytes.len();
        bytes.extend([0xff; 9]);
        let mut rest = bytes.as_slice();
        let mut back = vec![0; numbers.len()];
        decode(&mut rest, &mut back);
        assert_eq!(back, numbers);
        assert_eq!(rest, [0xff; 9], "what follows the column stays");
        length
    }

    #[test]
    fn shapes_take_the_bytes_that_they_should() {
        let repeat = |f: &dyn Fn(i64) -> i64| (0..120).map(f).collect::<Vec<_>>();
        let table: [(&str, Vec<i64>, usize); 6] = [
            ("a constant", repeat(&|_| 7), 3),
            ("a straight line", repeat(&|n| 1_000_000 + 15_000 * n), 8),
            ("one bit of noise", repeat(&|n| 100 * n + (n * n / 7) % 2), 36),
            ("a counter with a reset", repeat(&|n| (n + 40) % 100 * 3), 12),
            ("pages of memory", repeat(&|n| 4096 * ((n * 7919) % 16)), 63),
            ("few steps", repeat(&|n| 1_000_000_007 * (n / 30)), 25),
        ];
        for (name, numbers, most) in table {
            let length = round_trip(&numbers);
            assert!(length <= most, "{name} takes {length} bytes, not {most}");
        }
    }

    #[test]
    fn the_ends_of_the_range_come_back() {
        round_trip(&[i64::MIN, i64::MAX, 0, -1, i64::MAX, i64::MIN, 1]);
        round_trip(&[i64::MAX; 3]);
        round_trip(&[i64::MIN]);
    }

    fn any_numbers() -> impl Strategy<Value = Vec<i64>> {
        let number = prop_oneof![
            any::<i64>(),
            (any::<i64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift),
            (0_i64..16).prop_map(|number| number << 12),
            Just(5),
        ];
        prop::collection::vec(number, 1..=NUMBERS_MAX)
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(numbers in any_numbers()) {
            round_trip(&numbers);
            let mut sum = 0_i64;
            let sums: Vec<i64> = numbers.iter().map(|n| { sum = sum.wrapping_add(*n); sum }).collect();
            round_trip(&sums);
        }
    }
}
