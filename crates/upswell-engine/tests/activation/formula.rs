use proptest::prelude::*;
use upswell_engine::activation::formula::{
    Formula, FormulaError, NESTING_MAX, RunError, TEXT_BYTES_MAX, TREE_LEVELS_MAX, TriggerValues,
};

fn compile(text: &str) -> Result<Formula, FormulaError> {
    let names = ["a", "b", "c", "my-queue"].map(str::to_owned).into();
    Formula::compile(text, &names)
}

fn evaluate(text: &str) -> Result<Option<f64>, RunError> {
    let values = [("a", 2.0), ("b", 5.0), ("c", 10.5), ("my-queue", 3.0)];
    evaluate_on(text, values.map(|(name, value)| (name, Some(value))).as_slice())
}

fn evaluate_on(text: &str, values: &[(&str, Option<f64>)]) -> Result<Option<f64>, RunError> {
    let values: TriggerValues =
        values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    compile(text).expect(text).evaluate(&values)
}

#[test]
fn formulas_compute_what_the_language_says() {
    let table = [
        ("a + b * c", 54.5),
        ("-a ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("7 / 2", 3.5),
        ("-7 % 3", -1.0),
        ("a > b ? 1 : b > c ? 2 : 3", 3.0),
        ("1 < a <= 2 ? 1 : 0", 1.0),
        ("a not in [1, 3] ? 1 : 0", 1.0),
        ("(a > b ?: a > 1) ? 1 : 0", 1.0),
        ("if a > b { 1 } else if c > b { 2 } else { 3 }", 2.0),
        ("let x = a; let y = x + 1; x * y", 6.0),
        ("sum(1..4)", 10.0),
        ("[a, b, c] | filter(# > 3) | sum()", 15.5),
        ("reduce([a, b, c], #acc + # * #index, 0)", 26.0),
        ("sortBy([a, b, c], -#)[0]", 10.5),
        ("sort([b, a], \"desc\")[-1]", 2.0),
        ("median([a, b, c])", 5.0),
        ("mean(a, [b, [c]])", 17.5 / 3.0),
        ("count([a, b, c], {# > 3})", 2.0),
        ("findLastIndex([a, b, c], # < 6)", 1.0),
        ("one([a, b], # > 3) ? 1 : 0", 1.0),
        ("{x: a, 'y z': b}['y z']", 5.0),
        ("[a, b, c][1:][0]", 5.0),
        ("$env['my-queue'] + $env.a", 5.0),
        ("get([a], 7) ?? b", 5.0),
        ("len('größe') + len({x: 1})", 6.0),
        ("bitshl(1, 3) + bitand(6, 3)", 10.0),
        ("'5' + '6'", 56.0),
        ("flatten([[a], [b, [c]]])[2]", 10.5),
        ("len(uniq(concat([a], [a, b])))", 2.0),
        ("0x1F + 0b11 + 1_000 + .5", 1034.5),
        ("a // a comment would hide the wrapping's parenthesis\n + b", 7.0),
    ];
    for (text, expected) in table {
        assert_eq!(evaluate(text), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn refusals_say_what_and_where() {
    let table = [
        ("", FormulaError::Missing),
        ("a + nope", FormulaError::UnknownName { at: 4, name: "nope".to_owned() }),
        ("$env.nope", FormulaError::UnknownName { at: 5, name: "nope".to_owned() }),
        ("my-queue", FormulaError::UnknownName { at: 0, name: "my".to_owned() }),
        // Parts that a run would skip are checked too.
        ("true ? a : nope()", FormulaError::UnknownName { at: 11, name: "nope".to_owned() }),
        ("a + now()", FormulaError::Unsupported { at: 4, name: "now".to_owned() }),
    ];
    for (text, expected) in table {
        assert_eq!(compile(text).err(), Some(expected), "{text}");
    }
    for text in ["a +", "a; b", "a ?? b + c", "(a", "[a,,b]", "'x", "1.2.3", "a & b", "a //"] {
        assert!(matches!(compile(text), Err(FormulaError::Syntax { .. })), "{text}");
    }
    for text in ["a % 2", "a == 1", "a + nil", "nil", "[a]", "a ? 1 : 2", "let a = 1; a", "a.b"] {
        assert!(matches!(compile(text), Err(FormulaError::Type { .. })), "{text}");
    }
    for text in ["filter([a], # > 0)[0]", "'x'", "[1][a > 0 ? 0 : 1]", "1 % (1 - 1)"] {
        assert!(matches!(compile(text), Err(FormulaError::DryRun(_))), "{text}");
    }
    let error = compile("a % 2").map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "`%` does not take a number and an integer");
}

#[test]
fn nil_goes_through_a_coalescing_formula_and_fails_an_adding_one() {
    let values = [("a", None), ("b", Some(5.0)), ("c", None)];
    assert_eq!(evaluate_on("a ?? b", &values), Ok(Some(5.0)));
    assert_eq!(evaluate_on("a ?? c", &values), Ok(None));
    assert_eq!(evaluate_on("max(a ?? 0, b ?? 0)", &values), Ok(Some(5.0)));
    let operands = RunError::Operands { operator: "+", left: "nil", right: "a number" };
    assert_eq!(evaluate_on("a + b", &values), Err(operands));
    // A trigger without any value is nil as well.
    assert_eq!(evaluate_on("a ?? b", &[("b", Some(1.0))]), Ok(Some(1.0)));
}

#[test]
fn an_infinite_result_is_an_error_and_not_a_metric() {
    for text in ["a / 0", "-1 / 0", "0 / 0", "float('inf')", "10 ** 400"] {
        assert!(matches!(evaluate(text), Err(RunError::NotFinite { .. })), "{text}");
    }
    // KEDA admits a formula that is infinite at -1 only.
    assert_eq!(evaluate("6 / (a + 1)"), Ok(Some(2.0)));
}

#[test]
fn formulas_end_within_their_bounds() {
    let nested = |open: &str, close: &str, levels| {
        format!("{}a{}", open.repeat(levels), close.repeat(levels))
    };
    let deep = TREE_LEVELS_MAX + 1;
    for text in [
        nested("(", ")", deep),
        nested("[", "]", deep),
        nested("-", "", deep),
        nested("a + (", ")", deep),
        nested("", " + a", deep),
        nested("", " | max()", deep),
        nested("", "[0]", deep),
        nested("map([a], ", ")", deep),
        nested("a > 1 ? 1 : ", "", deep),
        format!("{} {{ a }}", "if a > 1 { a } else ".repeat(deep)),
    ] {
        assert!(matches!(compile(&text), Err(FormulaError::TooDeep { .. })), "{text}");
    }
    let long = format!("a{}", " ".repeat(TEXT_BYTES_MAX));
    assert_eq!(compile(&long).err(), Some(FormulaError::TooLong { bytes: TEXT_BYTES_MAX + 1 }));

    let doubling = |first: &str, step: &str, last: &str| {
        let steps: String = (1..40)
            .map(|n| format!("let x{n} = {}; ", step.replace('_', &format!("x{}", n - 1))))
            .collect();
        format!("let x0 = {first}; {steps}{last}")
    };
    for text in [
        doubling("'ab'", "_ + _", "len(x39)"),
        doubling("[a]", "concat(_, _)", "len(x39)"),
        doubling("[a]", "[_, _]", "len(flatten(x39))"),
        doubling("[a]", "map(_, _)", "len(x39)"),
        "len(1..9223372036854775807)".to_owned(),
        "len(-9223372036854775807..9223372036854775807)".to_owned(),
        "sum(map(1..1000, sum(map(1..1000, #))))".to_owned(),
        "len(uniq(1..10000))".to_owned(),
        format!("let x = '{}'; sum(map(1..1000, len(x)))", "1".repeat(1000)),
        format!("let x = '{}'; len(sort(map(1..1000, x)))", "1".repeat(1000)),
        "reduce(1..100, [#acc, #acc], 0) == [1] ? 1 : 0".to_owned(),
    ] {
        let Err(error) = compile(&text) else { panic!("{text} passed no bound") };
        let bound = [RunError::TooManySteps, RunError::ValueTooDeep];
        assert!(bound.map(FormulaError::DryRun).contains(&error), "{text}: {error}");
    }
}

#[test]
fn the_deepest_formulas_fit_a_small_stack() {
    // The wrapping and the innermost part take a few levels of their own.
    let (brackets, operators) = (NESTING_MAX - 4, TREE_LEVELS_MAX - 4);
    let texts = [
        format!("{}a{}", "(".repeat(brackets), ")".repeat(brackets)),
        format!("{}a", "-".repeat(brackets)),
        format!("{}a{}", "max(".repeat(brackets), ")".repeat(brackets)),
        format!("{}a", "a > 9 ? 1 : ".repeat(brackets)),
        format!("{}a{}", "sum([1], ".repeat(brackets), ")".repeat(brackets)),
        format!("{}a", (0..brackets).map(|n| format!("let x{n} = a; ")).collect::<String>()),
        format!("a{}", " + 1".repeat(operators)),
        format!("a{}", " | abs()".repeat(operators)),
        format!("[a]{} | sum()", " | map(#)".repeat(operators - 2)),
    ];
    let small = std::thread::Builder::new().stack_size(1024 * 1024);
    let run = small.spawn(move || texts.iter().find(|text| evaluate(text).is_err()).cloned());
    assert_eq!(run.expect("a thread").join().expect("no overflow, no panic"), None);
}

#[test]
fn a_trigger_hides_the_function_of_its_name() {
    let names = ["max".to_owned(), "a".to_owned()].into();
    assert!(matches!(Formula::compile("max(a, 1)", &names), Err(FormulaError::Type { .. })));
    let formula = Formula::compile("::max(a, max)", &names).expect("`::` means the function");
    let values = [("max".to_owned(), Some(4.0)), ("a".to_owned(), Some(1.0))].into();
    assert_eq!(formula.evaluate(&values), Ok(Some(4.0)));
}

/// Pieces that make formulas which get further than random characters.
fn pieces() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a",
        "b",
        "nil",
        "true",
        "1",
        "2.5",
        "'x'",
        "#",
        "#acc",
        "#index",
        "$env",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        "?",
        "??",
        "?.",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "%",
        "**",
        "==",
        "<",
        ">=",
        "and",
        "or",
        "not",
        "in",
        "|",
        "let",
        "x",
        "=",
        "if",
        "else",
        "max(",
        "map(",
        "filter(",
        "reduce(",
        "sort(",
        "sum(",
        "len(",
        "float(",
        "get(",
        "::",
        "9e99",
        "9223372036854775807",
        "[1,2][",
        "// ",
        "/* ",
    ]);
    proptest::collection::vec(piece, 0..25).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = compile(&text);
    }

    #[test]
    fn what_compiles_gives_a_finite_number_nil_or_an_error(
        text in pieces(),
        a in any::<Option<f64>>(),
        b in any::<Option<f64>>(),
    ) {
        if let Ok(formula) = compile(&text) {
            let values = [("a".to_owned(), a), ("b".to_owned(), b)].into();
            if let Ok(Some(result)) = formula.evaluate(&values) {
                prop_assert!(result.is_finite());
            }
        }
    }

    #[test]
    fn faults_lie_within_the_text(text in pieces()) {
        if let Err(
            FormulaError::Syntax { at, .. }
            | FormulaError::Type { at, .. }
            | FormulaError::UnknownName { at, .. }
            | FormulaError::Unsupported { at, .. }
            | FormulaError::TooDeep { at },
        ) = compile(&text)
        {
            prop_assert!(at <= text.len());
        }
    }

    #[test]
    fn arithmetic_is_that_of_floats(a in -1e6..1e6, b in -1e6..1e6, c in 1.0..1e6) {
        let values = [("a", Some(a)), ("b", Some(b)), ("c", Some(c))];
        let expected = (a + b) * c - a / c;
        prop_assert_eq!(evaluate_on("(a + b) * c - a / c", &values), Ok(Some(expected)));
        let largest = f64::max(a, b);
        prop_assert_eq!(evaluate_on("max(a, b)", &values), Ok(Some(largest)));
        prop_assert_eq!(evaluate_on("a > b ? a : b", &values), Ok(Some(largest)));
    }
}
