//! How much one text may ask for.
//!
//! | limit | value | why |
//! | --- | --- | --- |
//! | [`TEXT_BYTES_MAX`] | 16 MiB | a text beyond it is refused by its size, unread; an object in etcd has at most 1.5 MiB, the rendered kube-prometheus-stack about 5 MB |
//! | [`NODES_MAX`] | 500,000 | bounds the memory to about a hundred bytes a node |
//! | [`ALIAS_NODES_MAX`] | 100,000 | nodes that aliases repeat, the guard against "a billion laughs" |
//! | [`DEPTH_MAX`] | 128 | bounds every recursion over the tree; CRD schemas nest about 50 deep |
//! | [`SYNTAX_ERRORS_MAX`] | 20 | documents of one text that are reported as broken |
//! | [`PROBLEMS_MAX`](crate::diagnostics::PROBLEMS_MAX) | 100 | findings kept for one document |

/// Bytes of one text; a larger one is refused before it is read or parsed.
pub const TEXT_BYTES_MAX: usize = 16 << 20;

/// Nodes of one text, those repeated by aliases included.
pub const NODES_MAX: usize = 500_000;

/// Nodes of one text that aliases may repeat.
pub const ALIAS_NODES_MAX: usize = 100_000;

/// Collections within collections.
pub const DEPTH_MAX: usize = 128;

/// Syntax errors after which the rest of a text is left unread.
pub const SYNTAX_ERRORS_MAX: usize = 20;
