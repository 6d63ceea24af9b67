//! The address of a recording: a URL of a Prometheus with a query and the range to read.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use upswell_manifests::decode::{NotAPrometheusDuration, PrometheusDuration};
use upswell_metrics::sample::Time;
use upswell_units::{Diagnostic, Duration, FileId, Span, Spanned, Timestamp, nearest};

use super::PREFIX;
use crate::login::{parameters, starts_with_a_name};

/// What to ask, of whom.
pub(super) struct Address {
    /// The URL in front of `/api/v1`, with its login.
    pub(super) url: Spanned<String>,
    /// The query in PromQL.
    pub(super) query: Spanned<String>,
    range: Duration,
    step: Duration,
    /// Absent: now.
    end: Option<Timestamp>,
    /// Range and step as they were written.
    written: [String; 2],
}

/// The instants at which the rate is read: each stands for the step that ends there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) first: Time,
    pub(super) last: Time,
    pub(super) step: Duration,
    /// How many there are, at least one.
    pub(super) steps: usize,
}

const NAMES: [&str; 4] = ["query", "range", "step", "end"];

const EXAMPLE: &str =
    "prometheus:http://localhost:9090?query=sum(rate(http_requests_total[1m]))&range=7d";

/// Rates are read this far apart unless said otherwise.
const STEP: &str = "1m";

/// A shorter step would say more than Prometheus knows.
const STEP_MIN: Duration = Duration::from_secs(1);

/// As long as traffic may last.
const RANGE_MAX: Duration = Duration::from_secs(366 * 86_400);

/// A name and a value of the text, by their places.
struct Parameter {
    name: Range<usize>,
    value: Range<usize>,
}

/// Reads the text of the option.
///
/// A query may be percent-encoded, or written as it is: it is taken as it is if it holds what no
/// encoded one does (blanks, quotes, braces, brackets), or no `%` at all.
pub(super) fn parse(text: &str, file: FileId) -> Result<Address, Vec<Diagnostic>> {
    let mut reader = Reader { text, file, faults: Vec::new() };
    let mark = parameters(text).unwrap_or(text.len());
    let all = split(text, mark);
    reader.check_names(&all);
    let query = reader.query(&all);
    let range = reader.duration(&all, "range", None);
    let step = reader.duration(&all, "step", Some(STEP));
    let end = reader.end(&all);
    if let (Some((_, range)), Some((_, step))) = (&range, &step) {
        reader.check_lengths(*range, *step);
    }
    match (query, range, step) {
        (Some(query), Some((range_text, range)), Some((step_text, step)))
            if reader.faults.is_empty() =>
        {
            let url =
                Spanned::new(url(&text[PREFIX.len()..mark]), reader.span(&(PREFIX.len()..mark)));
            Ok(Address { url, query, range, step, end, written: [range_text, step_text] })
        }
        _ => Err(reader.faults),
    }
}

/// Somebody may copy the URL of a query as it is.
fn url(text: &str) -> String {
    let endings = ["/api/v1/query_range", "/api/v1/query", "/api/v1", "/"];
    let cut = endings.iter().find_map(|ending| text.strip_suffix(ending));
    cut.unwrap_or(text).to_owned()
}

/// Finds the parameters after the question mark. An ampersand in a quoted text ends none.
fn split(text: &str, mark: usize) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let (mut quote, mut is_escaped) = (None, false);
    for (at, own) in text.char_indices().skip_while(|(at, _)| *at < mark) {
        match (quote, own) {
            _ if is_escaped => is_escaped = false,
            (Some('"' | '\''), '\\') => is_escaped = true,
            (Some(open), own) if open == own => quote = None,
            (None, '?' | '&')
                if (at == mark || own == '&') && starts_with_a_name(&text[at + 1..]) =>
            {
                if let Some(last) = found.last_mut() {
                    last.value.end = at;
                }
                let equals = at + 1 + text[at + 1..].find('=').unwrap_or(0);
                found.push(Parameter { name: at + 1..equals, value: equals + 1..text.len() });
            }
            (None, '"' | '\'' | '`') => quote = Some(own),
            _ => {}
        }
    }
    found
}

