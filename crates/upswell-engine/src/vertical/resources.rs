//! CPU and memory side by side, and what is recommended of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::Quantity;

/// A resource that the vertical engine controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// CPU time, in cores.
    Cpu,
    /// Memory, in bytes.
    Memory,
}

/// Quantities of the resources that are named; one that is not named differs from zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceList {
    /// CPU in cores.
    pub cpu: Option<Quantity>,
    /// Memory in bytes.
    pub memory: Option<Quantity>,
}

/// What is recommended for one container, as in the status of a VerticalPodAutoscaler.
///
/// A list that is absent restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRecommendation {
    /// Name of the container.
    pub container: String,
    /// What to request.
    pub target: Option<ResourceList>,
    /// Below this the container gets too little.
    pub lower_bound: Option<ResourceList>,
    /// Above this the container wastes.
    pub upper_bound: Option<ResourceList>,
    /// What usage alone asks for, before any policy.
    pub uncapped_target: Option<ResourceList>,
}

/// One of the three lists of a recommendation that policies and limits apply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// What to request.
    Target,
    /// The lower bound.
    Lower,
    /// The upper bound.
    Upper,
}

impl Resource {
    /// Both, in the order in which they are worked through.
    pub const ALL: [Self; 2] = [Self::Cpu, Self::Memory];

    /// Returns the name that Kubernetes gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ResourceList {
    /// Returns the quantity of a resource, if it is named.
    #[must_use]
    pub const fn get(&self, resource: Resource) -> Option<&Quantity> {
        match resource {
            Resource::Cpu => self.cpu.as_ref(),
            Resource::Memory => self.memory.as_ref(),
        }
    }

    /// Returns the quantity of a resource, or zero if it is not named.
    #[must_use]
    pub fn get_or_zero(&self, resource: Resource) -> Quantity {
        self.get(resource).cloned().unwrap_or(Quantity::ZERO)
    }

    /// Names a resource, or names it anew.
    pub fn set(&mut self, resource: Resource, quantity: Quantity) {
        match resource {
            Resource::Cpu => self.cpu = Some(quantity),
            Resource::Memory => self.memory = Some(quantity),
        }
    }

    /// Returns whether no resource is named.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cpu.is_none() && self.memory.is_none()
    }

    /// Returns the resources that are named, CPU first.
    pub fn iter(&self) -> impl Iterator<Item = (Resource, &Quantity)> {
        Resource::ALL.into_iter().filter_map(|resource| Some((resource, self.get(resource)?)))
    }
}

/// Returns the quantity of a resource in a list that may be absent, or zero.
#[must_use]
pub fn quantity_in(list: Option<&ResourceList>, resource: Resource) -> Quantity {
    list.map_or(Quantity::ZERO, |list| list.get_or_zero(resource))
}

impl ContainerRecommendation {
    /// Returns one of the lists.
    #[must_use]
    pub const fn list(&self, bound: Bound) -> Option<&ResourceList> {
        match bound {
            Bound::Target => self.target.as_ref(),
            Bound::Lower => self.lower_bound.as_ref(),
            Bound::Upper => self.upper_bound.as_ref(),
        }
    }

    /// Returns one of the lists, to change it.
    pub const fn list_mut(&mut self, bound: Bound) -> Option<&mut ResourceList> {
        match bound {
            Bound::Target => self.target.as_mut(),
            Bound::Lower => self.lower_bound.as_mut(),
            Bound::Upper => self.upper_bound.as_mut(),
        }
    }

    /// Returns the recommendation for a container; the first one, should there be several.
    #[must_use]
    pub fn of<'a>(container: &str, all: &'a [Self]) -> Option<&'a Self> {
        all.iter().find(|recommendation| recommendation.container == container)
    }
}
