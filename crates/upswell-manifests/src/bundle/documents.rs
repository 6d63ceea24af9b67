//! From documents to objects: which kind each one is, lists taken apart.

use upswell_units::{Diagnostic, FileId, ObjectRef, Span, Spanned, nearest};

use super::{Bundle, Content, Item, secrets};
use crate::decode::Decode;
use crate::diagnostics::Diagnostics;
use crate::expectations;
use crate::kinds::{Kind, Lookup, Object, Scope};
use crate::settings::{self, Settings};
use crate::yaml::{self, Document, Node};

/// How the user came to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Named on the command line, or on stdin: it must hold manifests.
    Named,
    /// In a folder, where other YAML may lie too.
    InFolder,
}

/// Findings of a bundle after which the rest is not read.
const PROBLEMS_MAX: usize = 300;

/// Fills a bundle, text by text.
#[derive(Default)]
pub(super) struct Loader {
    bundle: Bundle,
    problems: usize,
}

impl Loader {
    /// Returns what was read.
    pub(super) fn into_bundle(mut self) -> Bundle {
        if self.is_full() {
            let message = format!("more than {PROBLEMS_MAX} findings; the rest is not read");
            self.bundle.problems.push(
                Diagnostic::error("more-findings", message)
                    .help("mend the first ones, or the path"),
            );
        }
        self.bundle
    }

    /// Whether so much is wrong that reading on would help nobody.
    pub(super) fn is_full(&self) -> bool {
        self.problems > PROBLEMS_MAX
    }

    /// Reports what is wrong with no single object.
    pub(super) fn report(&mut self, problem: Diagnostic) {
        self.problems += 1;
        self.bundle.problems.push(problem);
    }

    /// Reads a text into the bundle.
    pub(super) fn add_text(&mut self, name: &str, text: &str, found: Found) {
        if self.is_full() {
            return;
        }
        let file = self.bundle.sources.add(name, text);
        self.bundle.files += 1;
        let parsed = yaml::parse(text, file);
        let hidden = secrets::hidden(text, &parsed);
        if !hidden.is_empty() {
            self.bundle.sources.mask(file, &hidden);
        }
        let yaml::Parsed { documents, problems } = parsed;
        problems.into_iter().for_each(|problem| self.report(named(problem, name)));
        for document in documents {
            self.add_document(document, file, found);
        }
    }

    fn add_document(&mut self, document: Document, file: FileId, found: Found) {
        if self.is_full() {
            return;
        }
        let Document { root, problems } = document;
        let first_item = self.bundle.items.len();
        // A document that lost its indentation has no fields to speak of.
        let is_flat = problems.iter().any(|problem| problem.code == yaml::LOST_INDENTATION);
        if !root.is_null() && !is_flat {
            self.add_node(&root, None, found);
        }
        self.problems += problems.len();
        for problem in problems {
            let span = problem.primary.as_ref().map(|label| label.span);
            let owner = span.and_then(|span| {
                self.bundle.items[first_item..]
                    .iter_mut()
                    .find(|item| contains(item.node.span, span))
            });
            match owner {
                Some(item) => item.problems.push(problem),
                None => {
                    let problem = named(problem, self.bundle.sources.name(file));
                    self.bundle.problems.push(problem);
                }
            }
        }
    }

    /// Adds one object, or the objects of a list; `of_list` is the header of a list whose items may
    /// leave theirs out.
    fn add_node(&mut self, node: &Node, of_list: Option<&Header>, found: Found) {
        if self.is_full() {
            return;
        }
        let header = match read_header(node, of_list, found) {
            Ok(header) => header,
            Err(problem) => return self.report(*problem),
        };
        if let Some(note) = foreign(&header) {
            return self.report(note);
        }
        if header.api_version.value == settings::API_VERSION && header.kind.value == settings::KIND
        {
            return self.add_settings(node, header.kind.span);
        }
        // They say what must come of the bundle, not what is in it.
        if header.api_version.value == settings::API_VERSION
            && header.kind.value == expectations::KIND
        {
            return;
        }
        if let Some(item_kind) = header.kind.value.strip_suffix("List")
            && let Some(items) = node.get("items").and_then(Node::as_sequence)
        {
            // The items of a `DeploymentList` may leave out what those of a `List` may not.
            let kind = header.kind.as_ref().map(|_| item_kind.to_owned());
            let header = Header { api_version: header.api_version.clone(), kind };
            let header = Some(header).filter(|header| !header.kind.value.is_empty());
            for item in items.iter().filter(|item| !item.is_null()) {
                self.add_node(item, header.as_ref(), Found::Named);
            }
            return;
        }
        let item = read_item(node, header);
        self.problems += item.problems.len();
        self.bundle.items.push(item);
    }

