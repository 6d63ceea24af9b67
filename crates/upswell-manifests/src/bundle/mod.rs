//! All manifests of a run: files, folders, stdin; their objects, the settings, and what is wrong.
//!
//! ```text
//! paths -> files (walk, sort, read) -> texts -> documents -> items: object | unknown | unreadable
//!                    |                   |          |            |
//!                    +-------- problems of no object, or of the one they belong to
//! ```

mod documents;
mod files;
pub mod overrides;
mod secrets;

use std::io::Read;
use std::path::Path;

use upswell_units::{Diagnostic, ObjectRef, Severity, Sources, Span, Spanned};

pub use files::{BUNDLE_BYTES_MAX, FILES_MAX, STDIN};

use self::documents::{Found, Loader};
use crate::kinds::{Kind, Object};
use crate::settings::Settings;
use crate::yaml::Node;

/// The manifests of a run.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The texts, to which all spans point; the values of Secrets are masked.
    pub sources: Sources,
    /// Objects in the order in which `kubectl apply` would meet them: files by name, documents and
    /// list items from top to bottom.
    pub items: Vec<Item>,
    /// `upswell.yaml`, or the defaults.
    pub settings: Settings,
    /// Where the settings were written.
    pub settings_span: Option<Span>,
    /// All that `upswell.yaml` says, untyped; none where the defaults hold.
    pub settings_node: Option<Node>,
    /// How many files were read.
    pub files: usize,
    /// What is wrong with no single object: files, syntax, settings.
    pub problems: Vec<Diagnostic>,
}

/// One object of a bundle.
#[derive(Clone, Debug)]
pub struct Item {
    /// Kind, namespace and name; empty where the manifest names none.
    pub id: ObjectRef,
    /// Group and version, as in `apps/v1`.
    pub api_version: Spanned<String>,
    /// The place of the kind.
    pub kind_span: Span,
    /// The place of the name; that of the kind where there is none.
    pub name_span: Span,
    /// All that the manifest says, untyped.
    pub node: Node,
    /// What it is.
    pub content: Content,
    /// What is wrong with this object: first its fields, then its text.
    pub problems: Vec<Diagnostic>,
    /// How many of the problems are of its fields.
    field_problems: usize,
}

/// What an object is.
#[derive(Clone, Debug)]
pub enum Content {
    /// Of a kind that is read; still present after a mistake that leaves the rest of use.
    Object(Object),
    /// Of a kind that nobody here reads; kept and named.
    Unknown,
    /// Of a kind that is read, but what is wrong leaves no object.
    Unreadable(Kind),
}

impl Bundle {
    /// Reads files and folders; the path `-` is `stdin`, which is read at most once.
    ///
    /// Folders are walked in the order of their names: `*.yaml`, `*.yml` and `*.json`, nothing
    /// hidden, no folder twice. Never fails as a whole: what cannot be read is among the problems.
    #[must_use]
    pub fn load<P: AsRef<Path>>(paths: &[P], stdin: &mut dyn Read) -> Self {
        files::read(paths, stdin)
    }

    /// Reads one text, with the name that diagnostics will print.
    #[must_use]
    pub fn from_text(name: &str, text: &str) -> Self {
        Self::from_texts([(name, text)])
    }

    /// Reads texts, with the names that diagnostics will print.
    #[must_use]
    pub fn from_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut loader = Loader::default();
        for (name, text) in texts {
            loader.add_text(name, text, Found::Named);
        }
        loader.into_bundle()
    }

    /// Returns the objects that can be read and have no error.
    pub fn objects(&self) -> impl Iterator<Item = (&Item, &Object)> {
        let sound = self.items.iter().filter(|item| !item.has_errors());
        sound.filter_map(|item| Some((item, item.object()?)))
    }

    /// Returns all problems: first those of no object, then those of each object.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.problems.iter().chain(self.items.iter().flat_map(|item| &item.problems))
    }

    /// Returns whether anything is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics().any(Diagnostic::is_error)
    }
}

impl Item {
    /// Returns the object, if it can be read; it may have errors all the same.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        if let Content::Object(object) = &self.content { Some(object) } else { None }
    }

    /// Returns whether the API server would refuse the object as it is written.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}
