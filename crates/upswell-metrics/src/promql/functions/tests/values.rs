//! Functions of numbers and dates, orders and texts of numbers.

use super::*;

#[test]
fn numbers_of_numbers() {
    let pi = std::f64::consts::PI;
    for (name, value, args, expected) in [
        ("abs", -2.5, &[][..], Some(2.5)),
        ("ceil", -1.5, &[], Some(-1.0)),
        ("floor", -1.5, &[], Some(-2.0)),
        ("round", 2.5, &[], Some(3.0)),
        ("round", -2.5, &[], Some(-2.0)),
        ("round", 0.25, &[0.1], Some(0.3)),
        ("round", 17.0, &[5.0], Some(15.0)),
        ("round", 17.0, &[0.0], Some(NAN)),
        ("sgn", -3.0, &[], Some(-1.0)),
        ("sgn", INF, &[], Some(1.0)),
        ("sgn", 0.0, &[], Some(0.0)),
        ("sgn", NAN, &[], Some(NAN)),
        ("clamp", 7.0, &[1.0, 5.0], Some(5.0)),
        ("clamp", -7.0, &[1.0, 5.0], Some(1.0)),
        ("clamp", 3.0, &[1.0, 5.0], Some(3.0)),
        ("clamp", 3.0, &[5.0, 1.0], None),
        ("clamp", NAN, &[1.0, 5.0], Some(NAN)),
        ("clamp", 3.0, &[NAN, 5.0], Some(NAN)),
        ("clamp_min", 3.0, &[4.0], Some(4.0)),
        ("clamp_min", NAN, &[4.0], Some(NAN)),
        ("clamp_max", 3.0, &[2.0], Some(2.0)),
        ("clamp_max", 3.0, &[NAN], Some(NAN)),
        ("clamp_max", INF, &[NAN], Some(NAN)),
        ("clamp_max", -INF, &[NAN], Some(-INF)),
        ("exp", 1.0, &[], Some(std::f64::consts::E)),
        ("exp", -INF, &[], Some(0.0)),
        ("sqrt", 2.25, &[], Some(1.5)),
        ("sqrt", -1.0, &[], Some(NAN)),
        ("ln", 0.0, &[], Some(-INF)),
        ("ln", std::f64::consts::E, &[], Some(1.0)),
        ("log2", 1024.0, &[], Some(10.0)),
        ("log10", 1e15, &[], Some(15.0)),
        ("log10", -1.0, &[], Some(NAN)),
        ("deg", pi, &[], Some(180.0)),
        ("rad", 180.0, &[], Some(pi)),
        ("sin", pi / 2.0, &[], Some(1.0)),
        ("cos", pi, &[], Some(-1.0)),
        ("tan", 0.0, &[], Some(0.0)),
        ("asin", 1.0, &[], Some(pi / 2.0)),
        ("acos", 2.0, &[], Some(NAN)),
        ("atan", INF, &[], Some(pi / 2.0)),
        ("sinh", 0.0, &[], Some(0.0)),
        ("cosh", 0.0, &[], Some(1.0)),
        ("tanh", -INF, &[], Some(-1.0)),
        ("asinh", -INF, &[], Some(-INF)),
        ("acosh", 1.0, &[], Some(0.0)),
        ("atanh", 1.0, &[], Some(INF)),
    ] {
        let case = format!("{name} of {value} with {args:?}");
        assert_near(of_value(name, value, args), expected, &case);
    }
}

#[test]
fn scalars_of_scalars() {
    for (name, args, expected) in [
        ("pi", &[][..], std::f64::consts::PI),
        ("max_of", &[1.0, 2.0], 2.0),
        ("min_of", &[1.0, 2.0], 1.0),
        ("max_of", &[1.0, NAN], NAN),
        ("min_of", &[NAN, 2.0], NAN),
    ] {
        let Some(Function::Scalar { call }) = find(name) else { panic!("{name}") };
        assert_near(Some(call(args)), Some(expected), name);
    }
}

#[test]
fn dates_are_utc_and_gregorian() {
    // Computed by `date -u`: leap years, a century that is none, days before the epoch.
    let dates = [
        (0.0, [1970, 1, 1, 31, 4, 1, 0, 0]),
        (-1.0, [1969, 12, 31, 31, 3, 365, 23, 59]),
        (-0.5, [1970, 1, 1, 31, 4, 1, 0, 0]),
        (951_782_399.0, [2000, 2, 28, 29, 1, 59, 23, 59]),
        (951_782_400.0, [2000, 2, 29, 29, 2, 60, 0, 0]),
        (978_307_199.9, [2000, 12, 31, 31, 0, 366, 23, 59]),
        (1_699_999_800.0, [2023, 11, 14, 30, 2, 318, 22, 10]),
        (-2_203_891_200.0, [1900, 3, 1, 31, 4, 60, 0, 0]),
        (253_402_300_799.0, [9999, 12, 31, 31, 5, 365, 23, 59]),
    ];
    let names = [
        "year",
        "month",
        "day_of_month",
        "days_in_month",
        "day_of_week",
        "day_of_year",
        "hour",
        "minute",
    ];
    for (secs, parts) in dates {
        for (name, part) in names.into_iter().zip(parts) {
            assert_eq!(of_value(name, secs, &[]), Some(f64::from(part)), "{name} of {secs}");
        }
    }
    for name in names {
        for no_instant in [NAN, INF, -INF, 1e300, -1e19] {
            assert!(
                of_value(name, no_instant, &[]).is_some_and(f64::is_nan),
                "{name} {no_instant}"
            );
        }
    }
}

#[test]
fn sorting_puts_nan_last_in_both_directions() {
    let mut values = [2.0, NAN, -INF, 3.0];
    values.sort_by(|a, b| stats::ascending(*a, *b));
    assert_eq!(format!("{values:?}"), "[-inf, 2.0, 3.0, NaN]");
    values.sort_by(|a, b| stats::descending(*a, *b));
    assert_eq!(format!("{values:?}"), "[3.0, 2.0, -inf, NaN]");
}

#[test]
fn values_are_written_without_exponents() {
    for (value, text) in [
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (INF, "+Inf"),
        (-INF, "-Inf"),
        (NAN, "NaN"),
    ] {
        assert_eq!(format_value(value), text);
    }
}

#[test]
fn functions_of_whole_vectors_are_found_and_others_are_not() {
    for name in [
        "abs",
        "absent",
        "absent_over_time",
        "histogram_quantile",
        "histogram_fraction",
        "histogram_avg",
        "label_replace",
        "label_join",
        "scalar",
        "vector",
        "time",
        "timestamp",
        "sort",
        "sort_desc",
        "sort_by_label",
        "sort_by_label_desc",
        "start",
        "end",
        "step",
        "range",
    ] {
        assert!(find(name).is_some(), "{name}");
    }
    assert!(find("nosuchfunc").is_none());
    assert!(find("").is_none());
}
