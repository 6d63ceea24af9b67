//! Functions of Prometheus, and those of Go that work on texts and collections.

use crate::given::{expand, expands, fails};

#[test]
fn queries_yield_series() {
    expands(&[
        ("{{ query \"depth\" | first | value }} {{ query \"depth\" | len }}", "2 2"),
        (
            "{{ range sortByLabel \"pod\" (query \"depth\") }}{{ label \"pod\" . }} {{ end }}",
            "p-0 p-1 ",
        ),
        ("{{ with query \"depth\" }}{{ . | first | value | printf \"%.1f\" }}{{ end }}", "2.0"),
        ("[{{ query \"depth\" | first | strvalue }}]", "[]"),
        (
            "{{ range query \"depth\" }}{{ . }}{{ end }}",
            "{map[__name__:depth pod:p-1] 2}{map[__name__:depth pod:p-0] 1.5}",
        ),
        ("{{ (index (query \"depth\") 1).Value }} {{ len (slice (query \"depth\") 1) }}", "1.5 1"),
    ]);
    fails(&[
        (
            "{{ query \"none\" | first | value }}",
            "error calling first: first() called on vector with no elements",
        ),
        ("{{ query \"bad\" }}", "error calling query: no such function"),
        ("{{ first 5 }}", "wrong type for value; expected template.queryResult; got int"),
        ("{{ index (query \"depth\") 2 }}", "index out of range: 2"),
    ]);
}

#[test]
fn texts_are_changed() {
    expands(&[
        (
            "{{ title \"queue is deep, don't x_y a-b 1st ÉCOLE\" }}",
            "Queue Is Deep, Don't X_y A-B 1St ÉCOLE",
        ),
        ("{{ toUpper \"aß\" }} {{ toLower \"ÄB\" }}", "Aß äb"),
        ("{{ reReplaceAll \"(.*)-(.*)\" \"$2/${1}\" $labels.pod }}", "0/p"),
        (
            "{{ reReplaceAll \"x*\" \"-\" \"axb\" }} {{ reReplaceAll \"b\" \"$$$9\" \"abc\" }}",
            "-a-b- a$c",
        ),
        ("{{ match \"^p-\" $labels.pod }} {{ match \"^-\" $labels.pod }}", "true false"),
        ("{{ safeHtml \"<b>\" }}", "<b>"),
        (
            "{{ slice \"hello\" 1 3 }} {{ index \"a\" 0 }} {{ len \"é\" }} {{ index $labels \"pod\" }}",
            "el 97 2 p-0",
        ),
    ]);
    fails(&[
        ("{{ toUpper 5 }}", "wrong type for value; expected string; got int"),
        ("{{ slice \"hello\" 3 1 }}", "invalid slice index: 3 > 1"),
    ]);
    let error = expand("{{ reReplaceAll \"(\" \"-\" \"abc\" }}", 0.0).expect_err("no regex");
    assert!(error.contains("unclosed group"), "{error}");
}

#[test]
fn hosts_lose_ports_and_domains() {
    for (host, without_port, without_domain) in [
        ("a:80", "a", "a:80"),
        ("a.b.c:1", "a.b.c", "a:1"),
        ("x.y.z", "x.y.z", "x"),
        ("10.0.0.1:80", "10.0.0.1", "10.0.0.1:80"),
        ("[::1]:80", "::1", "[::1]:80"),
        ("::1", "::1", "::1"),
        ("a:b:c", "a:b:c", "a:b:c"),
    ] {
        let text = format!("{{{{ stripPort \"{host}\" }}}} {{{{ stripDomain \"{host}\" }}}}");
        assert_eq!(expand(&text, 0.0), Ok(format!("{without_port} {without_domain}")));
    }
}

#[test]
fn times_and_durations_are_written_as_in_go() {
    expands(&[
        (
            "{{ now }} {{ now | humanizeTimestamp }}",
            "1.700000000123e+09 2023-11-14 22:13:20.122 +0000 UTC",
        ),
        (
            "{{ 0.0015 | toTime }} {{ (toTime 1700000000).Hour }}",
            "1970-01-01 00:00:00.001 +0000 UTC 22",
        ),
        (
            "{{ (toTime 1700000000).Format \"Mon Jan _2 15:04:05.000 2006 MST 3PM 06-1-2 Z07:00\" }}",
            "Tue Nov 14 22:13:20.000 2023 UTC 10PM 23-11-14 Z",
        ),
        (
            "{{ (toTime now).Weekday }} {{ (toTime now).Month }} {{ (toTime now).YearDay }}",
            "Tuesday November 318",
        ),
        (
            "{{ toDuration 5400 }} {{ toDuration 0.25 }} {{ (toDuration 90).Minutes }}",
            "1h30m0s 250ms 1.5",
        ),
        ("{{ parseDuration \"1h30m\" }} {{ parseDuration \"-5m\" }}", "5400 -300"),
        ("{{ humanizeDuration (parseDuration \"1d\") }}", "1d 0h 0m 0s"),
    ]);
    fails(&[
        ("{{ parseDuration \"1x\" }}", "unknown unit \"x\""),
        ("{{ toTime \"soon\" }}", "\"soon\" is no number"),
        ("{{ (toTime 1).Zone }}", "can't evaluate field Zone in type *time.Time"),
    ]);
}

#[test]
fn links_and_escapes() {
    expands(&[
        ("{{ graphLink \"up{a=\\\"b\\\"}\" }}", "/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=0"),
        ("{{ tableLink \"a + b\" }}", "/graph?g0.expr=a+%2B+b&g0.tab=1"),
        ("{{ externalURL }} {{ pathPrefix }}", "http://prom.example:9090/base /base"),
        (
            "{{ html \"<a href='x'>&\" }} {{ js \"it's <b>\" }} {{ urlquery \"a b&c\" }}",
            "&lt;a href=&#39;x&#39;&gt;&amp; it\\'s \\u003Cb\\u003E a+b%26c",
        ),
    ]);
}

#[test]
fn comparisons_want_one_kind() {
    expands(&[
        (
            "{{ eq 1 2 1 }} {{ ne \"a\" \"b\" }} {{ lt 1 2 }} {{ le 2.0 2.0 }} {{ gt \"b\" \"a\" }} {{ ge $value 12.5 }}",
            "true true true true true true",
        ),
        ("{{ eq nil $labels.nosuch }}", "false"),
    ]);
    fails(&[
        ("{{ gt $value 30 }}", "incompatible types for comparison: float64 and int"),
        ("{{ eq 1 }}", "missing argument for comparison"),
        ("{{ lt true false }}", "invalid type for comparison"),
        ("{{ humanize true }}", "can't convert bool to float"),
    ]);
    // As in Go, where greater is what is not at most.
    assert_eq!(expand("{{ gt $value 1.0 }}", f64::NAN).as_deref(), Ok("true"));
}
