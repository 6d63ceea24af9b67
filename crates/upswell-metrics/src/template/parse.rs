//! Tokens to a tree.

use upswell_units::nearest;

use crate::template::functions;
use crate::template::lex::{Spanned, Token, lex};
use crate::template::literal::{self, NumberError};
use crate::template::tree::{Command, Fault, Node, Operand, Pipeline, Span, Term, Tree};
use crate::template::value::Value;

/// How deep actions and parentheses may nest; Go's own bound is 10,000 parentheses.
const DEPTH_MAX: usize = 64;

/// Words that cannot name a function.
const KEYWORDS: [&str; 10] =
    ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

/// Parses a template that may use the variables `known` beside `$`.
pub(super) fn parse(text: &str, known: &[&str]) -> Result<Tree, Fault> {
    let tokens = lex(text)?;
    let mut variables = vec!["$".to_owned()];
    variables.extend(known.iter().map(|name| (*name).to_owned()));
    let mut parser =
        Parser { text, tokens, at: 0, variables, ranges: 0, depth: 0, tree: Tree::default() };
    let (root, end) = parser.nodes()?;
    if let Some(end) = end {
        return Err(Fault::new(end.at, format!("unexpected {{{{{}}}}}", end.word)));
    }
    Ok(Tree { root, ..parser.tree })
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Spanned<'a>>,
    at: usize,
    /// Variables in scope; a name may be there twice.
    variables: Vec<String>,
    /// Ranges around.
    ranges: usize,
    depth: usize,
    tree: Tree,
}

