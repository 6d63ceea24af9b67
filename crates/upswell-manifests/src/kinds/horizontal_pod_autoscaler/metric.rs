//! Metrics and their targets: the field that holds a metric's source depends on its type.

use upswell_units::{Diagnostic, Quantity, Spanned};

use super::checks;
use crate::decode::{Decode, Object, fields, string_enum};
use crate::diagnostics::Diagnostics;
use crate::kinds::{LabelSelector, ObjectReference};
use crate::yaml::Node;

/// One metric and its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// CPU, memory or another resource of all containers of the pods.
    Resource {
        /// `cpu`, `memory`, ...
        name: Spanned<String>,
        /// Utilization of the requests, or an average amount.
        target: Target,
    },
    /// A resource of one container of the pods.
    ContainerResource {
        /// `cpu`, `memory`, ...
        name: Spanned<String>,
        /// The container.
        container: Spanned<String>,
        /// Utilization of the requests, or an average amount.
        target: Target,
    },
    /// A metric that every pod has, from the custom metrics API.
    Pods {
        /// Which metric.
        metric: MetricIdentifier,
        /// An average.
        target: Target,
    },
    /// A metric of one other object, from the custom metrics API.
    Object {
        /// The object.
        described_object: ObjectReference,
        /// Which metric.
        metric: MetricIdentifier,
        /// A value, or an average per replica.
        target: Target,
    },
    /// A metric from outside the cluster, from the external metrics API.
    External {
        /// Which metric.
        metric: MetricIdentifier,
        /// A value, or an average per replica.
        target: Target,
    },
}

/// What a metric should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Percent of what the pods request, on average.
    Utilization(Spanned<i32>),
    /// The metric itself.
    Value(Spanned<Quantity>),
    /// The metric divided by the replicas.
    AverageValue(Spanned<Quantity>),
}

fields! {
    /// Name and labels of a metric in the custom or external metrics API.
    pub struct MetricIdentifier {
        /// Name.
        pub name: Spanned<String> = required("name"),
        /// Which series of that name; all unless set.
        pub selector: Option<LabelSelector> = optional("selector"),
    }
}

string_enum! {
    /// Where a metric comes from.
    pub enum MetricType {
        /// The resource metrics API.
        Resource = "Resource",
        /// The resource metrics API, for one container.
        ContainerResource = "ContainerResource",
        /// The custom metrics API, for the pods.
        Pods = "Pods",
        /// The custom metrics API, for one object.
        Object = "Object",
        /// The external metrics API.
        External = "External",
    }
}

string_enum! {
    /// What a target says it is.
    pub enum TargetType {
        /// Percent of the requests.
        Utilization = "Utilization",
        /// The metric itself.
        Value = "Value",
        /// The metric divided by the replicas.
        AverageValue = "AverageValue",
    }
}

impl MetricType {
    /// The field that holds the source of a metric of this type.
    const fn field(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::ContainerResource => "containerResource",
            Self::Pods => "pods",
            Self::Object => "object",
            Self::External => "external",
        }
    }

    /// The fields that a target of this type of metric may have.
    const fn amounts(self) -> &'static [&'static str] {
        match self {
            Self::Resource | Self::ContainerResource => &["averageUtilization", "averageValue"],
            Self::Pods => &["averageValue"],
            Self::Object | Self::External => &["value", "averageValue"],
        }
    }
}

impl Decode for Metric {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        object.known(&["resource", "containerResource", "pods", "object", "external"]);
        let metric_type: MetricType = object.required("type")?;
        let source: Option<Node> = object.required(metric_type.field());
        object.finish();
        let source = source?;
        let mut source = Object::new(&source, problems)?;
        let metric = read_source(metric_type, &mut source);
        source.finish();
        metric
    }
}

