//! Any text is a bundle or a list of diagnostics, and each diagnostic can be shown: never a panic,
//! never a hang.

#![no_main]

use libfuzzer_sys::fuzz_target;
use upswell_manifests::bundle::Bundle;

fuzz_target!(|text: &str| {
    let bundle = Bundle::from_text("fuzz.yaml", text);
    for diagnostic in bundle.diagnostics() {
        let _ = diagnostic.render(&bundle.sources, false);
    }
});
