//! The report for people: the text of a terminal, and the page.

mod given;
mod page;
mod text;
