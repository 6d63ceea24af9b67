//! The language of patterns: `10/s for 2m, to 100000/s over 3m, for 5m`.

use upswell_units::{Diagnostic, Duration, FileId, Sources, Span, nearest};

use super::arrivals::{PER_SECOND_MAX, SPAN_MAX, Source, Traffic};
use super::pattern::{Pacing, Pattern, Step};

/// A text full of mistakes is none of this language; the first ones say enough.
const FAULTS_SHOWN_MAX: usize = 20;

/// What a step can be, for those who wrote another thing.
const STEPS: &str = "a step is `10/s for 2m`, `for 2m` or `to 100/s over 3m`";

const POISSON: &str = "poisson";
const CONSTANT: &str = "constant";

/// Reads a pattern: steps with commas between them, each of them one of
///
/// - `RATE for DURATION`: sets the rate, and holds it;
/// - `for DURATION`: holds the rate that was reached;
/// - `to RATE over DURATION`: goes there in a straight line.
///
/// A rate is a number with `/s`, `/m` or `/h`, from zero to 10 million a second; a duration is in
/// Go's notation; all of them together last at most a year. The first step sets a rate. A word
/// before it says how requests follow one another: `poisson` (the default), as clients come that
/// know nothing of each other, or `constant`, at even distances.
///
/// # Errors
///
/// Every mistake (the first twenty of them), at its very word, with the mend.
pub fn parse_pattern(sources: &Sources, file: FileId) -> Result<Traffic, Vec<Diagnostic>> {
    let text = sources.text(file);
    let mut faults = Vec::new();
    let (mut pacing, mut steps) = (Pacing::default(), Vec::new());
    let (mut reached, mut span) = (Reached::Nothing, Duration::ZERO);
    for (index, part) in text.split(',').enumerate() {
        let mut words = Words::new(file, text, part, &mut faults);
        if index == 0 {
            pacing = words.pacing();
        }
        let Some((step, at)) = words.step(reached) else {
            reached = Reached::Unknown;
            continue;
        };
        if span <= SPAN_MAX && span + step.duration > SPAN_MAX {
            let message = "the pattern lasts more than a year";
            let fault = Diagnostic::error("pattern-long", message).at(at, "beyond a year");
            faults.push(fault.help("shorten a step, or leave one out"));
        }
        span = span + step.duration;
        reached = Reached::Rate(step.to_per_second);
        steps.push(step);
    }
    if faults.is_empty() {
        return Ok(Traffic { source: Source::Pattern(Pattern { pacing, steps }) });
    }
    faults.truncate(FAULTS_SHOWN_MAX);
    Err(faults)
}

/// The rate at the end of the steps so far.
#[derive(Clone, Copy)]
enum Reached {
    /// There was no step.
    Nothing,
    /// The last step is faulty; that it leaves no rate is no fault of the next.
    Unknown,
    /// In requests a second.
    Rate(f64),
}

/// A word with its place.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    span: Span,
}

impl Word<'_> {
    fn is_number(self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit() || ['.', '-', '+'].contains(&c))
    }
}

/// The words of one step that are left, and the faults so far.
struct Words<'a, 'f> {
    words: std::vec::IntoIter<Word<'a>>,
    /// The place after the last word.
    end: Span,
    /// Whether a missing word was reported: the ones after it are missing too.
    is_short: bool,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'a, 'f> Words<'a, 'f> {
    /// Takes one part of a text apart.
    fn new(file: FileId, text: &str, part: &'a str, faults: &'f mut Vec<Diagnostic>) -> Self {
        let place = |word: &str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            Span::new(file, start as u32, (start + word.len()) as u32)
        };
        let words: Vec<_> =
            part.split_whitespace().map(|text| Word { text, span: place(text) }).collect();
        let end = place(part.trim_end()).end;
        let end = Span::new(file, end, end);
        Self { words: words.into_iter(), end, is_short: false, faults }
    }

    /// Reads how requests follow one another, if a word says so.
    fn pacing(&mut self) -> Pacing {
        let pacing = match self.peek().map(|word| word.text) {
            Some(POISSON) => Pacing::Poisson,
            Some(CONSTANT) => Pacing::Constant,
            _ => return Pacing::default(),
        };
        self.words.next();
        pacing
    }

    /// Reads a step, and says where its duration is.
    fn step(&mut self, reached: Reached) -> Option<(Step, Span)> {
        let Some(first) = self.peek() else {
            let fault = Diagnostic::error("pattern-word", "a step is missing");
            self.faults.push(fault.at(self.end, "nothing here").help(STEPS));
            return None;
        };
        let keyword = if first.is_number() { "" } else { self.first_keyword(first)? };
        let (from, to, joint) = match keyword {
            "for" => {
                let rate = self.rate_reached(reached, first);
                (rate, rate, "for")
            }
            "to" => {
                let from = self.rate_reached(reached, first);
                self.words.next();
                (from, self.rate(), "over")
            }
            _ => {
                let rate = self.rate();
                (rate, rate, "for")
            }
        };
        self.keyword(joint);
        let duration = self.duration();
        self.end_of_step();
        let (duration, at) = duration?;
        Some((Step { duration, from_per_second: from?, to_per_second: to? }, at))
    }

