//! One file a subcommand.

pub(crate) mod explain;
pub(crate) mod rehearse;

/// How a command prints its data.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// For scripts, versioned
    Json,
}
