use std::collections::BTreeMap;

use upswell_engine::activation::Pause;
use upswell_engine::activation::pause::{
    FORCE_ACTIVATION, PAUSED, PAUSED_REPLICAS, PAUSED_SCALE_IN,
};
use upswell_units::Replicas;

fn pause(annotations: &[(&str, &str)]) -> Pause {
    let annotations: BTreeMap<String, String> =
        annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Pause::from_annotations(&annotations)
}

#[test]
fn only_gos_spellings_of_false_are_false() {
    for text in ["false", "False", "FALSE", "f", "F", "0"] {
        assert!(!pause(&[(PAUSED, text)]).stops_scaling(), "{text}");
        assert!(!pause(&[(FORCE_ACTIVATION, text)]).force_activation, "{text}");
    }
    for text in ["true", "t", "1", "", "no", "off", "fALSE", " false"] {
        assert!(pause(&[(PAUSED, text)]).stops_scaling(), "{text:?}");
        assert!(pause(&[(PAUSED_SCALE_IN, text)]).scale_in, "{text:?}");
    }
}

#[test]
fn paused_replicas_pause_even_where_paused_says_no() {
    let both = pause(&[(PAUSED, "false"), (PAUSED_REPLICAS, "5")]);
    assert!(both.stops_scaling() && !both.stops_jobs());
    assert_eq!(both.target(), Some(Replicas(5)));
    for text in ["", "x", "5.5", " 3", "2147483648", "-1"] {
        let unreadable = pause(&[(PAUSED_REPLICAS, text)]);
        assert!(unreadable.stops_scaling(), "{text:?}");
        assert_eq!(unreadable.target(), None, "{text:?}");
    }
}

#[test]
fn a_one_way_pause_shows_and_keeps_the_hpa() {
    let one_way = pause(&[(PAUSED_SCALE_IN, "true")]);
    assert!(one_way.shows_as_paused() && !one_way.stops_scaling() && !one_way.is_annotated());
    assert!(pause(&[(PAUSED, "false")]).is_annotated());
    assert_eq!(pause(&[("other", "true")]), Pause::default());
}
