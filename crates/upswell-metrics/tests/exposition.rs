//! Pages are read as Prometheus 3 reads them, and what is written is read back.

use proptest::prelude::*;
use upswell_metrics::exposition::{
    Entry, Format, MetricType, Series, parse, write_help, write_series, write_type,
};
use upswell_metrics::labels::METRIC_NAME;
use upswell_metrics::{Labels, Time};

/// What a page says, an entry a line; the last line is the error, if there is one.
fn told(page: &[u8], format: Format) -> Vec<String> {
    parse(page, format).map(|entry| entry.map_or_else(|error| error.to_string(), tell)).collect()
}

fn tell(entry: Entry<'_>) -> String {
    match entry {
        Entry::Series(series) => tell_series(&series),
        Entry::Type { metric, metric_type } => format!("type {metric} {}", metric_type.as_str()),
        Entry::Help { metric, help } => format!("help {metric} {help:?}"),
        Entry::Unit { metric, unit } => format!("unit {metric} {unit}"),
        Entry::Comment(text) => format!("comment {:?}", String::from_utf8_lossy(text)),
        Entry::Eof => "eof".to_owned(),
    }
}

fn tell_series(series: &Series<'_>) -> String {
    let labels = series.labels().map_or_else(|fault| fault.to_string(), |all| all.to_string());
    let at = series.at.map_or(String::new(), |Time(at)| format!(" @{at}"));
    let exemplar = series.exemplar.as_ref().map_or(String::new(), |exemplar| {
        let labels = exemplar.labels().expect("labels of an exemplar");
        let at = exemplar.at.map_or(String::new(), |Time(at)| format!(" @{at}"));
        format!(" exemplar {labels} {}{at}", exemplar.value)
    });
    format!("{labels} {}{at}{exemplar}", series.value)
}

#[test]
fn the_text_format_is_read_as_prometheus_reads_it() {
    let page = concat!(
        "# HELP gc_seconds A summary of the \\\\ GC\\nin \"seconds\".\n",
        "# \tTYPE gc_seconds summary\n",
        "gc_seconds{quantile=\"0\"} 4.9351e-05\n",
        "gc_seconds{quantile=\"0.25\",} 7.5e-05\n",
        "gc_seconds { quantile = \"1.0\", a= \"b\", } 8e-05 \n",
        "gc_seconds{ quantile=\"2.0\" a=\"b\"}\t8e-05\n",
        "gc_seconds_count 99\n",
        "# HELP http_seconds Latency.\n",
        "# TYPE http_seconds histogram\n",
        "http_seconds_bucket{le=\"1\"} 423\n",
        "http_seconds_bucket{le=\"1e6\"} 424\n",
        "http_seconds_bucket{le=\"+Inf\"} 425\n",
        "# Hrandom comment that starts like HELP\n",
        "#\n",
        "#HELP no_help\n",
        "\n",
        "  \t\n",
        "# HELP nohelp1\n",
        "# HELP nohelp2 \n",
        "# TYPE some:rate5m untyped\n",
        "some:rate5m{a_b=\"c\"}1\n",
        "_under 33  \t123123\n",
        "quoted{a=\"\\\"b\\\\c\\nd\\x\",e=\"\u{e9}\u{1f980}\"} +Inf\n",
        "raw{a=\"one\ntwo\"} -inf\n",
        "nan NaN\n",
        "null{a=\"abc\0\"} 1\n",
        "empty{} 0\n",
        "{\"my.metric\",\"a b\"=\"1\"} 10.0 0\n",
        "{ a=\"ok\", \"my \\\"metric\\\"\" } 1\n",
        "# TYPE \"my.metric\" gauge\n",
        "last 1",
    );
    let due = [
        "help gc_seconds \"A summary of the \\\\ GC\\nin \\\"seconds\\\".\"",
        "type gc_seconds summary",
        "gc_seconds{quantile=\"0.0\"} 0.000049351",
        "gc_seconds{quantile=\"0.25\"} 0.000075",
        "gc_seconds{a=\"b\", quantile=\"1.0\"} 0.00008",
        "gc_seconds{a=\"b\", quantile=\"2.0\"} 0.00008",
        "gc_seconds_count 99",
        "help http_seconds \"Latency.\"",
        "type http_seconds histogram",
        "http_seconds_bucket{le=\"1.0\"} 423",
        "http_seconds_bucket{le=\"1e+06\"} 424",
        "http_seconds_bucket{le=\"+Inf\"} 425",
        "comment \"# Hrandom comment that starts like HELP\"",
        "comment \"#\"",
        "comment \"#HELP no_help\"",
        "help nohelp1 \"\"",
        "help nohelp2 \"\"",
        "type some:rate5m unknown",
        "some:rate5m{a_b=\"c\"} 1",
        "_under 33 @123123",
        "quoted{a=\"\\\"b\\\\c\\nd\\\\x\", e=\"\u{e9}\u{1f980}\"} inf",
        "raw{a=\"one\\ntwo\"} -inf",
        "nan NaN",
        "null{a=\"abc\\0\"} 1",
        "empty 0",
        "my.metric{a b=\"1\"} 10 @0",
        "my \"metric\"{a=\"ok\"} 1",
        "type my.metric gauge",
        "last 1",
    ];
    assert_eq!(told(page.as_bytes(), Format::Text), due);
    assert!(told(b"", Format::Text).is_empty());
}

