//! What the numbers mean: the goal, Upswell against stock as it is, and what to do next.

use super::numbers::{moment, of, percent, seconds, time, usd};
use super::surges::{is_carried, longest_part, slowest};
use super::table::is_lower_bound;
use crate::outcome::{Goal, Mode, Rehearsal, Run, Surge};

/// Pieces of advice given at once.
const ADVICE_MAX: usize = 4;

/// Part of the cost from which idle capacity is worth a word.
const IDLE_SHARE: f64 = 0.5;

/// One figure that matters most, of each run that has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) what: &'static str,
    pub(super) values: Vec<(Mode, String)>,
    /// From stock to Upswell, where both ran and have it.
    pub(super) change: Option<Change>,
}

/// How Upswell's figure differs from stock's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) effect: Effect,
    /// As in `31% less`.
    pub(super) text: String,
}

/// What a difference is to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Better,
    Same,
    Worse,
    /// One of them is a lower bound, and may lie on either side of the other.
    Unknown,
}

/// How a figure is read off a run, and compared.
struct Measure {
    what: &'static str,
    good: Good,
    difference: Difference,
    of: fn(&Run) -> Option<Value>,
}

/// A figure of one run.
struct Value {
    number: f64,
    text: String,
    /// Whether the true one may be larger.
    is_lower_bound: bool,
}

/// Which side of a figure is the good one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Good {
    Less,
    More,
}

/// How two values are set against each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// As a part of stock's.
    Part,
    /// Shares: by the percentage points between them.
    Points,
}

const MEASURES: [Measure; 7] = [
    Measure::new("within the goal", Good::More, Difference::Points, within_goal),
    Measure::new("queue wait p95", Good::Less, Difference::Part, wait_p95),
    Measure::new("latency p95", Good::Less, Difference::Part, latency_p95),
    Measure::new("slowest demand to ready", Good::Less, Difference::Part, demand_to_ready),
    Measure::new("cost", Good::Less, Difference::Part, cost),
    Measure::new("replica-hours", Good::Less, Difference::Part, replica_hours),
    Measure::new("saved by spot", Good::More, Difference::Points, saved_by_spot),
];

/// The name of a mode at the head of a line.
pub(super) const fn heading(mode: Mode) -> &'static str {
    match mode {
        Mode::Stock => "Stock",
        Mode::Upswell => "Upswell",
    }
}

/// The goal in words.
pub(crate) fn goal_in_words(Goal { latency, share }: Goal) -> String {
    format!("{} of requests answered within {latency}", percent(share).replace(".0%", "%"))
}

/// Whether a run reached the goal, in words; absent without a goal.
pub(super) fn outcome(run: &Run, goal: Option<Goal>) -> Option<(bool, String)> {
    let is_reached = run.reached(goal)?;
    let share = percent(run.summary.within_goal?);
    let word = if is_reached { "reached" } else { "missed" };
    let within = goal?.latency;
    let text = format!("Goal {word} by {}: {share} within {within}", run.mode.as_str());
    Some((is_reached, text))
}

/// The figures that matter most; those that no run has are left out.
pub(super) fn figures(rehearsal: &Rehearsal) -> Vec<Figure> {
    let figures = MEASURES.iter().map(|measure| measure.figure(&rehearsal.runs));
    figures.filter(|figure| !figure.values.is_empty()).collect()
}

/// What to do next, the most urgent first.
pub(super) fn advice(rehearsal: &Rehearsal) -> Vec<String> {
    let found = &rehearsal.found;
    let mut advice = Vec::new();
    let faults = found.refused.len() + found.failing.len();
    if faults > 0 {
        let faults = of(faults as u64, "fault");
        advice.push(format!("the manifests have {faults}: mend them and rehearse again"));
    }
    let deaf = rehearsal.alerts.iter().filter(|alert| alert.tells_nothing()).count();
    if deaf > 0 {
        let deaf = of(deaf as u64, "alert");
        advice.push(format!("{deaf} would tell nothing of this: mend the expressions named above"));
    }
    if let Some(decisive) = rehearsal.runs.last() {
        match decisive.reached(rehearsal.goal) {
            Some(true) => advice.extend(advice_on_idle(decisive)),
            Some(false) | None => advice.extend(advice_on_speed(rehearsal, decisive)),
        }
    }
    advice.truncate(ADVICE_MAX);
    advice
}

