//! Selectors: a name, matchers in braces.

use std::ops::Range;

use super::skeleton::Syntax;
use super::token::Kind;
use crate::labels::METRIC_NAME;
use crate::matcher::{MatchOp, Matcher};
use crate::promql::plan::Selector;
use crate::promql::{Dialect, ParseError};

/// Most regular expressions in a query: a small text can make a large automaton.
const REGEXES_MAX: usize = 64;

/// Reads a selector whose name, if it has one, is read already.
pub(super) fn selector(
    syntax: &mut Syntax<'_>,
    name: Option<Range<usize>>,
) -> Result<Selector, ParseError> {
    let mut matchers = Vec::new();
    let mut at = name.clone().unwrap_or_default();
    if syntax.peek().is_some_and(|token| token.kind.is("{")) {
        let (inside, braces) = braces(syntax)?;
        matchers = inside;
        let start = name.as_ref().map_or(braces.start, |name| name.start);
        at = start..braces.end;
    }
    let set_twice = matchers.iter().find(|matcher| matcher.name == METRIC_NAME);
    if let (Some(name), Some(twice)) = (&name, set_twice) {
        let name = &syntax.text[name.clone()];
        let message = format!("metric name must not be set twice: {name:?} or {:?}", twice.value);
        return Err(ParseError::new(message, at));
    }
    if let Some(name) = name {
        matchers.insert(0, Matcher::metric_name(&syntax.text[name]));
    }
    if matchers.iter().all(|matcher| matcher.matches("")) {
        let message = "vector selector must contain at least one non-empty matcher";
        return Err(ParseError::new(message, at)
            .help("name the metric, or give one label a value that it must have"));
    }
    if regexes(&matchers) + syntax.selectors().iter().map(|s| regexes(s.matchers())).sum::<usize>()
        > REGEXES_MAX
    {
        let message = format!("more than {REGEXES_MAX} regular expressions");
        return Err(ParseError::new(message, at));
    }
    Ok(Selector::new(matchers, at))
}

fn regexes(matchers: &[Matcher]) -> usize {
    let is_regex = |matcher: &&Matcher| matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex);
    matchers.iter().filter(is_regex).count()
}

/// Reads matchers in braces, and their place.
fn braces(syntax: &mut Syntax<'_>) -> Result<(Vec<Matcher>, Range<usize>), ParseError> {
    let open = syntax.expect("{")?;
    let mut matchers = Vec::new();
    while !syntax.peek().is_some_and(|token| token.kind.is("}")) {
        matchers.push(matcher(syntax)?);
        if regexes(&matchers) > REGEXES_MAX {
            let message = format!("more than {REGEXES_MAX} regular expressions");
            return Err(ParseError::new(message, open));
        }
        if !syntax.peek().is_some_and(|token| token.kind.is(",")) {
            break;
        }
        syntax.next += 1;
    }
    if syntax.peek().is_none() {
        return Err(ParseError::new("unclosed left brace", open));
    }
    let close = syntax.expect("}")?;
    Ok((matchers, open.start..close.end))
}

/// Reads one matcher: `label="value"`, or the quoted name of a metric.
fn matcher(syntax: &mut Syntax<'_>) -> Result<Matcher, ParseError> {
    let Some(token) = syntax.peek() else {
        return Err(syntax.unexpected("a label"));
    };
    let (kind, at) = (token.kind.clone(), token.at.clone());
    let name = match kind {
        Kind::Name if !syntax.text[at.clone()].contains(':') => syntax.text[at].to_owned(),
        // `inf` and `nan` are numbers only outside.
        Kind::Number(_) if syntax.text[at.clone()].bytes().all(|b| b.is_ascii_alphabetic()) => {
            syntax.text[at].to_owned()
        }
        Kind::Text(text) if syntax.dialect != Dialect::Prometheus2 => {
            let next = syntax.tokens.get(syntax.next + 1);
            if next.is_some_and(|token| token.kind.is(",") || token.kind.is("}")) {
                syntax.next += 1;
                return Ok(Matcher::metric_name(text));
            }
            text
        }
        _ => return Err(syntax.unexpected("a label")),
    };
    syntax.next += 1;
    let op = match syntax.peek().map(|token| &token.kind) {
        Some(Kind::Sign("=")) => MatchOp::Equal,
        Some(Kind::Sign("!=")) => MatchOp::NotEqual,
        Some(Kind::Sign("=~")) => MatchOp::Regex,
        Some(Kind::Sign("!~")) => MatchOp::NotRegex,
        _ => return Err(syntax.unexpected("`=`, `!=`, `=~` or `!~`")),
    };
    syntax.next += 1;
    let Some(token) = syntax.peek() else {
        return Err(syntax.unexpected("a quoted value"));
    };
    let Kind::Text(value) = &token.kind else {
        return Err(syntax.unexpected("a quoted value"));
    };
    let matcher = Matcher::new(name, op, value).map_err(|error| {
        // The crate draws the expression over several lines; its last one says what is wrong.
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        ParseError::new(format!("bad regular expression: {reason}"), token.at.clone())
    })?;
    syntax.next += 1;
    Ok(matcher)
}
