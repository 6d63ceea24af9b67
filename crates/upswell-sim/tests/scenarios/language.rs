//! A scenario as it is written: what to set up, and what must then be so.

use upswell_engine::reason::Reason;
use upswell_sim::{Loss, ScriptedQueue};
use upswell_units::{Duration, Timestamp};

use crate::facts::{Fact, Gauge};
use crate::words::{Amount, Moment, Unit, Words, unknown};

/// A scenario as it is written.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Files and folders, from the scenario's own folder.
    pub(crate) bundle: Vec<String>,
    /// The manifests below the `---`, moved down to their lines.
    pub(crate) manifests: String,
    pub(crate) demand: Demand,
    pub(crate) modes: Modes,
    pub(crate) seed: u64,
    pub(crate) start: Timestamp,
    /// How long the run goes on after the demand; by default as long as a rehearsal does.
    pub(crate) drain: Option<Duration>,
    pub(crate) interruptions: Interruptions,
    pub(crate) expected: Expected,
}

/// What must be so.
#[derive(Debug)]
pub(crate) enum Expected {
    /// Each of these holds.
    Assertions(Vec<Assertion>),
    /// The manifests cannot be played, for the reason with this code.
    Refused(String),
}

/// How spot nodes are lost.
#[derive(Debug, Default)]
pub(crate) enum Interruptions {
    /// As the manifests say.
    #[default]
    FromManifests,
    /// These, and no others.
    Losses(Vec<Loss>),
    /// As a file recorded them.
    File(String),
}

/// What the fleet is up against.
#[derive(Debug)]
pub(crate) enum Demand {
    /// A trace file.
    File(String),
    /// A pattern of rates.
    Pattern(String),
    /// So many requests in each step, evenly spread.
    Requests { step: Duration, counts: Vec<u32> },
    /// What the queue says.
    Queue(ScriptedQueue),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modes {
    Stock,
    Upswell,
    Both,
}

/// A line that must hold.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) claim: Claim,
}

#[derive(Debug)]
pub(crate) enum Claim {
    /// At this moment, for this reason.
    At { at: Moment, gauge: Gauge, amount: Amount, because: Option<String> },
    /// All the time.
    Always { from: Moment, to: Moment, gauge: Gauge, amount: Amount },
    /// From the line above on, at the latest then.
    By { by: Moment, gauge: Gauge, amount: Amount },
    /// Of the whole run.
    Fact { fact: Fact, amount: Amount },
    /// Whether the goal of the manifests was reached.
    Goal { reached: bool },
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) message: String,
}

/// The words with which a line can begin.
pub(crate) const KEYWORDS: [&str; 13] = [
    "bundle",
    "traffic",
    "load",
    "interrupt",
    "as",
    "seed",
    "start",
    "drain",
    "at",
    "from",
    "by",
    "end",
    "refused",
];

/// A Monday, 09:00 UTC, at which a run starts unless it says otherwise.
const START: Timestamp = Timestamp::from_secs(1_767_603_600);

/// Reads a scenario.
///
/// # Errors
///
/// Every line that cannot be read, and what the whole lacks.
pub(crate) fn read(text: &str) -> Result<Scenario, Vec<Fault>> {
    let mut reader = Reader::default();
    let mut lines = text.lines().zip(1..);
    for (line, number) in lines.by_ref() {
        if line.trim_end() == "---" {
            // Blank lines above keep the places that diagnostics name.
            reader.manifests = "\n".repeat(number);
            break;
        }
        let line = without_comment(line).trim();
        if let Err(message) = reader.line(line, number) {
            reader.faults.push(Fault { line: number, message });
        }
    }
    reader.manifests.extend(lines.flat_map(|(line, _)| [line, "\n"]));
    reader.finish()
}

#[derive(Default)]
struct Reader {
    bundle: Vec<String>,
    manifests: String,
    demand: Option<Demand>,
    modes: Option<Modes>,
    seed: Option<u64>,
    start: Option<Timestamp>,
    drain: Option<Duration>,
    interruptions: Interruptions,
    assertions: Vec<Assertion>,
    refused: Option<String>,
    faults: Vec<Fault>,
}

impl Reader {
    fn line(&mut self, text: &str, number: usize) -> Result<(), String> {
        let mut words = Words::new(text);
        let Ok(keyword) = words.take("a keyword") else { return Ok(()) };
        match keyword {
            "bundle" => self.bundle.extend(words.rest().map(str::to_owned)),
            "traffic" => once(&mut self.demand, traffic(&mut words)?)?,
            "load" => once(&mut self.demand, demand(&mut words)?)?,
            "interrupt" => self.interrupt(&mut words)?,
            "as" => once(&mut self.modes, modes(words.take("a mode")?)?)?,
            "seed" => {
                let seed = words.take("a number")?;
                let bad = |_| format!("`{seed}` is no whole number");
                once(&mut self.seed, seed.parse().map_err(bad)?)?;
            }
            "start" => once(&mut self.start, instant(words.take("an instant")?)?)?,
            "drain" => once(&mut self.drain, words.duration()?)?,
            "at" | "from" | "by" | "end" => {
                let claim = claim(keyword, &mut words)?;
                self.assertions.push(Assertion { line: number, text: text.to_owned(), claim });
            }
            "refused" => once(&mut self.refused, words.take("a code")?.to_owned())?,
            other => return Err(unknown(other, &KEYWORDS)),
        }
        words.done()
    }

