//! What users meet when they write a trigger: search orders, spans, and all mistakes at once.

use std::collections::BTreeMap;

use upswell_triggers::{
    Fault, FaultClass, Input, Metadata, Secret, Trigger, is_known, parse, unknown_keys,
};
use upswell_units::{Diagnostic, Sources, Span};

struct Scene<'a> {
    kind: &'a str,
    metadata: Metadata,
    auth: BTreeMap<String, Secret>,
    env: BTreeMap<String, String>,
    span: Option<Span>,
}

fn scene<'a>(kind: &'a str, metadata: &[(&str, &str)]) -> Scene<'a> {
    let metadata = Metadata::from_iter(metadata.iter().copied());
    Scene { kind, metadata, auth: BTreeMap::new(), env: BTreeMap::new(), span: None }
}

impl Scene<'_> {
    fn auth(mut self, key: &str, value: &str) -> Self {
        self.auth.insert(key.to_owned(), value.into());
        self
    }

    fn env(mut self, key: &str, value: &str) -> Self {
        self.env.insert(key.to_owned(), value.to_owned());
        self
    }

    fn with<T>(&self, look: impl FnOnce(&Input<'_>) -> T) -> T {
        let Self { kind, metadata, auth, env, span } = self;
        look(&Input { namespace: "ns", span: *span, ..Input::new(kind, metadata, auth, env) })
    }

    fn unknown_keys(&self) -> Vec<Diagnostic> {
        unknown_keys(self.kind, &self.metadata, self.span)
    }

    fn parsed(&self) -> Result<Box<dyn Trigger>, Vec<Fault>> {
        self.with(parse)
    }

    fn setting(&self, name: &str) -> serde_json::Value {
        self.parsed().expect("a valid trigger").settings().revealed()[name].clone()
    }
}

#[test]
fn the_first_place_of_a_parameters_order_wins_and_blank_counts_as_absent() {
    let base = [("address", "redis:6379"), ("listName", "jobs"), ("passwordFromEnv", "PW")];
    let all = scene("redis", &[&base[..], &[("password", "m")]].concat());
    let all = all.auth("password", "a").env("PW", "e");
    assert_eq!(all.setting("password"), "m");
    let blank = scene("redis", &[&base[..], &[("password", "  ")]].concat());
    let blank = blank.auth("password", "a").env("PW", " e ");
    assert_eq!(blank.setting("password"), "e");
    assert_eq!(scene("redis", &base).auth("password", "a").setting("password"), "a");
}

#[test]
fn aliases_read_as_the_first_spelling() {
    let trigger = scene("redis", &[("addresses", "a:1, b:2"), ("listName", "jobs")]);
    assert_eq!(trigger.setting("address"), serde_json::json!(["a:1", "b:2"]));
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let metadata = [("listLength", "five"), ("databaseIndex", "x"), ("enableTLS", "maybe")];
    let faults = scene("redis", &metadata).parsed().expect_err("mistakes");
    let found: Vec<_> =
        faults.iter().map(|fault| (fault.class.code(), fault.parameter.as_str())).collect();
    assert_eq!(
        found,
        [
            ("missing-required", "listName"),
            ("bad-value", "listLength"),
            ("bad-value", "databaseIndex"),
            ("missing-required", "address"),
            ("bad-value", "enableTLS"),
        ]
    );
}

