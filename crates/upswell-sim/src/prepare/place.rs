//! Where a part of a text was written: from bytes of a value to bytes of its manifest.

use std::ops::Range;

use upswell_units::{Sources, Span};

/// Returns the place of a part of a value that was written at `span`.
///
/// YAML drops indentation, quotes and the backslashes of escapes, and folds line ends; whatever
/// else it changes, the place is then that of the whole value.
pub(crate) fn place(sources: &Sources, span: Span, value: &str, part: &Range<usize>) -> Span {
    let written = sources.snippet(span).as_bytes();
    let (start, end) =
        (part.start.min(value.len()), part.end.clamp(part.start, value.len().max(part.start)));
    let Some(offsets) = offsets(written, value.as_bytes()) else { return span };
    let at = |offset: usize| span.start + offset as u32;
    // A part may lie behind the last byte, where something is missing.
    let first = offsets.get(start).copied();
    let last = end.checked_sub(1).filter(|_| end > start).and_then(|last| offsets.get(last));
    let behind = offsets.last().map_or(0, |last| last + 1);
    let first = first.unwrap_or(behind);
    let last = last.map_or(first, |last| last + 1).max(first);
    Span::new(span.file, at(first), at(last))
}

/// Where each byte of a value was written; nothing if it is not to be found.
fn offsets(written: &[u8], value: &[u8]) -> Option<Vec<usize>> {
    let mut offsets = Vec::with_capacity(value.len());
    let mut position = 0;
    for byte in value {
        let is_dropped = |written: u8| {
            matches!(
                written,
                b' ' | b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'|' | b'>' | b'-' | b'+'
            )
        };
        let found = (position..written.len())
            .take_while(|at| *at == position || is_dropped(written[*at - 1]))
            .find(|at| written[*at] == *byte);
        match found {
            Some(at) => {
                offsets.push(at);
                position = at + 1;
            }
            // The last line end of a block may be the document's, and a folded one is a space.
            None if byte.is_ascii_whitespace() => offsets.push(position.saturating_sub(1)),
            None => return None,
        }
    }
    Some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds `part` of `value` in a text where the value is written from `from` on.
    fn found<'t>(text: &'t str, from: &str, value: &str, part: &str) -> &'t str {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let start = text.find(from).unwrap();
        let span = Span::new(file, start as u32, text.trim_end().len() as u32);
        let at = value.find(part).unwrap();
        let place = place(&sources, span, value, &(at..at + part.len()));
        &text[place.start as usize..place.end as usize]
    }

    #[test]
    fn a_part_is_found_in_every_style_of_scalar() {
        let value = "sum(\n  rate(x[5m]))\n> 1\n";
        let block = "expr: |\n    sum(\n      rate(x[5m]))\n    > 1\n";
        for part in ["sum", "rate", "[5m]", "> 1", "1"] {
            assert_eq!(found(block, "sum", value, part), part, "in a block");
        }
        assert_eq!(found("expr: up == 0\n", "up", "up == 0", "== 0"), "== 0");
        let quoted = "expr: \"up{a=\\\"b\\\"} == 0\"\n";
        assert_eq!(found(quoted, "\"up", "up{a=\"b\"} == 0", "== 0"), "== 0");
        let single = "expr: 'up{a=\"b\"} == 0'\n";
        assert_eq!(found(single, "'up", "up{a=\"b\"} == 0", "a="), "a=");
    }

    #[test]
    fn what_lies_behind_the_end_is_a_place_there() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "expr: sum(up\n");
        let span = Span::new(file, 6, 12);
        let at = place(&sources, span, "sum(up", &(6..6));
        assert_eq!((at.start, at.end), (12, 12));
        assert_eq!(place(&sources, span, "other", &(0..1)), span, "the whole value");
    }
}