/// Undoes percent-encoding where there is any; `None` if what comes out is no text.
fn decoded(value: &str) -> Option<String> {
    let is_plain = |own: char| own.is_whitespace() || "\"{}[]<>`^|\\".contains(own);
    if !value.contains('%') || value.contains(is_plain) {
        return Some(value.to_owned());
    }
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

struct Reader<'t> {
    text: &'t str,
    file: FileId,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn span(&self, place: &Range<usize>) -> Span {
        Span::new(self.file, place.start as u32, place.end as u32)
    }

    fn fault(&mut self, code: &'static str, message: String, place: &Range<usize>, help: &str) {
        let at = self.span(place);
        self.faults.push(Diagnostic::error(code, message).at(at, "").help(help));
    }

    fn check_names(&mut self, all: &[Parameter]) {
        for (index, Parameter { name, .. }) in all.iter().enumerate() {
            let text = &self.text[name.clone()];
            if !NAMES.contains(&text) {
                let help = match nearest(text, NAMES) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("there are {}", NAMES.join(", ")),
                };
                let message = format!("a recording has no parameter `{text}`");
                self.fault("recording-parameter", message, name, &help);
            } else if all[..index].iter().any(|before| self.text[before.name.clone()] == *text) {
                let message = format!("`{text}` comes twice");
                self.fault("recording-parameter", message, name, "leave one of them out");
            }
        }
    }

    /// Returns the value of a parameter; a missing one that must be there is a fault.
    fn value(&mut self, all: &[Parameter], name: &str, is_needed: bool) -> Option<Spanned<String>> {
        let found = all.iter().find(|parameter| self.text[parameter.name.clone()] == *name);
        let Some(Parameter { value, .. }) = found else {
            if is_needed {
                let message = format!("a recording needs its `{name}`");
                let whole = 0..self.text.len();
                self.fault(
                    "recording-parameter",
                    message,
                    &whole,
                    &format!("write e.g. {EXAMPLE}"),
                );
            }
            return None;
        };
        match decoded(&self.text[value.clone()]) {
            Some(text) => Some(Spanned::new(text, self.span(value))),
            None => {
                let message = format!("`{name}` is not UTF-8 once it is decoded");
                let help = "write `%` as `%25`, or the value as it is";
                self.fault("recording-parameter", message, value, help);
                None
            }
        }
    }

    fn query(&mut self, all: &[Parameter]) -> Option<Spanned<String>> {
        let query = self.value(all, "query", true)?;
        if query.value.trim().is_empty() {
            let place = query.span.start as usize..query.span.end as usize;
            let message = "the query is empty".to_owned();
            self.fault("recording-parameter", message, &place, &format!("write e.g. {EXAMPLE}"));
            return None;
        }
        Some(query)
    }

    /// Reads a duration; returns it also as it was written.
    fn duration(
        &mut self,
        all: &[Parameter],
        name: &str,
        unless_set: Option<&str>,
    ) -> Option<(String, Duration)> {
        let Some(Spanned { value, span }) = self.value(all, name, unless_set.is_none()) else {
            let value = unless_set?;
            return value.parse().ok().map(|PrometheusDuration(read)| (value.to_owned(), read));
        };
        match value.parse() {
            Ok(PrometheusDuration(read)) => Some((value, read)),
            Err(NotAPrometheusDuration) => {
                let place = span.start as usize..span.end as usize;
                let message = format!("`{name}` is no duration");
                let help = NotAPrometheusDuration.to_string();
                self.fault("recording-parameter", message, &place, &help);
                None
            }
        }
    }

    fn end(&mut self, all: &[Parameter]) -> Option<Timestamp> {
        let Spanned { value, span } = self.value(all, "end", false)?;
        let instant = value.parse::<jiff::Timestamp>().ok().map(Timestamp::from_jiff);
        let instant = instant.or_else(|| value.parse().ok().map(Timestamp::from_secs));
        if instant.is_none() {
            let place = span.start as usize..span.end as usize;
            let message = "`end` is no instant".to_owned();
            let help = "write e.g. 2026-01-05T09:00:00Z, or seconds since 1970";
            self.fault("recording-parameter", message, &place, help);
        }
        instant
    }

    fn check_lengths(&mut self, range: Duration, step: Duration) {
        let whole = 0..self.text.len();
        if step < STEP_MIN || step > range {
            let message = format!("a range of {range} has no steps of {step}");
            let help = format!("choose a step from {STEP_MIN} up to the range");
            self.fault("recording-parameter", message, &whole, &help);
        }
        if range > RANGE_MAX {
            let message = format!("a range of {range} is longer than a year");
            self.fault("recording-parameter", message, &whole, "choose a shorter range");
        }
    }
}

