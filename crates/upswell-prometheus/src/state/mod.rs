//! What rules remember over a restart, in a file of `redb`: alerts with their times.

mod file;

pub use file::{StateFile, StateFileError};
