//! Reads one argument: the object, the path in it, the values.

use std::fmt;
use std::sync::Arc;

use upswell_units::{Diagnostic, FileId, Sources, Span, Spanned};

use crate::settings;
use crate::yaml::{self, Document, Node};

/// Bytes of one argument: more than any list of values that a thousand combinations can use.
const ARGUMENT_BYTES_MAX: usize = 64 << 10;

/// What is said of a text that is no list.
const NOT_VALUES: &str = "these are no values, separated by commas";

/// An argument of `--set`, not yet looked up in any bundle.
#[derive(Clone, Debug)]
pub struct Override {
    pub(super) subject: Spanned<Subject>,
    /// At least one step.
    pub(super) path: Vec<Spanned<Step>>,
    /// At least one.
    pub(super) values: Vec<Node>,
    /// Object and path as they were written.
    pub(super) name: Spanned<Arc<str>>,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// `upswell.yaml`.
    Settings,
    /// An object of Kubernetes.
    Object { kind: String, namespace: Option<String>, name: String },
}

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(Arc<str>),
    /// Position in a list, from 0.
    Index(usize),
}

/// Reads the arguments of `--set`, whose texts join `sources`.
///
/// # Errors
///
/// The first mistake of each argument; it points at the character.
pub fn parse<A: AsRef<str>>(
    arguments: &[A],
    sources: &mut Sources,
) -> Result<Vec<Override>, Vec<Diagnostic>> {
    let (mut overrides, mut faults) = (Vec::new(), Vec::new());
    for (argument, number) in arguments.iter().map(AsRef::as_ref).zip(1..) {
        // Places in two arguments must have two names.
        let name =
            if arguments.len() == 1 { "--set".to_owned() } else { format!("--set #{number}") };
        let file = sources.add(name, argument);
        if is_of_secret(argument) {
            let values = argument.find('=').unwrap_or(argument.len())..argument.len();
            sources.mask(file, &[values]);
        }
        match Cursor::new(argument, file).read() {
            Ok(read) => overrides.push(read),
            Err(fault) => faults.push(*fault),
        }
    }
    if faults.is_empty() { Ok(overrides) } else { Err(faults) }
}

/// Whether the values may be secret, also where the kind is misspelt.
fn is_of_secret(argument: &str) -> bool {
    let object = argument.split([':', '=']).next().unwrap_or_default();
    object.to_ascii_lowercase().contains("secret")
}

