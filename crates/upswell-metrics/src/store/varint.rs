//! Whole numbers in as few bytes as they need, seven bits a byte.

/// Appends a number: one byte below 128, ten at most.
pub(super) fn put(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Takes a number off the front; what is cut short reads as if zeros followed.
pub(super) fn take(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    let mut shift = 0;
    while let [byte, rest @ ..] = *bytes {
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 || shift > 63 {
            break;
        }
    }
    number
}

/// Maps numbers near zero, of either sign, to small ones: 0, -1, 1, -2 to 0, 1, 2, 3.
pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// Undoes [`zigzag`].
pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Takes eight bytes off the front, the lowest first; fewer read as if zeros followed.
pub(super) fn take_word(bytes: &mut &[u8]) -> u64 {
    let (word, rest) = bytes.split_at(bytes.len().min(8));
    *bytes = rest;
    let mut padded = [0; 8];
    padded[..word.len()].copy_from_slice(word);
    u64::from_le_bytes(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, -1, 63, -64, 64, 1 << 40, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put(&mut bytes, zigzag(number));
            let mut rest = bytes.as_slice();
            assert_eq!(unzigzag(take(&mut rest)), number);
            assert!(rest.is_empty());
        }
    }
}
