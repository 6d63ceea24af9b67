//! LimitRanges of a namespace, taken together.

use upswell_units::Quantity;

use super::resources::ResourceList;

/// One entry of a LimitRange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRangeItem {
    /// What it limits.
    pub scope: LimitScope,
    /// Its bounds.
    pub limits: LimitRange,
}

/// What an entry of a LimitRange limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    /// Each container.
    Container,
    /// All containers of a pod together.
    Pod,
}

/// Bounds of requests and limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitRange {
    /// Least request and limit.
    pub min: Option<ResourceList>,
    /// Highest limit.
    pub max: Option<ResourceList>,
    /// Limit of a container that sets none.
    pub default: Option<ResourceList>,
}

/// The entries of a namespace's LimitRanges, taken together for each scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitRanges {
    /// For each container; `None` without an entry.
    pub container: Option<LimitRange>,
    /// For each pod; `None` without an entry.
    pub pod: Option<LimitRange>,
}

impl LimitRanges {
    /// Takes entries together: the lowest maximum, the highest minimum, the last defaults.
    ///
    /// Source: vertical-pod-autoscaler 1.8.0, `utils/limitrange/limit_range_calculator.go`.
    #[must_use]
    pub fn combine(items: &[LimitRangeItem]) -> Self {
        Self {
            container: combine(items, LimitScope::Container),
            pod: combine(items, LimitScope::Pod),
        }
    }
}

fn combine(items: &[LimitRangeItem], scope: LimitScope) -> Option<LimitRange> {
    let mut combined = LimitRange::default();
    for LimitRangeItem { limits, .. } in items.iter().filter(|item| item.scope == scope) {
        let LimitRange { min, max, default } = limits;
        tighten(&mut combined.min, min.as_ref(), |present, other| present > other);
        tighten(&mut combined.max, max.as_ref(), |present, other| present < other);
        if default.is_some() {
            combined.default.clone_from(default);
        }
    }
    (combined != LimitRange::default()).then_some(combined)
}

/// Takes over every quantity but those beside which the present one is tighter.
fn tighten(
    combined: &mut Option<ResourceList>,
    list: Option<&ResourceList>,
    is_tighter: impl Fn(&Quantity, &Quantity) -> bool,
) {
    let Some(list) = list else { return };
    let combined = combined.get_or_insert_default();
    for (resource, quantity) in list.iter() {
        if combined.get(resource).is_none_or(|present| !is_tighter(present, quantity)) {
            combined.set(resource, quantity.clone());
        }
    }
}
