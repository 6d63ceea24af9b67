//! Instants and durations as Go's `time` writes them; all in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use upswell_units::Timestamp;

/// Returns the civil time of milliseconds since the epoch.
pub(super) fn civil(millis: i64) -> DateTime {
    Timestamp::from_millis(millis).to_jiff().to_zoned(TimeZone::UTC).datetime()
}

/// Writes an instant: `2023-11-14 22:13:20.123 +0000 UTC`.
pub(super) fn display(millis: i64) -> String {
    format_as(millis, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// Writes nanoseconds: `1h30m0s`, `1.5s`, `250ms`.
pub(super) fn display_duration(nanos: i64) -> String {
    let (sign, size) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let decimal = |unit: u64| {
        let (whole, part) = (size / unit, size % unit);
        let digits = unit.ilog10() as usize;
        let part = format!("{part:0digits$}");
        match part.trim_end_matches('0') {
            "" => whole.to_string(),
            part => format!("{whole}.{part}"),
        }
    };
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(1_000_000)),
        _ => display_seconds(sign, size, &decimal(1_000_000_000)),
    }
}

/// Writes hours and minutes where there are some; `in_seconds` is the whole in seconds.
fn display_seconds(sign: &str, size: u64, in_seconds: &str) -> String {
    let seconds = size / 1_000_000_000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = in_seconds.find('.').map_or("", |point| &in_seconds[point..]);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}{fraction}s"),
        (0, _) => format!("{sign}{minutes}m{rest}{fraction}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}{fraction}s"),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Returns the name of a month.
pub(super) fn month(time: DateTime) -> &'static str {
    let index = usize::try_from(time.month() - 1).unwrap_or(0);
    MONTHS.get(index).copied().unwrap_or_default()
}

/// Returns the name of a weekday.
pub(super) fn weekday(time: DateTime) -> &'static str {
    let index = usize::try_from(time.weekday().to_sunday_zero_offset()).unwrap_or(0);
    WEEKDAYS.get(index).copied().unwrap_or_default()
}

/// The pieces of a layout, longer ones before those that they start with; each shows the reference
/// time, 2006-01-02 15:04:05 -0700, which is how Go names what stands there.
const PIECES: [&str; 33] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "2006",
    "__2",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "PM",
    "pm",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// Writes an instant as a layout of Go's `time` says. Source: Go 1.26, time/format.go.
pub(super) fn format_as(millis: i64, layout: &str) -> String {
    let time = civil(millis);
    let (mut written, mut rest) = (String::new(), layout);
    while let Some(next) = rest.chars().next() {
        if let Some(length) = fraction_length(rest) {
            written.push_str(&fraction(time, &rest[..length]));
            rest = &rest[length..];
            continue;
        }
        let starts = |piece: &&&str| rest.starts_with(**piece) && !continues(piece, rest);
        if let Some(found) = PIECES.iter().find(starts) {
            written.push_str(&piece(time, found));
            rest = &rest[found.len()..];
        } else {
            written.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    written
}

/// `_2006` is an underscore and a year, and `Jan` before a small letter is no month.
fn continues(piece: &str, layout: &str) -> bool {
    let after = &layout[piece.len()..];
    match piece {
        "Jan" | "Mon" => after.starts_with(|c: char| c.is_ascii_lowercase()),
        "_2" => after.starts_with("006"),
        _ => false,
    }
}

/// Returns the length of `.000` or `,999` where it stands for a fraction of a second.
fn fraction_length(layout: &str) -> Option<usize> {
    let digits = layout.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let count = digits.chars().take_while(|c| *c == digit).count();
    let ends = !digits[count..].starts_with(|c: char| c.is_ascii_digit());
    ends.then_some(count + 1)
}

/// Writes a fraction of a second; nines leave zeros at the end out.
fn fraction(time: DateTime, layout: &str) -> String {
    let nanos = format!("{:09}", time.subsec_nanosecond());
    let digits = layout.len() - 1;
    let shown = format!("{nanos:0<digits$}");
    let shown = &shown[..digits];
    let shown = if layout.ends_with('9') { shown.trim_end_matches('0') } else { shown };
    match shown {
        "" => String::new(),
        shown => format!("{}{shown}", &layout[..1]),
    }
}

fn piece(time: DateTime, piece: &str) -> String {
    let hour_of_12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let is_morning = time.hour() < 12;
    match piece {
        "January" => month(time).to_owned(),
        "Jan" => month(time)[..3].to_owned(),
        "Monday" => weekday(time).to_owned(),
        "Mon" => weekday(time)[..3].to_owned(),
        "MST" => "UTC".to_owned(),
        "2006" => format!("{:04}", time.year()),
        "06" => format!("{:02}", time.year().rem_euclid(100)),
        "002" => format!("{:03}", time.day_of_year()),
        "__2" => format!("{:3}", time.day_of_year()),
        "01" => format!("{:02}", time.month()),
        "1" => time.month().to_string(),
        "02" => format!("{:02}", time.day()),
        "_2" => format!("{:2}", time.day()),
        "2" => time.day().to_string(),
        "15" => format!("{:02}", time.hour()),
        "03" => format!("{hour_of_12:02}"),
        "3" => hour_of_12.to_string(),
        "04" => format!("{:02}", time.minute()),
        "4" => time.minute().to_string(),
        "5" => time.second().to_string(),
        "05" => format!("{:02}", time.second()),
        "PM" => if is_morning { "AM" } else { "PM" }.to_owned(),
        "pm" => if is_morning { "am" } else { "pm" }.to_owned(),
        "-07:00:00" => "+00:00:00".to_owned(),
        "-070000" => "+000000".to_owned(),
        "-07:00" => "+00:00".to_owned(),
        "-0700" => "+0000".to_owned(),
        "-07" => "+00".to_owned(),
        // Those that start with Z write it for UTC.
        _ => "Z".to_owned(),
    }
}
