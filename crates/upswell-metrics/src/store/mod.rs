//! Series in memory: one writer, many readers.
//!
//! ```text
//! Writer -- series(labels) --> index: name -> value -> series     (a persistent value)
//!        -- append(at, v) ---> blocks of 64 series, a lock each
//!                                  series: full chunks of 120 samples, and an open one
//!                                     |
//! Reader -- select(matchers) -> Selected: chunks shared, the open one copied -> read: samples
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | `writer` | takes samples; retention and the bound on memory |
//! | `reader`, `selected` | finds series; their samples |
//! | `index`, `candidates` | which series have which labels; which of them matchers mean |
//! | `text_map` | sorted texts, of which a copy costs nothing |
//! | `order` | a number for each series that grows with its labels |
//! | `block` | series and their chunks |
//! | `chunk`, `column`, `decimal` | a full chunk: whole numbers in columns |
//! | `open`, `varint` | the chunk that is written to, byte by byte |

mod block;
mod candidates;
mod chunk;
mod column;
mod decimal;
mod index;
mod limits;
mod open;
mod order;
mod reader;
mod selected;
mod shared;
mod text_map;
mod varint;
mod writer;

#[cfg(test)]
mod tests;

pub use limits::{Counts, Limits, Refused};
pub use reader::Reader;
pub use selected::{Samples, Selected};
pub use writer::{SeriesRef, Writer, new};
