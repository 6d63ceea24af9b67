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
