//! What stdout is: a terminal with a width and colours, or a file with neither.

use std::io::{self, IsTerminal};

use upswell_sim::Layout;

/// Characters of a line where nobody says: a pipe or a file gets the same bytes everywhere.
const WIDTH: usize = 100;

/// Returns the layout for stdout. Colour only on a terminal, unless `NO_COLOR` is set.
pub(crate) fn layout() -> Layout {
    let is_terminal = io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| is_terminal);
    let width = width.map_or(WIDTH, |(width, _)| usize::from(width.0));
    Layout::new(width, is_terminal && allows_colour())
}

fn allows_colour() -> bool {
    // As no-color.org has it: an empty value does not count.
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !is_refused && !is_dumb
}
