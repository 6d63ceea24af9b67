//! `enable` or `disable`, as the `tls` parameters say it.

use crate::reader::Choice;

/// Whether something is on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Switch {
    /// It is off.
    #[default]
    Disable,
    /// It is on.
    Enable,
}

impl Choice for Switch {
    const WORDS: &'static [(&'static str, Self)] =
        &[("disable", Self::Disable), ("enable", Self::Enable)];
}