#[test]
fn a_page_that_is_no_text_is_refused_with_its_place() {
    for (page, error) in [
        (&b"a"[..], "line 1, column 2: expected a value, found the end of the page"),
        (b"a\n", "line 1, column 2: expected a value, found the end of the line"),
        (
            b"ok 1\na{b='c'} 1\n",
            "line 2, column 5: expected the value of a label in double quotes, found `'`",
        ),
        (
            b"a{b=\n",
            "line 1, column 5: expected the value of a label in double quotes, \
             found the end of the line",
        ),
        (
            b"a{\xff=\"foo\"} 1\n",
            "line 1, column 3: expected the name of a label, found the byte 0xff",
        ),
        (b"a{b=\"\xff\"} 1\n", "line 1, column 6: this is not valid UTF-8"),
        (b"# HELP a \xff\n", "line 1, column 9: this is not valid UTF-8"),
        (b"a true\n", "line 1, column 3: \"true\" is not a number that fits in a double"),
        (b"a 1_2\n", "line 1, column 3: \"1_2\" is not a number that fits in a double"),
        (b"a 0x1p-3\n", "line 1, column 3: \"0x1p-3\" is not a number that fits in a double"),
        (
            b"a 1\r\n",
            "line 1, column 3: \"1\\r\" is not a number that fits in a double; \
             lines end with a newline alone",
        ),
        (
            b"a 1 2\r\n",
            "line 1, column 6: expected the end of the line, \
             found a carriage return (lines end with a newline alone)",
        ),
        (b"a 0 1_2\n", "line 1, column 6: expected the end of the line, found `_`"),
        (b"a 0 -1\n", "line 1, column 5: expected a time or the end of the line, found `-`"),
        (b"a 0 99999999999999999999\n", "line 1, column 5: this time is out of range"),
        (b"a{b=\"", "line 1, column 5: no closing quote"),
        (b"a{b=\"\\", "line 1, column 5: no closing quote"),
        (b"a{=\"\"} 0", "line 1, column 3: expected the name of a label, found `=`"),
        (b"a{b=\"1\",,} 0", "line 1, column 9: expected the name of a label, found `,`"),
        (b"{a=\"ok\"} 1", "line 1, column 1: the metric has no name"),
        (b"a{\"b\"} 1", "line 1, column 1: the metric has more than one name"),
        (b"{A} 0", "line 1, column 3: expected `=` behind the name of a label, found `}`"),
        (b"9 1\n", "line 1, column 1: expected a metric, a comment or an empty line, found `9`"),
        (b"# TYPE #\n", "line 1, column 8: expected the name of a metric, found `#`"),
        (
            b"# HELP \n",
            "line 1, column 8: expected the name of a metric, found the end of the line",
        ),
        (b"# TYPE c  counter\n", "line 1, column 9: invalid metric type \" counter\""),
        (b"# TYPE c counter\r\n", "line 1, column 9: invalid metric type \"counter\\r\""),
        (b"# TYPE c info\n", "line 1, column 9: invalid metric type \"info\""),
        (
            "\u{e9} 1\n".as_bytes(),
            "line 1, column 1: expected a metric, a comment or an empty line, found the byte 0xc3",
        ),
        (
            "a{b=\"\u{e9}\"; 1\n".as_bytes(),
            "line 1, column 8: expected the name of a label, found `;`",
        ),
        (b"a\0 1\n", "line 1, column 2: \"\\0\" is not a number that fits in a double"),
    ] {
        let told = told(page, Format::Text);
        assert_eq!(told.last().map(String::as_str), Some(error), "{}", page.escape_ascii());
    }
}

