//! Five-field cron schedules, with the next-time search of the library that KEDA uses.
//!
//! The search steps through local time exactly as upstream does, because its behaviour around
//! daylight-saving changes follows from the steps. Source: robfig/cron v3, spec.go and parser.go;
//! Go 1.26, `time.Date` for local times that do not exist or exist twice.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A schedule: bits of the minutes, hours, days, months and weekdays at which it fires.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    minute: Field,
    hour: Field,
    day_of_month: Field,
    month: Field,
    day_of_week: Field,
    /// A zone of the schedule's own (`CRON_TZ=`), in the place of the caller's.
    zone: Option<TimeZone>,
}

/// The values at which one field fires.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Field {
    bits: u64,
    /// Whether it was written as `*` or `?`: then the other day field alone decides.
    is_star: bool,
}

/// What a field may hold.
struct Bounds {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
    /// The value of the first word.
    first_word: u32,
}

const MINUTES: Bounds = Bounds { name: "minute", min: 0, max: 59, words: &[], first_word: 0 };
const HOURS: Bounds = Bounds { name: "hour", min: 0, max: 23, words: &[], first_word: 0 };
const DAYS: Bounds = Bounds { name: "day of month", min: 1, max: 31, words: &[], first_word: 0 };
const MONTHS: Bounds = Bounds {
    name: "month",
    min: 1,
    max: 12,
    words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    first_word: 1,
};
const WEEKDAYS: Bounds = Bounds {
    name: "day of week",
    min: 0,
    max: 6,
    words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    first_word: 0,
};

/// Upstream gives up after five years.
const YEARS_AHEAD_MAX: i16 = 5;

/// Five years of months, days, hours and minutes fit many times; only a zone with broken data
/// could loop for longer.
const STEPS_MAX: usize = 100_000;

/// Returns a time zone by its exact IANA name.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

impl Schedule {
    /// Parses `minute hour day-of-month month day-of-week`, after an optional `CRON_TZ=Zone`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (zone, text) = zone_prefix(text)?;
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day_of_month, month, day_of_week] = fields[..] else {
            return Err(format!("a schedule has five fields, this one has {}", fields.len()));
        };
        Ok(Self {
            minute: MINUTES.parse(minute)?,
            hour: HOURS.parse(hour)?,
            day_of_month: DAYS.parse(day_of_month)?,
            month: MONTHS.parse(month)?,
            day_of_week: WEEKDAYS.parse(day_of_week)?,
            zone,
        })
    }

    /// Returns the first time after `now` at which the schedule fires, in whole seconds.
    ///
    /// Absent if it does not fire within five years.
    pub(crate) fn next(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let start = now.as_second().checked_add(1)?;
        let (local, unit) = (DateTime::MIN, Unit::Month);
        let mut search = Search { zone, at: start, local, unit, is_rounded: false };
        search.set(start)?;
        let last_year = search.local.year().saturating_add(YEARS_AHEAD_MAX);
        for _ in 0..STEPS_MAX {
            if search.unit == Unit::Month && search.local.year() > last_year {
                return None;
            }
            let is_found = search.unit == Unit::Second && search.local.second() == 0;
            if is_found {
                return Timestamp::from_second(search.at).ok();
            }
            self.step(&mut search)?;
        }
        None
    }

    /// Goes on to the next smaller unit if this one fires, and otherwise to its next value.
    ///
    /// Larger units are looked at again only when the value starts over; where a clock change
    /// skips that first value, upstream overlooks that the day has changed, and so does this.
    fn step(&self, search: &mut Search<'_>) -> Option<()> {
        let local = search.local;
        let (fires, smaller) = match search.unit {
            Unit::Month => (self.month.holds(local.month()), Unit::Day),
            Unit::Day => (self.day_fires(local.date()), Unit::Hour),
            Unit::Hour => (self.hour.holds(local.hour()), Unit::Minute),
            Unit::Minute => (self.minute.holds(local.minute()), Unit::Second),
            Unit::Second => (local.second() == 0, Unit::Second),
        };
        if fires {
            search.unit = smaller;
            return Some(());
        }
        let starts_over = match search.unit {
            Unit::Month => search.next_month().map(|()| search.local.month() == 1)?,
            Unit::Day => search.next_day().map(|()| search.local.day() == 1)?,
            Unit::Hour => search.next_hour().map(|()| search.local.hour() == 0)?,
            Unit::Minute => search.next_minute().map(|()| search.local.minute() == 0)?,
            Unit::Second => search.next_second().map(|()| search.local.second() == 0)?,
        };
        if starts_over {
            search.unit = Unit::Month;
        }
        Some(())
    }

    /// If one of the day fields is a star both must hold, otherwise either.
    fn day_fires(&self, date: Date) -> bool {
        let day_of_month = self.day_of_month.holds(date.day());
        let day_of_week = self.day_of_week.holds(date.weekday().to_sunday_zero_offset());
        if self.day_of_month.is_star || self.day_of_week.is_star {
            day_of_month && day_of_week
        } else {
            day_of_month || day_of_week
        }
    }
}

