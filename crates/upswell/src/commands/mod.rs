//! One file a subcommand.

pub(crate) mod explain;
pub(crate) mod rehearse;
