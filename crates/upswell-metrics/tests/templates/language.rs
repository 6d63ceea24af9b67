//! Actions, pipelines, variables, blocks.

use crate::given::{expands, fails};

#[test]
fn data_is_reached_by_dots_and_variables() {
    expands(&[
        ("{{ $labels.pod }} {{ .Labels.pod }} {{ $.Labels.pod }}", "p-0 p-0 p-0"),
        ("{{ $value }} {{ .Value }}", "12.5 12.5"),
        ("{{ $externalLabels.cluster }} {{ .ExternalLabels.cluster }}", "gpu-east gpu-east"),
        ("{{ $externalURL }}", "http://prom.example:9090/base"),
        ("[{{ $labels.nosuch }}]", "[]"),
        ("{{ $labels }}", "map[__name__:m model:llama pod:p-0]"),
        (
            "{{ . }}",
            "{map[__name__:m model:llama pod:p-0] map[cluster:gpu-east] http://prom.example:9090/base 12.5}",
        ),
    ]);
    fails(&[
        ("{{ .Nope }}", "can't evaluate field Nope in type struct"),
        ("{{ $labels.pod.deeper }}", "can't evaluate field deeper in type string"),
        ("{{ $labels.pod 1 }}", "pod is not a method but has arguments"),
    ]);
}

#[test]
fn text_is_trimmed_where_a_marker_says_so() {
    expands(&[
        ("a }} b", "a }} b"),
        ("x  {{- 1 -}}\n\t y", "x1y"),
        ("x {{ 1 -}} \r\n y", "x 1y"),
        ("x {{/* gone */}} y", "x  y"),
        ("x {{- /* gone */ -}} y", "xy"),
        ("{{-3}} {{- 3}}", "-33"),
        ("{{`raw \\n {{`}}", "raw \\n {{"),
    ]);
}

#[test]
fn choices_take_the_first_truth() {
    expands(&[
        ("{{ if gt $value 30.0 }}high{{ else if gt $value 10.0 }}mid{{ else }}low{{ end }}", "mid"),
        ("{{ if 0 }}a{{ else if 0.0 }}b{{ else if \"\" }}c{{ else }}d{{ end }}", "d"),
        ("{{ with $labels.nosuch }}a{{ else with $labels.pod }}{{ . }}{{ else }}z{{ end }}", "p-0"),
        ("{{ with query \"none\" }}x{{ else }}nothing{{ end }}", "nothing"),
        ("{{ if $x := 5 }}{{ $x }}{{ end }}", "5"),
        (
            "{{ if and 1 0 }}a{{ else }}b{{ end }}{{ or 0 \"\" 2 }}{{ and 1 2 }}{{ not 0 }}",
            "b22true",
        ),
        ("{{ and 0 (query \"bad\") }}", "0"),
        ("{{ 5 | or 0 }}", "5"),
    ]);
}

#[test]
fn ranges_go_through_series_labels_arguments_and_numbers() {
    expands(&[
        (
            "{{ range query \"depth\" }}[{{ .Labels.pod }}={{ .Value }}]{{ end }}",
            "[p-1=2][p-0=1.5]",
        ),
        ("{{ range $i, $s := query \"depth\" }}{{ $i }}:{{ $s.Value }} {{ end }}", "0:2 1:1.5 "),
        (
            "{{ range $name, $text := $labels }}{{ $name }}={{ $text }};{{ end }}",
            "__name__=m;model=llama;pod=p-0;",
        ),
        ("{{ range $i, $e := args 1 \"b\" }}{{ $i }}={{ $e }};{{ end }}", "arg0=1;arg1=b;"),
        (
            "{{ range 4 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}",
            "02",
        ),
        ("{{ range query \"none\" }}x{{ else }}none{{ end }}", "none"),
        ("{{ $last := 0 }}{{ range $last = 3 }}{{ end }}{{ $last }}", "2"),
    ]);
    fails(&[
        ("{{ range $value }}{{ end }}", "range can't iterate over float64"),
        ("{{ range $i, $e := 3 }}{{ end }}", "can't use 3 to iterate over more than one variable"),
    ]);
}

#[test]
fn variables_live_until_their_end() {
    expands(&[
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ("{{ print ($x := 1) }}{{ $x }}", "11"),
        ("{{ $é := 1 }}{{ $é }}", "1"),
    ]);
}

#[test]
fn templates_are_defined_and_used_by_name() {
    expands(&[
        (
            "{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" 5 }}{{ template \"t\" }}",
            "[5][<no value>]",
        ),
        (
            "{{ define \"t\" }}{{ if . }}{{ template \"t\" (slice . 1) }}{{ . }};{{ end }}{{ end }}{{ template \"t\" \"abc\" }}",
            "c;bc;abc;",
        ),
        ("{{ block \"b\" . }}{{ .Value }}{{ end }}", "12.5"),
        ("{{ define \"a\" }} {{ end }}{{ define \"a\" }}2{{ end }}{{ template \"a\" }}", "2"),
    ]);
    fails(&[
        ("{{ template \"nosuch\" }}", "template \"nosuch\" not defined"),
        (
            "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}",
            "more than 128 deep",
        ),
    ]);
}

#[test]
fn a_pipeline_hands_its_value_on_as_the_last_argument() {
    expands(&[
        ("{{ $value | printf \"%.1f %s\" | print \"a\" }}", "a12.5 %!s(MISSING)"),
        ("{{ \"a\" | printf \"%s-%s\" \"b\" }}", "b-a"),
        ("{{ query \"depth\" | sortByLabel \"pod\" | first | value }}", "1.5"),
        ("{{ (query \"depth\" | first).Labels.pod }}", "p-1"),
        ("{{ \"a\" | }}", "a"),
    ]);
    fails(&[
        ("{{ nil }}", "nil is not a command"),
        ("{{ $value | $labels.pod }}", "pod is not a method but has arguments"),
    ]);
}

#[test]
fn literals_are_those_of_go() {
    expands(&[
        ("{{ 0x1F }} {{ 017 }} {{ 0b11 }} {{ 1_000 }} {{ -7 }} {{ 'a' }}", "31 15 3 1000 -7 97"),
        ("{{ 1e3 }} {{ 1.0 }} {{ .5 }}", "1000 1 0.5"),
        ("{{ \"\\x41\\101\\u00e9\\U0001F600\\t|\" }}", "AAé😀\t|"),
        ("{{ true }} {{ print nil }}", "true <nil>"),
    ]);
}
