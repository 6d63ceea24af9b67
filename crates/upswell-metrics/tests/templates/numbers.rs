//! Numbers as Go and Prometheus write them.

use crate::given::{expand, expands};

#[test]
fn numbers_are_made_readable() {
    let table = [
        (0.0, "0", "0", "0s", "0%"),
        (1.2e-5, "12u", "1.2e-05", "12us", "0.0012%"),
        (0.5, "500m", "0.5", "500ms", "50%"),
        (12.0, "12", "12", "12s", "1200%"),
        (999.95, "1000", "1000", "16m 39s", "1e+05%"),
        (1234.5678, "1.235k", "1.206ki", "20m 34s", "1.235e+05%"),
        (93784.25, "93.78k", "91.59ki", "1d 2h 3m 4s", "9.378e+06%"),
        (1_048_576.0, "1.049M", "1Mi", "12d 3h 16m 16s", "1.049e+08%"),
        (-1500.0, "-1.5k", "-1.465ki", "-25m 0s", "-1.5e+05%"),
        (f64::INFINITY, "+Inf", "+Inf", "+Inf", "+Inf%"),
        (f64::NAN, "NaN", "NaN", "NaN", "NaN%"),
    ];
    for (value, plain, binary, duration, percentage) in table {
        let of = |function: &str| expand(&format!("{{{{ $value | {function} }}}}"), value);
        for (function, expected) in [
            ("humanize", plain),
            ("humanize1024", binary),
            ("humanizeDuration", duration),
            ("humanizePercentage", percentage),
        ] {
            assert_eq!(of(function).as_deref(), Ok(expected), "{function} {value}");
        }
    }
    expands(&[(
        "{{ humanize \"1e3\" }} {{ humanize 1500 }} {{ humanizeDuration \"61\" }}",
        "1k 1.5k 1m 1s",
    )]);
}

#[test]
fn a_value_prints_the_fewest_digits_that_read_back() {
    for (value, expected) in [
        (123_456.0, "123456"),
        (1_000_000.0, "1e+06"),
        (0.000_012, "1.2e-05"),
        (0.1 + 0.2, "0.30000000000000004"),
        (5e-324, "5e-324"),
        (f64::NEG_INFINITY, "-Inf"),
    ] {
        assert_eq!(expand("{{ $value }}", value).as_deref(), Ok(expected));
    }
}

#[test]
fn printf_knows_the_verbs_of_go() {
    expands(&[
        (
            "{{ printf \"%.2f|%8.1f|%-8.1f|%08.1f|%+.0f\" 2.5 2.5 2.5 2.5 2.5 }}",
            "2.50|     2.5|2.5     |000002.5|+2",
        ),
        ("{{ printf \"%e|%.3g|%G\" $value $value 1e-7 }}", "1.250000e+01|12.5|1E-07"),
        (
            "{{ printf \"%d|%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%q|%U\" 42 42 42 42 42 42 42 42 42 42 42 42 }}",
            "42|   42|42   |00042|+42|2a|2A|52|101010|*|'*'|U+002A",
        ),
        (
            "{{ printf \"%s|%5s|%-5s|%.1s|%q|%x|%v\" \"hé\" \"hé\" \"hé\" \"hé\" \"h\\té\" \"hé\" \"hé\" }}",
            "hé|   hé|hé   |h|\"h\\té\"|68c3a9|hé",
        ),
        ("{{ printf \"%t %v %T %T\" true false 1 \"a\" }}", "true false int string"),
        ("{{ printf \"%*d|%.*f|%[2]d %[1]d\" 5 42 2 2.5 }}", "   42|2.50|42 5"),
        ("{{ printf \"%d%%\" 5 }}", "5%"),
        (
            "{{ printf \"%v %v\" $labels (args 1 \"x\") }}",
            "map[__name__:m model:llama pod:p-0] map[arg0:1 arg1:x]",
        ),
    ]);
}

#[test]
fn faults_of_a_format_show_in_the_text() {
    expands(&[
        ("{{ printf \"%d\" $value }}", "%!d(float64=12.5)"),
        ("{{ printf \"%f\" 3 }}", "%!f(int=3)"),
        ("{{ printf \"%s %s\" \"a\" }}", "a %!s(MISSING)"),
        ("{{ printf \"a\" 1 nil }}", "a%!(EXTRA int=1, <nil>)"),
        ("{{ printf \"%\" }}{{ printf \"%z\" 1 }}", "%!(NOVERB)%!z(int=1)"),
        ("{{ printf \"%[5]d %[x]d\" 1 }}", "%!d(BADINDEX) %!d(BADINDEX)"),
        ("{{ printf \"%*d\" \"w\" 1 }}", "%!(BADWIDTH)1"),
    ]);
}

#[test]
fn print_puts_spaces_between_what_is_no_text() {
    expands(&[
        ("{{ print 1 2 \"a\" 3 4 \"b\" \"c\" }}|{{ println 1 \"a\" }}", "1 2a3 4bc|1 a\n"),
        ("{{ print $labels.pod $value }}", "p-012.5"),
    ]);
}
