//! Rules of a pod about its nodes and about other pods.
//!
//! Source: Kubernetes 1.36, api/core/v1/types.go; what is refused: pkg/apis/core/validation.

use upswell_units::{Diagnostic, Span, Spanned};

use super::LabelSelector;
use crate::decode::{Decode, fields, string_enum};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

fields! {
    /// Rules of a pod about its nodes and about other pods.
    pub struct Affinity {
        /// Which nodes.
        pub node_affinity: Option<NodeAffinity> = optional("nodeAffinity"),
        /// Beside which pods.
        pub pod_affinity: Option<PodAffinity> = optional("podAffinity"),
        /// Away from which pods.
        pub pod_anti_affinity: Option<PodAffinity> = optional("podAntiAffinity"),
    }
}

fields! {
    /// Rules about nodes.
    pub struct NodeAffinity {
        /// What a node must have.
        pub required: Option<NodeSelector> =
            optional("requiredDuringSchedulingIgnoredDuringExecution"),
        /// What makes a node the better choice.
        pub preferred: Vec<PreferredNodeTerm> =
            list("preferredDuringSchedulingIgnoredDuringExecution"),
    }
}

fields! {
    /// Terms of which a node must meet one.
    pub struct NodeSelector {
        /// The terms; at least one.
        pub terms: Spanned<Vec<NodeTerm>> = required("nodeSelectorTerms"),
    }
    check(check_terms)
}

fields! {
    /// A term that makes a node the better choice.
    pub struct PreferredNodeTerm {
        /// How much better, from 1 to 100; the weights of the terms that a node meets add up.
        pub weight: Weight = required("weight"),
        /// The term.
        pub preference: NodeTerm = required("preference"),
    }
}

fields! {
    /// Conditions that must all hold; a term without any is met by no node.
    pub struct NodeTerm {
        /// Conditions on labels.
        pub match_expressions: Vec<NodeRequirement> = list("matchExpressions"),
        /// Conditions on fields; there is one, `metadata.name`.
        pub match_fields: Vec<NodeRequirement> = list("matchFields"),
    }
    check(check_fields)
}

fields! {
    /// A condition on a label or a field of a node.
    pub struct NodeRequirement {
        /// The label or field.
        pub key: Spanned<String> = required("key"),
        /// The condition.
        pub operator: Spanned<NodeOperator> = required("operator"),
        /// The values it is about.
        pub values: Vec<Spanned<String>> = list("values"),
    }
    check(check_values)
}

string_enum! {
    /// What a condition on a node asks.
    pub enum NodeOperator {
        /// The label has one of the values.
        In = "In",
        /// The label is missing, or has none of the values.
        NotIn = "NotIn",
        /// The label is there.
        Exists = "Exists",
        /// The label is missing.
        DoesNotExist = "DoesNotExist",
        /// The label is a number above the one value.
        Gt = "Gt",
        /// The label is a number below the one value.
        Lt = "Lt",
    }
}

fields! {
    /// Rules about pods.
    pub struct PodAffinity {
        /// What must hold.
        pub required: Vec<PodTerm> = list("requiredDuringSchedulingIgnoredDuringExecution"),
        /// What makes a node the better choice.
        pub preferred: Vec<PreferredPodTerm> =
            list("preferredDuringSchedulingIgnoredDuringExecution"),
    }
}

fields! {
    /// A rule about pods that makes a node the better choice.
    pub struct PreferredPodTerm {
        /// How much better, from 1 to 100.
        pub weight: Weight = required("weight"),
        /// The rule.
        pub term: PodTerm = required("podAffinityTerm"),
    }
}

fields! {
    /// Pods, and what counts as one place.
    pub struct PodTerm {
        /// Which pods; none unless set.
        pub label_selector: Option<LabelSelector> = optional("labelSelector"),
        /// Label of the nodes that names the place.
        pub topology_key: Spanned<String> = required("topologyKey"),
    }
    known("matchLabelKeys", "mismatchLabelKeys", "namespaceSelector", "namespaces")
    check(check_topology_key)
}

/// A weight from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(pub i32);

impl Decode for Weight {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let weight = i32::decode(node, problems)?;
        if (1..=100).contains(&weight) {
            return Some(Self(weight));
        }
        problems.push(
            Diagnostic::error("out-of-range", format!("weight {weight} is outside 1 to 100"))
                .at(node.span, "out of range")
                .help("write a number from 1 to 100"),
        );
        None
    }
}

fn check_terms(selector: &NodeSelector, problems: &mut Diagnostics) {
    if selector.terms.value.is_empty() {
        problems.push(
            Diagnostic::error("affinity-empty", "`nodeSelectorTerms` needs at least one term")
                .at(selector.terms.span, "none here")
                .help("add a term, or remove the rule"),
        );
    }
}

fn check_values(requirement: &NodeRequirement, problems: &mut Diagnostics) {
    use NodeOperator::{DoesNotExist, Exists, Gt, In, Lt, NotIn};
    let NodeRequirement { key: _, operator, values } = requirement;
    let due = match operator.value {
        In | NotIn if values.is_empty() => "at least one value",
        Exists | DoesNotExist if !values.is_empty() => "no values",
        Gt | Lt if values.len() != 1 => "one value",
        _ => return,
    };
    problems.push(wrong_values(operator.span, operator.value.as_str(), due));
}

fn wrong_values(span: Span, operator: &str, due: &str) -> Diagnostic {
    Diagnostic::error("affinity-values", format!("`{operator}` takes {due}"))
        .at(span, "its `values` are wrong")
        .help("correct `values`")
}

/// A field has one value, and only the node's name can be asked for.
fn check_fields(term: &NodeTerm, problems: &mut Diagnostics) {
    for NodeRequirement { key, operator, values } in &term.match_fields {
        if key.value != "metadata.name" {
            let message = format!("nodes have no field `{}` to match", key.value);
            problems.push(
                Diagnostic::error("affinity-field", message)
                    .at(key.span, "not `metadata.name`")
                    .help("match labels in `matchExpressions`"),
            );
        }
        if !matches!(operator.value, NodeOperator::In | NodeOperator::NotIn) || values.len() > 1 {
            problems.push(
                Diagnostic::error(
                    "affinity-field",
                    "a field is matched by `In` or `NotIn` and one value",
                )
                .at(operator.span, "another condition")
                .help("write `operator: In` with one value"),
            );
        }
    }
}

fn check_topology_key(term: &PodTerm, problems: &mut Diagnostics) {
    if term.topology_key.value.is_empty() {
        problems.push(
            Diagnostic::error("affinity-topology", "`topologyKey` must not be empty")
                .at(term.topology_key.span, "empty")
                .help("write e.g. kubernetes.io/hostname"),
        );
    }
}