/// Reads the fields of a source, all of them before the first that is missing ends it.
fn read_source(metric_type: MetricType, source: &mut Object<'_, '_>) -> Option<Metric> {
    let target: Option<Target> = source.required("target");
    let target = target.filter(|target| is_allowed(metric_type, target, source));
    Some(match metric_type {
        MetricType::Resource => {
            Metric::Resource { name: source.required("name")?, target: target? }
        }
        MetricType::ContainerResource => {
            let (name, container) = (source.required("name"), source.required("container"));
            Metric::ContainerResource { name: name?, container: container?, target: target? }
        }
        MetricType::Pods => Metric::Pods { metric: source.required("metric")?, target: target? },
        MetricType::Object => {
            let described_object = source.required("describedObject");
            let metric = source.required("metric");
            Metric::Object { described_object: described_object?, metric: metric?, target: target? }
        }
        MetricType::External => {
            Metric::External { metric: source.required("metric")?, target: target? }
        }
    })
}

/// Whether this type of metric can have such a target; if not, says so.
fn is_allowed(metric_type: MetricType, target: &Target, source: &mut Object<'_, '_>) -> bool {
    let (field, span) = match target {
        Target::Utilization(percent) => ("averageUtilization", percent.span),
        Target::Value(value) => ("value", value.span),
        Target::AverageValue(value) => ("averageValue", value.span),
    };
    let amounts = metric_type.amounts();
    let is_allowed = amounts.contains(&field);
    if !is_allowed {
        let message = format!("a metric of type {} has no `{field}`", metric_type.as_str());
        source.report(
            Diagnostic::error("wrong-target", message)
                .at(span, "not for this type of metric")
                .help(format!("write {}", amounts.join(" or "))),
        );
    }
    is_allowed
}

impl Decode for Target {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let target_type: Option<Spanned<TargetType>> = object.required("type");
        let utilization = object.optional("averageUtilization").map(Self::Utilization);
        let value = object.optional("value").map(Self::Value);
        let average_value = object.optional("averageValue").map(Self::AverageValue);
        let amounts: Vec<_> = [utilization, value, average_value].into_iter().flatten().collect();
        let target_type = target_type?;
        if amounts.len() > 1 {
            object.report(
                Diagnostic::error("wrong-target", "a target has one amount, not several")
                    .at(node.head(), "several amounts beside this")
                    .help(format!("keep `{}`", amount_field(target_type.value))),
            );
        }
        let Some(target) = amounts.into_iter().next() else {
            // The field is missing or has the wrong type; the reader says which.
            let _: Option<Node> = object.required(amount_field(target_type.value));
            return None;
        };
        report_mismatch(&mut object, target_type, &target);
        report_no_amount(&mut object, &target);
        object.finish();
        Some(target)
    }
}

const fn amount_field(target_type: TargetType) -> &'static str {
    match target_type {
        TargetType::Utilization => "averageUtilization",
        TargetType::Value => "value",
        TargetType::AverageValue => "averageValue",
    }
}

/// The API server takes a type that disagrees with the amount, and the controller looks at the
/// amount.
fn report_mismatch(object: &mut Object<'_, '_>, stated: Spanned<TargetType>, target: &Target) {
    let actual = match target {
        Target::Utilization(_) => TargetType::Utilization,
        Target::Value(_) => TargetType::Value,
        Target::AverageValue(_) => TargetType::AverageValue,
    };
    if stated.value != actual {
        let (stated_name, field) = (stated.value.as_str(), amount_field(actual));
        let message = format!("the target's type is {stated_name}, and `{field}` is set");
        object.report(
            Diagnostic::warning("target-type-disagrees", message)
                .at(stated.span, format!("Kubernetes goes by `{field}`"))
                .help(format!("write `type: {}`", actual.as_str())),
        );
    }
}

fn report_no_amount(object: &mut Object<'_, '_>, target: &Target) {
    let (is_positive, span) = match target {
        Target::Utilization(percent) => (percent.value > 0, percent.span),
        Target::Value(value) | Target::AverageValue(value) => {
            (!value.value.is_zero() && !value.value.is_negative(), value.span)
        }
    };
    if !is_positive {
        object.report(checks::not_positive(span));
    }
}
