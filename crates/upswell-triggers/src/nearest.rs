//! The known name that a misspelt one most likely meant.

/// Names further away than this are not worth suggesting.
const DISTANCE_MAX: usize = 3;

/// Longer names are nobody's slip of the hand, and comparing them costs the square of the length.
const NAME_BYTES_MAX: usize = 100;

/// Returns the candidate that is fewest edits away, if any is near; the first among equals.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let near = |candidate: &'a str| {
        let edits = distance(&name.to_lowercase(), &candidate.to_lowercase());
        (edits <= DISTANCE_MAX.min(candidate.len() / 2)).then_some((edits, candidate))
    };
    let best = candidates.into_iter().filter_map(near).min_by_key(|(edits, _)| *edits);
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        let known = ["listName", "listLength", "address"];
        assert_eq!(nearest("listname", known), Some("listName"));
        assert_eq!(nearest("listLenght", known), Some("listLength"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"x".repeat(10_000), known), None);
    }
}
