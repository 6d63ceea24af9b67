//! The syntax of a query: refuses what is none, with its place, and writes the rest anew for the
//! crate `promql-parser`.
//!
//! The crate knows no places, reads backticked texts and large durations wrong, panics on an
//! infinite one, and compiles every regular expression of a text before it knows that the text is
//! a query. So it gets a skeleton: `s0`, `s1`… in place of selectors, `"0"`, `"1"`… in place of
//! texts, canonical numbers and durations. What they stand for is kept here.

use std::ops::Range;

use super::braces;
use super::token::{Kind, Token};
use crate::promql::plan::Selector;
use crate::promql::{Dialect, ParseError};

/// Deepest nesting of parentheses: everything that walks over a query recurses at most that deep
/// for them, and once for each operator.
const NESTING_MAX: usize = 128;

/// Most operators in a query, see [`NESTING_MAX`].
const OPERATORS_MAX: usize = 512;

/// Aggregations; letter case does not count.
pub(super) const AGGREGATIONS: [&str; 14] = [
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "limit_ratio",
    "limitk",
    "max",
    "min",
    "quantile",
    "stddev",
    "stdvar",
    "sum",
    "topk",
];

/// Words that can be no metric.
const RESERVED: [&str; 6] = ["atan2", "bool", "group_left", "group_right", "ignoring", "on"];

/// Operators that are words.
const WORD_OPERATORS: [&str; 4] = ["and", "atan2", "or", "unless"];

/// Operators that are signs.
const SIGN_OPERATORS: [&str; 12] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^"];

/// What the syntax of a text gives.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    /// The text for `promql-parser`.
    pub(super) text: String,
    /// What its names `s0`, `s1`… stand for.
    pub(super) selectors: Vec<Selector>,
    /// What its texts `"0"`, `"1"`… stand for.
    pub(super) texts: Vec<String>,
    /// Calls, aggregations and parentheses, inner ones before outer ones.
    pub(super) parts: Vec<Part>,
    /// Names of calls and aggregations, with their places, in order of the text.
    pub(super) calls: Vec<(String, Range<usize>)>,
}

/// A part of a query that is a query itself.
#[derive(Debug)]
pub(super) struct Part {
    /// Bytes of the query.
    pub(super) at: Range<usize>,
    /// Bytes of the skeleton.
    pub(super) skeleton: Range<usize>,
}

/// A parenthesis that is not closed yet.
struct Open {
    /// The parenthesis.
    at: Range<usize>,
    /// Where the part starts in the query: at its name, if it has one.
    start: usize,
    /// Where it starts in the skeleton.
    skeleton_start: usize,
    kind: OpenKind,
}

#[derive(Clone, Copy, PartialEq)]
enum OpenKind {
    Parentheses,
    Call,
    /// An aggregation; whether its labels may still follow.
    Aggregation {
        may_group: bool,
    },
}

/// Reads the syntax of a query.
pub(super) fn skeleton(
    text: &str,
    tokens: &[Token],
    dialect: Dialect,
) -> Result<Skeleton, ParseError> {
    let mut syntax = Syntax {
        text,
        tokens,
        next: 0,
        dialect,
        skeleton: Skeleton::default(),
        open: Vec::new(),
        operators: 0,
    };
    loop {
        syntax.operand()?;
        if !syntax.after_operand()? {
            return Ok(syntax.skeleton);
        }
    }
}

pub(super) struct Syntax<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [Token],
    pub(super) next: usize,
    pub(super) dialect: Dialect,
    skeleton: Skeleton,
    open: Vec<Open>,
    operators: usize,
}

