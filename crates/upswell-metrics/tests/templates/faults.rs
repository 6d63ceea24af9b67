//! What is no template: where, why, and how to mend it.

use upswell_metrics::template::Template;

#[test]
fn a_fault_has_its_place() {
    for (text, place, message, help) in [
        (
            "{{ $value | humanise }}",
            "humanise",
            "unknown function `humanise`",
            Some("did you mean `humanize`?"),
        ),
        (
            "{{ $labls.pod }}",
            "$labls",
            "undefined variable `$labls`",
            Some("did you mean `$labels`?"),
        ),
        ("{{ $x = 1 }}", "$x", "undefined variable `$x`", None),
        (
            "{{ define \"t\" }}{{ $labels }}{{ end }}",
            "$labels",
            "undefined variable `$labels`",
            None,
        ),
        ("a {{ if true }}b", "{{", "`if` has no {{end}}", Some("close it with {{end}}")),
        ("a {{ end }}", "{{ end", "unexpected {{end}}", None),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", "{{ else", "expected {{end}} of `if`", None),
        ("{{ $value", "{{ $value", "unclosed action", Some("close it with }}")),
        ("{{ }}", "}}", "an action has no value", None),
        ("{{ print (1 }}", "}}", "unexpected `}}` in parentheses", None),
        (
            "{{ \"a }}",
            "\"",
            "unclosed quote",
            Some("a text over several lines stands between backquotes"),
        ),
        (
            "{{ \"a\\q\" }}",
            "\"a\\q\"",
            "this text has an escape that is none",
            Some("a backslash is written `\\\\`, or the text stands between backquotes"),
        ),
        (
            "{{ 'ab' }}",
            "'ab'",
            "single quotes hold one character",
            Some("a text stands in double quotes"),
        ),
        (
            "{{ $value+1 }}",
            "$value+",
            "unexpected '+' after `$value`",
            Some("operands are separated by spaces"),
        ),
        ("{{ 08 }}", "08", "`08` is no number", None),
        (
            "{{ 9223372036854775808 }}",
            "9223372036854775808",
            "`9223372036854775808` does not fit 64 bits",
            None,
        ),
        ("{{ /* a */ 1 }}", "/", "unexpected '/' in an action", None),
        (
            "{{/* a */ 1 }}",
            "{{/* a */",
            "a comment fills its action",
            Some("write {{/* … */}}, with nothing beside it"),
        ),
        ("{{ 1 | 2 }}", "2", "only a function takes a piped value", None),
        ("{{ break }}", "{{ break", "`break` stands outside of a range", None),
        (
            "{{ define \"a\" }}1{{ end }}{{ define \"a\" }}2{{ end }}",
            "{{",
            "template \"a\" is defined twice",
            None,
        ),
        (
            "{{ if 1 }}{{ define \"a\" }}{{ end }}{{ end }}",
            "{{ define",
            "a definition stands inside of nothing",
            None,
        ),
        (
            "{{ template x }}",
            "x",
            "unexpected `x` in `template`",
            Some("the name of a template stands in quotes"),
        ),
    ] {
        let error = Template::parse(text).expect_err(text);
        let told = (&text[error.at.clone()], error.message.as_str(), error.help.as_deref());
        assert_eq!(told, (place, message, help), "{text}");
    }
}

#[test]
fn the_place_counts_bytes() {
    let error = Template::parse("größe {{ nosuch }}").expect_err("an unknown function");
    assert_eq!(error.at, 11..17);
}
