//! Tokens to a tree: text, actions and what they enclose.

use crate::template::lex::{Spanned, Token, lex};
use crate::template::pipeline::text_of;
use crate::template::tree::{Fault, Node, Span, Tree};

/// How deep actions and parentheses may nest; Go's own bound is 10,000 parentheses.
const DEPTH_MAX: usize = 64;

/// Words that cannot name a function.
pub(super) const KEYWORDS: [&str; 10] =
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

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Spanned<'a>>,
    pub(super) at: usize,
    /// Variables in scope; a name may be there twice.
    pub(super) variables: Vec<String>,
    /// Ranges around.
    ranges: usize,
    pub(super) depth: usize,
    tree: Tree,
}

/// The `end` or `else` that ended a row of nodes; what follows the word is not read yet.
struct Ending {
    word: &'static str,
    at: Span,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).map(|spanned| spanned.token)
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    pub(super) fn skip_space(&mut self) {
        while self.peek() == Some(Token::Space) {
            self.at += 1;
        }
    }

    /// Where the next token is; the end of the text if there is none.
    pub(super) fn here(&self) -> Span {
        let end = self.text.len()..self.text.len();
        self.tokens.get(self.at).map_or(end, |spanned| spanned.at.clone())
    }

    /// From the start of `start` to the last token that was taken.
    pub(super) fn since(&self, start: &Span) -> Span {
        let last = self.tokens.get(self.at.saturating_sub(1));
        start.start..last.map_or(start.end, |spanned| spanned.at.end.max(start.end))
    }

    pub(super) fn unexpected(&self, context: &str) -> Fault {
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
    pub(super) fn deeper(&mut self) -> Result<(), Fault> {
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
}
