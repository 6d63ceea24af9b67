//! `cron`: a number of replicas between a start and an end schedule. KEDA's `cron` scaler.
//!
//! Inside the window iff the next start is not before the next end. Two quirks follow, and users
//! may depend on them: coinciding next times count as inside, and so does a start that never
//! comes. A bad time zone fails only when the trigger is read.
//! Source: KEDA main at 8b4f083, cron_scaler.go.

use crate::cron_schedule::{Schedule, time_zone};
use crate::fault::FaultClass;
use crate::reader::{Common, Reader};
use crate::request::Request;
use crate::response::Response;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct Cron {
    common: Common,
    window: Option<Window>,
    timezone: String,
    desired_replicas: i64,
}

#[derive(Debug)]
struct Window {
    start: Schedule,
    end: Schedule,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let start = read.parameter("start").text().required();
    let end = read.parameter("end").text().required();
    let timezone = read.parameter("timezone").text().required();
    let desired_replicas = read.parameter("desiredReplicas").integer().required();
    let schedules = (schedule(read, "start", &start), schedule(read, "end", &end));
    let window = schedules.0.zip(schedules.1).map(|(start, end)| Window { start, end });
    let differ = start.is_empty() || start != end;
    read.check(differ, FaultClass::Conflict, "end", "`start` and `end` are the same schedule");
    let message = "`desiredReplicas` must not be zero";
    read.check(desired_replicas != 0, FaultClass::OutOfRange, "desiredReplicas", message);
    let base = format!("cron-{timezone}-{}-{}", in_metric_name(&start), in_metric_name(&end));
    let common = read.external(&base, "1");
    Box::new(Cron { common, window, timezone, desired_replicas })
}

fn schedule(read: &mut Reader<'_>, parameter: &str, text: &str) -> Option<Schedule> {
    match Schedule::parse(text) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            let fault =
                read.fault(FaultClass::BadValue, parameter, format!("`{parameter}`: {error}"));
            fault.help = Some("write `minute hour day month weekday`".to_owned());
            None
        }
    }
}

fn in_metric_name(schedule: &str) -> String {
    let name = schedule.replace(' ', "").replace('*', "x").replace('/', "Sl");
    name.replace('?', "Qm").replace(',', "Cm")
}

impl Trigger for Cron {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Clock
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let Response::Clock(now) = response else {
            return Err(ReadError::expected("the clock"));
        };
        let Some(Window { start, end }) = &self.window else {
            return Err(ReadError::unusable("the schedules are not valid"));
        };
        let unknown = || ReadError::unusable(format!("unknown time zone `{}`", self.timezone));
        let (zone, now) = (time_zone(&self.timezone).ok_or_else(unknown)?, now.to_jiff());
        let is_inside = match (start.next(now, &zone), end.next(now, &zone)) {
            (Some(start), Some(end)) => start >= end,
            (None, _) => true,
            (Some(_), None) => false,
        };
        let replicas = if is_inside { self.desired_replicas as f64 } else { 0.0 };
        self.common.reading(replicas, is_inside)
    }
}

#[cfg(test)]
mod tests {
    use upswell_units::Timestamp;

    use super::super::testing::{read, refused, trigger};
    use super::*;

    fn metadata<'a>(start: &'a str, end: &'a str, zone: &'a str) -> [(&'a str, &'a str); 4] {
        [("start", start), ("end", end), ("timezone", zone), ("desiredReplicas", "3")]
    }

    fn at(now: &str) -> Response {
        Response::Clock(Timestamp::from_jiff(now.parse().expect(now)))
    }

    #[test]
    fn replicas_are_wanted_inside_the_window_only() {
        for (start, end, now, inside) in [
            ("0 8 * * *", "0 18 * * *", "2026-03-10T07:59:59Z", false),
            ("0 8 * * *", "0 18 * * *", "2026-03-10T08:00:00Z", true),
            ("0 22 * * *", "0 6 * * *", "2026-03-10T23:30:00Z", true),
            ("0 8 * * *", "0 8 * * 1", "2026-03-15T12:00:00Z", true),
            ("0 8 31 2 *", "0 9 * * *", "2026-03-15T12:00:00Z", true),
            ("0 8 * * *", "0 9 31 2 *", "2026-03-15T12:00:00Z", false),
        ] {
            let trigger = trigger("cron", &metadata(start, end, "UTC"));
            let expected = if inside { (3_000, true) } else { (0, false) };
            assert_eq!(read(&*trigger, &at(now)), Ok(expected), "{start} {end} {now}");
        }
    }

    #[test]
    fn a_bad_zone_fails_only_when_read() {
        let trigger = trigger("cron", &metadata("0 8 * * *", "0 9 * * *", "Not/AZone"));
        assert!(read(&*trigger, &at("2026-03-10T08:00:00Z")).is_err());
    }

    #[test]
    fn bad_schedules_are_reported_with_their_parameter() {
        assert_eq!(refused("cron", &metadata("@daily", "61 * * * *", "UTC")), ["bad-value"; 2]);
        assert_eq!(refused("cron", &metadata("0 8 * * *", "0 8 * * *", "UTC")), ["conflict"]);
    }
}