/// The units that the search goes through, the largest first.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// Where the search stands, as an instant in seconds and in local time.
struct Search<'a> {
    zone: &'a TimeZone,
    at: i64,
    local: DateTime,
    /// The unit that is being looked at; all larger ones fire.
    unit: Unit,
    /// Whether the smaller units have been cut off; happens once, with the first step.
    is_rounded: bool,
}

impl Search<'_> {
    fn set(&mut self, at: i64) -> Option<()> {
        let timestamp = Timestamp::from_second(at).ok()?;
        (self.at, self.local) = (at, self.zone.to_datetime(timestamp));
        Some(())
    }

    /// Goes to a local time; one that does not exist, or exists twice, as Go resolves it: with
    /// the offset that holds at the instant which the naive offset gives.
    fn go(&mut self, local: DateTime) -> Option<()> {
        let naive = TimeZone::UTC.to_timestamp(local).ok()?.as_second();
        let guess = naive.checked_sub(self.offset(naive)?)?;
        let at = naive.checked_sub(self.offset(guess)?)?;
        self.set(at)
    }

    fn offset(&self, at: i64) -> Option<i64> {
        let timestamp = Timestamp::from_second(at).ok()?;
        Some(i64::from(self.zone.to_offset(timestamp).seconds()))
    }

    /// Cuts off what is smaller than the unit of the first step.
    fn round(&mut self, local: DateTime) -> Option<()> {
        if self.is_rounded {
            return Some(());
        }
        self.is_rounded = true;
        self.go(local)
    }

    fn next_month(&mut self) -> Option<()> {
        self.round(self.local.first_of_month().date().to_datetime(Time::MIN))?;
        self.go(self.local.checked_add(1.month()).ok()?)
    }

    fn next_day(&mut self) -> Option<()> {
        self.round(self.local.date().to_datetime(Time::MIN))?;
        self.go(self.local.checked_add(1.day()).ok()?)?;
        // Where midnight does not exist the day must still begin as early as it can.
        match i64::from(self.local.hour()) {
            0 => Some(()),
            hour if hour > 12 => self.set(self.at.checked_add((24 - hour) * 3600)?),
            hour => self.set(self.at.checked_sub(hour * 3600)?),
        }
    }

    fn next_hour(&mut self) -> Option<()> {
        self.round(self.local.date().at(self.local.hour(), 0, 0, 0))?;
        self.set(self.at.checked_add(3600)?)
    }

    fn next_minute(&mut self) -> Option<()> {
        if !self.is_rounded {
            self.is_rounded = true;
            self.set(self.at - self.at.rem_euclid(60))?;
        }
        self.set(self.at.checked_add(60)?)
    }

    fn next_second(&mut self) -> Option<()> {
        self.is_rounded = true;
        self.set(self.at.checked_add(1)?)
    }
}

impl Field {
    fn holds(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.bits >> value & 1 == 1)
    }
}

