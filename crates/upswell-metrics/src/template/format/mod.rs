//! Values as text, as Go's `fmt` writes them.
//!
//! Sources: Go 1.26, fmt/{print,format}.go and strconv/{ftoa,quote}.go.

pub(super) mod float;
mod printf;
mod quote;
mod spec;
mod value;

pub(super) use printf::printf;
pub(super) use quote::is_printable;
pub(super) use value::{print, printed, println, written};

use crate::template::run::OUTPUT_BYTES_MAX;

/// Text that is being written; bounded.
#[derive(Debug, Default)]
struct Buffer {
    text: String,
    is_over: bool,
}

impl Buffer {
    fn push_str(&mut self, text: &str) {
        if self.text.len().saturating_add(text.len()) > OUTPUT_BYTES_MAX {
            self.is_over = true;
        } else {
            self.text.push_str(text);
        }
    }

    fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    fn finish(self) -> Result<String, String> {
        if self.is_over {
            return Err(format!("the text is longer than {OUTPUT_BYTES_MAX} bytes"));
        }
        Ok(self.text)
    }
}
