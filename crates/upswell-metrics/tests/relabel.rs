//! Relabelling does what Prometheus does.

use upswell_metrics::Labels;
use upswell_metrics::relabel::{Action, Config, Relabeling, apply};

const POD: [(&str, &str); 4] = [("__name__", "up"), ("p", "Llm-0"), ("z", "a"), ("b", "Llm-0;a")];

/// Applies one rule to [`POD`]; what comes out, as PromQL writes it.
fn relabeled(config: Config) -> Option<String> {
    let rules = [Relabeling::new(config).expect("a good rule")];
    apply(&rules, Labels::new(POD)).map(|labels| labels.to_string())
}

fn config(action: &str, source: &[&str], regex: &str, target: &str, with: &str) -> Config {
    Config {
        source_labels: source.iter().map(|name| (*name).to_owned()).collect(),
        regex: regex.to_owned(),
        target_label: target.to_owned(),
        replacement: with.to_owned(),
        action: action.parse().expect("an action"),
        ..Config::default()
    }
}

#[test]
fn every_action_does_what_prometheus_does() {
    let all = "(.*)";
    for (action, source, regex, target, with, left) in [
        ("replace", &["z"][..], all, "to", "$1", r#"b="Llm-0;a", p="Llm-0", to="a", z="a""#),
        (
            "Replace",
            &["p", "z"],
            r"(\w+)-.*;(.*)",
            "$1",
            "${2}-z",
            r#"Llm="a-z", b="Llm-0;a", p="Llm-0", z="a""#,
        ),
        ("replace", &["p"], "llm.*", "to", "$1", r#"b="Llm-0;a", p="Llm-0", z="a""#),
        ("replace", &["p"], all, "z", "", r#"b="Llm-0;a", p="Llm-0""#),
        ("replace", &[], all, "a", "b", r#"a="b", b="Llm-0;a", p="Llm-0", z="a""#),
        ("replace", &["p"], "(x?).*", "$1", "b", r#"b="Llm-0;a", p="Llm-0", z="a""#),
        ("lowercase", &["p", "z"], all, "p", "$1", r#"b="Llm-0;a", p="llm-0;a", z="a""#),
        ("uppercase", &["z"], all, "z", "$1", r#"b="Llm-0;a", p="Llm-0", z="A""#),
        (
            "labelmap",
            &[],
            "(z|p).*",
            "",
            "m_${1}",
            r#"b="Llm-0;a", m_p="Llm-0", m_z="a", p="Llm-0", z="a""#,
        ),
        ("labeldrop", &[], "p|zz", "", "$1", r#"b="Llm-0;a", z="a""#),
        ("labelkeep", &[], "__name__|z", "", "$1", r#"z="a""#),
    ] {
        let found = relabeled(config(action, source, regex, target, with));
        assert_eq!(found, Some(format!("up{{{left}}}")), "{action} {regex}");
    }
}

#[test]
fn conditions_keep_or_drop() {
    for (action, source, regex, target, stays) in [
        ("keep", &["p", "z"][..], "Llm.*;a", "", true),
        ("keep", &["p"], "Llm", "", false),
        ("drop", &["nosuch"], "", "", false),
        ("drop", &["p"], "Llm", "", true),
        ("keepequal", &["p", "z"], "(.*)", "b", true),
        ("keepequal", &["p"], "(.*)", "z", false),
        ("DropEqual", &["p", "z"], "(.*)", "b", false),
        ("dropequal", &["p"], "(.*)", "nosuch", true),
    ] {
        let found = relabeled(config(action, source, regex, target, "$1"));
        assert_eq!(found.is_some(), stays, "{action} {source:?} {regex}");
    }
}

#[test]
fn hashmod_takes_the_last_half_of_the_md5_sum() {
    // The first two are in Prometheus's own test.
    for (value, modulus, remainder) in
        [("baz", 1000, "976"), ("foo\nbar", 1000, "734"), ("a", 1, "0")]
    {
        let hashed = Config { modulus, ..config("hashmod", &["a"], "(.*)", "b", "$1") };
        let rules = [Relabeling::new(hashed).unwrap()];
        let labels = apply(&rules, Labels::new([("a", value)])).unwrap();
        assert_eq!(labels.get("b"), remainder);
    }
}

#[test]
fn letters_change_one_by_one_as_in_go() {
    let labels = Labels::new([("a", "ÀSSΣ İß")]);
    let to = |action| {
        let rules = [Relabeling::new(config(action, &["a"], "(.*)", "b", "$1")).unwrap()];
        apply(&rules, labels.clone()).unwrap().get("b").to_owned()
    };
    assert_eq!(to("lowercase"), "àssσ iß");
    assert_eq!(to("uppercase"), "ÀSSΣ İß");
}

#[test]
fn rules_apply_in_their_order_until_one_drops() {
    let rules = [
        config("replace", &["z"], "(.*)", "to", "$1"),
        config("keep", &["to"], "a", "", "$1"),
        config("labeldrop", &[], "z|b|p", "", "$1"),
    ];
    let rules = rules.map(|rule| Relabeling::new(rule).unwrap());
    assert_eq!(apply(&rules, Labels::new(POD)).unwrap().to_string(), r#"up{to="a"}"#);
    assert_eq!(apply(&rules, Labels::new([("z", "x")])), None);
}

#[test]
fn what_prometheus_refuses_is_refused() {
    for (config, message) in [
        (config("hashmod", &["a"], "(.*)", "b", "$1"), "action hashmod needs a modulus above zero"),
        (config("replace", &["a"], "(.*)", "", "$1"), "action replace needs a target label"),
        (config("keepequal", &["a"], "(.*)", "", "$1"), "action keepequal needs a target label"),
        (config("labelmap", &[], "(.*)", "", ""), "action labelmap needs a replacement"),
        (config("lowercase", &["a"], "(.*)", "b", "x"), "action lowercase takes no replacement"),
        (config("dropequal", &["a"], "x", "b", "$1"), "action dropequal takes no regex"),
        (config("labeldrop", &["a"], "x", "", "$1"), "action labeldrop takes no source labels"),
        (config("labelkeep", &[], "x", "b", "$1"), "action labelkeep takes no target label"),
    ] {
        assert_eq!(Relabeling::new(config).unwrap_err().to_string(), message);
    }
    let broken = Relabeling::new(config("keep", &["a"], "(", "", "$1")).unwrap_err();
    assert!(broken.to_string().starts_with("invalid regular expression: "));
    assert_eq!(
        "Keeep".parse::<Action>().unwrap_err().to_string(),
        "unknown relabel action \"Keeep\""
    );
}
