//! All combinations of the values, each a bundle of its own.

use std::sync::Arc;

use upswell_units::{Diagnostic, Sources, Span, Spanned, nearest};

use super::argument::{Override, Step, Subject};
use super::edit;
use crate::bundle::documents::read_again;
use crate::bundle::{Bundle, Content, Item};
use crate::decode::Decode;
use crate::diagnostics::Diagnostics;
use crate::settings::{self, Settings};
use crate::yaml::{Node, Style};

/// Combinations of one grid: a thousand rows are more than anybody reads.
pub const COMBINATIONS_MAX: usize = 1000;

/// The combinations of the values of all arguments; one that changes nothing without arguments.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    axes: Vec<Axis>,
}

/// A place in a bundle with the values that it is to take.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Object and path, as they were written.
    pub name: Arc<str>,
    /// The values, as they were written.
    pub texts: Vec<String>,
    /// Which of the values the bundle has by itself.
    pub own: Option<usize>,
    document: Document,
    path: Vec<Spanned<Step>>,
    /// The values, each of the type that its place asks for.
    values: Vec<Node>,
    /// The value that is there, or the object that gets a new key.
    place: Span,
}

/// What a manifest must say to have a value of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it says otherwise, or the object that does not say it yet.
    pub at: Span,
    /// The line, without its indentation: `listLength: "8"`.
    pub line: String,
}

/// A part of a bundle that is decoded as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Document {
    Settings,
    /// The item at this position.
    Item(usize),
}

impl Grid {
    /// Finds the places of all overrides in a bundle.
    ///
    /// # Errors
    ///
    /// What is not there, is ambiguous, comes twice, or must not be set; more than
    /// [`COMBINATIONS_MAX`] combinations.
    pub fn new(overrides: Vec<Override>, bundle: &Bundle) -> Result<Self, Vec<Diagnostic>> {
        let (mut axes, mut faults): (Vec<Axis>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
        for change in overrides {
            let whole = change.name.span;
            match Axis::new(change, bundle) {
                Ok(axis) => match axes.iter().find(|other| other.overlaps(&axis)) {
                    Some(other) => faults.push(overlap(whole, &other.name)),
                    None => axes.push(axis),
                },
                Err(fault) => faults.push(*fault),
            }
        }
        let grid = Self { axes };
        if grid.combinations() > COMBINATIONS_MAX {
            faults.push(grid.too_many());
        }
        if faults.is_empty() { Ok(grid) } else { Err(faults) }
    }

    /// Returns the places, in the order of the arguments.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Returns how many combinations there are.
    #[must_use]
    pub fn combinations(&self) -> usize {
        self.axes.iter().fold(1, |product, axis| product.saturating_mul(axis.values.len()))
    }

    /// Returns the position of the value that each axis has in a combination.
    ///
    /// The last axis changes fastest.
    #[must_use]
    pub fn choices(&self, combination: usize) -> Vec<usize> {
        let mut rest = combination;
        let mut choices: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let choice = rest % axis.values.len();
                rest /= axis.values.len();
                choice
            })
            .collect();
        choices.reverse();
        choices
    }

    /// Returns the bundle with the values of a combination.
    #[must_use]
    pub fn apply(&self, combination: usize, bundle: &Bundle) -> Bundle {
        let mut bundle = bundle.clone();
        for (axis, choice) in self.axes.iter().zip(self.choices(combination)) {
            axis.apply(choice, &mut bundle);
        }
        bundle
    }

    fn too_many(&self) -> Diagnostic {
        let counts: Vec<String> =
            self.axes.iter().map(|axis| axis.values.len().to_string()).collect();
        let (counts, all) = (counts.join(" x "), self.combinations());
        let message =
            format!("{counts} values make {all} combinations, {COMBINATIONS_MAX} are the limit");
        Diagnostic::error("set-too-many", message)
            .help("give fewer values, or compare one `--set` after the other")
    }
}