    /// `interrupt SHARE at TIME`, once or more often, or `interrupt FILE`
    fn interrupt(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let word = words.take("a share or a file")?;
        if !word.ends_with('%') {
            let file = Interruptions::File(word.to_owned());
            return match std::mem::replace(&mut self.interruptions, file) {
                Interruptions::FromManifests => Ok(()),
                _ => Err("this is said twice".to_owned()),
            };
        }
        let share = Unit::Share.number(word)?;
        if share <= 0.0 || share > 1.0 {
            return Err(format!("`{word}` is no part of the nodes, as in 50%"));
        }
        words.expect("at")?;
        let loss = Loss { at: words.duration()?, share };
        match &mut self.interruptions {
            Interruptions::FromManifests => self.interruptions = Interruptions::Losses(vec![loss]),
            Interruptions::Losses(losses) => losses.push(loss),
            Interruptions::File(_) => return Err("a file says it already".to_owned()),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Scenario, Vec<Fault>> {
        let mut lacks = |what: &str| {
            self.faults.push(Fault { line: 1, message: format!("the scenario {what}") });
        };
        if self.bundle.is_empty() && self.manifests.is_empty() {
            lacks("has no manifests: name them with `bundle`, or write them below a line `---`");
        }
        if self.demand.is_none() {
            lacks("has no demand: add a line `load` or `traffic`");
        }
        match (&self.refused, &self.assertions[..]) {
            (None, []) => lacks("asserts nothing: add a line such as `at 2m desired 10`"),
            (Some(_), [_, ..]) => lacks("is refused, so that nothing else can be asserted"),
            _ => {}
        }
        let Some(demand) = self.demand.filter(|_| self.faults.is_empty()) else {
            return Err(self.faults);
        };
        Ok(Scenario {
            bundle: self.bundle,
            manifests: self.manifests,
            demand,
            modes: self.modes.unwrap_or(Modes::Both),
            seed: self.seed.unwrap_or(1),
            start: self.start.unwrap_or(START),
            drain: self.drain,
            interruptions: self.interruptions,
            expected: match self.refused {
                Some(code) => Expected::Refused(code),
                None => Expected::Assertions(self.assertions),
            },
        })
    }
}

/// Cuts off a comment: from a `#` that begins a word.
fn without_comment(line: &str) -> &str {
    if line.starts_with('#') {
        return "";
    }
    line.split_once(" #").map_or(line, |(line, _)| line)
}

fn once<T>(setting: &mut Option<T>, value: T) -> Result<(), String> {
    match setting.replace(value) {
        None => Ok(()),
        Some(_) => Err("this is said twice".to_owned()),
    }
}

/// `traffic FILE` or `traffic "PATTERN"`
fn traffic(words: &mut Words<'_>) -> Result<Demand, String> {
    let first = words.take("a file or a pattern")?;
    let Some(first) = first.strip_prefix('"') else { return Ok(Demand::File(first.to_owned())) };
    let pattern = std::iter::once(first).chain(words.rest()).collect::<Vec<_>>().join(" ");
    let pattern = pattern.strip_suffix('"').ok_or("the pattern ends with a second `\"`")?;
    Ok(Demand::Pattern(pattern.to_owned()))
}

/// `load STEP requests|queue VALUExCOUNT…`
fn demand(words: &mut Words<'_>) -> Result<Demand, String> {
    let step = words.duration()?;
    if step == Duration::ZERO {
        return Err("a step takes time".to_owned());
    }
    match words.take("`requests` or `queue`")? {
        "queue" => Ok(Demand::Queue(ScriptedQueue { step, lengths: words.runs()? })),
        "requests" => {
            let counts: Option<Vec<u32>> = words.runs()?.into_iter().collect();
            let counts = counts.ok_or("only a queue can fail to answer")?;
            Ok(Demand::Requests { step, counts })
        }
        other => Err(unknown(other, &["requests", "queue"])),
    }
}

fn modes(word: &str) -> Result<Modes, String> {
    match word {
        "stock" => Ok(Modes::Stock),
        "upswell" => Ok(Modes::Upswell),
        "both" => Ok(Modes::Both),
        other => Err(unknown(other, &["stock", "upswell", "both"])),
    }
}

fn instant(word: &str) -> Result<Timestamp, String> {
    let instant: jiff::Timestamp =
        word.parse().map_err(|_| format!("`{word}` is no instant, as in 2026-01-05T09:00:00Z"))?;
    Ok(Timestamp::from_jiff(instant))
}

fn claim(keyword: &str, words: &mut Words<'_>) -> Result<Claim, String> {
    if keyword == "end" {
        if words.take_if("goal") {
            return match words.take("`reached` or `missed`")? {
                "reached" => Ok(Claim::Goal { reached: true }),
                "missed" => Ok(Claim::Goal { reached: false }),
                other => Err(unknown(other, &["reached", "missed"])),
            };
        }
        let fact = Fact::read(words)?;
        return Ok(Claim::Fact { fact, amount: words.amount(fact.unit())? });
    }
    let first = words.moment()?;
    let to = if keyword == "from" {
        words.expect("to")?;
        Some(words.moment()?)
    } else {
        None
    };
    let gauge = Gauge::read(words)?;
    let amount = words.amount(Unit::Count)?;
    Ok(match (keyword, to) {
        (_, Some(to)) => Claim::Always { from: first, to, gauge, amount },
        ("by", None) => Claim::By { by: first, gauge, amount },
        _ => Claim::At { at: first, gauge, amount, because: because(words)? },
    })
}

/// The code of a reason, if the line gives one.
fn because(words: &mut Words<'_>) -> Result<Option<String>, String> {
    if !words.take_if("because") {
        return Ok(None);
    }
    let code = words.take("a reason")?;
    let known: Vec<&str> = Reason::codes().collect();
    if known.contains(&code) { Ok(Some(code.to_owned())) } else { Err(unknown(code, &known)) }
}
