//! Numbers as people read them: counts, times, dollars, and the round steps of an axis.

use upswell_units::Duration;

/// Writes a count with commas: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 file`, `2 files`.
pub(crate) fn of(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A count of nearly any size in at most six characters: `812`, `9,999`, `42.4k`, `1.5M`.
pub(super) fn short(number: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "G"), (1e6, "M"), (1e4, "k")];
    if !number.is_finite() {
        return "-".to_owned();
    }
    for (from, unit) in UNITS {
        // Of 10,000 and more, thousands are shown; a million is a thousand of them.
        let scale = if unit == "k" { 1e3 } else { from };
        if number >= from {
            let scaled = number / scale;
            let decimals = usize::from(scaled < 100.0 && !is_whole(scaled));
            return format!("{scaled:.decimals$}{unit}");
        }
    }
    if is_whole(number) || number >= 100.0 {
        return count(number.round().max(0.0) as u64);
    }
    format!("{number:.1}")
}

/// Whether one decimal would be a zero.
fn is_whole(number: f64) -> bool {
    (number - number.round()).abs() < 0.05
}

/// A share of one as a percentage. Only all are `100%`, and only none are `0%`.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent <= 0.0 => "0%".to_owned(),
        percent if percent < 0.05 => "< 0.1%".to_owned(),
        percent if (99.95..100.0).contains(&percent) => "> 99.9%".to_owned(),
        percent if percent >= 100.0 => "100%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

/// Milliseconds as `999 ms`, `12.3 s` or `2m30s`; a dash where there are none.
pub(crate) fn time(millis: Option<f64>) -> String {
    match millis {
        None => "-".to_owned(),
        Some(millis) if millis < 999.5 => format!("{millis:.0} ms"),
        Some(millis) => seconds(millis / 1000.0),
    }
}

/// Seconds of a way that takes seconds to minutes: `0.4 s`, `75.0 s`, `2m30s`.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 99.95 { format!("{seconds:.1} s") } else { moment(seconds) }
}

/// A moment of the run, to the second: `3m5s`.
pub(crate) fn moment(seconds: f64) -> String {
    Duration::from_secs(seconds.round() as i64).to_string()
}

/// US dollars: cents from a dollar on, three significant digits below.
pub(crate) fn usd(dollars: f64) -> String {
    if !dollars.is_finite() {
        return "-".to_owned();
    }
    if dollars >= 1000.0 {
        return format!("${}", count(dollars.round() as u64));
    }
    if dollars >= 1.0 || dollars <= 0.0 {
        return format!("${dollars:.2}");
    }
    let mut decimals = 3;
    let mut scaled = dollars * 1000.0;
    while scaled < 99.5 && decimals < DOLLAR_DECIMALS_MAX {
        scaled *= 10.0;
        decimals += 1;
    }
    format!("${dollars:.decimals$}")
}

/// Less than a hundred-millionth of a dollar is nothing.
const DOLLAR_DECIMALS_MAX: usize = 8;

/// The least round number that is at least this one: 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn round_up(number: f64) -> f64 {
    let mut power = 1.0;
    // Counts fit 64 bits: twenty powers of ten are enough, and end the loop for any input.
    for _ in 0..20 {
        for step in [1.0, 2.0, 2.5, 5.0] {
            // Counts are whole: half a replica would be a strange mark.
            let is_whole = step != 2.5 || power > 1.0;
            if is_whole && step * power >= number {
                return step * power;
            }
        }
        power *= 10.0;
    }
    power
}

/// Seconds between marks of a time axis, so that there are at most so many steps.
pub(super) fn time_step(span_s: f64, steps_max: f64) -> f64 {
    const STEPS_S: [f64; 20] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
        10_800.0, 21_600.0, 43_200.0, 86_400.0, 172_800.0, 604_800.0,
    ];
    let fits = |step: &&f64| span_s <= **step * steps_max;
    STEPS_S.iter().find(fits).copied().unwrap_or_else(|| round_up(span_s / steps_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (text, expected) in [
            (count(1_234_567), "1,234,567"),
            (count(100), "100"),
            (of(1, "file"), "1 file"),
            (of(2_000, "file"), "2,000 files"),
            (percent(0.951), "95.1%"),
            (percent(0.999_96), "> 99.9%"),
            (percent(1.0), "100%"),
            (percent(0.000_1), "< 0.1%"),
            (percent(0.0), "0%"),
            (time(Some(999.4)), "999 ms"),
            (time(Some(999.6)), "1.0 s"),
            (time(Some(12_345.0)), "12.3 s"),
            (time(None), "-"),
            (seconds(0.44), "0.4 s"),
            (seconds(99.94), "99.9 s"),
            (seconds(150.2), "2m30s"),
            (moment(185.4), "3m5s"),
        ] {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn counts_of_any_size_stay_short() {
        for (number, expected) in [
            (0.0, "0"),
            (12.5, "12.5"),
            (812.4, "812"),
            (9_999.0, "9,999"),
            (42_000.0, "42k"),
            (42_420.0, "42.4k"),
            (420_000.0, "420k"),
            (1_500_000.0, "1.5M"),
            (2e11, "200G"),
            (f64::NAN, "-"),
        ] {
            assert_eq!(short(number), expected);
        }
    }

    #[test]
    fn dollars_keep_what_can_be_read() {
        for (dollars, expected) in [
            (0.0, "$0.00"),
            (1_234.5, "$1,235"),
            (12.345, "$12.35"),
            (0.123_4, "$0.123"),
            (0.001_234, "$0.00123"),
            (1e-12, "$0.00000000"),
            (-2.0, "$-2.00"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(usd(dollars), expected);
        }
    }

    #[test]
    fn axes_end_and_step_at_round_numbers() {
        for (number, expected) in
            [(0.0, 1.0), (3.0, 5.0), (23.0, 25.0), (97.0, 100.0), (100.0, 100.0), (2.2, 5.0)]
        {
            assert_eq!(round_up(number), expected, "{number}");
        }
        for (span, expected) in [(50.0, 10.0), (700.0, 120.0), (1e9, 2e8)] {
            assert_eq!(time_step(span, 6.0), expected, "{span}");
        }
        assert!(round_up(f64::NAN).is_finite() && time_step(f64::NAN, 6.0).is_finite());
    }
}