impl Measure {
    const fn new(
        what: &'static str,
        good: Good,
        difference: Difference,
        of: fn(&Run) -> Option<Value>,
    ) -> Self {
        Self { what, good, difference, of }
    }

    fn figure(&self, runs: &[Run]) -> Figure {
        let of = |mode| runs.iter().find(|run| run.mode == mode).and_then(self.of);
        let values = runs.iter().filter_map(|run| Some((run.mode, (self.of)(run)?.text)));
        let change = of(Mode::Stock).zip(of(Mode::Upswell));
        Figure {
            what: self.what,
            values: values.collect(),
            change: change.map(|(stock, upswell)| self.change(&stock, &upswell)),
        }
    }

    fn change(&self, stock: &Value, upswell: &Value) -> Change {
        let is_less = upswell.number < stock.number;
        let (smaller, larger) = if is_less { (upswell, stock) } else { (stock, upswell) };
        if smaller.is_lower_bound {
            // Had everyone been answered, either might be the larger one.
            return Change { effect: Effect::Unknown, text: "cannot be told".to_owned() };
        }
        if stock.text == upswell.text {
            return Change { effect: Effect::Same, text: "the same".to_owned() };
        }
        let effect =
            if is_less == (self.good == Good::Less) { Effect::Better } else { Effect::Worse };
        let direction = if is_less { "less" } else { "more" };
        let difference = match self.difference {
            Difference::Points => {
                let points = (upswell.number - stock.number).abs() * 100.0;
                format!("{points:.1} points {direction}")
            }
            Difference::Part => part(stock.number, upswell.number, direction),
        };
        let bound = if larger.is_lower_bound { "at least " } else { "" };
        Change { effect, text: format!("{bound}{difference}") }
    }
}

impl Value {
    const fn exact(number: f64, text: String) -> Self {
        Self { number, text, is_lower_bound: false }
    }
}

/// The difference as a part of stock's: `31% less`, `7 times as much`.
fn part(stock: f64, upswell: f64, direction: &str) -> String {
    match (upswell - stock).abs() / stock.abs() * 100.0 {
        part if !part.is_finite() => direction.to_owned(),
        part if part < 0.5 => format!("under 1% {direction}"),
        part if part < 500.0 => format!("{part:.0}% {direction}"),
        _ => format!("{:.0} times as much", upswell / stock),
    }
}

fn within_goal(run: &Run) -> Option<Value> {
    let share = run.summary.within_goal?;
    Some(Value::exact(share, percent(share)))
}

fn wait_p95(run: &Run) -> Option<Value> {
    let waiting = run.summary.queued + run.summary.backing_off;
    bounded(run, run.summary.queue_wait.p95_ms?, waiting)
}

fn latency_p95(run: &Run) -> Option<Value> {
    bounded(run, run.summary.latency.p95_ms?, run.summary.censored)
}

fn bounded(run: &Run, millis: f64, unanswered: u64) -> Option<Value> {
    let is_bound = is_lower_bound(0.95, unanswered, run.summary.requests);
    let mark = if is_bound { ">= " } else { "" };
    let text = format!("{mark}{}", time(Some(millis)));
    Some(Value { number: millis, text, is_lower_bound: is_bound })
}

fn demand_to_ready(run: &Run) -> Option<Value> {
    // A surge that was never met has no time: the others alone would be no fair figure.
    let is_any_unmet = run.surges.iter().any(is_unmet);
    let slowest = slowest(run).filter(|_| !is_any_unmet)?;
    Some(Value::exact(slowest.total_s, seconds(slowest.total_s)))
}

fn cost(run: &Run) -> Option<Value> {
    run.money.map(|money| Value::exact(money.usd, usd(money.usd)))
}

fn replica_hours(run: &Run) -> Option<Value> {
    // Where nodes have prices, these hours are nobody's bill.
    let hours = run.money.is_none().then_some(run.summary.replica_hours)?;
    Some(Value::exact(hours, format!("{hours:.2}")))
}

fn saved_by_spot(run: &Run) -> Option<Value> {
    let money = run.money.filter(|money| money.spot_usd > 0.0)?;
    Some(Value::exact(money.saved, percent(money.saved)))
}

