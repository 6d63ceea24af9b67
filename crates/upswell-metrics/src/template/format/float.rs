//! Doubles as Go writes them.

/// Digits after which every double has only zeros left.
const DIGITS_MAX: usize = 1100;

/// How a double is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `%e`
    Scientific,
    /// `%f`
    Fixed,
    /// `%g`
    General,
}

/// Writes the fewest digits that read back; `%v`.
pub(in crate::template) fn shortest(value: f64) -> String {
    float(value, Style::General, None)
}

/// Writes at most so many significant digits; `%.4g`.
pub(in crate::template) fn general(value: f64, digits: usize) -> String {
    float(value, Style::General, Some(digits))
}

/// Writes a double with so many digits: after the point, or in all for [`Style::General`]; without
/// a number as many as it takes to read it back.
pub(super) fn float(value: f64, style: Style, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    match style {
        Style::Scientific => scientific(value, precision),
        Style::Fixed => fixed(value, precision),
        Style::General => by_size(value, precision),
    }
}

fn scientific(value: f64, precision: Option<usize>) -> String {
    let written = match precision {
        Some(precision) => format!("{value:.*e}", precision.min(DIGITS_MAX)),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let zeros = trailing_zeros(precision);
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{mantissa}{zeros}e{sign}{exponent:0>2}")
}

fn fixed(value: f64, precision: Option<usize>) -> String {
    match precision {
        Some(precision) => {
            let zeros = trailing_zeros(Some(precision));
            format!("{value:.*}{zeros}", precision.min(DIGITS_MAX))
        }
        None => format!("{value}"),
    }
}

/// The zeros that Rust does not write.
fn trailing_zeros(precision: Option<usize>) -> String {
    "0".repeat(precision.unwrap_or(0).saturating_sub(DIGITS_MAX))
}

/// Writes with an exponent what is very small or large, and no zeros at the end.
fn by_size(value: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|precision| precision.clamp(1, DIGITS_MAX));
    let rounded = scientific(value, precision.map(|digits| digits - 1));
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Without a precision Go decides as if it were six, or as many as there are digits.
    let digits = precision.unwrap_or(6) as i32;
    if exponent < -4 || exponent >= digits {
        let (mantissa, exponent) = (trimmed(mantissa), rounded.split_once('e'));
        return format!("{mantissa}e{}", exponent.map_or("+00", |(_, exponent)| exponent));
    }
    let after_point = precision.map(|_| usize::try_from(digits - 1 - exponent).unwrap_or(0));
    trimmed(&fixed(value, after_point)).to_owned()
}

/// Cuts off the zeros after the point, and the point.
fn trimmed(number: &str) -> &str {
    if !number.contains('.') {
        return number;
    }
    number.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_go_writes_them() {
        for (value, text, four_digits) in [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (12.0, "12", "12"),
            (0.000_012, "1.2e-05", "1.2e-05"),
            (0.000_12, "0.00012", "0.00012"),
            (123_456.0, "123456", "1.235e+05"),
            (1_000_000.0, "1e+06", "1e+06"),
            (1_048_576.0, "1.048576e+06", "1.049e+06"),
            (9999.5, "9999.5", "1e+04"),
            (1e300, "1e+300", "1e+300"),
            (5e-324, "5e-324", "4.941e-324"),
            (0.1 + 0.2, "0.30000000000000004", "0.3"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
            (f64::NAN, "NaN", "NaN"),
        ] {
            assert_eq!(shortest(value), text);
            assert_eq!(general(value, 4), four_digits);
        }
        assert_eq!(float(1.5, Style::Fixed, Some(3)), "1.500");
        assert_eq!(float(1.5, Style::Scientific, Some(6)), "1.500000e+00");
        assert_eq!(float(0.1, Style::Fixed, Some(2000)).len(), 2002);
    }
}
