//! Quantities through the public door: tables from Kubernetes' definition, and properties.

use proptest::prelude::*;
use upswell_units::quantity::{Notation, ParseQuantityError};
use upswell_units::{Bytes, Millicores, Quantity};

fn quantity(text: &str) -> Quantity {
    text.parse().expect(text)
}

#[test]
fn every_suffix_has_its_power() {
    for (text, value) in [
        ("1000000000n", 1),
        ("1000000u", 1),
        ("1000m", 1),
        ("1", 1),
        ("1k", 1_000),
        ("1M", 1_000_000),
        ("1G", 1_000_000_000),
        ("1T", 1_000_000_000_000),
        ("1P", 1_000_000_000_000_000),
        ("1E", 1_000_000_000_000_000_000),
        ("1Ki", 1 << 10),
        ("1Mi", 1 << 20),
        ("1Gi", 1 << 30),
        ("1Ti", 1 << 40),
        ("1Pi", 1 << 50),
        ("1Ei", 1 << 60),
        ("12e2", 1_200),
        ("12E2", 1_200),
        ("12e+2", 1_200),
        ("1200e-2", 12),
    ] {
        assert_eq!(quantity(text).value(), value, "{text}");
        assert_eq!(quantity(&format!("-{text}")).value(), -value, "-{text}");
    }
}

#[test]
fn what_is_finer_rounds_away_from_zero() {
    for (text, milli, value) in [
        ("0.1", 100, 1),
        ("-0.1", -100, -1),
        ("1001m", 1_001, 2),
        ("1.0001", 1_001, 2),
        ("-1.0001", -1_001, -2),
        ("1n", 1, 1),
        ("0.1n", 1, 1),
        ("-1e-30", -1, -1),
        ("0.0001Ki", 103, 1),
        ("-0.0001Ki", -103, -1),
        ("0", 0, 0),
        ("0e9", 0, 0),
    ] {
        let quantity = quantity(text);
        assert_eq!((quantity.milli_value(), quantity.value()), (milli, value), "{text}");
    }
}

#[test]
fn what_does_not_fit_64_bits_saturates() {
    for text in ["10E", "8Ei", "1e30", "1e2147483647", "99999999999999999999999999999999999999999"]
    {
        assert_eq!(quantity(text).value(), i64::MAX, "{text}");
        assert_eq!(quantity(text).milli_value(), i64::MAX, "{text}");
        assert_eq!(quantity(&format!("-{text}")).milli_value(), i64::MIN, "-{text}");
    }
    assert_eq!(quantity("9E").milli_value(), i64::MAX);
    assert_eq!(quantity("9E").value(), 9_000_000_000_000_000_000);
}

#[test]
fn the_canonical_form_is_whole_with_the_largest_suffix() {
    for (text, canonical) in [
        ("0.0", "0"),
        ("0Gi", "0"),
        ("1.5", "1500m"),
        ("1000m", "1"),
        ("2000000", "2M"),
        ("1.5Gi", "1536Mi"),
        ("2048Ki", "2Mi"),
        ("1000Ki", "1000Ki"),
        ("1000", "1k"),
        ("100000", "100k"),
        ("0.5Ki", "512"),
        ("1023", "1023"),
        ("0.0001Ki", "102400u"),
        ("1.0001Ki", "1024102400u"),
        ("1.50e3", "1500"),
        ("1e-2", "10e-3"),
        ("1000E", "1000E"),
        ("100e19", "1e21"),
        ("-0.5Gi", "-512Mi"),
        // Spellings that upstream takes for canonical already.
        ("+5", "+5"),
        ("007", "007"),
        ("1500.125m", "1500.125m"),
        ("+3Ki", "+3Ki"),
        // A number of more than 18 digits is never one of them.
        ("1234567890123456789", "1234567890123456789"),
        ("1000000000000000000000", "1000E"),
    ] {
        assert_eq!(quantity(text).to_string(), canonical, "{text}");
    }
}