impl Axis {
    fn new(change: Override, bundle: &Bundle) -> Result<Self, Box<Diagnostic>> {
        let Override { subject, path, values, name } = change;
        let (document, root) = document(&subject, &name.value, bundle)?;
        if let [Spanned { value: Step::Key(key), span }] = &path[..]
            && matches!(&**key, "apiVersion" | "kind")
        {
            let message = format!("`{key}` says what the object is, and cannot be set");
            return Err(Box::new(
                Diagnostic::error("set-unknown-path", message)
                    .at(*span, "not to be set")
                    .help("change the manifest"),
            ));
        }
        let mut typed: Vec<Node> = Vec::with_capacity(values.len());
        for value in &values {
            let changed = edit::replaced(root, &path, value)?;
            let value = edit::find(&changed, &path).unwrap_or(value).clone();
            if let Some(first) = typed.iter().find(|other| edit::is_same(other, &value)) {
                return Err(Box::new(value_twice(first.span, value.span)));
            }
            typed.push(value);
        }
        let old = edit::find(root, &path);
        let parent = edit::find(root, &path[..path.len() - 1]);
        Ok(Self {
            name: name.value,
            texts: values.iter().map(|value| text(value, &bundle.sources)).collect(),
            own: old.and_then(|old| typed.iter().position(|value| edit::is_same(value, old))),
            document,
            place: old.map_or_else(|| parent.unwrap_or(root).head(), |old| old.span),
            path,
            values: typed,
        })
    }

    /// Returns what a manifest must say to have a value, by its position.
    ///
    /// # Panics
    ///
    /// Where there is no such value.
    #[must_use]
    pub fn change(&self, choice: usize) -> Change {
        let value = &self.values[choice];
        let written = &self.texts[choice];
        // A string that was given without quotes.
        let became_string = value.as_scalar().is_some_and(|scalar| scalar.style == Style::Quoted)
            && !written.starts_with(['"', '\'', '!']);
        let written = if became_string { quoted(written) } else { written.clone() };
        let line = match self.path.last().map(|step| &step.value) {
            Some(Step::Key(key)) if is_plain(key) => format!("{key}: {written}"),
            Some(Step::Key(key)) => format!("{}: {written}", quoted(key)),
            Some(Step::Index(_)) | None => format!("- {written}"),
        };
        Change { at: self.place, line }
    }

    fn apply(&self, choice: usize, bundle: &mut Bundle) {
        let value = &self.values[choice];
        match self.document {
            Document::Settings => {
                let Some(node) = &bundle.settings_node else { return };
                // The place was found when the grid was made, and no other axis overlaps it.
                let Ok(changed) = edit::replaced(node, &self.path, value) else { return };
                let mut problems = Diagnostics::default();
                if let Some(settings) = Settings::decode(&changed, &mut problems) {
                    bundle.settings = settings;
                }
                bundle.problems.extend(problems.into_vec());
                bundle.settings_node = Some(changed);
            }
            Document::Item(index) => {
                let Some(item) = bundle.items.get_mut(index) else { return };
                let Ok(changed) = edit::replaced(&item.node, &self.path, value) else { return };
                *item = read_again(item, &changed);
            }
        }
    }

    /// Whether one path is the other one, or leads into it.
    fn overlaps(&self, other: &Self) -> bool {
        let mut steps = self.path.iter().zip(&other.path);
        self.document == other.document && steps.all(|(own, other)| own.value == other.value)
    }
}