fn advice_on_idle(run: &Run) -> Option<String> {
    let money = run.money.filter(|money| money.usd > 0.0)?;
    let share = money.idle_usd / money.usd;
    (share >= IDLE_SHARE).then(|| {
        format!(
            "{} of the cost paid for slots that served nothing: rehearse a lower minimum or a \
             higher target",
            percent(share)
        )
    })
}

fn advice_on_speed(rehearsal: &Rehearsal, run: &Run) -> Vec<String> {
    let mut advice = Vec::new();
    match &rehearsal.found.scaled_by {
        None => advice.push(format!("nothing scales {}: give it an autoscaler", rehearsal.target)),
        Some(scaled_by) if run.summary.replicas_max >= scaled_by.max => advice.push(format!(
            "all {} replicas that {} allows were asked for: rehearse a higher maximum",
            scaled_by.max, scaled_by.object
        )),
        Some(_) => {}
    }
    if run.summary.throttled > 0 {
        advice.push(format!(
            "the provider's limit held {} back: replicas alone will not help, a higher limit may",
            of(run.summary.throttled, "call")
        ));
    }
    if let Some(nodes) = run.nodes.as_ref().filter(|nodes| nodes.stock_outs > 0) {
        advice.push(format!(
            "{} of nodes found no stock: more zones or machine types spread that risk",
            of(nodes.stock_outs, "order")
        ));
    }
    if let Some(surge) = run.surges.iter().find(|surge| is_unmet(surge)) {
        advice.push(format!(
            "the surge at {} was never met: {} replicas were needed at once",
            moment(surge.t_s),
            surge.needed
        ));
    }
    advice.extend(advice_on_surges(run));
    advice
}

fn is_unmet(surge: &Surge) -> bool {
    surge.enough.is_none() && !is_carried(surge)
}

/// Names the longest part of the slowest way, and what shortens it.
fn advice_on_surges(run: &Run) -> Option<String> {
    let way = slowest(run).filter(|way| way.total_s > 0.0)?;
    let (part, lasted_s) = longest_part(&way);
    let mend = match part {
        "decision" => "look at the scaling rules and the target",
        "node" => "keep nodes ready, by a higher minimum of the pool or pods that hold room",
        "image" => "make the image smaller, or have it on the nodes before",
        _ => "make the workers start faster, or have more of them before",
    };
    Some(format!(
        "the slowest surge took {} to enough replicas, {} of it the {part}: {mend}",
        seconds(way.total_s),
        seconds(lasted_s)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_and_upswell_are_compared_as_they_are() {
        let exact = |seconds: f64| Value::exact(seconds, format!("{seconds}"));
        let bound = |seconds: f64| Value { is_lower_bound: true, ..exact(seconds) };
        let wait = Measure::new("wait", Good::Less, Difference::Part, wait_p95);
        for (stock, upswell, effect, text) in [
            (exact(10.0), exact(8.0), Effect::Better, "20% less"),
            (exact(8.0), exact(10.0), Effect::Worse, "25% more"),
            (exact(10.0), exact(90.0), Effect::Worse, "9 times as much"),
            (exact(0.0), exact(1.0), Effect::Worse, "more"),
            (exact(1000.0), exact(999.0), Effect::Better, "under 1% less"),
            (exact(10.0), exact(10.0), Effect::Same, "the same"),
            (bound(10.0), exact(8.0), Effect::Better, "at least 20% less"),
            (exact(8.0), bound(10.0), Effect::Worse, "at least 25% more"),
            (exact(10.0), bound(8.0), Effect::Unknown, "cannot be told"),
            (bound(10.0), bound(8.0), Effect::Unknown, "cannot be told"),
            (bound(10.0), bound(10.0), Effect::Unknown, "cannot be told"),
        ] {
            assert_eq!(wait.change(&stock, &upswell), Change { effect, text: text.to_owned() });
        }
        let share = Measure::new("share", Good::More, Difference::Points, within_goal);
        let change = share.change(&exact(0.5), &exact(0.625));
        assert_eq!(change, Change { effect: Effect::Better, text: "12.5 points more".to_owned() });
    }
}
