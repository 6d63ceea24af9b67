//! Whether what a scenario asserts is so, and what was seen if not.

use upswell_engine::decision::StepName;
use upswell_engine::horizontal::Outcome;
use upswell_engine::reason::Reason;
use upswell_units::Duration;

use crate::facts::Gauge;
use crate::language::{Assertion, Claim};
use crate::play::Played;
use crate::words::{Amount, Moment, Unit};

/// An assertion that does not hold, and what was seen instead.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) seen: String,
}

/// Judges the assertions in their order; each `by` looks from where the line above held.
pub(crate) fn judge(assertions: &[Assertion], played: &Played) -> Vec<Failure> {
    let mut since = 0.0;
    let mut failures = Vec::new();
    for Assertion { line, text, claim } in assertions {
        match holds(claim, played, since) {
            Ok(held_at) => since = held_at.unwrap_or(since),
            Err(seen) => failures.push(Failure { line: *line, text: text.clone(), seen }),
        }
    }
    failures
}

/// Returns when a claim about moments first held.
fn holds(claim: &Claim, played: &Played, since: f64) -> Result<Option<f64>, String> {
    let seconds = |moment: &Moment| within(*moment, played.length);
    match claim {
        Claim::At { at, gauge, amount, because } => {
            let at = seconds(at)?;
            let seen = Series::of(*gauge, played).at(at);
            if !amount.holds(seen) {
                return Err(format!("it was {seen}{}", why(played, at)));
            }
            match because {
                Some(code) if !codes(played, at).contains(&code.as_str()) => {
                    Err(format!("it was {seen}{}", why(played, at)))
                }
                _ => Ok(Some(at)),
            }
        }
        Claim::Always { from, to, gauge, amount } => {
            let (from, to) = (seconds(from)?, seconds(to)?);
            if from > to {
                return Err("it ends before it begins".to_owned());
            }
            let series = Series::of(*gauge, played);
            match series.between(from, to).find(|(_, seen)| !amount.holds(*seen)) {
                Some((at, seen)) => {
                    Err(format!("it was {seen} at {}{}", time(at), why(played, at)))
                }
                None => Ok(Some(from)),
            }
        }
        Claim::By { by, gauge, amount } => {
            let by = seconds(by)?;
            let series = Series::of(*gauge, played);
            match series.between(since, by).find(|(_, seen)| amount.holds(*seen)) {
                Some((at, _)) => Ok(Some(at)),
                None if by < since => Err(format!("the line above held only at {}", time(since))),
                None => Err(format!("it was still {}{}", series.at(by), why(played, by))),
            }
        }
        Claim::Fact { fact, amount } => {
            fact_holds(fact.of(&played.run), fact.unit(), *amount).map(|()| None)
        }
        Claim::Goal { reached } => match played.reached {
            Some(seen) if seen == *reached => Ok(None),
            Some(_) => Err(format!(
                "{} of the requests were within the goal's latency",
                Unit::Share.show(played.run.summary.within_goal.unwrap_or(0.0))
            )),
            None => Err("there is no goal".to_owned()),
        },
    }
}

fn fact_holds(seen: Option<f64>, unit: Unit, amount: Amount) -> Result<(), String> {
    match seen {
        Some(seen) if amount.holds(seen) => Ok(()),
        Some(seen) => Err(format!("it was {}", unit.show(seen))),
        None => Err("the run has no such number".to_owned()),
    }
}

/// Seconds of a moment that lies within the run.
fn within(moment: Moment, length: Duration) -> Result<f64, String> {
    let (at, end) = (moment.seconds(length), length.as_secs_f64());
    if at <= end { Ok(at) } else { Err(format!("the run ends at {length}")) }
}

/// A gauge over the run: each value from its second on.
struct Series(Vec<(f64, f64)>);

impl Series {
    /// What was asked for is known to the nanosecond; all else is looked at on the timeline.
    fn of(gauge: Gauge, played: &Played) -> Self {
        if gauge == Gauge::Desired {
            let decisions = played.run.decisions.iter();
            let writes = decisions.filter(|timed| timed.record.outcome == Outcome::ScaleWritten);
            let writes = writes.filter_map(|timed| Some((timed.t_s, timed.record.to?.0)));
            let all = std::iter::once((0.0, played.initial.0)).chain(writes);
            return Self(all.map(|(at, replicas)| (at, f64::from(replicas))).collect());
        }
        let points = played.run.timeline.iter().map(|point| {
            let value = match gauge {
                Gauge::Desired => f64::from(point.wanted.0),
                Gauge::Ready => f64::from(point.ready.0),
                Gauge::Queued => point.queued as f64,
                Gauge::InFlight => point.in_flight as f64,
                Gauge::Pending => f64::from(point.pending.0),
                Gauge::Nodes => f64::from(point.nodes),
                Gauge::Spot => f64::from(point.nodes_spot),
            };
            (point.t_s, value)
        });
        Self(points.collect())
    }

    /// The value after all that happens at a second.
    fn at(&self, second: f64) -> f64 {
        let until = self.0.partition_point(|(at, _)| *at <= second);
        self.0[..until].last().map_or(0.0, |(_, value)| *value)
    }

    /// The value at the first second, and every later one until the last.
    fn between(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
        let first = Some((from, self.at(from))).filter(|_| from <= to);
        let later = self.0.iter().copied().filter(move |(at, _)| *at > from && *at <= to);
        first.into_iter().chain(later)
    }
}

/// Codes of the reasons that stand at a second: those of the newest entry of each of the two
/// decisions in the log.
fn codes(played: &Played, second: f64) -> Vec<&'static str> {
    let newest = [StepName::Activation, StepName::Horizontal].into_iter().filter_map(|step| {
        let mut log = played.run.decisions.iter().rev();
        log.find(|timed| timed.record.step == step && timed.t_s <= second)
    });
    newest.flat_map(|timed| &timed.record.reasons).map(Reason::code).collect()
}

/// The reasons that stand at a second, for people.
fn why(played: &Played, second: f64) -> String {
    match &codes(played, second)[..] {
        [] => String::new(),
        codes => format!(", because {}", codes.join(", ")),
    }
}

fn time(second: f64) -> Duration {
    Duration::from_secs_f64(second)
}
