//! What a text is as a query: its type, its selectors, how far back it looks; and what is wrong
//! with one that is none, and where.

use proptest::prelude::*;
use upswell_metrics::promql::{Dialect, Options, ValueType, parse, parse_as};
use upswell_units::Duration;

#[test]
fn an_error_says_where_it_is_and_how_to_mend_it() {
    for (text, place, part_of_message, part_of_help) in [
        ("rates(up[5m])", "rates", "unknown function", Some("rate")),
        ("sum(rate(up[5m])", "(", "paren", None),
        ("rate(up)", "rate(up)", "range vector", Some("[5m]")),
        ("up{job=~\"(\"}", "\"(\"", "regular expression", None),
        ("{}", "{}", "matcher", None),
        ("up + ", "", "operand", None),
        ("up up", "up", "operator", None),
        ("1 == 2", "==", "bool", None),
        ("\"open", "\"", "string", None),
    ] {
        let error = parse(text).expect_err(text);
        let found = (&text[error.at.clone()], error.message.to_lowercase());
        assert!(found.0.contains(place), "{text}: `{place}` is not in {found:?}");
        assert!(found.1.contains(part_of_message), "{text}: {found:?}");
        let help = error.help.as_deref().unwrap_or_default();
        assert!(help.contains(part_of_help.unwrap_or_default()), "{text}: {help}");
    }
}

#[test]
fn a_query_knows_its_type_its_selectors_and_how_far_back_it_looks() {
    let text = "sum(rate(a{b=\"c\"}[5m] offset 1h)) / max_over_time(d[1d:5m])";
    let query = parse(text).unwrap();
    assert_eq!(query.kind(), ValueType::Vector);
    let selectors: Vec<_> = query.selectors().collect();
    assert_eq!(selectors.len(), 2);
    assert_eq!(&text[selectors[0].at()], "a{b=\"c\"}");
    assert_eq!(selectors[0].metric_name(), Some("a"));
    assert_eq!(selectors[0].range(), Some(Duration::from_secs(300)));
    assert_eq!(selectors[0].offset(), Duration::from_secs(3600));
    assert_eq!(&text[selectors[1].at()], "d");
    // A day of the subquery, and the lookback of its inner selector.
    let day_and_lookback = Duration::from_secs(86_400 + 300);
    assert_eq!(query.reach(&Options::default()), day_and_lookback);
    assert_eq!(parse("1 + 1").unwrap().kind(), ValueType::Scalar);
    assert_eq!(parse("up[5m]").unwrap().kind(), ValueType::Matrix);
    assert_eq!(parse("\"text\"").unwrap().kind(), ValueType::String);
}

#[test]
fn each_dialect_takes_its_own_words() {
    let takes = |text, dialect| parse_as(text, dialect).is_ok();
    for (text, in_2, in_3, experimental) in [
        ("holt_winters(up[5m], 0.5, 0.5)", true, false, false),
        ("double_exponential_smoothing(up[5m], 0.5, 0.5)", false, false, true),
        ("up offset 5", false, true, true),
        ("limitk(1, up)", false, false, true),
        ("sum(up)", true, true, true),
    ] {
        let found = [Dialect::Prometheus2, Dialect::Prometheus3, Dialect::Experimental]
            .map(|dialect| takes(text, dialect));
        assert_eq!(found, [in_2, in_3, experimental], "{text}");
    }
}

#[test]
fn a_monster_is_refused_or_flat() {
    let many = |text: &str| text.repeat(100_000);
    for text in [
        many("("),
        many("-") + "1",
        many("+") + "1",
        many("1+") + "1",
        many("2^") + "1",
        many("sum("),
        format!("{}1{}", many("("), many(")")),
        format!("up{{{}}}", many("a=\"b\",")),
        format!("up{{a=\"b\"{}}}", many(" or a=\"b\"")),
        format!("up{}", many("[5m:1m]")),
        format!("up{}", many(" offset 1m")),
        many("up or "),
        many("["),
        many("{"),
    ] {
        let Err(error) = parse(&text) else { panic!("taken: {}", &text[..20]) };
        assert!(error.at.end <= text.len(), "{}: {:?}", &text[..20], error.at);
    }
    // Long is not deep.
    let flat = [
        format!("sum by ({}a) (up)", many("a,")),
        format!("label_replace(up, \"a\", \"{}\", \"b\", \"c\")", many("x")),
    ];
    for text in flat {
        assert!(parse(&text).is_ok_and(|query| query.selectors().len() == 1), "{}", &text[..20]);
    }
}

#[test]
fn odd_numbers_and_durations_are_errors_or_queries_and_never_a_panic() {
    for number in ["nan", "-1", "inf", "-inf", "1e309", "0", "1e-9", "0x1p3", "9e18", "1y1y", "5"] {
        for text in
            ["up[@]", "up offset @", "up[@:@]", "up[5m:@]", "up @ @", "topk(@, up)", "@ + @"]
        {
            let text = text.replacen("up @ @", "up @ !", 1).replace('@', number);
            let text = text.replace('!', number);
            let _ = parse_as(&text, Dialect::Prometheus2);
            let _ = parse_as(&text, Dialect::Experimental);
        }
    }
}

/// Words that queries are made of, so that texts get further than the first token.
const WORDS: [&str; 34] = [
    "up",
    "sum",
    "rate",
    "(",
    ")",
    "[5m]",
    "[1h:5m]",
    "{",
    "}",
    "a=\"b\"",
    "=~",
    "by",
    "on",
    "group_left",
    "offset",
    "1m",
    "@",
    "start()",
    "and",
    "or",
    "unless",
    "bool",
    "==",
    ">",
    "+",
    "-",
    "^",
    "1",
    "NaN",
    "\"",
    ",",
    "absent",
    "label_replace",
    "#",
];

proptest! {
    #[test]
    fn any_text_is_a_query_or_an_error_that_lies_in_it(text in "\\PC{0,80}") {
        check(&text)?;
    }

    #[test]
    fn any_words_are_a_query_or_an_error_that_lies_in_them(
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..30),
    ) {
        check(&words.join(" "))?;
        check(&words.concat())?;
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match parse_as(text, Dialect::Experimental) {
        Ok(query) => {
            for selector in query.selectors() {
                prop_assert!(text.get(selector.at()).is_some(), "{text}: {:?}", selector.at());
            }
        }
        Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{text}: {error:?}"),
    }
    Ok(())
}
