//! What each autoscaler of a bundle does to the replicas, told from its manifests.

mod world;

use upswell_sim::{Mode, Run, Traffic};
use upswell_units::Replicas;
use world::{REDIS, SETTINGS, WORKER, play, prepared, rehearsed, request, scaled_object, steady};

const MODES: [Mode; 2] = [Mode::Stock, Mode::Upswell];

/// From 09:05 to 09:10 five replicas are wanted.
const CRON: &str = "  - type: cron\n    metadata: {timezone: UTC, start: \"5 9 * * *\", \
                    end: \"10 9 * * *\", desiredReplicas: \"5\"}\n";

/// A plain HorizontalPodAutoscaler of the worker on one resource.
fn hpa(resource: &str, target: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: worker}}\n\
         spec:\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: worker}}\n  \
         minReplicas: 2\n  maxReplicas: 20\n  metrics:\n  - type: Resource\n    \
         resource: {{name: {resource}, target: {target}}}\n---\n"
    )
}

/// A worker of four slots that each take `cpu`.
fn slots(cpu: &str) -> String {
    SETTINGS.replace("  onKill", &format!("  slots: 4\n  cpuPerRequest: {cpu}\n  onKill"))
}

/// Replicas that were asked for at a second of the run.
fn wanted(run: &Run, second: f64) -> Replicas {
    let points = run.timeline.iter().take_while(|point| point.t_s <= second);
    points.last().expect("the timeline starts at zero").wanted
}

#[test]
fn a_cron_trigger_raises_the_replicas_in_its_window_and_only_there() {
    let object = scaled_object(1, 10, CRON);
    for mode in MODES {
        let run = rehearsed(&[WORKER, &object, SETTINGS], steady(1200, 60_000, 1), mode);
        assert_eq!(wanted(&run, 290.0), Replicas(1), "{mode:?}: before");
        assert_eq!(wanted(&run, 360.0), Replicas(5), "{mode:?}: a minute into the window");
        assert_eq!(wanted(&run, 595.0), Replicas(5), "{mode:?}: at its end");
        // The HPA's own window holds for five minutes more.
        assert_eq!(wanted(&run, 1000.0), Replicas(1), "{mode:?}: after");
        assert_eq!(run.summary.replicas_max, Replicas(5));
    }
}

#[test]
fn an_autoscaler_on_cpu_alone_follows_the_cpu() {
    let hpa = hpa("cpu", "{type: Utilization, averageUtilization: 50}");
    // 3 requests a second of 2 s each are 6 busy slots of 400m: 2400m, and 250m a replica are
    // the target, so ten replicas; the idle CPU of 5m each adds less than one.
    let traffic = || steady(900, 333, 20);
    for mode in MODES {
        let busy = rehearsed(&[WORKER, &hpa, &slots("400m")], traffic(), mode);
        let replicas = wanted(&busy, 890.0);
        assert!((Replicas(9)..=Replicas(11)).contains(&replicas), "{mode:?}: {replicas}");
        let idle = rehearsed(&[WORKER, &hpa, &slots("1m")], traffic(), mode);
        assert_eq!(idle.summary.replicas_max, Replicas(2), "{mode:?}: stays at the minimum");
    }
}

#[test]
fn a_plain_autoscaler_keeps_the_clusters_loop_in_both_modes() {
    let hpa = hpa("cpu", "{type: Utilization, averageUtilization: 50}");
    let prepared = prepared(&[WORKER, &hpa, &slots("400m")], steady(300, 333, 20)).unwrap();
    let [stock, upswell] = MODES.map(|mode| play(&prepared, mode));
    assert_eq!(stock.periods, upswell.periods);
    assert_eq!(stock.summary, upswell.summary);
    assert_eq!(stock.decisions, upswell.decisions);
}

#[test]
fn an_autoscaler_on_memory_adds_replicas_while_each_holds_too_much() {
    // A replica holds 200 MiB whatever it does: replicas cannot bring it below 150 MiB each.
    for (target, most) in [("150Mi", 20), ("300Mi", 2)] {
        let hpa = hpa("memory", &format!("{{type: AverageValue, averageValue: {target}}}"));
        let run = rehearsed(&[WORKER, &hpa, SETTINGS], steady(900, 1000, 1), Mode::Stock);
        assert_eq!(run.summary.replicas_max, Replicas(most), "{target}");
    }
}

#[test]
fn keda_scales_to_zero_and_back() {
    let object = scaled_object(0, 10, REDIS);
    let traffic = || {
        let bursts = [0, 600_000].into_iter();
        let arrivals = bursts.flat_map(|start| (0..20).map(move |n| request(start + n * 100, 10)));
        Traffic::new(arrivals.collect())
    };
    for mode in MODES {
        let run = rehearsed(&[WORKER, &object, SETTINGS], traffic(), mode);
        assert_eq!(run.summary.completed, 40, "{mode:?}");
        assert_eq!(run.summary.replicas_min, Replicas::ZERO, "{mode:?}");
        assert_eq!(wanted(&run, 0.0), Replicas::ZERO, "{mode:?}: at rest");
        assert_eq!(wanted(&run, 590.0), Replicas::ZERO, "{mode:?}: between the bursts");
        assert_eq!(wanted(&run, 1190.0), Replicas::ZERO, "{mode:?}: at the end");
        let woken = run.decisions.iter().filter(|timed| {
            timed.record.from == Some(Replicas::ZERO) && timed.record.to > Some(Replicas::ZERO)
        });
        assert_eq!(woken.count(), 2, "{mode:?}: once for each burst");
    }
}

#[test]
fn a_fallback_never_matters_while_readings_succeed() {
    let object = scaled_object(1, 10, REDIS);
    let with_fallback = object
        .replace("  triggers:", "  fallback: {failureThreshold: 1, replicas: 9}\n  triggers:");
    for mode in MODES {
        let traffic = || steady(120, 300, 10);
        let plain = rehearsed(&[WORKER, &object, SETTINGS], traffic(), mode);
        assert!(plain.summary.replicas_max > Replicas(1), "something is scaled");
        assert_eq!(plain, rehearsed(&[WORKER, &with_fallback, SETTINGS], traffic(), mode));
    }
}

#[test]
fn a_paused_scaled_object_keeps_the_replicas() {
    let worker = WORKER.replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector");
    for (annotation, replicas) in
        [("paused: \"true\"", Replicas(3)), ("paused-replicas: \"4\"", Replicas(4))]
    {
        let annotation = format!("\n  annotations: {{autoscaling.keda.sh/{annotation}}}\nspec:");
        let object = scaled_object(1, 10, REDIS).replace("\nspec:", &annotation);
        for mode in MODES {
            let run = rehearsed(&[&worker, &object, SETTINGS], steady(120, 300, 30), mode);
            let summary = &run.summary;
            let extremes = [summary.replicas_min, summary.replicas_max];
            assert_eq!(extremes, [replicas; 2], "{mode:?}: {annotation}");
            assert_eq!((summary.scale_ups, summary.scale_downs), (0, 0), "{mode:?}");
        }
    }
}

#[test]
fn the_limits_hold_under_any_load() {
    let object = scaled_object(2, 6, REDIS);
    for mode in MODES {
        let run = rehearsed(&[WORKER, &object, SETTINGS], steady(120, 50, 30), mode);
        let summary = &run.summary;
        let extremes = [summary.replicas_min, summary.replicas_max];
        assert_eq!(extremes, [Replicas(2), Replicas(6)], "{mode:?}");
    }
}