#[test]
fn faults_point_at_the_value_and_what_is_missing_at_the_trigger() {
    let text = "- type: redis\n  metadata:\n    listLength: five\n";
    let mut sources = Sources::default();
    let file = sources.add("worker.yaml", text);
    let at = |word: &str| {
        let start = text.find(word).expect(word) as u32;
        Span::new(file, start, start + word.len() as u32)
    };
    let mut scene = scene("redis", &[]);
    scene.span = Some(at("type: redis"));
    scene.metadata.insert("listLength", "five", Some(at("listLength")), Some(at("five")));
    let faults = scene.parsed().expect_err("mistakes");
    let rendered: Vec<String> =
        faults.into_iter().map(|fault| fault.into_diagnostic().render(&sources, false)).collect();
    assert_eq!(
        rendered[0].trim_end(),
        "error[missing-required]: `listName` is missing\n \
         --> worker.yaml:1:3\n  |\n1 | - type: redis\n  |   ^^^^^^^^^^^\n  |\n  \
         = help: set it in the metadata"
    );
    assert_eq!(
        rendered[1].trim_end(),
        "error[bad-value]: `listLength` is not a whole number: \"five\"\n \
         --> worker.yaml:3:17\n  |\n3 |     listLength: five\n  |                 ^^^^\n  |\n  \
         = help: write digits, e.g. \"5\""
    );
}

#[test]
fn only_texts_of_the_metadata_are_quoted_and_long_ones_are_cut() {
    let base = [("address", "r:1"), ("listName", "jobs")];
    let long = "x".repeat(1000);
    let metadata = [&base[..], &[("listLength", long.as_str())]].concat();
    let faults = scene("redis", &metadata).parsed().expect_err("a mistake");
    assert!(faults[0].message.len() < 200 && faults[0].message.ends_with('…'));
    let auth = scene("redis", &base).auth("tls", "hunter2").parsed().expect_err("a mistake");
    assert_eq!(auth[0].class, FaultClass::BadEnum);
    assert!(!format!("{auth:?}").contains("hunter2"));
}

#[test]
fn unknown_keys_are_warned_about_with_the_nearest_name() {
    let metadata =
        [("adress", "r:1"), ("listName", "jobs"), ("listLengthFromEnv", "N"), ("zzz", "1")];
    let warnings = scene("redis", &metadata).unknown_keys();
    let found: Vec<_> = warnings
        .iter()
        .map(|warning| (warning.message.as_str(), warning.help.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        found,
        [
            ("`redis` triggers have no parameter `adress`", "did you mean `address`?"),
            (
                "`redis` triggers have no parameter `listLengthFromEnv`",
                "did you mean `listLength`?"
            ),
            ("`redis` triggers have no parameter `zzz`", ""),
        ]
    );
    assert!(warnings.iter().all(|warning| !warning.is_error()));
    let external = scene("external", &[("scalerAddress", "s:1"), ("anything", "1")]);
    assert!(external.unknown_keys().is_empty());
}

#[test]
fn an_unknown_type_says_whether_keda_has_it() {
    for (kind, message, help) in [
        ("reddis", "there is no trigger of type \"reddis\"", Some("did you mean `redis`?")),
        ("zzz", "there is no trigger of type \"zzz\"", None),
        ("datadog", "KEDA's `datadog` triggers are not supported", Some("stand in")),
    ] {
        assert!(!is_known(kind));
        let faults = scene(kind, &[]).parsed().expect_err("a mistake");
        assert_eq!(faults[0].message, message);
        let shown = faults[0].help.as_deref();
        assert!(help.is_none_or(|help| shown.is_some_and(|shown| shown.contains(help))), "{kind}");
        assert_eq!(help.is_some(), shown.is_some(), "{kind}");
    }
}

#[test]
fn redacted_settings_hide_secrets_and_nothing_else() {
    let metadata = [("address", "r:1"), ("listName", "jobs"), ("password", "hunter2")];
    let trigger = scene("redis", &metadata).parsed().expect("a valid trigger");
    let settings = trigger.settings();
    assert_eq!(settings.revealed()["password"], "hunter2");
    assert_eq!(settings.redacted()["password"], "[redacted]");
    assert_eq!(settings.redacted()["listLength"], 5);
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn an_input_shows_none_of_its_values() {
    let scene = scene("redis", &[("password", "hunter2")]).env("PW", "hunter2");
    let shown =
        scene.auth("password", "hunter2").with(|input| format!("{input:?}{:?}", input.metadata));
    assert!(!shown.contains("hunter2") && shown.contains("password"));
}