/// A place in an argument, from which it is read on.
struct Cursor<'t> {
    text: &'t str,
    file: FileId,
    at: usize,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl<'t> Cursor<'t> {
    fn new(text: &'t str, file: FileId) -> Self {
        Self { text, file, at: 0 }
    }

    fn read(mut self) -> Read<Override> {
        if self.text.len() > ARGUMENT_BYTES_MAX {
            let limit = ARGUMENT_BYTES_MAX >> 10;
            let message = format!("an argument of `--set` has at most {limit} KiB");
            return Err(Box::new(
                Diagnostic::error("set-too-large", message)
                    .at(self.span(0, 0), "longer than that")
                    .help("give fewer values, or change the manifest"),
            ));
        }
        let subject = self.subject()?;
        let path = self.path()?;
        let name = Spanned::new(self.text[..self.at].into(), self.span(0, self.at));
        let values = self.values()?;
        Ok(Override { subject, path, values, name })
    }

    /// Reads up to the `:` and past it.
    fn subject(&mut self) -> Read<Spanned<Subject>> {
        let word = self.take_until(|c| matches!(c, ':' | '='));
        if self.peek() != Some(':') {
            return Err(self.syntax("a `:` is missing between object and path"));
        }
        self.at += 1;
        let parts: Vec<&str> = word.value.split('/').collect();
        let subject = match parts[..] {
            [settings::KIND] => Subject::Settings,
            _ if parts.iter().any(|part| part.trim().is_empty()) => {
                return Err(self.fault(word.span, "a part of the object's name is empty"));
            }
            [kind, name] => {
                Subject::Object { kind: kind.to_owned(), namespace: None, name: name.to_owned() }
            }
            [kind, namespace, name] => Subject::Object {
                kind: kind.to_owned(),
                namespace: Some(namespace.to_owned()),
                name: name.to_owned(),
            },
            [_] => return Err(self.fault(word.span, "the object has a kind and no name")),
            _ => return Err(self.fault(word.span, "an object has kind, namespace and name")),
        };
        Ok(Spanned::new(subject, word.span))
    }

    /// Reads up to the `=`.
    fn path(&mut self) -> Read<Vec<Spanned<Step>>> {
        let mut path = Vec::new();
        loop {
            let step = match self.peek() {
                Some('=') if !path.is_empty() => return Ok(path),
                Some('[') => self.bracket()?,
                Some('.') if !path.is_empty() => {
                    self.at += 1;
                    self.key()?
                }
                _ if path.is_empty() => self.key()?,
                Some(_) => return Err(self.syntax("a `.`, a `[` or the `=` is due here")),
                None => return Err(self.syntax("a `=` is missing between path and values")),
            };
            path.push(step);
        }
    }

    fn key(&mut self) -> Read<Spanned<Step>> {
        let is_end = |c: char| c.is_whitespace() || ".[]=:,\"'".contains(c);
        let name = self.take_until(is_end);
        if name.value.is_empty() {
            return Err(self.syntax("the name of a field is missing here"));
        }
        Ok(name.map(|name| Step::Key(name.into())))
    }

    /// Reads `[3]` or `["a.b"]`.
    fn bracket(&mut self) -> Read<Spanned<Step>> {
        let start = self.at;
        self.at += 1;
        let step = match self.peek() {
            Some(quote @ ('"' | '\'')) => Step::Key(self.quoted(quote)?.into()),
            Some(digit) if digit.is_ascii_digit() => {
                let digits = self.take_until(|c| !c.is_ascii_digit());
                let index = digits.value.parse();
                Step::Index(index.map_err(|_| self.fault(digits.span, "no list is that long"))?)
            }
            _ => return Err(self.syntax("a position, from 0, or a name in quotes is due here")),
        };
        if self.peek() != Some(']') {
            return Err(self.syntax("a `]` is due here"));
        }
        self.at += 1;
        Ok(Spanned::new(step, self.span(start, self.at)))
    }

    /// Reads a name in quotes; a backslash takes the next character as it is.
    fn quoted(&mut self, quote: char) -> Read<String> {
        let start = self.at;
        let mut name = String::new();
        let mut chars = self.text[start + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' => name.extend(chars.next().map(|(_, escaped)| escaped)),
                c if c == quote => {
                    self.at = start + 1 + offset + c.len_utf8();
                    return Ok(name);
                }
                c => name.push(c),
            }
        }
        Err(self.fault(self.span(start, start + 1), "this quote is never closed"))
    }

    /// Reads from the `=` to the end.
    fn values(&mut self) -> Read<Vec<Node>> {
        let equals = self.at;
        let written = &self.text[equals + 1..];
        if let Some((offset, message)) = gap(written) {
            self.at = equals + 1 + offset;
            return Err(self.syntax(message));
        }
        // The items of a YAML list, at the places that they have in the argument.
        let list = format!("{}[{written}]", " ".repeat(equals));
        let yaml::Parsed { mut documents, mut problems } = yaml::parse(&list, self.file);
        problems.extend(documents.iter_mut().flat_map(|document| document.problems.drain(..)));
        if !problems.is_empty() {
            return Err(self.not_values(problems.swap_remove(0)));
        }
        let list = match &documents[..] {
            [Document { root, .. }] => root.as_sequence(),
            _ => None,
        };
        let whole = self.span(equals + 1, self.text.len());
        let Some(values) = list else {
            return Err(self.fault(whole, NOT_VALUES));
        };
        let is_missing =
            |node: &&Node| node.as_scalar().is_some() && node.span.start == node.span.end;
        match values.iter().find(is_missing) {
            Some(missing) => Err(self.fault(missing.span, "a value is missing here")),
            None => Ok(values.to_vec()),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take_until(&mut self, is_end: impl Fn(char) -> bool) -> Spanned<&'t str> {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let start = self.at;
        self.at += word.len();
        Spanned::new(word, self.span(start, self.at))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        // An argument that is read is shorter than 64 KiB.
        Span::new(self.file, start as u32, end as u32)
    }

    /// What is wrong with the values, in words that fit where there is no file of YAML.
    fn not_values(&self, problem: Diagnostic) -> Box<Diagnostic> {
        match &problem.primary {
            Some(label) if problem.code == yaml::SYNTAX => self.fault(label.span, NOT_VALUES),
            _ => Box::new(problem),
        }
    }

    /// What is wrong with the next character, or with the end.
    fn syntax(&self, message: &str) -> Box<Diagnostic> {
        let length = self.peek().map_or(0, char::len_utf8);
        self.fault(self.span(self.at, self.at + length), message)
    }

    fn fault(&self, span: Span, message: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::error("set-syntax", message).at(span, "here").help(
            "write Kind/name:path=value,value, e.g. \
             'ScaledObject/llm-worker:spec.triggers[0].metadata.listLength=4,8'",
        ))
    }
}

/// Finds a comma without a value, or a bracket too many, and says what is wrong there.
///
/// YAML would say it of a list that the user did not write.
fn gap(written: &str) -> Option<(usize, &'static str)> {
    const MISSING: &str = "a value is missing here";
    let (mut depth, mut quote, mut before) = (0_usize, None, ',');
    let mut chars = written.char_indices();
    while let Some((offset, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => drop(chars.next()),
            (Some(open), c) => quote = Some(open).filter(|open| *open != c),
            // Within a word it is no quote.
            (None, '"' | '\'') if ",[{:".contains(before) => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') if depth == 0 => {
                return Some((offset, "this bracket was never opened"));
            }
            (None, ']' | '}') => depth -= 1,
            (None, ',') if before == ',' => return Some((offset, MISSING)),
            _ => {}
        }
        before = if c.is_whitespace() { before } else { c };
    }
    (before == ',').then_some((written.len(), MISSING))
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str(settings::KIND),
            Self::Object { kind, namespace: None, name } => write!(f, "{kind}/{name}"),
            Self::Object { kind, namespace: Some(namespace), name } => {
                write!(f, "{kind}/{namespace}/{name}")
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => f.write_str(name),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}
