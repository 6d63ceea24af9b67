//! The words that lines share: moments, amounts, runs of values.

use std::fmt;
use std::str::SplitWhitespace;

use upswell_units::{Duration, nearest};

/// The words of a line that are still to be read.
pub(crate) struct Words<'a>(SplitWhitespace<'a>);

/// A moment of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// So long after the start.
    After(Duration),
    /// Its end.
    End,
}

/// What a number counts, and so how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Whole things: `10`.
    Count,
    /// Parts of all, kept from 0 to 1: `95%`.
    Share,
    /// Kept in milliseconds: `1m30s`.
    Time,
    /// US dollars: `$3.50`.
    Usd,
    /// Replicas times hours: `2.5`.
    Hours,
}

/// What a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Exactly(f64),
    AtLeast(f64),
    Above(f64),
    AtMost(f64),
    Below(f64),
    Between(f64, f64),
}

/// More values in a script are a slip of the hand.
const RUN_MAX: usize = 100_000;

impl<'a> Words<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self(line.split_whitespace())
    }

    /// Takes the next word, which the line cannot do without.
    pub(crate) fn take(&mut self, what: &str) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| format!("{what} is missing"))
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take_if(&mut self, word: &str) -> bool {
        let mut ahead = self.0.clone();
        let is_next = ahead.next() == Some(word);
        if is_next {
            self.0 = ahead;
        }
        is_next
    }

    /// Takes a word that must be there.
    pub(crate) fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take_if(word) { Ok(()) } else { Err(format!("`{word}` is missing")) }
    }

    /// Refuses what a line has too much.
    pub(crate) fn done(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |word| Err(format!("`{word}` is too much")))
    }

    /// Takes all that is left.
    pub(crate) fn rest(&mut self) -> impl Iterator<Item = &'a str> {
        self.0.by_ref()
    }

    pub(crate) fn duration(&mut self) -> Result<Duration, String> {
        duration(self.take("a time")?)
    }

    pub(crate) fn moment(&mut self) -> Result<Moment, String> {
        if self.take_if("end") {
            return Ok(Moment::End);
        }
        self.duration().map(Moment::After)
    }

    pub(crate) fn amount(&mut self, unit: Unit) -> Result<Amount, String> {
        let word = self.take("an amount")?;
        let compare: fn(f64) -> Amount = match word {
            ">=" => Amount::AtLeast,
            ">" => Amount::Above,
            "<=" => Amount::AtMost,
            "<" => Amount::Below,
            _ => {
                return match word.split_once("..") {
                    Some((low, high)) => {
                        let (low, high) = (unit.number(low)?, unit.number(high)?);
                        if low > high {
                            return Err(format!("`{word}` goes down"));
                        }
                        Ok(Amount::Between(low, high))
                    }
                    None => unit.number(word).map(Amount::Exactly),
                };
            }
        };
        unit.number(self.take("a number")?).map(compare)
    }

    /// Takes runs such as `100x8 0x40 fail`: each value so often; `None` stands for `fail`.
    pub(crate) fn runs(&mut self) -> Result<Vec<Option<u32>>, String> {
        let mut values = Vec::new();
        for word in self.rest() {
            let (value, count) = word.split_once('x').unwrap_or((word, "1"));
            let bad = || format!("`{word}` is no run of values; write e.g. 100x8, 0 or failx4");
            let value = match value {
                "fail" => None,
                number => Some(number.parse().map_err(|_| bad())?),
            };
            let count: usize = count.parse().map_err(|_| bad())?;
            if count == 0 || count > RUN_MAX - values.len() {
                return Err(format!("`{word}`: a script has 1 to {RUN_MAX} values"));
            }
            values.extend(std::iter::repeat_n(value, count));
        }
        if values.is_empty() { Err("its values are missing".to_owned()) } else { Ok(values) }
    }
}

fn duration(word: &str) -> Result<Duration, String> {
    let duration: Duration = word.parse().map_err(|error| format!("`{word}`: {error}"))?;
    if duration < Duration::ZERO {
        return Err(format!("`{word}` lies before the start"));
    }
    Ok(duration)
}

impl Unit {
    /// Reads a number with its unit.
    pub(crate) fn number(self, word: &str) -> Result<f64, String> {
        let number = |text: &str, example: &str| {
            let number: Option<f64> = text.parse().ok().filter(|n: &f64| n.is_finite());
            number.ok_or_else(|| format!("`{word}` is not {example}"))
        };
        match self {
            Self::Count => match word.parse::<u32>() {
                Ok(count) => Ok(f64::from(count)),
                Err(_) => Err(format!("`{word}` is not a whole number, as in 10")),
            },
            Self::Share => {
                let percent = number(word.strip_suffix('%').unwrap_or(""), "a share, as in 95%")?;
                Ok(percent / 100.0)
            }
            Self::Time => duration(word).map(|time| time.as_secs_f64() * 1000.0),
            Self::Usd => number(word.strip_prefix('$').unwrap_or(""), "a price, as in $3.50"),
            Self::Hours => number(word, "a number of hours, as in 2.5"),
        }
    }

    /// Writes a number as scenarios do.
    pub(crate) fn show(self, number: f64) -> String {
        match self {
            Self::Count | Self::Hours => format!("{number}"),
            Self::Share => format!("{}%", number * 100.0),
            Self::Time => Duration::from_secs_f64(number / 1000.0).to_string(),
            Self::Usd => format!("${number}"),
        }
    }
}

impl Amount {
    pub(crate) fn holds(self, seen: f64) -> bool {
        match self {
            Self::Exactly(wanted) => seen == wanted,
            Self::AtLeast(wanted) => seen >= wanted,
            Self::Above(wanted) => seen > wanted,
            Self::AtMost(wanted) => seen <= wanted,
            Self::Below(wanted) => seen < wanted,
            Self::Between(low, high) => (low..=high).contains(&seen),
        }
    }
}

impl Moment {
    /// Seconds from the start of a run of this length.
    pub(crate) fn seconds(self, end: Duration) -> f64 {
        match self {
            Self::After(time) => time.as_secs_f64(),
            Self::End => end.as_secs_f64(),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => time.fmt(f),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Says that a word is not known, and which it could mean.
pub(crate) fn unknown(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(guess) => format!("`{word}` is not known; did you mean `{guess}`?"),
        None => format!("`{word}` is none of {}", known.join(", ")),
    }
}
