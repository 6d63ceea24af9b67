//! Kubernetes manifests with spans: read, typed, defaulted.
//!
//! ```text
//! files, folders, stdin -> bundle -> yaml: text -> nodes with spans
//!                                -> decode: nodes -> types, all errors at once
//!                                -> kinds: one file a kind
//!                                -> settings: upswell.yaml
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`bundle`] | [`Bundle`](bundle::Bundle): what a command is given, and what is wrong with it |
//! | [`yaml`] | documents, nodes, limits |
//! | [`decode`] | the reader of fields and the plain types |
//! | [`kinds`] | the typed kinds and their table |
//! | [`settings`] | `upswell.yaml`, its defaults and their sources |
//! | [`diagnostics`] | the collector of findings |

pub mod admission;
pub mod bundle;
pub mod compile;
pub mod decode;
pub mod diagnostics;
pub mod keda;
pub mod kinds;
pub mod settings;
pub mod yaml;
