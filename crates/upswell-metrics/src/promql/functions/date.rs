//! Parts of a date in UTC, by whole numbers.

use super::{DateFn, Function};

/// Returns the function of this room that has this name.
pub(super) fn find(name: &str) -> Option<Function> {
    let call: DateFn = match name {
        "minute" => |secs| part(secs, |at| at.second_of_day / 60 % 60),
        "hour" => |secs| part(secs, |at| at.second_of_day / 3600),
        "day_of_week" => |secs| part(secs, |at| (at.day + FIRST_WEEKDAY).rem_euclid(7)),
        "day_of_month" => |secs| part(secs, |at| at.date().day),
        "day_of_year" => |secs| part(secs, |at| at.day - first_of(at.date().year, 1) + 1),
        "days_in_month" => |secs| part(secs, |at| at.date().days_in_month()),
        "month" => |secs| part(secs, |at| at.date().month),
        "year" => |secs| part(secs, |at| at.date().year),
        _ => return None,
    };
    Some(Function::Date { call })
}

/// The first day of the epoch was a Thursday; Sunday is 0.
const FIRST_WEEKDAY: i64 = 4;

const SECS_PER_DAY: i64 = 86_400;

/// No date has more seconds: some 292 billion years, which an `i64` holds.
const SECS_MAX: f64 = 9.2e18;

/// Returns a part of an instant, fractions of a second cut off.
///
/// NaN of what is no instant: NaN, infinities, what is beyond 64 bits. (There Prometheus answers
/// what its processor happens to make of such a number.)
fn part(secs: f64, of: fn(&Instant) -> i64) -> f64 {
    if secs.is_nan() || secs.abs() > SECS_MAX {
        return f64::NAN;
    }
    let secs = secs as i64;
    of(&Instant {
        day: secs.div_euclid(SECS_PER_DAY),
        second_of_day: secs.rem_euclid(SECS_PER_DAY),
    }) as f64
}

/// An instant of a day.
struct Instant {
    /// Days since the epoch.
    day: i64,
    second_of_day: i64,
}

/// A date of the Gregorian calendar.
struct Date {
    year: i64,
    /// 1 to 12.
    month: i64,
    /// 1 to 31.
    day: i64,
}

impl Instant {
    /// Returns the date, by counting in cycles of 400 years and in years that start in March, so
    /// that the leap day is the last (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms").
    fn date(&self) -> Date {
        let since_march_0000 = self.day + 719_468;
        let cycle = since_march_0000.div_euclid(146_097);
        let day_of_cycle = since_march_0000.rem_euclid(146_097);
        let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
            - day_of_cycle / 146_096)
            / 365;
        let day_of_year =
            day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
        Date { year, month, day }
    }
}

impl Date {
    fn days_in_month(&self) -> i64 {
        let Self { year, month, .. } = *self;
        let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
        next - first_of(year, month)
    }
}

/// Returns the days from the epoch to the first of a month: [`Instant::date`] turned round.
fn first_of(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * 146_097 + day_of_cycle - 719_468
}