#[test]
fn an_error_quotes_no_more_than_fits_a_line() {
    let long = "x".repeat(100_000);
    for page in [
        format!("a {long}\n"),
        format!("# TYPE a {long}\n"),
        format!("# UNIT {long} {long}y\n"),
        format!("a{{b=\"{long}\n"),
    ] {
        for format in [Format::Text, Format::OpenMetrics] {
            let error = parse(page.as_bytes(), format).find_map(Result::err);
            let length = error.map_or(0, |error| error.to_string().len());
            assert!(length < 250, "{length} bytes for {page:.20}");
        }
    }
    let labels = format!("a{{{long}=\"1\",{long}=\"2\"}} 0");
    assert!(told(labels.as_bytes(), Format::Text)[0].len() < 100);
}

#[test]
fn openmetrics_is_read_as_prometheus_reads_it() {
    let page = concat!(
        "# HELP gc_seconds A \\\"summary\\\".\n",
        "# TYPE gc_seconds summary\n",
        "# UNIT gc_seconds seconds\n",
        "gc_seconds{quantile=\"0\"} 4.9351e-05\n",
        "gc_seconds_sum 1.5 1520879607.789\n",
        "# TYPE foo counter\n",
        "foo_total{a=\"b\",} 17.0 1520879607.7899 # {id=\"counter-test\"} 5\n",
        "foo_total 1 # {} 4 123.5\n",
        "foo_created 1520872607.123\n",
        "# TYPE state stateset\n",
        "# TYPE x gaugehistogram\n",
        "# TYPE y info\n",
        "# TYPE z unknown\n",
        "{\"my.metric\",a=\"b\"} 1 # {\"id.thing\"=\"x\\ny\",o=\"p\"} NaN\n",
        "# HELP z \n",
        "a 1 -1.5\n",
        "# EOF",
    );
    let due = [
        "help gc_seconds \"A \\\"summary\\\".\"",
        "type gc_seconds summary",
        "unit gc_seconds seconds",
        "gc_seconds{quantile=\"0.0\"} 0.000049351",
        "gc_seconds_sum 1.5 @1520879607789",
        "type foo counter",
        "foo_total{a=\"b\"} 17 @1520879607789 exemplar {id=\"counter-test\"} 5",
        "foo_total 1 exemplar {} 4 @123500",
        "foo_created 1520872607.123",
        "type state stateset",
        "type x gaugehistogram",
        "type y info",
        "type z unknown",
        "my.metric{a=\"b\"} 1 exemplar {id.thing=\"x\\ny\", o=\"p\"} NaN",
        "help z \"\"",
        "a 1 @-1500",
        "eof",
    ];
    assert_eq!(told(page.as_bytes(), Format::OpenMetrics), due);
    assert_eq!(told(format!("{page}\n").as_bytes(), Format::OpenMetrics), due);
}

