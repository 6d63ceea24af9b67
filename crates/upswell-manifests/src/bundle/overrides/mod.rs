//! Values of a bundle changed from the command line: `--set Kind/name:path=value,value`.
//!
//! ```text
//! arguments -> argument: object, path, values with spans -> grid: found in a bundle, checked
//!                                                                |
//!                       number of a combination -> edit the untyped nodes -> decode again
//! ```
//!
//! | part | as in | says |
//! | --- | --- | --- |
//! | object | `ScaledObject/llm-worker` | kind and name; `Kind/namespace/name` where several have it; `Settings` for `upswell.yaml` |
//! | path | `spec.triggers[0].metadata.listLength` | fields and positions in lists, from 0; a name with dots stands in quotes: `annotations["a.b/c"]` |
//! | values | `4,8,16` | YAML, read as Kubernetes reads it; a comma within quotes or brackets belongs to its value |
//!
//! Where the field held a string in quotes, the new value is a string too; so is a new key of
//! `metadata`, `labels` and the like, which hold strings alone. `null` takes a field away. The last
//! key of a path may be new; all before it must be there.
//!
//! A changed node has its place in the argument, so that whatever is wrong with it later is shown
//! there.

mod argument;
mod edit;
mod grid;

pub use argument::{Override, parse};
pub use grid::{Axis, COMBINATIONS_MAX, Change, Grid};
