//! Templates that ask for too much, and texts that are none.

use proptest::prelude::*;
use upswell_metrics::Labels;
use upswell_metrics::Time;
use upswell_metrics::template::{Data, Template};

use crate::given::{expand, fails, query};

#[test]
fn depth_steps_and_output_are_bounded() {
    let nested = format!("{}{}", "{{ if true }}".repeat(100), "{{ end }}".repeat(100));
    let parentheses = format!("{{{{ print {}1{} }}}}", "(".repeat(100), ")".repeat(100));
    fails(&[
        (&nested, "more than 64 actions or parentheses in one another"),
        (&parentheses, "more than 64 actions or parentheses in one another"),
        ("{{ range 1000000000 }}{{ end }}", "it takes more than 1000000 steps"),
        (
            "{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}",
            "it takes more than 1000000 steps",
        ),
        (
            "{{ $x := \"a\" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}",
            "the text is longer than 1048576 bytes",
        ),
        (
            "{{ $x := args }}{{ range 100 }}{{ $x = args $x $x }}{{ end }}",
            "args lie in args more than 32 deep",
        ),
        (
            "{{ $x := args }}{{ range 31 }}{{ $x = args $x $x }}{{ end }}{{ $x }}",
            "the text is longer than 1048576 bytes",
        ),
        ("{{ range 1000 }}{{ query \"depth\" }}{{ end }}", "it takes more than 1000000 steps"),
        (
            "{{ $x := printf \"%1000000d\" 1 }}{{ reReplaceAll \" +\" \"$0$0\" $x }}",
            "the text is longer than 1048576 bytes",
        ),
        ("{{ printf \"%1000000d%1000000d\" 1 1 }}", "the text is longer than 1048576 bytes"),
        (
            "{{ range $i := 1000 }}{{ match (print $i) \"x\" }}{{ end }}",
            "it takes more than 1000000 steps",
        ),
    ]);
    let error = expand("{{ match \"(a{1000}){1000}\" \"a\" }}", 0.0).expect_err("too large");
    assert!(error.contains("size limit"), "{error}");
}

#[test]
fn many_branches_and_comments_are_no_depth() {
    let choice = format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(20_000));
    assert_eq!(expand(&choice, 0.0).as_deref(), Ok(""));
    assert_eq!(expand(&"{{/* a */}}".repeat(50_000), 0.0).as_deref(), Ok(""));
}

#[test]
fn an_error_becomes_the_text_where_prometheus_writes_it() {
    let labels = Labels::empty();
    let data = Data {
        labels: &labels,
        value: 1.0,
        external_labels: &labels,
        external_url: "",
        at: Time(0),
    };
    let template = Template::parse("a {{ query \"none\" | first }}").expect("a template");
    let text = template.expand_or_error(&data, &mut query);
    assert_eq!(
        text,
        "<error expanding template: at <first>: error calling first: first() called on vector with no elements>"
    );
}

/// Pieces of templates, so that many texts get past the first word.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "{{",
        "}}",
        "{{-",
        "-}}",
        "{{ if $value }}",
        "{{ else }}",
        "{{ end }}",
        "{{ range query \"q\" }}",
        "{{ with . }}",
        "{{ define \"t\" }}",
        "{{ template \"t\" . }}",
        "{{ break }}",
        "$x := ",
        "$x",
        "$labels",
        ".Labels",
        ".pod",
        " . ",
        " | ",
        " ( ",
        " ) ",
        "print ",
        "printf \"%08.3d%[2]*v\" ",
        "index ",
        "slice ",
        "args ",
        "len ",
        "humanize ",
        "toTime ",
        "reReplaceAll \"(.)\" \"$1$1\" ",
        "title ",
        "1",
        "-2.5e3",
        "\"a\\u00e9\"",
        "'é'",
        "`r`",
        "nil",
        "true",
        " ",
        "\n",
        "é",
        "/*",
        "*/",
        ",",
        "=",
    ];
    proptest::sample::select(words.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(pieces in proptest::collection::vec(piece(), 0..24), value in any::<f64>()) {
        let text = pieces.concat();
        let _ = expand(&text, value);
        let _ = expand(&format!("{{{{ {text} }}}}"), value);
        if let Err(error) = Template::parse(&text) {
            prop_assert!(text.get(error.at).is_some(), "{:?} is a place of {:?}", error.message, text);
        }
    }

    #[test]
    fn nor_does_any_other(text in ".{0,60}", format in "%[-+# 0]{0,3}[0-9]{0,4}(\\.[0-9*]{0,4})?[a-zA-Z]") {
        let _ = expand(&text, 1.0);
        for value in ["$value", "42", "\"é\"", "$labels", "nil", "true", "(toTime 5)"] {
            let _ = expand(&format!("{{{{ printf \"{format}\" {value} }}}}"), -0.5);
        }
    }
}
