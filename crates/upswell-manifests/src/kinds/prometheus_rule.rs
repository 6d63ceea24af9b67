//! PrometheusRule, `monitoring.coreos.com/v1`.
//!
//! Source: prometheus-operator 0.93, pkg/apis/monitoring/v1/prometheusrule_types.go.

use std::collections::BTreeMap;

use upswell_units::{Diagnostic, Spanned};

use super::Metadata;
use crate::decode::{Decode, IntOrString, Object, PrometheusDuration, fields};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

fields! {
    /// Alerts and recorded series.
    pub struct PrometheusRule {
        /// Name, namespace, labels, annotations.
        pub metadata: Metadata = required("metadata"),
        /// The rules.
        pub spec: PrometheusRuleSpec = required("spec"),
    }
    known("apiVersion", "kind", "status")
}

fields! {
    /// The rules, in groups.
    pub struct PrometheusRuleSpec {
        /// Groups, each evaluated in order.
        pub groups: Vec<RuleGroup> = list("groups"),
    }
}

fields! {
    /// Rules that are evaluated one after the other.
    pub struct RuleGroup {
        /// Name, unique in its file.
        pub name: Spanned<String> = required("name"),
        /// Time between evaluations; Prometheus's own (30 s by the operator) unless set.
        pub interval: Option<Spanned<PrometheusDuration>> = optional("interval"),
        /// How far back each evaluation looks; not at all unless set.
        pub query_offset: Option<Spanned<PrometheusDuration>> = optional("query_offset"),
        /// Labels that every rule adds.
        pub labels: BTreeMap<String, Spanned<String>> = map("labels"),
        /// Most alerts or series that a rule may make; no bound unless set.
        pub limit: Option<Spanned<u32>> = optional("limit"),
        /// The rules.
        pub rules: Vec<Rule> = list("rules"),
    }
    known("partial_response_strategy")
}

/// An alert or a recorded series.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it makes.
    pub outcome: RuleOutcome,
    /// The expression; its span covers the text after `|` in a block.
    pub expr: Spanned<String>,
    /// Labels that it adds.
    pub labels: BTreeMap<String, Spanned<String>>,
}

/// What a rule makes.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleOutcome {
    /// A series of this name.
    Record(Spanned<String>),
    /// An alert.
    Alert {
        /// Name.
        name: Spanned<String>,
        /// How long the expression must hold before it fires; not at all unless set.
        hold: Option<Spanned<PrometheusDuration>>,
        /// How long it fires on after that; not at all unless set.
        keep_firing_for: Option<Spanned<PrometheusDuration>>,
        /// Texts for people, in which `{{ $labels.x }}` stands for a label.
        annotations: BTreeMap<String, Spanned<String>>,
    },
}

impl Decode for Rule {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let record: Option<Spanned<String>> = object.optional("record");
        let alert: Option<Spanned<String>> = object.optional("alert");
        // A bare number is an expression too.
        let expr: Option<Spanned<IntOrString>> = object.required("expr");
        let hold = object.optional("for");
        let keep_firing_for = object.optional("keep_firing_for");
        let (labels, annotations) = (object.map("labels"), object.map("annotations"));
        let outcome = match (record, alert) {
            (Some(name), None) => Some(RuleOutcome::Record(name)),
            (None, Some(name)) => {
                Some(RuleOutcome::Alert { name, hold, keep_firing_for, annotations })
            }
            (record, _) => {
                let found = if record.is_some() { "both" } else { "neither" };
                let message = format!("a rule has `alert` or `record`, this one has {found}");
                let problem = Diagnostic::error("rule-without-outcome", message);
                object.report(
                    problem.at(node.head(), "in this rule").help("keep one rule for each of them"),
                );
                None
            }
        };
        object.finish();
        let expr = expr?.map(|expr| expr.to_string());
        Some(Self { outcome: outcome?, expr, labels })
    }
}