    fn add_settings(&mut self, node: &Node, kind_span: Span) {
        if let Some(first) = self.bundle.settings_span {
            self.report(
                Diagnostic::error("settings-twice", "two settings in one bundle")
                    .at(kind_span, "again here, not read")
                    .also_at(first, "first here")
                    .help("merge them into one `upswell.yaml`"),
            );
            return;
        }
        let mut problems = Diagnostics::default();
        if let Some(settings) = Settings::decode(node, &mut problems) {
            self.bundle.settings = settings;
        }
        self.bundle.settings_span = Some(kind_span);
        self.bundle.settings_node = Some(node.clone());
        problems.into_vec().into_iter().for_each(|problem| self.report(problem));
    }
}

/// A finding without a place says at least which file it is about.
fn named(mut problem: Diagnostic, name: &str) -> Diagnostic {
    if problem.primary.is_none() {
        problem.message = format!("{name}: {}", problem.message);
    }
    problem
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// What an object says it is.
struct Header {
    api_version: Spanned<String>,
    kind: Spanned<String>,
}

fn read_header(
    node: &Node,
    of_list: Option<&Header>,
    found: Found,
) -> Result<Header, Box<Diagnostic>> {
    let text = |name: &str| {
        let value = node.get(name)?;
        Some(Spanned::new(value.as_str()?.to_owned(), value.span))
    };
    let inherited =
        |field: fn(&Header) -> &Spanned<String>| of_list.map(|list| field(list).clone());
    let api_version = text("apiVersion").or_else(|| inherited(|list| &list.api_version));
    let kind = text("kind").or_else(|| inherited(|list| &list.kind));
    // A folder holds other YAML too, such as that of a pipeline.
    let new = match found {
        Found::InFolder if api_version.is_none() && kind.is_none() => Diagnostic::warning,
        Found::InFolder | Found::Named => Diagnostic::error,
    };
    let missing = match (api_version, kind) {
        (Some(api_version), Some(kind)) => return Ok(Header { api_version, kind }),
        (None, None) => "`apiVersion` and `kind` are missing",
        (None, Some(_)) => "`apiVersion` is missing",
        (Some(_), None) => "`kind` is missing",
    };
    let problem = new("not-an-object", format!("this is no Kubernetes object: {missing}"));
    let problem = problem
        .at(node.head(), "in this document")
        .help("add them, e.g. `apiVersion: apps/v1` and `kind: Deployment`, or move the file away");
    Err(Box::new(problem))
}

/// Files of tools that make manifests.
fn foreign(header: &Header) -> Option<Diagnostic> {
    let is_kustomization = header.kind.value == "Kustomization"
        && header.api_version.value.starts_with("kustomize.config.k8s.io/");
    is_kustomization.then(|| {
        Diagnostic::note("kustomization", "a kustomization is not applied")
            .at(header.kind.span, "the manifests beside it are read as they are")
            .help(
                "read its outcome from stdin instead: `kustomize build DIR | upswell rehearse - …`",
            )
    })
}

/// Reads an object again after a value of it was changed; what is wrong with its text stays.
pub(super) fn read_again(item: &Item, node: &Node) -> Item {
    let kind = Spanned::new(item.id.kind.clone(), item.kind_span);
    let mut changed = read_item(node, Header { api_version: item.api_version.clone(), kind });
    changed.problems.extend_from_slice(&item.problems[item.field_problems..]);
    changed
}

fn read_item(node: &Node, header: Header) -> Item {
    let Header { api_version, kind } = header;
    let metadata = node.get("metadata");
    let text = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    let name = text("name").filter(|name| !name.is_null());
    let mut problems = Diagnostics::default();
    let lookup = Kind::lookup(&api_version.value, &kind.value);
    let content = match lookup {
        Lookup::Known(known) => {
            let named_by = name.or_else(|| text("generateName"));
            if let (Some(metadata), None) = (metadata.filter(|node| !node.is_null()), named_by) {
                problems.push(nameless(metadata.head()));
            }
            match Object::decode(known, &api_version.value, node, &mut problems) {
                Some(object) => Content::Object(object),
                None => Content::Unreadable(known),
            }
        }
        Lookup::OtherVersion(known) => {
            problems.push(other_version(known, &api_version));
            Content::Unreadable(known)
        }
        Lookup::Unknown => {
            problems_of_unknown(&api_version, &kind, &mut problems);
            Content::Unknown
        }
    };
    let is_cluster_wide = matches!(lookup, Lookup::Known(known) if known.scope() == Scope::Cluster);
    let namespace = text("namespace").filter(|_| !is_cluster_wide);
    let problems = problems.into_vec();
    let owned = |node: Option<&Node>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    Item {
        id: ObjectRef { kind: kind.value, namespace: owned(namespace), name: owned(name) },
        api_version,
        kind_span: kind.span,
        name_span: name.map_or(kind.span, |name| name.span),
        node: node.clone(),
        content,
        field_problems: problems.len(),
        problems,
    }
}

fn nameless(here: Span) -> Diagnostic {
    Diagnostic::error("missing-field", "an object needs `metadata.name`")
        .at(here, "no name here")
        .help("add `name:` below `metadata:`")
}

fn other_version(known: Kind, api_version: &Spanned<String>) -> Diagnostic {
    let message = format!("{} has no version `{}`", known.name(), api_version.value);
    Diagnostic::error("unsupported-version", message)
        .at(api_version.span, "not served by Kubernetes 1.36 and the operators of 2026")
        .help(format!("write `apiVersion: {}`, and check the fields", known.api_version()))
}

/// The group of `upswell.yaml`.
const SETTINGS_GROUP: &str = "upswell.dev";

/// An unknown kind is fine, unless it is very like a known one.
fn problems_of_unknown(
    api_version: &Spanned<String>,
    kind: &Spanned<String>,
    problems: &mut Diagnostics,
) {
    let group = api_version.value.split_once('/').map_or("", |(group, _)| group);
    if group == SETTINGS_GROUP && kind.value == settings::KIND {
        let message = format!("there are no settings of `{}`", api_version.value);
        problems.push(
            Diagnostic::error("unsupported-version", message)
                .at(api_version.span, "not this version")
                .help(format!("write `apiVersion: {}`", settings::API_VERSION)),
        );
        return;
    }
    let same_name = Kind::ALL.iter().find(|known| known.name() == kind.value);
    // The groups of Kubernetes itself, old ones included, have short names; others, such as
    // `serving.knative.dev`, have kinds of the same name.
    if let Some(known) = same_name.filter(|_| !group.contains('.')) {
        let message = format!("there is no {} in `{}`", kind.value, api_version.value);
        problems.push(
            Diagnostic::error("unsupported-version", message)
                .at(api_version.span, "not this group")
                .help(format!("write `apiVersion: {}`", known.api_version())),
        );
        return;
    }
    let of_group = Kind::ALL.iter().filter(|known| known.group() == group).map(|k| k.name());
    // `Pod` and `PodMonitor` are alike too: only a typo counts, not a longer form.
    let typo = nearest(&kind.value, of_group)
        .filter(|guess| !guess.starts_with(&kind.value) && !kind.value.starts_with(guess));
    if let Some(guess) = typo {
        problems.push(
            Diagnostic::warning("unknown-kind", format!("unknown kind `{}`", kind.value))
                .at(kind.span, "kept, and not read")
                .help(format!("did you mean `{guess}`?")),
        );
    }
}
