//! Tokens to a tree: what stands within an action.

use upswell_units::nearest;

use crate::template::functions;
use crate::template::lex::Token;
use crate::template::literal::{self, NumberError};
use crate::template::parse::{KEYWORDS, Parser};
use crate::template::tree::{Command, Fault, Operand, Pipeline, Span, Term};
use crate::template::value::Value;

impl Parser<'_> {
    /// Reads commands up to `end`, which is taken.
    pub(super) fn pipeline(&mut self, context: &str, end: Token<'_>) -> Result<Pipeline, Fault> {
        self.skip_space();
        let start = self.here();
        let (variables, assigns) = self.declarations(context)?;
        let declared = if assigns { Vec::new() } else { variables.clone() };
        let mut commands: Vec<Command> = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(end) {
                self.at += 1;
                break;
            }
            let command = self.command(context)?;
            let is_value = |term: &Term| matches!(term, Term::Literal(_) | Term::Nil);
            let is_dot = matches!(command.head.term, Term::Dot) && command.head.fields.is_empty();
            if !commands.is_empty() && (is_dot || is_value(&command.head.term)) {
                let fault = Fault::new(command.head.at, "only a function takes a piped value");
                return Err(fault);
            }
            commands.push(command);
        }
        if commands.is_empty() {
            return Err(Fault::new(start, format!("{context} has no value")));
        }
        self.variables.extend(declared);
        let at = start.start..commands.last().map_or(start.end, |command| command.at.end);
        Ok(Pipeline { variables, assigns, commands, at })
    }

    /// Reads `$x :=`, `$x =` and, for a range, `$i, $x :=`.
    fn declarations(&mut self, context: &str) -> Result<(Vec<String>, bool), Fault> {
        let (mark, mut names) = (self.at, Vec::new());
        loop {
            self.skip_space();
            let at = self.here();
            let Some(Token::Variable(name)) = self.next() else { break };
            names.push((name, at));
            self.skip_space();
            let assigns = match self.next() {
                Some(Token::Comma) if context == "range" && names.len() < 2 => continue,
                Some(Token::Comma) => {
                    self.at -= 1;
                    return Err(self.unexpected(context));
                }
                Some(Token::Declare) => false,
                Some(Token::Assign) => true,
                _ => break,
            };
            for (name, at) in names.iter().filter(|_| assigns) {
                self.known_variable(name, at)?;
            }
            return Ok((names.iter().map(|(name, _)| (*name).to_owned()).collect(), assigns));
        }
        if names.len() > 1 {
            return Err(self.unexpected(context));
        }
        self.at = mark;
        Ok((Vec::new(), false))
    }

    /// Reads an operand and its arguments, and the `|` after them.
    fn command(&mut self, context: &str) -> Result<Command, Fault> {
        let start = self.here();
        let mut operands = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(Token::Close | Token::CloseParen | Token::Pipe) => break,
                _ => operands.push(self.operand(context)?),
            }
            match self.peek() {
                Some(Token::Space | Token::Close | Token::CloseParen | Token::Pipe) => {}
                _ => return Err(self.unexpected(context)),
            }
        }
        let at = start.start..operands.last().map_or(start.end, |last: &Operand| last.at.end);
        let mut operands = operands.into_iter();
        let Some(head) = operands.next() else {
            return Err(self.unexpected(context));
        };
        if self.peek() == Some(Token::Pipe) {
            self.at += 1;
        }
        Ok(Command { head, arguments: operands.collect(), at })
    }

    /// Reads a term and the fields that are taken of it.
    fn operand(&mut self, context: &str) -> Result<Operand, Fault> {
        let start = self.here();
        let mut fields = Vec::new();
        let is_field = matches!(self.peek(), Some(Token::Field(_)));
        let term = if is_field { Term::Dot } else { self.term(context)? };
        let has_none = !is_field && matches!(term, Term::Literal(_) | Term::Nil | Term::Dot);
        while let Some(Token::Field(name)) = self.peek() {
            if has_none {
                return Err(self.unexpected("a term that has no fields"));
            }
            fields.push(name.to_owned());
            self.at += 1;
        }
        Ok(Operand { term, fields, at: self.since(&start) })
    }

    fn term(&mut self, context: &str) -> Result<Term, Fault> {
        let at = self.here();
        let token = self.next();
        match token {
            Some(Token::Dot) => Ok(Term::Dot),
            Some(Token::Word("nil")) => Ok(Term::Nil),
            Some(Token::Word("true")) => Ok(Term::Literal(Value::Bool(true))),
            Some(Token::Word("false")) => Ok(Term::Literal(Value::Bool(false))),
            Some(Token::Word(word)) if !KEYWORDS.contains(&word) => function(word, at),
            Some(Token::Variable(name)) => {
                self.known_variable(name, &at)?;
                Ok(Term::Variable(name.to_owned()))
            }
            Some(Token::Quoted(quoted)) => Ok(Term::Literal(Value::text(text_of(quoted, at)?))),
            Some(Token::Raw(text)) => Ok(Term::Literal(Value::text(text.replace('\r', "")))),
            Some(Token::Character(quoted)) => character(quoted, at),
            Some(Token::Number(text)) => number(text, at),
            Some(Token::OpenParen) => {
                self.deeper()?;
                let inner = self.pipeline("parentheses", Token::CloseParen)?;
                self.depth -= 1;
                Ok(Term::Pipeline(Box::new(inner)))
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected(context))
            }
        }
    }

    fn known_variable(&self, name: &str, at: &Span) -> Result<(), Fault> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        let fault = Fault::new(at.clone(), format!("undefined variable `{name}`"));
        let alike = nearest(name, self.variables.iter().map(String::as_str));
        Err(match alike {
            Some(alike) => fault.help(format!("did you mean `{alike}`?")),
            None => fault,
        })
    }
}

/// Finds a function by its name.
fn function(name: &str, at: Span) -> Result<Term, Fault> {
    if let Some(function) = functions::find(name) {
        return Ok(Term::Function(function));
    }
    let fault = Fault::new(at, format!("unknown function `{name}`"));
    Err(match nearest(name, functions::names()) {
        Some(alike) => fault.help(format!("did you mean `{alike}`?")),
        None => fault,
    })
}

/// Reads a text with its quotes.
pub(super) fn text_of(quoted: &str, at: Span) -> Result<String, Fault> {
    let inner = &quoted[1..quoted.len() - 1];
    literal::unquote(inner, '"').ok_or_else(|| {
        let fault = Fault::new(at, "this text has an escape that is none");
        fault.help("a backslash is written `\\\\`, or the text stands between backquotes")
    })
}

fn character(quoted: &str, at: Span) -> Result<Term, Fault> {
    let inner = &quoted[1..quoted.len() - 1];
    let fault = || {
        let fault = Fault::new(at, "single quotes hold one character");
        fault.help("a text stands in double quotes")
    };
    literal::character(inner).map(Term::Literal).ok_or_else(fault)
}

fn number(text: &str, at: Span) -> Result<Term, Fault> {
    literal::number(text).map(Term::Literal).map_err(|error| {
        let what = match error {
            NumberError::Syntax => "is no number",
            NumberError::TooLarge => "does not fit 64 bits",
            NumberError::Unsupported => "is a kind of number that is not supported",
        };
        Fault::new(at, format!("`{text}` {what}"))
    })
}