impl<'t> Syntax<'t> {
    /// Reads up to and with one operand, through the parentheses that open before it.
    fn operand(&mut self) -> Result<(), ParseError> {
        loop {
            let Some(token) = self.peek() else {
                return Err(self.unexpected("an operand"));
            };
            match &token.kind {
                Kind::Number(number) => self.write(&format!("{number}")),
                // The value of a duration is its seconds.
                Kind::Duration(ms) => self.write(&format!("{}", *ms as f64 / 1000.0)),
                Kind::Text(text) => {
                    self.write(&format!("\"{}\"", self.skeleton.texts.len()));
                    self.skeleton.texts.push(text.clone());
                }
                Kind::Sign("{") => {
                    let selector = braces::selector(self, None)?;
                    self.write_selector(selector);
                    return Ok(());
                }
                Kind::Sign("+" | "-") => {
                    self.operator()?;
                    continue;
                }
                Kind::Sign("(") => {
                    self.open(token.at.start, self.skeleton.text.len(), OpenKind::Parentheses)?;
                    continue;
                }
                Kind::Sign(")") if self.is_empty_call() => return Ok(()),
                Kind::Name if self.named()? => return Ok(()),
                Kind::Name => continue,
                Kind::Sign(_) => return Err(self.unexpected("an operand")),
            }
            self.refuse_duration_as_number(token)?;
            self.next += 1;
            return Ok(());
        }
    }

    /// Reads a name where an operand is expected; returns whether it is one, else it opens one.
    fn named(&mut self) -> Result<bool, ParseError> {
        let token = &self.tokens[self.next];
        let name = &self.text[token.at.clone()];
        let lower = name.to_ascii_lowercase();
        let is_followed_by = |sign| self.tokens.get(self.next + 1).is_some_and(|t| t.kind.is(sign));
        if RESERVED.contains(&&*lower) {
            return Err(self.unexpected("an operand"));
        }
        let (start, skeleton_start) = (token.at.start, self.skeleton.text.len());
        if AGGREGATIONS.contains(&&*lower) && !is_followed_by("{") {
            let groups = self.word(1).is_some_and(|word| is_grouping(&word));
            if groups || is_followed_by("(") {
                self.skeleton.calls.push((lower.clone(), token.at.clone()));
                self.write(&lower);
                self.next += 1;
                if groups {
                    self.grouping()?;
                }
                let kind = OpenKind::Aggregation { may_group: !groups };
                self.open(start, skeleton_start, kind)?;
                return Ok(false);
            }
        }
        if is_followed_by("(") {
            self.skeleton.calls.push((name.to_owned(), token.at.clone()));
            let is_renamed = name == "holt_winters" && self.dialect == Dialect::Prometheus2;
            self.write(if is_renamed { "double_exponential_smoothing" } else { name });
            self.next += 1;
            self.open(start, skeleton_start, OpenKind::Call)?;
            return Ok(false);
        }
        self.next += 1;
        let selector = braces::selector(self, Some(token.at.clone()))?;
        self.write_selector(selector);
        Ok(true)
    }

    /// Reads what follows an operand, up to and with the next operator or comma; returns whether
    /// there is one, else the query is at its end.
    fn after_operand(&mut self) -> Result<bool, ParseError> {
        loop {
            let Some(token) = self.peek() else {
                return self.end();
            };
            match &token.kind {
                Kind::Sign("[") => self.brackets()?,
                Kind::Sign("@") => self.at_modifier()?,
                Kind::Sign(")") => self.close()?,
                Kind::Sign(",")
                    if self.open.last().is_some_and(|o| o.kind != OpenKind::Parentheses) =>
                {
                    self.write(",");
                    self.next += 1;
                    return Ok(true);
                }
                Kind::Sign(sign) if SIGN_OPERATORS.contains(sign) => {
                    self.operator()?;
                    self.operator_modifiers()?;
                    return Ok(true);
                }
                Kind::Name => {
                    let word = self.word(0).unwrap_or_default();
                    if word == "offset" {
                        self.offset()?;
                    } else if WORD_OPERATORS.contains(&&*word) {
                        self.operator()?;
                        self.operator_modifiers()?;
                        return Ok(true);
                    } else {
                        return Err(self.unexpected("an operator"));
                    }
                }
                _ => return Err(self.unexpected("an operator")),
            }
        }
    }

    /// Checks that nothing is open at the end of the text.
    fn end(&self) -> Result<bool, ParseError> {
        let Some(open) = self.open.last() else {
            return Ok(false);
        };
        Err(ParseError::new("unclosed left parenthesis", open.at.clone()))
    }

    /// Reads an opening parenthesis; the part that it belongs to has started already.
    fn open(
        &mut self,
        start: usize,
        skeleton_start: usize,
        kind: OpenKind,
    ) -> Result<(), ParseError> {
        let at = self.expect("(")?;
        if self.open.len() == NESTING_MAX {
            let message = format!("more than {NESTING_MAX} parentheses inside each other");
            return Err(ParseError::new(message, at));
        }
        self.write("(");
        self.open.push(Open { at, start, skeleton_start, kind });
        Ok(())
    }

