//! Conditions on labels, as node affinity and Karpenter's requirements write them.

use upswell_units::Spanned;

/// Returns whether a label fulfils a condition; none where the operator is not known.
///
/// Numbers are whole; what is no number fulfils no comparison.
/// Source: Kubernetes 1.36, apimachinery/pkg/labels/selector.go, Requirement.Matches; `Gte` and
/// `Lte`: Karpenter 1.14, pkg/apis/v1/nodepool.go.
pub(super) fn holds(
    operator: &str,
    values: &[Spanned<String>],
    label: Option<&str>,
) -> Option<bool> {
    let is_listed = || label.is_some_and(|label| values.iter().any(|value| value.value == label));
    let compare = |holds: fn(&i64, &i64) -> bool| {
        let number = |text: &str| text.parse::<i64>().ok();
        let bound = values.first().and_then(|value| number(&value.value));
        label.and_then(number).zip(bound).is_some_and(|(label, bound)| holds(&label, &bound))
    };
    Some(match operator {
        "In" => is_listed(),
        "NotIn" => !is_listed(),
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        "Gt" => compare(i64::gt),
        "Lt" => compare(i64::lt),
        "Gte" => compare(i64::ge),
        "Lte" => compare(i64::le),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use upswell_units::{Sources, Span};

    use super::*;

    #[test]
    fn conditions_hold_as_in_kubernetes() {
        let file = Sources::default().add("a.yaml", "");
        for (operator, values, label, due) in [
            ("In", &["a", "b"][..], Some("b"), Some(true)),
            ("In", &["a"], None, Some(false)),
            ("NotIn", &["a"], Some("a"), Some(false)),
            ("NotIn", &["a"], None, Some(true)),
            ("Exists", &[], Some(""), Some(true)),
            ("DoesNotExist", &[], Some("a"), Some(false)),
            ("Gt", &["4"], Some("8"), Some(true)),
            ("Gt", &["4"], Some("4"), Some(false)),
            ("Gte", &["4"], Some("4"), Some(true)),
            ("Lt", &["4"], Some("many"), Some(false)),
            ("Lte", &["4"], None, Some(false)),
            ("Lt", &[], Some("4"), Some(false)),
            ("Near", &["4"], Some("4"), None),
        ] {
            let values: Vec<_> = values
                .iter()
                .map(|value| Spanned::new((*value).to_owned(), Span::new(file, 0, 0)))
                .collect();
            assert_eq!(holds(operator, &values, label), due, "{operator} {label:?}");
        }
    }
}
