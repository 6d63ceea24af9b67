//! Guesses which name a misspelt one was meant to be.

/// Edits beyond which two names are not alike.
const EDITS_MAX: usize = 2;

/// Letters that a name must share with the start of another one to be taken for it.
const PREFIX_CHARS_MIN: usize = 4;

/// Longer names are not compared: none is a slip of the hand, and the cost grows with the square.
const NAME_BYTES_MAX: usize = 100;

/// Returns the candidate that is most like `name`: up to two edits away, or a longer or shorter form
/// of it; the first among equals. Letter case does not count.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let wanted = name.to_ascii_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(&wanted, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How unlike two names are, letter case aside; `None` if too unlike to be meant.
fn distance(wanted: &str, candidate: &str) -> Option<usize> {
    let candidate = candidate.to_ascii_lowercase();
    let edits = edits(wanted.as_bytes(), candidate.as_bytes());
    // A short name is two edits away from every other one.
    if edits <= EDITS_MAX && edits * 3 <= wanted.len().max(candidate.len()) {
        return Some(edits);
    }
    let shorter = wanted.len().min(candidate.len());
    let is_prefix = candidate.starts_with(wanted) || wanted.starts_with(&candidate);
    (is_prefix && shorter >= PREFIX_CHARS_MIN).then_some(edits)
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
fn edits(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_typo_or_a_short_form_away() {
        let fields = ["clusterRef", "location", "minReplicas", "maxReplicas", "env", "name"];
        for (name, guess) in [
            ("cluster", Some("clusterRef")),
            ("minReplica", Some("minReplicas")),
            ("maxreplicas", Some("maxReplicas")),
            ("nmae", Some("name")),
            ("nam", Some("name")),
            ("foo", None),
            ("", None),
            ("größe", None),
        ] {
            assert_eq!(nearest(name, fields), guess, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(10_000), fields), None);
    }
}