/// The `end` or `else` that ended a row of nodes; what follows the word is not read yet.
struct Ending {
    word: &'static str,
    at: Span,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).map(|spanned| spanned.token)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(Token::Space) {
            self.at += 1;
        }
    }

    /// Where the next token is; the end of the text if there is none.
    fn here(&self) -> Span {
        let end = self.text.len()..self.text.len();
        self.tokens.get(self.at).map_or(end, |spanned| spanned.at.clone())
    }

    /// From the start of `start` to the last token that was taken.
    fn since(&self, start: &Span) -> Span {
        let last = self.tokens.get(self.at.saturating_sub(1));
        start.start..last.map_or(start.end, |spanned| spanned.at.end.max(start.end))
    }

    fn unexpected(&self, context: &str) -> Fault {
        let at = self.here();
        let found = match &self.text[at.clone()] {
            "" => "the end".to_owned(),
            text => format!("`{text}`"),
        };
        Fault::new(at, format!("unexpected {found} in {context}"))
    }

    fn expect_close(&mut self, context: &str) -> Result<(), Fault> {
        self.skip_space();
        if self.peek() != Some(Token::Close) {
            return Err(self.unexpected(context));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes one level down; the caller goes up again.
    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} actions or parentheses in one another");
            return Err(Fault::new(self.here(), message));
        }
        Ok(())
    }

    /// Reads nodes up to an `end`, an `else` or the end of the text.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<Ending>), Fault> {
        let mut nodes = Vec::new();
        loop {
            let open = self.here();
            match self.next() {
                None => return Ok((nodes, None)),
                Some(Token::Text(text)) => nodes.push(Node::Text(text.to_owned())),
                Some(Token::Open) => {
                    self.skip_space();
                    if let Some(word) = self.ending() {
                        return Ok((nodes, Some(Ending { word, at: self.since(&open) })));
                    }
                    nodes.extend(self.action(&open)?);
                }
                Some(_) => {
                    self.at -= 1;
                    return Err(self.unexpected("a template"));
                }
            }
        }
    }

    /// Takes the word `end` or `else`, if it comes next.
    fn ending(&mut self) -> Option<&'static str> {
        let word = match self.peek() {
            Some(Token::Word("end")) => "end",
            Some(Token::Word("else")) => "else",
            _ => return None,
        };
        self.at += 1;
        Some(word)
    }

    /// Reads an action after its `{{`; a definition is no node.
    fn action(&mut self, open: &Span) -> Result<Option<Node>, Fault> {
        let word = match self.peek() {
            Some(Token::Word(word)) if KEYWORDS.contains(&word) => word,
            _ => {
                return self
                    .pipeline("an action", Token::Close)
                    .map(|pipe| Some(Node::Action(pipe)));
            }
        };
        self.at += 1;
        self.deeper()?;
        let node = match word {
            "if" => self.choice(open, false).map(Some),
            "with" => self.choice(open, true).map(Some),
            "range" => self.range(open).map(Some),
            "template" => self.template(open).map(Some),
            "block" => self.block(open).map(Some),
            "define" if self.depth == 1 => self.define(open).map(|()| None),
            "define" => Err(Fault::new(self.since(open), "a definition stands inside of nothing")),
            _ if self.ranges == 0 => {
                let message = format!("`{word}` stands outside of a range");
                Err(Fault::new(self.since(open), message))
            }
            "break" => self.expect_close("`break`").map(|()| Some(Node::Break)),
            _ => self.expect_close("`continue`").map(|()| Some(Node::Continue)),
        };
        self.depth -= 1;
        node
    }

    /// Reads the nodes of a block and the `end` or `else` after it.
    fn body(&mut self, open: &Span, word: &str) -> Result<(Vec<Node>, Ending), Fault> {
        let (nodes, ending) = self.nodes()?;
        let ending = ending.ok_or_else(|| {
            let fault = Fault::new(open.start..open.end, format!("`{word}` has no {{{{end}}}}"));
            fault.help("close it with {{end}}")
        })?;
        Ok((nodes, ending))
    }

    /// Reads the last block of an action, which nothing but `end` may follow.
    fn last_body(&mut self, open: &Span, word: &str) -> Result<Vec<Node>, Fault> {
        let (nodes, ending) = self.body(open, word)?;
        if ending.word != "end" {
            return Err(Fault::new(ending.at, format!("expected {{{{end}}}} of `{word}`")));
        }
        self.expect_close("`end`")?;
        Ok(nodes)
    }

    /// Reads `if` or `with` with all its `else`.
    fn choice(&mut self, open: &Span, is_with: bool) -> Result<Node, Fault> {
        let word = if is_with { "with" } else { "if" };
        let scope = self.variables.len();
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        loop {
            let condition = self.pipeline(word, Token::Close)?;
            let (body, ending) = self.body(open, word)?;
            branches.push((condition, body));
            if ending.word == "end" {
                self.expect_close("`end`")?;
                break;
            }
            self.skip_space();
            if self.peek() == Some(Token::Word(word)) {
                self.at += 1;
                continue;
            }
            self.expect_close("`else`")?;
            otherwise = self.last_body(open, word)?;
            break;
        }
        self.variables.truncate(scope);
        Ok(Node::Choice { is_with, branches, otherwise })
    }

    fn range(&mut self, open: &Span) -> Result<Node, Fault> {
        let scope = self.variables.len();
        let over = self.pipeline("range", Token::Close)?;
        self.ranges += 1;
        let (body, ending) = self.body(open, "range")?;
        self.ranges -= 1;
        self.expect_close("range")?;
        let otherwise = match ending.word {
            "else" => self.last_body(open, "range")?,
            _ => Vec::new(),
        };
        self.variables.truncate(scope);
        Ok(Node::Range { over, body, otherwise })
    }

    /// Reads the name of a template, in quotes.
    fn name(&mut self, context: &str) -> Result<String, Fault> {
        self.skip_space();
        let at = self.here();
        match self.next() {
            Some(Token::Quoted(quoted)) => text_of(quoted, at),
            Some(Token::Raw(text)) => Ok(text.to_owned()),
            _ => {
                self.at -= 1;
                Err(self.unexpected(context).help("the name of a template stands in quotes"))
            }
        }
    }

    fn template(&mut self, open: &Span) -> Result<Node, Fault> {
        let name = self.name("`template`")?;
        self.skip_space();
        let dot = match self.peek() {
            Some(Token::Close) => self.expect_close("`template`").map(|()| None)?,
            _ => Some(self.pipeline("`template`", Token::Close)?),
        };
        Ok(Node::Template { name, dot, at: self.since(open) })
    }

    fn define(&mut self, open: &Span) -> Result<(), Fault> {
        let name = self.name("`define`")?;
        self.expect_close("`define`")?;
        self.definition(open, name, "define")
    }

    /// Reads `block`: a definition and its use in one.
    fn block(&mut self, open: &Span) -> Result<Node, Fault> {
        let name = self.name("`block`")?;
        let dot = Some(self.pipeline("`block`", Token::Close)?);
        let at = self.since(open);
        self.definition(open, name.clone(), "block")?;
        Ok(Node::Template { name, dot, at })
    }

    /// Reads the body of a definition; it sees no variable from outside.
    fn definition(&mut self, open: &Span, name: String, word: &str) -> Result<(), Fault> {
        let outside = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let body = self.last_body(open, word)?;
        (self.variables, self.ranges) = (outside, ranges);
        let is_empty = |nodes: &[Node]| {
            nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
        };
        match self.tree.definitions.get(&name) {
            Some(earlier) if !is_empty(earlier) && !is_empty(&body) => {
                let message = format!("template {name:?} is defined twice");
                Err(Fault::new(open.start..open.end, message))
            }
            Some(earlier) if !is_empty(earlier) => Ok(()),
            _ => {
                self.tree.definitions.insert(name, body);
                Ok(())
            }
        }
    }

    /// Reads commands up to `end`, which is taken.
    fn pipeline(&mut self, context: &str, end: Token<'_>) -> Result<Pipeline, Fault> {
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
            self.skip_space();
            if matches!(self.peek(), Some(Token::Close | Token::CloseParen) | None) {
                return Err(self.unexpected("a pipeline").help("a function follows `|`"));
            }
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
fn text_of(quoted: &str, at: Span) -> Result<String, Fault> {
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