#[test]
fn amounts_from_the_engine_read_as_kubernetes_writes_them() {
    assert_eq!(Quantity::from(Millicores(1_500)).to_string(), "1500m");
    assert_eq!(Quantity::from(Millicores(2_000)).to_string(), "2");
    assert_eq!(Quantity::from(Bytes(262_144_000)).to_string(), "250Mi");
    assert_eq!(Quantity::from(Bytes(1_000)).to_string(), "1k");
    assert_eq!(Quantity::from_units(12_000_000, Notation::DecimalExponent).to_string(), "12e6");
    assert_eq!(Millicores::from(&quantity("0.25")), Millicores(250));
    assert_eq!(Bytes::from(&quantity("1500m")), Bytes(2));
}

#[test]
fn the_approximate_float_is_significand_times_power_of_ten() {
    for (text, float) in [
        ("0.3", 0.300_000_000_000_000_04),
        ("300m", 0.3),
        ("0.1", 0.1),
        ("0.7", 0.700_000_000_000_000_1),
        ("1e400", f64::INFINITY),
        ("0e400", 0.0),
        ("-2Ki", -2048.0),
    ] {
        assert_eq!(quantity(text).approximate_f64(), float, "{text}");
    }
}

#[test]
fn quantities_compare_by_amount() {
    assert_eq!(quantity("1000m"), quantity("1"));
    assert_eq!(quantity("1Ki"), quantity("1.024k"));
    assert_eq!(quantity("0e5"), quantity("-0"));
    let ascending = ["-1e999", "-1Ei", "-1n", "0", "1n", "999m", "1", "1k", "1Ki", "1E", "1e999"];
    for pair in ascending.windows(2) {
        assert!(quantity(pair[0]) < quantity(pair[1]), "{pair:?}");
    }
}

#[test]
fn sums_are_exact_and_keep_the_notation_of_the_first_amount() {
    for (one, two, sum) in [
        ("100m", "0.9", "1"),
        ("1Gi", "1G", "2073741824"),
        ("0", "1Gi", "1Gi"),
        ("1n", "1E", "1000000000000000000000000001n"),
        ("5", "-5", "0"),
        ("1e999", "-1", "1e999"),
    ] {
        assert_eq!(quantity(one).plus(&quantity(two)), quantity(sum), "{one} + {two}");
    }
    assert_eq!(quantity("1Gi").plus(&quantity("1024Mi")).to_string(), "2Gi");
    assert_eq!(quantity("1Gi").with_notation(Notation::DecimalSi).to_string(), "1073741824");
}

#[test]
fn zero_may_lack_its_digits_as_upstream_has_it() {
    for text in ["+", "-", ".", "m", "Gi", "e5", "-.k"] {
        assert!(quantity(text).is_zero(), "{text}");
    }
    assert!("e-10".parse::<Quantity>().is_err());
}

#[test]
fn errors_say_what_and_how_to_mend_it() {
    for (text, error) in [
        (
            "",
            "a quantity must not be empty: write a number with a suffix, e.g. \"500m\" or \"1Gi\"",
        ),
        ("abc", "`abc` is not a quantity: write a number with a suffix, e.g. \"500m\" or \"1Gi\""),
        ("1K", "unknown suffix `K`: write k for 1000 or Ki for 1024"),
        ("1GB", "unknown suffix `GB`: write G for a billion or Gi for 1024 Mi"),
        ("1 Gi", "unknown suffix ` Gi`: leave out the space"),
        (
            "1.2.3",
            "unknown suffix `.3`: use one of n u m k M G T P E Ki Mi Gi Ti Pi Ei, an exponent such \
             as e3, or none",
        ),
        ("1e", "unknown suffix `e`: write an exponent after e, as in 1e3, or E for 10^18"),
        (
            "1e9999999999",
            "the exponent of `1e9999999999` is too large: at most nine digits make sense",
        ),
    ] {
        let refused: ParseQuantityError = text.parse::<Quantity>().unwrap_err();
        assert_eq!(refused.to_string(), error);
    }
    for text in ["--1", "1e+", "1e-", "0x10", "1_000", "1m5", "½", "1é", "NaN", "inf", "1ee5", " 1"]
    {
        assert!(text.parse::<Quantity>().is_err(), "{text}");
    }
}

