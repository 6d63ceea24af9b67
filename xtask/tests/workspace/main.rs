//! The rules of the workspace that no compiler checks: which room may import which, what licences
//! may come in, which crates may come twice, and what no tracked file may contain.

mod dependencies;
mod licence;
mod tracked;
