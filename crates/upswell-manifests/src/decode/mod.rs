//! From nodes to types, with all errors of an object at once.
//!
//! An [`Object`] reads the fields of a mapping one by one; what is wrong goes to
//! [`Diagnostics`](crate::diagnostics::Diagnostics), and the fields that are right are still read.
//! Types are as strict as the API server: kubectl sends what YAML says, so a bare `4` is no string
//! and `"3"` is no number.
//!
//! ```
//! use upswell_manifests::decode::{Decode, Object};
//! use upswell_manifests::diagnostics::Diagnostics;
//! use upswell_manifests::yaml::{self, Node};
//! use upswell_units::{Sources, Spanned};
//!
//! struct Reference { kind: String, name: Spanned<String> }
//!
//! impl Decode for Reference {
//!     fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
//!         let mut object = Object::new(node, problems)?;
//!         let (kind, name) = (object.optional("kind"), object.required("name"));
//!         object.finish();
//!         Some(Self { kind: kind.unwrap_or_else(|| "Deployment".to_owned()), name: name? })
//!     }
//! }
//!
//! let mut sources = Sources::default();
//! let file = sources.add("a.yaml", "nam: llm-worker\n");
//! let document = &yaml::parse(sources.text(file), file).documents[0];
//! let mut problems = Diagnostics::default();
//! assert!(Reference::decode(&document.root, &mut problems).is_none());
//! let problems = problems.into_vec();
//! assert_eq!(problems[0].message, "required field `name` is missing");
//! assert_eq!(problems[1].help.as_deref(), Some("did you mean `name`?"));
//! ```

mod fields;
mod object;
mod time;
mod values;

pub(crate) use fields::fields;
pub use object::{Decode, Object};
pub use time::{NotAPrometheusDuration, PrometheusDuration};
pub use values::{IntOrString, Untyped};
pub(crate) use values::{string_enum, unknown_value, wrong_type};
