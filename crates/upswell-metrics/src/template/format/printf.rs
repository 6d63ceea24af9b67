//! `printf`.

use crate::template::format::Buffer;
use crate::template::format::spec::Spec;
use crate::template::format::value::{typed, write};
use crate::template::value::Value;

/// Largest width and precision; larger ones are refused by Go, too.
const NUMBER_MAX: usize = 1_000_000;

/// Writes values as the first one, a text, says.
///
/// Faults of the format show in the text, as in Go: `%!d(float64=12)`, `%!s(MISSING)`.
pub(in crate::template) fn printf(values: &[Value]) -> Result<String, String> {
    let (format, arguments) = match values {
        [Value::Text(format), arguments @ ..] => (&**format, arguments),
        _ => return Err("printf needs a format".to_owned()),
    };
    let mut printer = Printer {
        buffer: Buffer::default(),
        rest: format,
        arguments,
        next: 0,
        is_reordered: false,
        is_good: true,
    };
    while let Some((text, rest)) = printer.rest.split_once('%') {
        printer.buffer.push_str(text);
        printer.rest = rest;
        if !printer.verb() {
            break;
        }
    }
    printer.finish()
}

struct Printer<'a> {
    buffer: Buffer,
    rest: &'a str,
    arguments: &'a [Value],
    /// Index of the argument for the next verb.
    next: usize,
    /// Whether an index chose an argument.
    is_reordered: bool,
    /// Whether the indexes of this verb are any.
    is_good: bool,
}

impl Printer<'_> {
    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Writes one verb after its `%`; returns whether there was one.
    fn verb(&mut self) -> bool {
        self.is_good = true;
        let mut spec = self.flags();
        let mut after_index = self.index();
        after_index = self.width(&mut spec, after_index);
        if self.rest.len() > 1 && self.take('.') {
            after_index = self.precision(&mut spec, after_index);
        }
        if !after_index {
            self.index();
        }
        let Some(verb) = self.rest.chars().next() else {
            self.buffer.push_str("%!(NOVERB)");
            return false;
        };
        self.rest = &self.rest[verb.len_utf8()..];
        if verb == '%' {
            self.buffer.push('%');
        } else if !self.is_good {
            self.complain(verb, "BADINDEX");
        } else if let Some(argument) = self.arguments.get(self.next) {
            if verb == 'v' {
                // Go's own syntax, which nobody reads in an alert.
                (spec.sharp, spec.plus) = (false, false);
            }
            write(&mut self.buffer, argument, verb, spec);
            self.next += 1;
        } else {
            self.complain(verb, "MISSING");
        }
        true
    }

    fn complain(&mut self, verb: char, what: &str) {
        self.buffer.push_str(&format!("%!{verb}({what})"));
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        loop {
            match self.rest.bytes().next() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = true,
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b' ') => spec.space = true,
                _ => return spec,
            }
            self.rest = &self.rest[1..];
        }
    }

    /// Takes `[3]`: which argument comes next; returns whether it was one.
    fn index(&mut self) -> bool {
        if !self.rest.starts_with('[') {
            return false;
        }
        self.is_reordered = true;
        let Some(end) = self.rest.find(']') else {
            self.is_good = false;
            self.rest = &self.rest[1..];
            return false;
        };
        let number = self.rest[1..end].parse::<usize>().ok();
        let is_number = number.is_some_and(|number| number <= NUMBER_MAX);
        self.rest = &self.rest[end + 1..];
        match number.and_then(|number| number.checked_sub(1)) {
            Some(index) if index < self.arguments.len() => self.next = index,
            _ => self.is_good = false,
        }
        is_number
    }

    /// Takes a number; one that is too large counts as none.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        let number = number.parse().ok().filter(|number| *number <= NUMBER_MAX);
        self.rest = rest;
        number
    }

    /// Takes an argument as a number, for `*`.
    fn argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        match argument {
            Value::Int(number) if number.unsigned_abs() <= NUMBER_MAX as u64 => Some(*number),
            _ => None,
        }
    }

    /// Takes the width; returns whether an index stands before the verb.
    fn width(&mut self, spec: &mut Spec, after_index: bool) -> bool {
        if !self.take('*') {
            spec.width = self.number();
            self.is_good &= !(after_index && spec.width.is_some());
            return after_index;
        }
        match self.argument() {
            Some(width) => {
                spec.minus |= width < 0;
                spec.width = Some(width.unsigned_abs() as usize);
            }
            None => self.buffer.push_str("%!(BADWIDTH)"),
        }
        false
    }

    /// Takes the precision after its point; returns whether an index stands before the verb.
    fn precision(&mut self, spec: &mut Spec, after_index: bool) -> bool {
        self.is_good &= !after_index;
        let after_index = self.index();
        if !self.take('*') {
            spec.precision = Some(self.number().unwrap_or(0));
            return after_index;
        }
        spec.precision = self.argument().and_then(|precision| usize::try_from(precision).ok());
        if spec.precision.is_none() {
            self.buffer.push_str("%!(BADPREC)");
        }
        false
    }

    /// Writes what follows the last verb, and the arguments that no verb took.
    fn finish(mut self) -> Result<String, String> {
        self.buffer.push_str(self.rest);
        let left = self.arguments.get(self.next..).unwrap_or_default();
        if !self.is_reordered && !left.is_empty() {
            self.buffer.push_str("%!(EXTRA ");
            for (index, value) in left.iter().enumerate() {
                if index > 0 {
                    self.buffer.push_str(", ");
                }
                match value {
                    Value::Nil => self.buffer.push_str("<nil>"),
                    value => typed(&mut self.buffer, value, Spec::default()),
                }
            }
            self.buffer.push(')');
        }
        self.buffer.finish()
    }
}