impl Bounds {
    /// Parses ranges between commas; empty ones are skipped, as upstream does.
    fn parse(&self, text: &str) -> Result<Field, String> {
        let mut field = Field::default();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let Field { bits, is_star } = self.parse_range(range)?;
            field.bits |= bits;
            field.is_star |= is_star;
        }
        Ok(field)
    }

    /// Parses `*`, `?`, `3`, `1-5`, each with an optional `/step`.
    fn parse_range(&self, text: &str) -> Result<Field, String> {
        let wrong = |why: &str| format!("{why} in the {} field: `{text}`", self.name);
        let (range, step) = text.split_once('/').map_or((text, None), |(r, step)| (r, Some(step)));
        let (low, high) = range.split_once('-').map_or((range, None), |(l, high)| (l, Some(high)));
        let mut is_star = matches!(low, "*" | "?");
        let (start, mut end) = if is_star {
            (self.min, self.max)
        } else {
            let start = self.value(low).ok_or_else(|| wrong("no number"))?;
            let end = match high {
                None => start,
                Some(high) => self.value(high).ok_or_else(|| wrong("no number"))?,
            };
            (start, end)
        };
        let mut by = 1;
        if let Some(step) = step {
            by = number(step).filter(|step| *step > 0).ok_or_else(|| wrong("no step"))?;
            if high.is_none() {
                end = self.max;
            }
            is_star &= by == 1;
        }
        if start < self.min || end > self.max || start > end {
            return Err(wrong("a value out of range"));
        }
        let values = (start..=end).step_by(by.min(u32::from(u8::MAX)) as usize);
        Ok(Field { bits: values.fold(0, |bits, value| bits | 1 << value), is_star })
    }

    fn value(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        match self.words.iter().position(|word| *word == lower) {
            Some(index) => Some(self.first_word + index as u32),
            None => number(text),
        }
    }
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn zone_prefix(text: &str) -> Result<(Option<TimeZone>, &str), String> {
    let Some(rest) = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ=")) else {
        return Ok((None, text));
    };
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let zone = time_zone(name).ok_or_else(|| format!("unknown time zone `{name}`"))?;
    Ok((Some(zone), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, now: &str, zone: &str) -> Option<String> {
        let schedule = Schedule::parse(schedule).expect(schedule);
        let zone = time_zone(zone).expect(zone);
        let next = schedule.next(now.parse().expect(now), &zone);
        next.map(|next| next.to_string())
    }

    #[test]
    fn the_next_time_is_the_first_that_fires_after_now() {
        for (schedule, now, expected) in [
            ("0 8 * * *", "2026-03-10T08:00:00Z", "2026-03-11T08:00:00Z"),
            ("0 8 * * *", "2026-03-10T07:59:59.5Z", "2026-03-10T08:00:00Z"),
            ("*/15 * * * *", "2026-03-10T08:01:00Z", "2026-03-10T08:15:00Z"),
            ("5/20 * * * *", "2026-03-10T08:26:00Z", "2026-03-10T08:45:00Z"),
            ("0 0 1 jan *", "2026-03-10T08:00:00Z", "2027-01-01T00:00:00Z"),
            ("0 0 29 2 *", "2026-03-10T08:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 * * Mon-Fri", "2026-03-13T08:00:00Z", "2026-03-16T00:00:00Z"),
            ("0 0 13 * fri", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"),
            ("0 0 13 * ?", "2026-03-01T00:00:00Z", "2026-03-13T00:00:00Z"),
            ("1,,2 0 * * *", "2026-03-01T00:01:00Z", "2026-03-01T00:02:00Z"),
        ] {
            assert_eq!(next(schedule, now, "UTC").as_deref(), Some(expected), "{schedule}");
        }
    }

    #[test]
    fn what_never_fires_has_no_next_time() {
        assert_eq!(next("0 8 31 2 *", "2026-03-10T08:00:00Z", "UTC"), None);
        assert_eq!(next(", 8 * * *", "2026-03-10T08:00:00Z", "UTC"), None);
    }

    #[test]
    fn local_times_follow_the_zone() {
        let zone = "America/New_York";
        for (schedule, now, expected) in [
            ("0 8 * * *", "2026-03-08T00:00:00Z", "2026-03-08T12:00:00Z"),
            // 02:00 does not exist on 8 March: upstream skips to the day after.
            ("0 2 * * *", "2026-03-08T06:30:00Z", "2026-03-09T06:00:00Z"),
            // 01:00 exists twice on 1 November: the first counts, then the second.
            ("0 1 * * *", "2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z"),
            ("0 1 * * *", "2026-11-01T05:15:00Z", "2026-11-01T06:00:00Z"),
            ("CRON_TZ=UTC 0 8 * * *", "2026-03-08T00:00:00Z", "2026-03-08T08:00:00Z"),
        ] {
            assert_eq!(next(schedule, now, zone).as_deref(), Some(expected), "{schedule} {now}");
        }
        // Midnight does not exist on the first day of summer time.
        let lebanon = next("0 6 * * *", "2026-03-28T12:00:00Z", "Asia/Beirut");
        assert_eq!(lebanon.as_deref(), Some("2026-03-29T03:00:00Z"));
    }

    #[test]
    fn bad_schedules_are_refused() {
        for schedule in [
            "",
            "* * * *",
            "0 0 8 * * *",
            "@daily",
            "60 * * * *",
            "-1 * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "* * * * 7",
            "* * 0 * *",
            "a * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "CRON_TZ=Nowhere 0 8 * * *",
            "CRON_TZ=UTC",
        ] {
            assert!(Schedule::parse(schedule).is_err(), "{schedule}");
        }
    }

    #[test]
    fn zone_names_are_exact() {
        for name in ["Europe/Berlin", "Asia/Calcutta", "US/Eastern", "Etc/UTC", "GMT", "UTC"] {
            assert!(time_zone(name).is_some(), "{name}");
        }
        assert!(time_zone("europe/berlin").is_none());
        assert!(time_zone("Not/AZone").is_none());
    }
}
