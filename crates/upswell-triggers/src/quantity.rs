//! Kubernetes quantities as floats, for texts in answers and for checks of targets.

/// Reads a quantity such as `1.5`, `250m`, `128Mi`, `2e3`; absent if it is none.
///
/// Source: Kubernetes 1.36, apimachinery/pkg/api/resource, `ParseQuantity`.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let has_digit = number.bytes().any(|byte| byte.is_ascii_digit());
    let number: f64 = has_digit.then(|| number.parse().ok()).flatten()?;
    let value = number * factor(suffix)?;
    Some(if text.starts_with('-') { -value } else { value })
}

fn factor(suffix: &str) -> Option<f64> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    if let Some(power) = BINARY.iter().position(|known| *known == suffix) {
        return Some(1024_f64.powi(power as i32 + 1));
    }
    if let Some(power) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some(1000_f64.powi(power as i32 - 3));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some(10_f64.powi(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_with_their_suffixes() {
        for (text, value) in [
            ("5", 5.0),
            ("-1.5", -1.5),
            ("250m", 0.25),
            ("1Ki", 1024.0),
            ("2k", 2000.0),
            ("2e3", 2000.0),
            ("1E", 1e18),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for text in ["", "abc", "12XB", "1.2.3", "m", "1 k", "e3", "."] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