    /// Reads the first word of a step that does not start with a rate, or guesses it; takes `to`
    /// and `for` for what they begin, and leaves them there.
    fn first_keyword(&mut self, word: Word<'a>) -> Option<&'static str> {
        let known = ["for", "to"].into_iter().find(|known| *known == word.text);
        if known.is_some() {
            return known;
        }
        let guess = nearest(word.text, ["for", "to", "over", POISSON, CONSTANT]);
        let help = match guess {
            Some(guess @ (POISSON | CONSTANT)) => {
                format!("write `{guess}` once, before the first step")
            }
            Some(guess) => format!("did you mean `{guess}`? {STEPS}"),
            None => STEPS.to_owned(),
        };
        let message = format!("`{}` begins no step", word.text);
        let fault = Diagnostic::error("pattern-word", message).at(word.span, "not here");
        self.faults.push(fault.help(help));
        // The rest of the step is read on where its beginning can be guessed.
        guess.filter(|guess| ["for", "to"].contains(guess))
    }

    fn rate_reached(&mut self, reached: Reached, word: Word<'a>) -> Option<f64> {
        match reached {
            Reached::Rate(rate) => Some(rate),
            Reached::Unknown => None,
            Reached::Nothing => {
                let message = "the first step sets no rate";
                let fault = Diagnostic::error("pattern-start", message)
                    .at(word.span, "goes on from a rate that was never reached");
                self.faults.push(fault.help("start with a rate, e.g. `10/s for 2m`"));
                None
            }
        }
    }

    fn keyword(&mut self, keyword: &'static str) {
        let Some(word) = self.peek() else { return self.missing(&format!("`{keyword}`")) };
        let (message, label) = match word.text {
            text if word.is_number() => {
                (format!("`{keyword}` is missing"), format!("before `{text}`"))
            }
            text => {
                self.words.next();
                if text == keyword {
                    return;
                }
                (format!("`{text}` where `{keyword}` belongs"), "this word".to_owned())
            }
        };
        let fault = Diagnostic::error("pattern-word", message).at(word.span, label);
        self.faults.push(fault.help(STEPS));
    }

    /// Reads a rate in requests a second.
    fn rate(&mut self) -> Option<f64> {
        let Some(word) = self.words.next() else {
            self.missing("its rate");
            return None;
        };
        let (message, help) = match parse_rate(word.text) {
            Some(rate) if rate <= PER_SECOND_MAX => return Some(rate),
            Some(_) => (
                format!("`{}` is too much", word.text),
                format!("a rate is at most 10 million a second: `{PER_SECOND_MAX}/s`"),
            ),
            None => (
                format!("`{}` is no rate", word.text),
                "write a number without commas and its unit, e.g. `10/s`, `600/m` or `36000/h`"
                    .to_owned(),
            ),
        };
        let fault = Diagnostic::error("pattern-rate", message);
        self.faults.push(fault.at(word.span, "requests a second, a minute or an hour").help(help));
        None
    }

    /// Reads a duration above zero, and says where it is.
    fn duration(&mut self) -> Option<(Duration, Span)> {
        let Some(word) = self.words.next() else {
            self.missing("its duration");
            return None;
        };
        let (message, help) = match word.text.parse::<Duration>() {
            Ok(duration) if duration > Duration::ZERO => return Some((duration, word.span)),
            Ok(_) => (
                format!("a step of `{}` is none", word.text),
                "write a duration above zero, e.g. `2m`".to_owned(),
            ),
            Err(error) => (format!("`{}` is no duration", word.text), error.to_string()),
        };
        let fault = Diagnostic::error("pattern-duration", message);
        self.faults.push(fault.at(word.span, "how long the step lasts").help(help));
        None
    }

    fn end_of_step(&mut self) {
        let Some(word) = self.words.next() else { return };
        let message = format!("the step is over before `{}`", word.text);
        let fault = Diagnostic::error("pattern-word", message).at(word.span, "not part of it");
        self.faults.push(fault.help("put a comma between two steps"));
    }

    fn missing(&mut self, what: &str) {
        if self.is_short {
            return;
        }
        self.is_short = true;
        let message = format!("the step ends without {what}");
        let fault = Diagnostic::error("pattern-word", message).at(self.end, "here");
        self.faults.push(fault.help(STEPS));
    }

    fn peek(&self) -> Option<Word<'a>> {
        self.words.as_slice().first().copied()
    }
}

/// Reads `10/s`, `0.5/m` or `36000/h` as requests a second.
fn parse_rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    // Digits and a point: neither `1e3` nor `inf`, which Rust would read too.
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|_| is_plain).map(|number| number / seconds)
}
