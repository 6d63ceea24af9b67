//! `scaledjob-*`: limits, the demand of several triggers, the strategies.

use serde_json::{Value, json};
use upswell_engine::activation::scaled_job::{
    JobCounts, JobDemand, JobLimits, MultipleScalersCalculation, ScalerMetrics, ScalingStrategy,
    combine, decide,
};
use upswell_units::MilliUnits;
use upswell_vectors::Verdict;

pub(crate) fn limits(input: &Value, expect: &Value) -> Verdict {
    let limits = limits_of(input);
    super::all_equal(
        &[("effectiveMin", json!(limits.min)), ("effectiveMax", json!(limits.max))],
        expect,
    )
}

pub(crate) fn metrics(input: &Value, expect: &Value) -> Verdict {
    let limits = limits_of(input);
    let calculation = MultipleScalersCalculation::parse(&super::text(&input["calculation"]));
    let scalers: Vec<ScalerMetrics> = input["scalers"]
        .as_array()
        .expect("scalers")
        .iter()
        .map(|scaler| {
            let milli =
                |field: &str| scaler[field].as_f64().and_then(MilliUnits::from_f64).expect("milli");
            let is_active = scaler["active"] == json!(true);
            ScalerMetrics::new(&[milli("queue")], &[milli("target")], is_active, limits)
        })
        .collect();
    let demand = combine(calculation, &scalers, limits);
    super::all_equal(
        &[
            ("active", json!(demand.is_active)),
            ("maxScale", json!(demand.max_scale)),
            ("queueLength", json!(demand.queue_length)),
        ],
        expect,
    )
}

pub(crate) fn decision(input: &Value, expect: &Value) -> Verdict {
    let spec = &input["strategy"];
    let deduction = spec["customScalingQueueLengthDeduction"].as_i64().unwrap_or(0);
    let strategy = ScalingStrategy::parse(
        &super::text(&spec["strategy"]),
        i32::try_from(deduction).expect("the CRD's 32 bits"),
        &super::text(&spec["customScalingRunningJobPercentage"]),
    );
    let demand = JobDemand {
        is_active: true,
        queue_length: input["queueLength"].as_i64().expect("queueLength"),
        max_scale: input["maxScale"].as_i64().expect("maxScale"),
    };
    let count = |field: &str| super::replicas(&input[field]).expect("a count").0;
    let jobs = JobCounts { running: count("running"), pending: count("pending") };
    let decision = decide(limits_of(input), strategy, demand, jobs);
    super::all_equal(
        &[
            ("effectiveMaxScale", json!(decision.effective_max_scale)),
            ("jobsCreated", json!(decision.create)),
            ("scaleTo", json!(decision.scale_to)),
        ],
        expect,
    )
}

fn limits_of(input: &Value) -> JobLimits {
    JobLimits::new(
        super::replicas(&input["minReplicaCount"]),
        super::replicas(&input["maxReplicaCount"]),
    )
}
