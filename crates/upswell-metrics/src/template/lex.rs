//! Text to tokens.

use crate::template::tree::{Fault, Span};

/// A word of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// What stands outside of actions, after trimming.
    Text(&'a str),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// Spaces inside an action: they end an operand.
    Space,
    /// `=`
    Assign,
    /// `:=`
    Declare,
    /// `|`
    Pipe,
    /// `,`
    Comma,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `.`
    Dot,
    /// `.name`, without its dot.
    Field(&'a str),
    /// `$name`, with its dollar.
    Variable(&'a str),
    /// The name of a function, a keyword, `nil`, `true` or `false`.
    Word(&'a str),
    /// `"…"`, quotes included.
    Quoted(&'a str),
    /// `` `…` ``, without its quotes.
    Raw(&'a str),
    /// `'…'`, quotes included.
    Character(&'a str),
    /// A number as it was written.
    Number(&'a str),
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spanned<'a> {
    pub(super) token: Token<'a>,
    pub(super) at: Span,
}

/// Splits a template into tokens.
pub(super) fn lex(text: &str) -> Result<Vec<Spanned<'_>>, Fault> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while let Some(open) = lexer.outside() {
        if lexer.rest().starts_with("/*") {
            lexer.comment(open)?;
        } else {
            lexer.tokens.push(Spanned { token: Token::Open, at: open..open + 2 });
            lexer.action(open)?;
        }
    }
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Spanned<'a>>,
}

/// The spaces of Go's templates; others are characters like any.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_wordly(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, token: Token<'a>, start: usize) {
        self.tokens.push(Spanned { token, at: start..self.at });
    }

    /// Takes what follows as long as `is_part` says so.
    fn take_while(&mut self, is_part: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    }

    /// Takes the text up to the next action, its `{{` and its trim marker; returns where that is.
    fn outside(&mut self) -> Option<usize> {
        let start = self.at;
        let open = self.rest().find("{{").map(|length| start + length);
        let Some(open) = open else {
            self.push_text(start, self.text.len());
            return None;
        };
        let mut marker = self.text[open + 2..].chars();
        let trims =
            marker.next() == Some('-') && marker.next().is_some_and(|c| SPACES.contains(&c));
        let before = &self.text[start..open];
        let kept = if trims { before.trim_end_matches(SPACES) } else { before };
        self.push_text(start, start + kept.len());
        self.at = open + if trims { 4 } else { 2 };
        Some(open)
    }

    fn push_text(&mut self, start: usize, end: usize) {
        if start < end {
            let token = Token::Text(&self.text[start..end]);
            self.tokens.push(Spanned { token, at: start..end });
        }
    }

    /// Returns whether an action ends here, and if so by how long a mark, and whether that trims.
    fn closing(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        let trimming = rest.strip_prefix(SPACES).is_some_and(|rest| rest.starts_with("-}}"));
        if trimming {
            return Some((4, true));
        }
        rest.starts_with("}}").then_some((2, false))
    }

    /// Takes the mark that ends an action, and the spaces after it if it trims.
    fn close(&mut self, (length, trims): (usize, bool)) {
        self.at += length;
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    /// Skips a comment; its `/*` comes next.
    fn comment(&mut self, open: usize) -> Result<(), Fault> {
        let Some(length) = self.rest()[2..].find("*/") else {
            return Err(Fault::new(open..self.at + 2, "unclosed comment"));
        };
        self.at += 2 + length + 2;
        let Some(closing) = self.closing() else {
            let fault = Fault::new(open..self.at, "a comment fills its action");
            return Err(fault.help("write {{/* … */}}, with nothing beside it"));
        };
        self.close(closing);
        Ok(())
    }

    /// Takes what an action holds, and its `}}`.
    fn action(&mut self, open: usize) -> Result<(), Fault> {
        loop {
            let start = self.at;
            if let Some(closing) = self.closing() {
                self.at += closing.0;
                self.push(Token::Close, start);
                self.at = start;
                self.close(closing);
                return Ok(());
            }
            let Some(next) = self.rest().chars().next() else {
                let fault = Fault::new(open..self.at, "unclosed action");
                return Err(fault.help("close it with }}"));
            };
            self.at += next.len_utf8();
            match next {
                '=' => self.push(Token::Assign, start),
                '|' => self.push(Token::Pipe, start),
                ',' => self.push(Token::Comma, start),
                '(' => self.push(Token::OpenParen, start),
                ')' => self.push(Token::CloseParen, start),
                ':' => self.declare(start)?,
                '"' => self.quoted(start, Token::Quoted)?,
                '\'' => self.quoted(start, Token::Character)?,
                '`' => self.raw(start)?,
                '$' => self.variable(start)?,
                '.' => self.dot(start)?,
                '+' | '-' | '0'..='9' => self.number(start)?,
                c if SPACES.contains(&c) => self.spaces(start),
                c if is_wordly(c) => self.word(start)?,
                c => {
                    let message = format!("unexpected {c:?} in an action");
                    return Err(Fault::new(start..self.at, message));
                }
            }
        }
    }

    /// Takes spaces, but not the last one if it belongs to a trim marker.
    fn spaces(&mut self, start: usize) {
        self.take_while(|c| SPACES.contains(&c));
        if self.rest().starts_with("-}}") {
            self.at -= 1;
        }
        if self.at > start {
            self.push(Token::Space, start);
        }
    }

    fn declare(&mut self, start: usize) -> Result<(), Fault> {
        if !self.rest().starts_with('=') {
            return Err(Fault::new(start..self.at, "expected `:=`"));
        }
        self.at += 1;
        self.push(Token::Declare, start);
        Ok(())
    }

    /// Takes a text or a character in quotes; the first quote is taken.
    fn quoted(&mut self, start: usize, token: fn(&'a str) -> Token<'a>) -> Result<(), Fault> {
        let quote = self.text.as_bytes()[start];
        let mut bytes = self.rest().bytes().enumerate();
        while let Some((index, byte)) = bytes.next() {
            match byte {
                b'\n' => break,
                b'\\' if bytes.next().is_some_and(|(_, escaped)| escaped != b'\n') => {}
                b'\\' => break,
                byte if byte == quote => {
                    self.at += index + 1;
                    self.push(token(&self.text[start..self.at]), start);
                    return Ok(());
                }
                _ => {}
            }
        }
        let fault = Fault::new(start..self.at, "unclosed quote");
        Err(fault.help("a text over several lines stands between backquotes"))
    }

    fn raw(&mut self, start: usize) -> Result<(), Fault> {
        let Some(length) = self.rest().find('`') else {
            return Err(Fault::new(start..self.at, "unclosed backquote"));
        };
        let text = &self.rest()[..length];
        self.at += length + 1;
        self.push(Token::Raw(text), start);
        Ok(())
    }

    fn variable(&mut self, start: usize) -> Result<(), Fault> {
        self.take_while(is_wordly);
        self.push(Token::Variable(&self.text[start..self.at]), start);
        self.terminated(start)
    }

    fn dot(&mut self, start: usize) -> Result<(), Fault> {
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            return self.number(start);
        }
        self.take_while(is_wordly);
        let name = &self.text[start + 1..self.at];
        self.push(if name.is_empty() { Token::Dot } else { Token::Field(name) }, start);
        self.terminated(start)
    }

    fn word(&mut self, start: usize) -> Result<(), Fault> {
        self.take_while(is_wordly);
        self.push(Token::Word(&self.text[start..self.at]), start);
        self.terminated(start)
    }

    /// Takes a number roughly; the parser looks closer.
    fn number(&mut self, start: usize) -> Result<(), Fault> {
        self.at = start;
        loop {
            self.take_while(|c| is_wordly(c) || c == '.');
            let is_hexadecimal = self.text[start..self.at].contains(['x', 'X']);
            let exponent: &[char] = if is_hexadecimal { &['p', 'P'] } else { &['e', 'E'] };
            let takes_sign = self.at == start || self.text[..self.at].ends_with(exponent);
            if !(takes_sign && self.rest().starts_with(['+', '-'])) {
                break;
            }
            self.at += 1;
        }
        self.push(Token::Number(&self.text[start..self.at]), start);
        self.terminated(start)
    }

    /// Refuses a word that runs into something else, such as `$x+2`.
    fn terminated(&self, start: usize) -> Result<(), Fault> {
        let rest = self.rest();
        let ends = ['.', ',', '|', ':', ')', '('];
        let is_end = |c: char| SPACES.contains(&c) || ends.contains(&c);
        if rest.is_empty() || rest.starts_with(is_end) || rest.starts_with("}}") {
            return Ok(());
        }
        let next = rest.chars().next().unwrap_or_default();
        let message = format!("unexpected {next:?} after `{}`", &self.text[start..self.at]);
        let fault = Fault::new(start..self.at + next.len_utf8(), message);
        Err(fault.help("operands are separated by spaces"))
    }
}