#[test]
fn a_page_that_is_no_openmetrics_is_refused_with_its_place() {
    for (page, error) in [
        ("", "line 1, column 1: the page does not end with `# EOF`"),
        ("a 1\n", "line 2, column 1: the page does not end with `# EOF`"),
        ("a 1", "line 1, column 4: expected the end of the line, found the end of the page"),
        ("# EOF\n\n", "line 2, column 1: the page goes on behind `# EOF`"),
        ("# EOFa 1", "line 1, column 6: the page goes on behind `# EOF`"),
        ("# EOF\r\n", "line 1, column 6: the page goes on behind `# EOF`"),
        (
            "\n# EOF\n",
            "line 1, column 1: expected a metric, a comment or an empty line, \
             found the end of the line",
        ),
        (
            "# comment\n",
            "line 1, column 2: expected ` HELP `, ` TYPE `, ` UNIT ` or ` EOF` behind `#`",
        ),
        ("a\t1\n", "line 1, column 2: expected a blank and a value, found the byte 0x09"),
        ("a  1\n", "line 1, column 3: expected a value, found ` `"),
        ("a 1 \n", "line 1, column 5: \"\" is not a number that fits in a double"),
        ("a 1 2 \n", "line 1, column 6: expected the end of the line, found ` `"),
        ("a 1 1z\n", "line 1, column 5: \"1z\" is not a number that fits in a double"),
        ("a 1 NaN\n", "line 1, column 5: a time must be finite"),
        (
            "a 1 # {b=\"c\"}\n",
            "line 1, column 14: expected a blank and a value, found the end of the line",
        ),
        (
            "a 1 # {\"b\"} 1\n",
            "line 1, column 11: expected `=` behind the name of a label, found `}`",
        ),
        ("a{b=\"c\", d=\"e\"} 1\n", "line 1, column 9: expected the name of a label, found ` `"),
        (
            "a{b=\"c\"d=\"e\"} 1\n",
            "line 1, column 8: expected `,` or `}` behind the value of a label, found `d`",
        ),
        ("a{b=\"c\n\"} 1\n", "line 1, column 5: no closing quote on this line"),
        ("# TYPE u untyped\n", "line 1, column 9: invalid metric type \"untyped\""),
        ("# TYPE m\n", "line 1, column 9: expected a blank and a text, found the end of the line"),
        (
            "# UNIT metricsuffix suffix\n",
            "line 1, column 20: the name \"metricsuffix\" does not end with its unit \"suffix\"",
        ),
    ] {
        let told = told(page.as_bytes(), Format::OpenMetrics);
        assert_eq!(told.last().map(String::as_str), Some(error), "{page:?}");
    }
}

#[test]
fn a_label_set_with_a_label_twice_or_without_a_name_is_none() {
    for (page, fault) in [
        ("a{b=\"1\",b=\"2\"} 0", "the label \"b\" comes twice 0"),
        ("a{__name__=\"b\"} 0", "the label \"__name__\" comes twice 0"),
        ("a{\"\"=\"b\"} 0", "a label has an empty name 0"),
    ] {
        assert_eq!(told(page.as_bytes(), Format::Text), [fault]);
    }
}

#[test]
fn what_is_written_is_the_text_format() {
    let mut page = String::new();
    write_help(&mut page, "jobs", "Jobs\\that\nwait.");
    write_type(&mut page, "jobs", MetricType::Gauge);
    let labels = Labels::new([(METRIC_NAME, "jobs"), ("queue", "a\"b\\c\nd")]);
    write_series(&mut page, &labels, 1e6, Some(Time(5)));
    write_series(&mut page, &labels.without_name(), f64::NEG_INFINITY, Some(Time(-5)));
    write_type(&mut page, "my.metric", MetricType::StateSet);
    let labels = Labels::new([(METRIC_NAME, "my.metric"), ("a b", "c")]);
    write_series(&mut page, &labels, 0.25, None);
    write_series(&mut page, &Labels::new([(METRIC_NAME, "up")]), f64::NAN, None);
    let due = concat!(
        "# HELP jobs Jobs\\\\that\\nwait.\n",
        "# TYPE jobs gauge\n",
        "jobs{queue=\"a\\\"b\\\\c\\nd\"} 1e+06 5\n",
        "{\"\",queue=\"a\\\"b\\\\c\\nd\"} -Inf\n",
        "# TYPE \"my.metric\" untyped\n",
        "{\"my.metric\",\"a b\"=\"c\"} 0.25\n",
        "up NaN\n",
    );
    assert_eq!(page, due);
}

