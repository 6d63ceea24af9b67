//! Bad input of every class gets a diagnostic with the line and the mend, quickly.

use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use upswell_manifests::bundle::Bundle;
use upswell_manifests::yaml::limits::{ALIAS_NODES_MAX, DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX};
use upswell_manifests::yaml::{Node, Value, parse};
use upswell_units::{Sources, Span};

fn rendered(text: &str) -> String {
    let bundle = Bundle::from_text("a.yaml", text);
    let problems: Vec<_> =
        bundle.diagnostics().map(|problem| problem.render(&bundle.sources, false)).collect();
    problems.join("\n\n")
}

fn codes(text: &str) -> Vec<&'static str> {
    Bundle::from_text("a.yaml", text).diagnostics().map(|problem| problem.code).collect()
}

#[test]
fn each_class_of_bad_input_is_explained() {
    let mut all = String::new();
    for (class, text) in [
        ("duplicate key", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  name: b\n"),
        (
            "lost indentation",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\nname: llm-worker\nspec:\nreplicas: 3\n\
             template:\nmetadata:\nlabels:\napp: llm-worker\nspec:\ncontainers:\n- name: worker\n",
        ),
        (
            "lost indentation that is no YAML either",
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\nname: a\nspec:\n\
             expr: |\nkube_hpa{hpa=\"a\"}\n== 1\n",
        ),
        ("tab", "apiVersion: v1\nkind: Namespace\nmetadata:\n\tname: a\n"),
        ("tab after spaces", "a:\n  b:\n  \t- c: 1\n  \t  d: 2\n"),
        (
            "field too deep",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n   labels: {}\n",
        ),
        ("field too shallow", "a:\n    b: 1\n  c: 2\n"),
        ("colon in text", "metadata:\n  name: a: b\n"),
        ("open quote", "metadata:\n  name: \"a\n"),
        ("open bracket", "metadata: {name: a\nkind: x\n"),
        ("wrong bracket", "a: [1, 2}\n"),
        ("reserved character", "name: @here\n"),
        ("unknown anchor", "apiVersion: v1\nkind: Namespace\nmetadata: *gone\n"),
        ("alias of itself", "a: &a [*a]\n"),
        ("merge of a text", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, <<: b}\n"),
        ("key that is a list", "[a, b]: c\n"),
        ("template", "metadata:\n  name: {{ .Release.Name }}\n  labels: {}\n"),
        ("template with a block", "{{- if .Values.x }}\nkind: Service\n{{- end }}\n"),
        ("text of an alert without quotes", "annotations:\n  summary: down: {{ $labels.hpa }}\n"),
        ("no object", "- just\n- a list\n"),
        ("no kind", "apiVersion: v1\nmetadata: {name: a}\n"),
        ("no name", "apiVersion: v1\nkind: Namespace\nmetadata: {}\n"),
        (
            "number where a string is due",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {on: on}}\ndata: {SIZE: 4}\n",
        ),
        (
            "string where a number is due",
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: \"7\"\n",
        ),
        (
            "object where a list is due",
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec:\n  groups:\n    name: g\n",
        ),
        (
            "unknown field with a near one",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {nmae: a, name: a}\nDATA: {a: b}\n",
        ),
    ] {
        let _ = write!(all, "=== {class}\n{}\n\n", rendered(text));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_follows_a_broken_document_is_read() {
    let text = "a: [\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n---\nc: 'x\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: d}\n";
    let bundle = Bundle::from_text("a.yaml", text);
    let names: Vec<_> = bundle.items.iter().map(|item| item.id.name.as_str()).collect();
    assert_eq!(names, ["b", "d"]);
    assert_eq!(codes(text), ["unclosed-bracket", "unclosed-quote"]);
}

#[test]
fn limits_end_the_reading_with_one_finding() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let alias = format!("*a{}", level - 1);
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", [alias.as_str(); 9].join(", "));
    }
    let list_of_aliases = format!("a: &a x\nb:\n{}", "- *a\n".repeat(ALIAS_NODES_MAX + 1));
    let many_nodes = format!("[{}]", "1,".repeat(NODES_MAX + 1));
    let mut deep_alias = "a0: &a0 [x]\n".to_owned();
    for level in 1..=DEPTH_MAX {
        let _ = writeln!(deep_alias, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let large = " ".repeat(TEXT_BYTES_MAX + 1);
    for (text, code) in [
        (bomb, "alias-bomb"),
        (list_of_aliases, "alias-bomb"),
        (many_nodes, "too-many-values"),
        (deep_alias, "too-deep"),
        (format!("{}{}", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1)), "too-deep"),
        ("[".repeat(100_000), "too-deep"),
        ("- ".repeat(100_000), "too-deep"),
        (large, "file-too-large"),
    ] {
        let start = Instant::now();
        assert_eq!(codes(&text), [code]);
        // Generous: an unoptimised build on a busy machine.
        assert!(start.elapsed() < Duration::from_secs(20), "{code}: {:?}", start.elapsed());
    }
}

#[test]
fn a_text_that_is_wrong_all_over_is_refused_quickly() {
    for text in [
        "\"".repeat(50_000),
        "a: b: c\n---\n".repeat(10_000),
        "? ".repeat(10_000),
        "&a ".repeat(50_000),
        "{a: ".repeat(50_000),
        "\tx: y\n".repeat(50_000),
        "a:\n".repeat(20_000),
    ] {
        let start = Instant::now();
        let found = codes(&text);
        assert!(!found.is_empty() && found.len() < 500, "{} {text:.20}", found.len());
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} {:.20}", start.elapsed(), text);
    }
}

/// Checks that all places of a tree lie in its text, on character boundaries.
fn check_spans(node: &Node, text: &str) {
    check_span(node.span, text);
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| check_spans(item, text)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                check_span(entry.key.span, text);
                check_spans(&entry.value, text);
            }
        }
    }
}

