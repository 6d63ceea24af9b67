//! How many pods fit on a node.

use upswell_units::{Bytes, Millicores};

use super::allocatable::allocatable;
use super::offer::Offer;
use crate::prepare::pods::Demand;

/// Returns how many pods fit on one node, at least one, or which resource is short by how much.
pub(super) fn pods_per_node(offer: &Offer, demand: &Demand) -> Result<u32, String> {
    let free = allocatable(&offer.machine, offer.pods_max);
    let (Millicores(cpu), Bytes(memory)) = (demand.cpu, demand.memory);
    let resources = [
        (free.cpu.0, cpu, "CPU", Form::Millicores),
        (free.memory.0, memory, "memory", Form::Bytes),
        (i64::from(offer.gpus), demand.gpus, "GPUs", Form::Count),
    ];
    let mut pods = i64::from(offer.pods_max);
    for (free, asked, what, form) in resources {
        if asked <= 0 {
            continue;
        }
        if asked > free {
            let [free, asked, short] = [free, asked, asked - free].map(|amount| form.show(amount));
            return Err(format!(
                "a pod asks for {asked} {what}, and its nodes have {free} for pods: {short} short"
            ));
        }
        pods = pods.min(free / asked);
    }
    match u32::try_from(pods) {
        Ok(0) | Err(_) => Err("its nodes take no pods (`maxPodsPerNode`)".to_owned()),
        Ok(pods) => Ok(pods),
    }
}

/// How an amount is written.
#[derive(Clone, Copy)]
enum Form {
    Millicores,
    Bytes,
    Count,
}

impl Form {
    fn show(self, amount: i64) -> String {
        match self {
            Self::Millicores => Millicores(amount).to_string(),
            Self::Bytes => format!("{} MiB", amount >> 20),
            Self::Count => amount.to_string(),
        }
    }
}
