//! What stands around operands and operators: labels in parentheses, ranges, offsets, `@`.

use std::ops::Range;

use super::skeleton::Syntax;
use super::token::Kind;
use crate::duration::MILLIS_MAX;
use crate::promql::{Dialect, ParseError};

impl Syntax<'_> {
    /// Reads `bool`, `on`, `group_left`… after an operator.
    pub(super) fn operator_modifiers(&mut self) -> Result<(), ParseError> {
        if self.take_word(&["bool"]) {
            self.write("bool");
        }
        if self.take_word(&["on", "ignoring"]) {
            self.write_last_word();
            self.label_list()?;
            if self.take_word(&["group_left", "group_right"]) {
                self.write_last_word();
                if self.peek().is_some_and(|token| token.kind.is("(")) {
                    self.label_list()?;
                }
            }
        }
        while self.tokens.get(self.next + 1).is_some_and(|token| token.kind.is("("))
            && self.take_word(&["fill", "fill_left", "fill_right"])
        {
            self.fill()?;
        }
        Ok(())
    }

    /// Reads what `fill` fills in.
    fn fill(&mut self) -> Result<(), ParseError> {
        let at = self.tokens[self.next - 1].at.clone();
        if self.dialect != Dialect::Experimental {
            let message = format!("{:?} is experimental", &self.text[at.clone()]);
            return Err(ParseError::new(message, at));
        }
        self.write_last_word();
        self.expect("(")?;
        let sign = self.sign();
        let Some(Kind::Number(number)) = self.peek().map(|token| &token.kind) else {
            return Err(self.unexpected("a number"));
        };
        self.write(&format!("({sign} {number})"));
        self.next += 1;
        self.expect(")").map(drop)
    }

    /// Reads `by` or `without` with its labels.
    pub(super) fn grouping(&mut self) -> Result<(), ParseError> {
        self.next += 1;
        self.write_last_word();
        self.label_list()
    }

    /// Reads a list of labels in parentheses.
    fn label_list(&mut self) -> Result<(), ParseError> {
        self.expect("(")?;
        let mut labels = Vec::new();
        while !self.peek().is_some_and(|token| token.kind.is(")")) {
            labels.push(self.label()?);
            if !self.peek().is_some_and(|token| token.kind.is(",")) {
                break;
            }
            self.next += 1;
        }
        self.expect(")")?;
        self.write(&format!("({})", labels.join(",")));
        Ok(())
    }

    /// Reads one label, and quotes it.
    fn label(&mut self) -> Result<String, ParseError> {
        let Some(token) = self.peek() else {
            return Err(self.unexpected("a label"));
        };
        let name = match &token.kind {
            Kind::Name => &self.text[token.at.clone()],
            Kind::Text(text) if self.dialect != Dialect::Prometheus2 => text,
            _ => return Err(self.unexpected("a label")),
        };
        if token.kind == Kind::Name && name.contains(':') {
            let message = format!("{name:?} is no name of a label");
            return Err(ParseError::new(message, token.at.clone()));
        }
        self.next += 1;
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        Ok(format!("\"{escaped}\""))
    }

    /// Reads a range or the range and step of a subquery.
    pub(super) fn brackets(&mut self) -> Result<(), ParseError> {
        let open = self.expect("[")?;
        let range = self.positive_duration()?;
        let mut brackets = format!("[{range}");
        if self.peek().is_some_and(|token| token.kind.is(":")) {
            self.next += 1;
            brackets.push(':');
            if !self.peek().is_some_and(|token| token.kind.is("]")) {
                brackets.push_str(&self.positive_duration()?);
            }
        }
        if self.peek().is_none() {
            return Err(ParseError::new("unclosed left bracket", open));
        }
        self.expect("]")?;
        self.write(&brackets);
        self.write("]");
        Ok(())
    }

    /// Reads `offset` and its duration.
    pub(super) fn offset(&mut self) -> Result<(), ParseError> {
        self.next += 1;
        let sign = self.sign();
        let (ms, _) = self.duration()?;
        self.write(&format!("offset {sign}{}", written(ms)));
        Ok(())
    }

    /// Reads `@` and its instant.
    pub(super) fn at_modifier(&mut self) -> Result<(), ParseError> {
        self.expect("@")?;
        if self.take_word(&["start", "end"]) {
            self.write("@");
            self.write_last_word();
            self.expect("(")?;
            self.expect(")")?;
            self.write("()");
            return Ok(());
        }
        let sign = self.sign();
        let Some(Kind::Number(secs)) = self.peek().map(|token| &token.kind) else {
            return Err(self.unexpected("an instant in seconds, start() or end()"));
        };
        if !secs.is_finite() || secs.abs() >= MILLIS_MAX as f64 {
            let message = format!("timestamp out of bounds for @ modifier: {secs}");
            return Err(ParseError::new(message, self.tokens[self.next].at.clone()));
        }
        self.write(&format!("@ {sign}{secs}"));
        self.next += 1;
        Ok(())
    }

    /// Reads a duration above zero, and writes it as `promql-parser` reads it.
    fn positive_duration(&mut self) -> Result<String, ParseError> {
        let (ms, at) = self.duration()?;
        if ms == 0 {
            return Err(ParseError::new("duration must be greater than 0", at));
        }
        Ok(written(ms))
    }

    /// Reads a duration in milliseconds; Prometheus 3 takes a number for seconds.
    fn duration(&mut self) -> Result<(i64, Range<usize>), ParseError> {
        let Some(token) = self.peek() else {
            return Err(self.unexpected("a duration"));
        };
        let ms = match token.kind {
            Kind::Duration(ms) => ms,
            Kind::Number(secs) if self.dialect != Dialect::Prometheus2 => {
                let ms = (secs * 1000.0).round();
                if !(0.0..=MILLIS_MAX as f64).contains(&ms) {
                    return Err(ParseError::new("duration out of range", token.at.clone()));
                }
                ms as i64
            }
            _ => return Err(self.unexpected("a duration")),
        };
        if ms == 0 && self.dialect == Dialect::Prometheus2 {
            return Err(ParseError::new("duration must be greater than 0", token.at.clone()));
        }
        self.next += 1;
        Ok((ms, token.at.clone()))
    }

    /// Reads a sign if there is one.
    fn sign(&mut self) -> &'static str {
        let sign = match self.peek().map(|token| &token.kind) {
            Some(Kind::Sign("-")) => "-",
            Some(Kind::Sign("+")) => "+",
            _ => return "",
        };
        self.next += 1;
        sign
    }
}

/// Writes a duration so that `promql-parser` reads it: no part may be larger than 32 bits.
fn written(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let (days, secs, rest) = (ms / DAY_MS, ms % DAY_MS / 1000, ms % 1000);
    let parts = [(days, "d"), (secs, "s"), (rest, "ms")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let text: String = parts.map(|(count, unit)| format!("{count}{unit}")).collect();
    if text.is_empty() { "0".to_owned() } else { text }
}