    /// Returns whether a call is closed before it has an argument.
    fn is_empty_call(&self) -> bool {
        let follows = self.next > 0 && self.tokens[self.next - 1].kind.is("(");
        follows && self.open.last().is_some_and(|open| open.kind == OpenKind::Call)
    }

    /// Reads a closing parenthesis, and the labels of an aggregation after it.
    fn close(&mut self) -> Result<(), ParseError> {
        let Some(open) = self.open.pop() else {
            let at = self.tokens[self.next].at.clone();
            return Err(ParseError::new("unexpected right parenthesis", at));
        };
        let closing = self.expect(")")?;
        self.write(")");
        let may_group = open.kind == OpenKind::Aggregation { may_group: true };
        if may_group && self.word(0).is_some_and(|word| is_grouping(&word)) {
            self.grouping()?;
        }
        self.skeleton.parts.push(Part {
            at: open.start..closing.end,
            skeleton: open.skeleton_start..self.skeleton.text.len(),
        });
        Ok(())
    }

    /// Reads an operator.
    fn operator(&mut self) -> Result<(), ParseError> {
        let token = &self.tokens[self.next];
        self.operators += 1;
        if self.operators > OPERATORS_MAX {
            let message = format!("more than {OPERATORS_MAX} operators");
            return Err(ParseError::new(message, token.at.clone()));
        }
        self.write(&self.text[token.at.clone()].to_ascii_lowercase());
        self.next += 1;
        Ok(())
    }

    /// Prometheus 2 knows no duration as a number.
    fn refuse_duration_as_number(&self, token: &Token) -> Result<(), ParseError> {
        match token.kind {
            Kind::Duration(_) if self.dialect == Dialect::Prometheus2 => {
                Err(self.unexpected("an operand"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.next)
    }

    /// The word `ahead` tokens further, in lower case.
    fn word(&self, ahead: usize) -> Option<String> {
        let token = self.tokens.get(self.next + ahead).filter(|token| token.kind == Kind::Name)?;
        Some(self.text[token.at.clone()].to_ascii_lowercase())
    }

    /// Reads one of some words, if it is next.
    pub(super) fn take_word(&mut self, words: &[&str]) -> bool {
        let is_next = self.word(0).is_some_and(|word| words.contains(&&*word));
        self.next += usize::from(is_next);
        is_next
    }

    /// Reads a sign that must be next.
    pub(super) fn expect(&mut self, sign: &'static str) -> Result<Range<usize>, ParseError> {
        match self.peek() {
            Some(token) if token.kind.is(sign) => {
                let at = token.at.clone();
                self.next += 1;
                Ok(at)
            }
            _ => Err(self.unexpected(&format!("{sign:?}"))),
        }
    }

    /// The error that the next token is not what is expected.
    pub(super) fn unexpected(&self, expected: &str) -> ParseError {
        let Some(token) = self.peek() else {
            let end = self.text.len();
            let message = format!("unexpected end of input, expected {expected}");
            // The last byte, so that a diagnostic has something to point at.
            return ParseError::new(message, self.text.trim_end().len().saturating_sub(1)..end);
        };
        let message = format!("unexpected {:?}, expected {expected}", &self.text[token.at.clone()]);
        ParseError::new(message, token.at.clone())
    }

    pub(super) fn write(&mut self, text: &str) {
        self.skeleton.text.push_str(text);
        self.skeleton.text.push(' ');
    }

    pub(super) fn write_last_word(&mut self) {
        let word = self.text[self.tokens[self.next - 1].at.clone()].to_ascii_lowercase();
        self.write(&word);
    }

    fn write_selector(&mut self, selector: Selector) {
        self.write(&format!("s{}", self.skeleton.selectors.len()));
        self.skeleton.selectors.push(selector);
    }

    /// How many selectors came before.
    pub(super) fn selectors(&self) -> &[Selector] {
        &self.skeleton.selectors
    }
}

fn is_grouping(word: &str) -> bool {
    matches!(word, "by" | "without")
}
