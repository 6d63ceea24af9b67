//! Texts become trees: syntax, spans, anchors, merges, limits.

use upswell_manifests::yaml::{Node, Parsed, Value, parse};
use upswell_units::Sources;

/// Parses, checks that all spans lie in the text, and returns the outcome with rendered problems.
fn read(text: &str) -> (Parsed, String) {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", text);
    let parsed = parse(text, file);
    let problems = parsed.documents.iter().flat_map(|d| &d.problems).chain(&parsed.problems);
    let rendered: Vec<_> = problems.map(|problem| problem.render(&sources, false)).collect();
    let rendered = rendered.join("\n");
    (parsed, rendered)
}

/// JSON-like print of a tree.
fn print(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => format!("{:?}", scalar.text),
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(print).collect::<Vec<_>>().join(" "))
        }
        Value::Mapping(mapping) => {
            let entries = mapping.entries().iter();
            let entries = entries.map(|e| format!("{}={}", e.key.value, print(&e.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

fn tree(text: &str) -> String {
    let (parsed, problems) = read(text);
    assert_eq!(problems, "", "{text}");
    parsed.documents.iter().map(|document| print(&document.root)).collect::<Vec<_>>().join(" | ")
}

#[test]
fn good_texts_become_trees() {
    for (text, expected) in [
        ("a: 1\nb: x\n", r#"{a="1" b="x"}"#),
        ("a:\n- 1\n- 2\n", r#"{a=["1" "2"]}"#),
        ("---\na: 1\n---\nb: 2\n", r#"{a="1"} | {b="2"}"#),
        ("a: &x {b: 1}\nc: *x\n", r#"{a={b="1"} c={b="1"}}"#),
        ("d: &d {a: 1, b: 2}\ne:\n  <<: *d\n  b: 3\n", r#"{d={a="1" b="2"} e={b="3" a="1"}}"#),
        ("a: {<<: [{x: 1}, {x: 2, y: 3}]}\n", r#"{a={x="1" y="3"}}"#),
        ("\"<<\": 1\n", r#"{<<="1"}"#),
        ("a: \"x\\ty\"\n", r#"{a="x\ty"}"#),
        ("a: |\n  one\n  two\n\nb: 1\n", r#"{a="one\ntwo\n" b="1"}"#),
        ("{\"a\":\"\\/\\ud83c\\udfb5\",\"b\":[1,true,null]}", r#"{a="/🎵" b=["1" "true" "null"]}"#),
        ("{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": []\n\t}\n}\n", r#"{a="1" b={c=[]}}"#),
        ("\u{feff}a: 1\n", r#"{a="1"}"#),
        ("a: 1\r\nb: 2\r\n", r#"{a="1" b="2"}"#),
        ("", ""),
        ("# nothing\n", ""),
    ] {
        assert_eq!(tree(text), expected, "{text}");
    }
}

#[test]
fn every_value_keeps_the_place_where_it_was_written() {
    let mut sources = Sources::default();
    let text = "a: größe\nb:\n  - 'x'\n  - &y {k: \"v\"} # why\nc: *y\nd: |\n  one\n\ne:\n";
    let file = sources.add("a.yaml", text);
    let root = parse(text, file).documents.remove(0).root;
    let place = |node: &Node| (sources.location(node.span), sources.snippet(node.span).to_owned());
    let b = root.get("b").unwrap();
    for (node, location, snippet) in [
        (root.get("a").unwrap(), "a.yaml:1:4", "größe"),
        (b, "a.yaml:3:3", "- 'x'\n  - &y {k: \"v\"}"),
        (&b.as_sequence().unwrap()[0], "a.yaml:3:5", "'x'"),
        (&b.as_sequence().unwrap()[1], "a.yaml:4:8", "{k: \"v\"}"),
        (root.get("c").unwrap().get("k").unwrap(), "a.yaml:4:12", "\"v\""),
        (root.get("d").unwrap(), "a.yaml:7:3", "one"),
    ] {
        assert_eq!(place(node), (location.to_owned(), snippet.to_owned()));
    }
    let key = &root.as_mapping().unwrap().entry("d").unwrap().key;
    assert_eq!(sources.location(key.span), "a.yaml:6:1");
    assert!(root.get("e").unwrap().is_null());
}