impl Address {
    /// Returns the instants to read: as many whole steps as fit the range, and the last one at its
    /// end; the last whole step before `now` unless an end is written.
    pub(super) fn grid(&self, now: Timestamp) -> Grid {
        let step_ms = self.step.as_millis();
        let last = match self.end {
            Some(end) => Time::from(end),
            None => Time(now.as_millis().div_euclid(step_ms) * step_ms),
        };
        let steps = self.range.as_millis() / step_ms;
        let first = last.plus_millis(-(steps - 1) * step_ms);
        Grid { first, last, step: self.step, steps: usize::try_from(steps).unwrap_or(0) }
    }

    /// Returns the option that reads the same again: with the end that was read.
    pub(super) fn source(&self, server: &str, end: Time) -> String {
        let query = &self.query.value;
        let is_safe = decoded(query).as_ref() == Some(query);
        let encoded = || utf8_percent_encode(query, NON_ALPHANUMERIC).to_string();
        let query = if is_safe { query.clone() } else { encoded() };
        let [range, step] = &self.written;
        let end = Timestamp::from(end);
        format!("{PREFIX}{server}?query={query}&range={range}&step={step}&end={end}")
    }
}

#[cfg(test)]
mod tests {
    use upswell_units::Sources;

    use super::*;

    fn read(text: &str) -> Result<Address, Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let file = sources.add("--traffic", text);
        parse(text, file)
    }

    #[test]
    fn queries_are_read_encoded_and_as_they_are() {
        for (written, query) in [
            ("up", "up"),
            ("sum%28rate%28up%5B1m%5D%29%29", "sum(rate(up[1m]))"),
            ("a%20%2B+b", "a + b"),
            ("a+b", "a+b"),
            ("a % b", "a % b"),
            (
                "sum(rate(up{a=\"x&range=5\",b='\\'&c=1'}[1m]))",
                "sum(rate(up{a=\"x&range=5\",b='\\'&c=1'}[1m]))",
            ),
            ("up{a=`\\`}", "up{a=`\\`}"),
        ] {
            for text in [
                format!("prometheus:http://a?query={written}&range=1h"),
                format!("prometheus:http://a?range=1h&query={written}"),
            ] {
                let address = read(&text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
                assert_eq!(address.query.value, query, "{text}");
                let again = address.source("http://a", Time(0));
                assert_eq!(read(&again).unwrap().query.value, query, "{again}");
            }
        }
    }

    #[test]
    fn the_url_is_what_lies_before_the_api() {
        for url in ["http://a:9/b", "http://a:9/b/", "http://a:9/b/api/v1/query_range"] {
            let text = format!("prometheus:{url}?query=up&range=1h");
            assert_eq!(read(&text).unwrap().url.value, "http://a:9/b", "{url}");
        }
    }

    #[test]
    fn the_grid_ends_at_the_end_and_has_whole_steps() {
        let grid = |rest: &str| {
            let address = read(&format!("prometheus:http://a?query=up&{rest}")).unwrap();
            let grid = address.grid(Timestamp::from_millis(1_000_059_999));
            (grid.first.0, grid.last.0, grid.steps)
        };
        assert_eq!(grid("range=2m"), (999_960_000, 1_000_020_000, 2));
        assert_eq!(grid("range=150s&end=1000"), (940_000, 1_000_000, 2));
        assert_eq!(grid("range=1m&step=20s&end=1970-01-01T00:01:00Z"), (20_000, 60_000, 3));
    }

    #[test]
    fn all_faults_are_found_at_once_and_at_their_places() {
        for (rest, expected) in [
            ("", vec!["needs its `query`", "needs its `range`"]),
            ("?query=&rnage=7d", vec!["no parameter `rnage`", "is empty", "needs its `range`"]),
            ("?query=up&range=7", vec!["`range` is no duration"]),
            ("?query=up&range=1h&range=2h", vec!["`range` comes twice"]),
            ("?query=up&range=1h&step=2h", vec!["a range of 1h has no steps of 2h"]),
            ("?query=up&range=1h&step=999ms", vec!["no steps of 999ms"]),
            ("?query=up&range=2y", vec!["longer than a year"]),
            ("?query=%ff&range=1h&end=noon", vec!["`query` is not UTF-8", "`end` is no instant"]),
        ] {
            let faults = read(&format!("prometheus:http://a{rest}")).err().expect("it is refused");
            assert_eq!(faults.len(), expected.len(), "{rest}: {faults:?}");
            for (fault, expected) in faults.iter().zip(expected) {
                assert!(fault.message.contains(expected), "{rest}: {}", fault.message);
                assert!(fault.help.is_some() && fault.primary.is_some(), "{rest}: {fault:?}");
            }
        }
    }
}
