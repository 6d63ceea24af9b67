//! upswell
fn main() {}
