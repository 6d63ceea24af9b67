//! Any metadata make a trigger or a list of faults, and a trigger that was made can be asked for
//! its metrics and its request, and makes of any answer a reading or an error: never a panic.
//!
//! An input is lines of text. The first is the trigger's type; then one `key=value` each, where
//! `auth.key=value` is an authentication parameter and `env.KEY=value` the target's environment.
//! What follows a line `---` is what the source answers.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use upswell_triggers::{
    HttpResponse, Input, Metadata, Response, Secret, SqlValue, Trigger, TriggerMemory,
};

fuzz_target!(|text: &str| {
    let (trigger, answer) = text.split_once("\n---\n").unwrap_or((text, ""));
    let mut lines = trigger.lines();
    let kind = lines.next().unwrap_or_default();
    let (mut metadata, mut auth, mut env) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (key, value) in lines.filter_map(|line| line.split_once('=')) {
        if let Some(key) = key.strip_prefix("auth.") {
            auth.insert(key.to_owned(), Secret::from(value));
        } else if let Some(key) = key.strip_prefix("env.") {
            env.insert(key.to_owned(), value.to_owned());
        } else {
            metadata.push((key, value));
        }
    }
    let metadata: Metadata = metadata.into_iter().collect();
    let input = Input { namespace: "llm", ..Input::new(kind, &metadata, &auth, &env) };
    let _ = upswell_triggers::unknown_keys(kind, &metadata, None);
    if let Ok(trigger) = upswell_triggers::parse(&input) {
        let _ = (trigger.metric_specs(), trigger.request());
        read(trigger.as_ref(), answer);
    }
});

/// Reads the answer as each transport that carries free text would bring it.
fn read(trigger: &dyn Trigger, answer: &str) {
    let http = HttpResponse { status: 200, body: answer.as_bytes().to_vec() };
    let sql = SqlValue::Text(answer.to_owned());
    for response in [Response::Http(http), Response::Sql(Some(sql))] {
        let _ = trigger.reading(&response, &mut TriggerMemory::default());
    }
}