fn series() -> impl Strategy<Value = (Labels, f64, Option<Time>)> {
    let name = prop_oneof!["[a-z_:][a-z0-9_:]{0,5}", "\\PC{1,6}", any::<String>()];
    let label = prop_oneof!["[a-zA-Z_][a-z0-9_]{0,5}", "\\PC{1,6}", any::<String>()];
    let pairs = prop::collection::vec((label, any::<String>()), 0..5);
    let value = prop_oneof![any::<f64>(), (-1000..1000_i32).prop_map(f64::from)];
    let at = prop::option::of((0..i64::MAX).prop_map(Time));
    (name, pairs, value, at).prop_map(|(name, pairs, value, at)| {
        let pairs =
            pairs.into_iter().filter(|(label, _)| !label.is_empty() && label != METRIC_NAME);
        (Labels::new(pairs.chain([(METRIC_NAME.to_owned(), name)])), value, at)
    })
}

/// Texts that are nearly pages.
fn page_like() -> impl Strategy<Value = Vec<u8>> {
    let tokens = prop::sample::select(vec![
        &b"a"[..],
        b"{",
        b"}",
        b"=",
        b"\"",
        b"\"b\"",
        b",",
        b" ",
        b"\n",
        b"\\",
        b"1",
        b"1.5e3",
        b"NaN",
        b"# ",
        b"# HELP a ",
        b"# TYPE a histogram\n",
        b"# UNIT a_b b\n",
        b" # {",
        b"# EOF\n",
        b"\r",
        b"\t",
        b"\0",
        b"\xff",
        "é".as_bytes(),
        b"a{le=\"1\"} 1\n",
        b"{\"a.b\"} 1 5\n",
    ]);
    prop::collection::vec(tokens, 0..30).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(all in prop::collection::vec(series(), 0..5)) {
        let mut page = String::new();
        for (labels, value, at) in &all {
            write_series(&mut page, labels, *value, *at);
        }
        let mut found = Vec::new();
        for entry in parse(page.as_bytes(), Format::Text) {
            let Ok(Entry::Series(series)) = entry else { panic!("{entry:?} in {page:?}") };
            found.push((series.labels().unwrap(), series.value, series.at));
        }
        prop_assert_eq!(found.len(), all.len());
        for ((labels, value, at), found) in all.iter().zip(found) {
            prop_assert_eq!((labels, *at), (&found.0, found.2));
            let both_nan = value.is_nan() && found.1.is_nan();
            let is_same = both_nan || value.to_bits() == found.1.to_bits();
            prop_assert!(is_same, "{value} {}", found.1);
        }
    }

    #[test]
    fn samples_without_times_read_alike_in_both_formats(
        all in prop::collection::vec(series(), 0..5),
    ) {
        let mut page = String::new();
        for (labels, value, _) in &all {
            write_series(&mut page, labels, *value, None);
        }
        let text = told(page.as_bytes(), Format::Text);
        page.push_str("# EOF\n");
        let openmetrics = told(page.as_bytes(), Format::OpenMetrics);
        let (last, before) = openmetrics.split_last().unwrap();
        prop_assert_eq!(last, "eof");
        prop_assert_eq!(text, before);
    }

    #[test]
    fn no_page_panics_and_each_error_lies_in_it(
        page in prop_oneof![page_like(), any::<Vec<u8>>()],
        format in prop_oneof![Just(Format::Text), Just(Format::OpenMetrics)],
    ) {
        let lines = 1 + page.iter().filter(|byte| **byte == b'\n').count();
        for entry in parse(&page, format) {
            match entry {
                Ok(Entry::Series(series)) => {
                    prop_assert!(!series.raw.is_empty());
                    let _ = series.labels();
                    let _ = series.exemplar.map(|exemplar| exemplar.labels());
                }
                Ok(_) => {}
                Err(error) => prop_assert!(error.line >= 1 && error.line <= lines, "{}", error),
            }
        }
    }
}
