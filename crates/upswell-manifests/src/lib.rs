//! Kubernetes manifests with spans: read, typed, defaulted, admitted.
//!
//! ```text
//! files, folders, stdin -> bundle -> yaml: text -> nodes with spans
//!                                -> decode: nodes -> types, all errors at once
//!                                -> kinds, keda: one file a kind
//!                                -> settings: upswell.yaml
//!                             |
//!                             +--> admission: what a cluster refuses, and what does nothing in it
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`bundle`] | [`Bundle`](bundle::Bundle): what a command is given, and what is wrong with it |
//! | [`yaml`] | documents, nodes, limits |
//! | [`decode`] | the reader of fields and the plain types |
//! | [`kinds`] | the typed kinds and their table |
//! | [`keda`] | KEDA's kinds, and the HorizontalPodAutoscaler that KEDA generates |
//! | [`admission`] | KEDA's webhook, and a bundle applied to an empty cluster |
//! | [`compile`] | admitted autoscalers as the policies that the engine follows |
//! | [`settings`] | `upswell.yaml`, its defaults and their sources |
//! | [`expectations`] | which alerts must fire in a rehearsal, and which must not |
//! | [`diagnostics`] | the collector of findings |

pub mod admission;
pub mod bundle;
pub mod compile;
pub mod decode;
pub mod diagnostics;
pub mod expectations;
pub mod keda;
pub mod kinds;
pub mod settings;
pub mod yaml;
