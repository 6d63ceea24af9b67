//! Machines: size, price, time until a new one is ready.

use std::fmt;

use upswell_units::{Bytes, Diagnostic, Duration, Millicores, Quantity, Span, Spanned};

use super::cloud::Cloud;
use super::setting::{self, Assumption, Setting, Spread};
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// What a stock-out is a part of.
const ORDERS: &str = "a part of the orders";

/// A machine type.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Name, as in `n2-standard-4`.
    pub machine_type: String,
    /// CPU of the machine; pods get a little less.
    pub cpu: Setting<Millicores>,
    /// Memory of the machine; pods get a little less.
    pub memory: Setting<Bytes>,
    /// GPUs.
    pub gpus: Setting<u32>,
    /// Price on demand; nothing is counted unless known.
    pub price: Setting<Option<UsdPerHour>>,
    /// Price on the spot market; nothing is counted unless known.
    pub spot_price: Setting<Option<UsdPerHour>>,
    /// Time from the order of a node to its readiness.
    pub provisioning: Setting<Spread>,
    /// Part of the orders on demand that the cloud cannot serve, from 0 to 1.
    pub stock_out: Setting<f64>,
    /// Part of the orders of spot nodes that the cloud cannot serve, from 0 to 1.
    pub spot_stock_out: Setting<f64>,
}

/// US dollars per hour, in millionths of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsdPerHour(i64);

impl UsdPerHour {
    /// Takes millionths of a dollar per hour.
    pub(super) const fn from_micro_usd(micro_usd: i64) -> Self {
        Self(micro_usd)
    }

    /// Returns millionths of a dollar per hour.
    #[must_use]
    pub const fn as_micro_usd(self) -> i64 {
        self.0
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${:.4}/h", self.0 as f64 / 1e6)
    }
}

impl Decode for UsdPerHour {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let usd = f64::decode(node, problems)?;
        let micro_usd = (usd * 1e6).round();
        if (0.0..=1e12).contains(&micro_usd) {
            return Some(Self(micro_usd as i64));
        }
        problems.push(
            Diagnostic::error("out-of-range", "a price is between 0 and a million dollars an hour")
                .at(node.span, "out of range")
                .help("write US dollars per hour, e.g. 0.1942"),
        );
        None
    }
}

pub(super) const SIZE_SOURCE: &str = "the vendor's list of machine types";
pub(super) const PRICE_UNKNOWN: &str = "no price is known for this machine type";
const CPU_NODE_SOURCE: &str =
    "a judgement: no vendor publishes a distribution; GKE and EKS users report one to five minutes";
const GPU_NODE_SOURCE: &str =
    "a judgement: no vendor publishes a distribution; a node with GPUs takes minutes longer";
const STOCK_OUT_SOURCE: &str =
    "a judgement: the cloud always has one; no vendor publishes how often it has none";

impl Machine {
    /// Returns whose machine it is, as far as its name tells.
    #[must_use]
    pub fn cloud(&self) -> Option<Cloud> {
        Cloud::of(&self.machine_type)
    }

    /// Lists the defaults that were taken, with their sources.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let Self { machine_type, cpu, memory, gpus, price, spot_price, .. } = self;
        let Self { provisioning, stock_out, spot_stock_out, .. } = self;
        let field = |name: &str| format!("nodes[{machine_type}].{name}");
        let dollars = |price: Option<UsdPerHour>| {
            price.map_or_else(|| "unknown".to_owned(), |price| price.to_string())
        };
        let memory = memory.clone().map(Quantity::from);
        [
            cpu.assumption(field("cpu")),
            memory.assumption(field("memory")),
            gpus.assumption(field("gpus")),
            price.clone().map(dollars).assumption(field("pricePerHour")),
            spot_price.clone().map(dollars).assumption(field("spotPricePerHour")),
            provisioning.assumption(field("provisioning")),
            stock_out.assumption(field("stockOut")),
            spot_stock_out.assumption(field("spotStockOut")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

pub(super) fn provisioning(gpus: u32) -> Setting<Spread> {
    let (median, p95, source) =
        if gpus == 0 { (75, 180, CPU_NODE_SOURCE) } else { (180, 480, GPU_NODE_SOURCE) };
    let spread = Spread { median: Duration::from_secs(median), p95: Duration::from_secs(p95) };
    Setting::assumed(spread, source)
}

pub(super) fn stock_out() -> Setting<f64> {
    Setting::assumed(0.0, STOCK_OUT_SOURCE)
}

impl Decode for Machine {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut object = Object::new(node, problems)?;
        let machine_type: Option<String> = object.required("machineType");
        let known = machine_type.as_deref().and_then(Self::known);
        // Only the built-in table can stand in for the size of a machine.
        let (cpu, memory) = if known.is_some() {
            (object.optional("cpu"), object.optional("memory"))
        } else {
            (object.required("cpu"), object.required("memory"))
        };
        let cpu: Option<Spanned<Millicores>> = amount(&mut object, cpu);
        let memory: Option<Spanned<Bytes>> = amount(&mut object, memory);
        let gpus: Option<Spanned<u32>> = object.optional("gpus");
        let price = object.optional("pricePerHour");
        let spot_price = object.optional("spotPricePerHour");
        let written_provisioning = object.optional("provisioning");
        let stock_out = setting::up_to(&mut object, "stockOut", 1.0, ORDERS);
        let spot_stock_out = setting::up_to(&mut object, "spotStockOut", 1.0, ORDERS);
        object.finish();
        let mut machine = match known {
            Some(known) => known,
            None => Self::unpriced(machine_type?, cpu?, memory?),
        };
        machine.cpu.set(cpu);
        machine.memory.set(memory);
        machine.gpus.set(gpus);
        machine.price.set_some(price);
        machine.spot_price.set_some(spot_price);
        machine.provisioning = provisioning(machine.gpus.value);
        machine.provisioning.set(written_provisioning);
        machine.stock_out.set(stock_out);
        machine.spot_stock_out.set(spot_stock_out);
        Some(machine)
    }
}

impl Machine {
    /// A machine of which only the size is known.
    fn unpriced(machine_type: String, cpu: Spanned<Millicores>, memory: Spanned<Bytes>) -> Self {
        Self {
            machine_type,
            cpu: Setting::assumed(cpu.value, SIZE_SOURCE),
            memory: Setting::assumed(memory.value, SIZE_SOURCE),
            gpus: Setting::assumed(0, "no GPUs are assumed"),
            price: Setting::assumed(None, PRICE_UNKNOWN),
            spot_price: Setting::assumed(None, PRICE_UNKNOWN),
            provisioning: provisioning(0),
            stock_out: stock_out(),
            spot_stock_out: stock_out(),
        }
    }
}

/// Converts a quantity that must be above zero.
fn amount<T: for<'q> From<&'q Quantity>>(
    object: &mut Object<'_, '_>,
    quantity: Option<Spanned<Quantity>>,
) -> Option<Spanned<T>> {
    let quantity = quantity?;
    if quantity.value.is_zero() || quantity.value.is_negative() {
        object.report(no_size(quantity.span));
        return None;
    }
    Some(Spanned::new(T::from(&quantity.value), quantity.span))
}

fn no_size(span: Span) -> Diagnostic {
    Diagnostic::error("out-of-range", "a machine has more than nothing")
        .at(span, "not above zero")
        .help("write e.g. \"4\" cores or 16Gi")
}