fn check_span(span: Span, text: &str) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} {text:?}");
}

/// Texts that are nearly manifests.
fn yaml_like() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "a",
        "b:",
        "kind:",
        "apiVersion: apps/v1\n",
        "kind: Deployment\n",
        "metadata:\n",
        "spec:",
        "- ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "---\n",
        "...\n",
        "&x ",
        "*x",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "#",
        "\t",
        "!!str ",
        "? ",
        "%YAML 1.2\n",
        "é",
        "\u{feff}",
        "\r\n",
        "0x1F",
        "yes",
        "\\",
        "\u{0}",
        "{{ x }}",
        "name: a\n",
        "items:\n",
        "kind: List\n",
        "\u{2028}",
        "𝄞",
    ]);
    prop::collection::vec(tokens, 0..40).prop_map(|tokens| tokens.concat())
}

/// A good manifest of every kind with one part cut out and another text in its place.
fn damaged_manifest() -> impl Strategy<Value = String> {
    const GOOD: &str = include_str!("good/every_kind.yaml");
    let patch = prop::sample::select(vec![
        "",
        "\n",
        " ",
        ": ",
        "- ",
        "[",
        "}",
        "\"",
        "4",
        "-1",
        "on",
        "null",
        "a: b",
        "{a: b}",
        "99999999999999999999",
        "é",
        "\t",
    ]);
    (0..GOOD.len(), 0..60_usize, patch).prop_map(|(start, len, patch)| {
        let boundary = |at: usize| (at..=GOOD.len()).find(|at| GOOD.is_char_boundary(*at));
        let start = boundary(start).unwrap_or(0);
        let end = boundary((start + len).min(GOOD.len())).unwrap_or(start);
        format!("{}{patch}{}", &GOOD[..start], &GOOD[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_panics_and_all_places_lie_in_it(text in prop_oneof![yaml_like(), any::<String>(), damaged_manifest()]) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.as_str());
        for document in parse(&text, file).documents {
            check_spans(&document.root, &text);
        }
        let bundle = Bundle::from_text("a.yaml", &text);
        for problem in bundle.diagnostics() {
            for label in problem.primary.iter().chain(&problem.related) {
                check_span(label.span, &text);
            }
            prop_assert!(!problem.render(&bundle.sources, false).is_empty());
        }
    }

    #[test]
    fn a_string_survives_json(value in any::<String>()) {
        let json = serde_json::json!({"a": value}).to_string();
        let mut sources = Sources::default();
        let file = sources.add("a.json", json.as_str());
        let parsed = parse(&json, file);
        prop_assert!(parsed.problems.is_empty(), "{json} {:?}", parsed.problems);
        prop_assert_eq!(parsed.documents[0].root.get("a").and_then(Node::as_str), Some(value.as_str()));
    }
}
