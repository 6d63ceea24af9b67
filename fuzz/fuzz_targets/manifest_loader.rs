//! Any text is a bundle or a list of diagnostics: never a panic, never a hang.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upswell_manifests::Bundle;

fuzz_target!(|text: &str| {
    let _ = Bundle::from_text("fuzz.yaml", text);
});