#[test]
fn long_texts_take_bounded_work() {
    let nines = "9".repeat(200_000);
    let zeros = "0".repeat(200_000);
    assert_eq!(quantity(&format!("{nines}Ki")).value(), i64::MAX);
    assert_eq!(quantity(&format!("{nines}e-100")).value(), i64::MAX);
    assert_eq!(quantity(&format!("0.{zeros}1")).milli_value(), 1);
    assert_eq!(quantity(&format!("0.{zeros}1Mi")).milli_value(), 1);
    assert_eq!(quantity(&format!("1.{zeros}1")).to_string(), "1000000001n");
    assert_eq!(quantity(&format!("1{zeros}")).to_string().len(), 200_001 - 18 + 1);
    assert!(format!("1{nines}x").parse::<Quantity>().unwrap_err().to_string().len() < 200);
}

#[test]
fn quantities_serialise_as_their_canonical_string() {
    let read: Quantity = serde_json::from_str("\"1.5Gi\"").unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), "\"1536Mi\"");
    assert!(serde_json::from_str::<Quantity>("\"1gi\"").is_err());
}

proptest! {
    #[test]
    fn no_text_panics(text in "[-+]?[0-9]{0,45}\\.?[0-9]{0,45}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,11}") {
        if let Ok(quantity) = text.parse::<Quantity>() {
            let _ = (quantity.value(), quantity.milli_value(), quantity.approximate_f64());
            prop_assert!(quantity == quantity.clone());
            if !text.contains(['e', 'E']) {
                let _ = quantity.to_string();
            }
        }
    }

    #[test]
    fn no_unicode_panics(text in any::<String>()) {
        let _ = text.parse::<Quantity>();
    }

    #[test]
    fn the_canonical_form_keeps_the_amount(
        digits in "[0-9]{1,20}", fraction in "(\\.[0-9]{0,9})?",
        suffix in prop::sample::select(vec!["n", "u", "m", "", "k", "G", "E", "Ki", "Gi", "e3", "e-7"]),
    ) {
        let quantity = quantity(&format!("{digits}{fraction}{suffix}"));
        let again: Quantity = quantity.to_string().parse().unwrap();
        prop_assert_eq!(&again, &quantity);
        prop_assert_eq!(again.milli_value(), quantity.milli_value());
        prop_assert_eq!(again.to_string(), quantity.to_string());
    }

    #[test]
    fn sums_agree_with_integers(a in any::<i32>(), b in any::<i32>()) {
        let sum = Quantity::from_milli(i64::from(a)).plus(&quantity(&format!("{b}u")));
        prop_assert_eq!(sum, quantity(&format!("{}u", i64::from(a) * 1000 + i64::from(b))));
    }

    #[test]
    fn every_milli_amount_survives_text(milli in any::<i64>()) {
        let quantity = Quantity::from_milli(milli);
        prop_assert_eq!(quantity.to_string().parse::<Quantity>().unwrap().milli_value(), milli);
    }

    #[test]
    fn every_byte_amount_survives_text(bytes in any::<i64>()) {
        let written = Quantity::from(Bytes(bytes)).to_string();
        // Binary notation is capped one short of the most negative number.
        let read = written.parse::<Quantity>().unwrap().value();
        prop_assert_eq!(read, bytes.max(-i64::MAX));
    }

    #[test]
    fn order_agrees_with_exact_integers(a in any::<i32>(), b in any::<i32>()) {
        let (milli, micro) = (Quantity::from_milli(i64::from(a)), format!("{b}u"));
        let expected = (i64::from(a) * 1000).cmp(&i64::from(b));
        prop_assert_eq!(milli.cmp(&quantity(&micro)), expected);
    }
}
