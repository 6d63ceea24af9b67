use upswell_engine::activation::formula::RunError;
use upswell_engine::activation::{
    Composite, CompositeMetric, Fallback, FallbackBehavior, FormulaReading, FormulaTrigger,
    MetricType, ModifiersError, ScalingModifiers, Served, Unserved,
};
use upswell_units::{MilliUnits, Replicas};

const TRIGGERS: [FormulaTrigger<'_>; 4] = [
    FormulaTrigger { kind: "redis", name: "a" },
    FormulaTrigger { kind: "prometheus", name: "b" },
    FormulaTrigger { kind: "cpu", name: "load" },
    FormulaTrigger { kind: "cron", name: "" },
];

const FALLBACK: Fallback = Fallback {
    failure_threshold: 3,
    replicas: Replicas(7),
    behavior: FallbackBehavior::ScalingModifiers,
};

fn modifiers(formula: &str, target: &str) -> ScalingModifiers {
    ScalingModifiers {
        formula: formula.to_owned(),
        target: target.to_owned(),
        ..ScalingModifiers::default()
    }
}

fn compiled(formula: &str, target: &str, activation_target: &str) -> CompositeMetric {
    let activation_target = activation_target.to_owned();
    let modifiers = ScalingModifiers { activation_target, ..modifiers(formula, target) };
    modifiers.compile(&TRIGGERS).expect("a valid formula")
}

fn readings(a: Served, b: Served) -> [FormulaReading<'static>; 2] {
    [FormulaReading { name: "a", served: a }, FormulaReading { name: "b", served: b }]
}

fn reading(milli: i64) -> Served {
    Served::Reading(MilliUnits(milli))
}

#[test]
fn results_are_cut_to_thousandths_and_compared_with_the_activation_target() {
    let table = [
        ("a / 3", "", 666, Some(true)),
        ("-a / 3", "", -666, Some(false)),
        ("a", "2", 2_000, Some(false)),
        ("a", "1.999", 2_000, Some(true)),
        ("a - b", "", -3_000, Some(false)),
        ("a", "soon", 2_000, None),
    ];
    for (formula, activation_target, milli, is_active) in table {
        let composite = compiled(formula, "10", activation_target)
            .compose(None, &readings(reading(2_000), reading(5_000)));
        let expected = Composite { value: MilliUnits(milli), is_active };
        assert_eq!(composite, Ok(expected), "{formula} above {activation_target}");
    }
}

#[test]
fn the_first_substitute_takes_the_place_of_the_formula() {
    let composite = compiled("a + b", "10", "");
    let value = MilliUnits(42_000);
    assert_eq!(
        composite.compose(None, &readings(reading(1), Served::Substitute(value))),
        Ok(Composite { value, is_active: Some(true) })
    );
}

#[test]
fn a_trigger_that_cannot_be_read_gives_no_metric() {
    let failed = Served::Unserved(Unserved::NoFallback);
    assert_eq!(
        compiled("a ?? b", "10", "").compose(Some(&FALLBACK), &readings(failed, reading(1))),
        Err(RunError::ReadingFailed { name: "a".to_owned() })
    );
}

#[test]
fn a_nil_result_asks_for_the_replicas_of_the_fallback() {
    let composite = compiled("a ?? b", "2.5", "");
    let nil = readings(Served::LeftToFormula, Served::LeftToFormula);
    let expected = Composite { value: MilliUnits(17_500), is_active: Some(true) };
    assert_eq!(composite.compose(Some(&FALLBACK), &nil), Ok(expected));
    assert_eq!(composite.compose(None, &nil), Err(RunError::NilWithoutFallback));
}

#[test]
fn only_named_triggers_that_keda_reads_stand_in_a_formula() {
    assert!(modifiers("a + b", "1").compile(&TRIGGERS).is_ok());
    assert!(modifiers("a + load", "1").compile(&TRIGGERS).is_err());
}

#[test]
fn faults_come_together_and_in_kedas_order() {
    let names = |modifiers: ScalingModifiers| -> Vec<&'static str> {
        let errors = modifiers.compile(&TRIGGERS).err().unwrap_or_default();
        let name = |error: &ModifiersError| match error {
            ModifiersError::MissingTarget => "missing-target",
            ModifiersError::BadTarget { .. } => "bad-target",
            ModifiersError::BadMetricType { .. } => "bad-metric-type",
            ModifiersError::Formula(_) => "formula",
        };
        errors.iter().map(name).collect()
    };
    assert_eq!(names(modifiers("", "")), ["formula", "missing-target"]);
    assert_eq!(names(modifiers("nope", "")), ["missing-target", "formula"]);
    for target in ["-1", "0", " 2", "2 ", "abc", "NaN", "inf", "1_000"] {
        assert_eq!(names(modifiers("a", target)), ["bad-target"], "{target}");
    }
    let utilization =
        ScalingModifiers { metric_type: "Utilization".to_owned(), ..modifiers("nope", "x") };
    assert_eq!(names(utilization), ["formula", "bad-target", "bad-metric-type"]);
}

#[test]
fn the_target_is_cut_to_thousandths_even_if_that_is_zero() {
    for (target, milli) in [("2.5", 2_500), ("1e2", 100_000), ("0.0005", 0)] {
        assert_eq!(compiled("a", target, "").target(), Some(MilliUnits(milli)), "{target}");
    }
    assert_eq!(compiled("a", "1", "").metric_type(), MetricType::AverageValue);
}