/// Finds the document that an argument is about.
fn document<'b>(
    subject: &Spanned<Subject>,
    name: &str,
    bundle: &'b Bundle,
) -> Result<(Document, &'b Node), Box<Diagnostic>> {
    let Subject::Object { kind, .. } = &subject.value else {
        let node = bundle.settings_node.as_ref().ok_or_else(|| no_settings(subject.span))?;
        return Ok((Document::Settings, node));
    };
    if kind == "Secret" {
        return Err(Box::new(
            Diagnostic::error("set-secret", "values of a Secret are not set on the command line")
                .at(subject.span, "a Secret")
                .help("change it where it is: they would be printed beside each outcome"),
        ));
    }
    let mut found =
        bundle.items.iter().enumerate().filter(|(_, item)| is_meant(item, &subject.value));
    match (found.next(), found.next()) {
        (None, _) => Err(no_object(subject, bundle)),
        (Some((_, first)), Some((_, second))) => Err(ambiguous(subject, name, first, second)),
        (Some((_, Item { content: Content::Unknown, kind_span, .. })), None) => Err(Box::new(
            Diagnostic::error("set-unknown-kind", format!("nothing here reads a {kind}"))
                .at(subject.span, "no rehearsal would differ")
                .also_at(*kind_span, "kept, and not read")
                .help("set a value of an object that plays a part"),
        )),
        (Some((index, item)), None) => Ok((Document::Item(index), &item.node)),
    }
}

fn is_meant(item: &Item, subject: &Subject) -> bool {
    let Subject::Object { kind, namespace, name } = subject else { return false };
    let same_namespace = namespace.as_ref().is_none_or(|namespace| item.id.namespace == *namespace);
    item.id.kind == *kind && item.id.name == *name && same_namespace
}

fn no_settings(here: Span) -> Box<Diagnostic> {
    let example = format!("`apiVersion: {}` and `kind: {}`", settings::API_VERSION, settings::KIND);
    Box::new(
        Diagnostic::error("set-unknown-object", "the bundle has no settings")
            .at(here, "no upswell.yaml among the files")
            .help(format!("add one with {example}, and the object that is to be changed")),
    )
}

fn no_object(subject: &Spanned<Subject>, bundle: &Bundle) -> Box<Diagnostic> {
    let wanted = subject.value.to_string();
    let is_full = wanted.matches('/').count() > 1;
    let names: Vec<String> = bundle
        .items
        .iter()
        .map(|Item { id, .. }| match id.namespace.as_str() {
            namespace if is_full => format!("{}/{namespace}/{}", id.kind, id.name),
            _ => id.to_string(),
        })
        .collect();
    let names = || names.iter().map(String::as_str);
    let help = match nearest(&wanted, names()) {
        Some(guess) => format!("did you mean `{guess}`?"),
        None => edit::there_is(names()),
    };
    Box::new(
        Diagnostic::error("set-unknown-object", format!("the bundle has no {wanted}"))
            .at(subject.span, "not there")
            .help(help),
    )
}

fn ambiguous(
    subject: &Spanned<Subject>,
    name: &str,
    first: &Item,
    second: &Item,
) -> Box<Diagnostic> {
    let namespace = |item: &Item| item.id.namespace.clone();
    let help = if namespace(first) == namespace(second) {
        "name the files one by one, and leave one of the two out".to_owned()
    } else {
        let rest = name.split_once(':').map_or("", |(_, path)| path);
        let namespaces = [namespace(first), namespace(second)];
        let known = namespaces.into_iter().find(|namespace| !namespace.is_empty());
        let Item { id, .. } = first;
        format!("write `{}/{}/{}:{rest}=…`", id.kind, known.unwrap_or_default(), id.name)
    };
    let message = format!("several objects are called {}", subject.value);
    Box::new(
        Diagnostic::error("set-ambiguous", message)
            .at(subject.span, "which one?")
            .also_at(first.name_span, "one")
            .also_at(second.name_span, "another one")
            .help(help),
    )
}

fn overlap(here: Span, other: &str) -> Diagnostic {
    Diagnostic::error("set-twice", "two arguments set the same value, or a part of it")
        .at(here, "set again")
        .help(format!("give all values of `{other}` in one argument"))
}

fn value_twice(first: Span, again: Span) -> Diagnostic {
    Diagnostic::error("set-twice", "a value comes twice")
        .at(again, "again here")
        .also_at(first, "first here")
        .help("remove one of them")
}

/// A value as it was written, on one line.
fn text(value: &Node, sources: &Sources) -> String {
    sources.snippet(value.span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether YAML takes a key without quotes.
fn is_plain(key: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(is_plain)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
