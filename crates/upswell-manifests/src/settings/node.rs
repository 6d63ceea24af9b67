//! Machines: size, price, time until a new one is ready.

use std::fmt;

use upswell_units::{Bytes, Diagnostic, Duration, Millicores, Quantity, Span, Spanned};

use super::setting::{Assumption, Setting, Spread};
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

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
}

/// US dollars per hour, in millionths of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsdPerHour(i64);

impl UsdPerHour {
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

const SIZE_SOURCE: &str = "the vendor's list of machine types";
const PRICE_UNKNOWN: &str = "no price is known for this machine type";
const CPU_NODE_SOURCE: &str =
    "a judgement: no vendor publishes a distribution; GKE and EKS users report one to five minutes";
const GPU_NODE_SOURCE: &str =
    "a judgement: no vendor publishes a distribution; a node with GPUs takes minutes longer";

/// A machine type of the built-in table.
struct Known {
    cloud: Cloud,
    machine_type: &'static str,
    cores: i64,
    memory_gib: i64,
    gpus: u32,
    price: UsdPerHour,
    spot_price: Option<UsdPerHour>,
}

/// Whose list the price comes from.
#[derive(Clone, Copy)]
enum Cloud {
    Gcp,
    Aws,
    Azure,
}

impl Cloud {
    const fn price_source(self) -> &'static str {
        match self {
            Self::Gcp => "Google's list price in us-central1, 2026-08-03",
            Self::Aws => "AWS list price in us-east-1, 2026-07-20",
            Self::Azure => "Azure's list price in eastus, 2026-06-18",
        }
    }

    const fn spot_source(self) -> &'static str {
        match self {
            Self::Gcp => "Google's spot price in us-central1, 2026-08-03",
            Self::Aws => {
                "AWS list price of 2026-07-20 less the saving that its advisor gave in 2025-06"
            }
            Self::Azure => "Azure's spot price in eastus, from an undated list",
        }
    }
}

const fn known(
    cloud: Cloud,
    machine_type: &'static str,
    (cores, memory_gib, gpus): (i64, i64, u32),
    (micro_usd, spot_micro_usd): (i64, Option<i64>),
) -> Known {
    let spot_price = match spot_micro_usd {
        Some(micro_usd) => Some(UsdPerHour(micro_usd)),
        None => None,
    };
    let price = UsdPerHour(micro_usd);
    Known { cloud, machine_type, cores, memory_gib, gpus, price, spot_price }
}

/// Machine types: (cores, GiB, GPUs), (on demand, spot) in millionths of a dollar per hour.
const KNOWN: [Known; 14] = [
    known(Cloud::Gcp, "e2-standard-4", (4, 16, 0), (134_000, Some(80_400))),
    known(Cloud::Gcp, "e2-standard-8", (8, 32, 0), (268_000, Some(160_800))),
    known(Cloud::Gcp, "n2-standard-4", (4, 16, 0), (194_200, Some(92_100))),
    known(Cloud::Gcp, "c3-standard-4", (4, 16, 0), (201_600, Some(49_400))),
    known(Cloud::Gcp, "g2-standard-4", (4, 16, 1), (706_800, Some(397_300))),
    known(Cloud::Gcp, "g2-standard-48", (48, 192, 4), (4_001_700, Some(2_249_600))),
    known(Cloud::Gcp, "a2-highgpu-1g", (12, 85, 1), (3_673_400, Some(1_928_000))),
    known(Cloud::Gcp, "a3-highgpu-8g", (208, 1872, 8), (88_490_000, Some(50_609_500))),
    known(Cloud::Aws, "m5.xlarge", (4, 16, 0), (192_000, Some(65_300))),
    known(Cloud::Aws, "g5.xlarge", (4, 16, 1), (1_006_000, Some(412_500))),
    known(Cloud::Aws, "p4d.24xlarge", (96, 1152, 8), (21_957_600, Some(7_246_000))),
    known(Cloud::Aws, "p5.48xlarge", (192, 2048, 8), (55_040_000, Some(26_419_200))),
    known(Cloud::Azure, "Standard_D4s_v5", (4, 16, 0), (192_000, None)),
    known(Cloud::Azure, "Standard_NC24ads_A100_v4", (24, 220, 1), (3_673_000, Some(444_400))),
];

impl Machine {
    /// Returns a machine type of the built-in table.
    #[must_use]
    pub fn known(machine_type: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|known| known.machine_type == machine_type)?;
        let spot_source = known.spot_price.map_or(PRICE_UNKNOWN, |_| known.cloud.spot_source());
        Some(Self {
            machine_type: machine_type.to_owned(),
            cpu: Setting::assumed(Millicores(known.cores * 1000), SIZE_SOURCE),
            memory: Setting::assumed(Bytes(known.memory_gib << 30), SIZE_SOURCE),
            gpus: Setting::assumed(known.gpus, SIZE_SOURCE),
            price: Setting::assumed(Some(known.price), known.cloud.price_source()),
            spot_price: Setting::assumed(known.spot_price, spot_source),
            provisioning: provisioning(known.gpus),
        })
    }

    /// Lists the defaults that were taken, with their sources.
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let Self { machine_type, cpu, memory, gpus, price, spot_price, provisioning } = self;
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
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn provisioning(gpus: u32) -> Setting<Spread> {
    let (median, p95, source) =
        if gpus == 0 { (75, 180, CPU_NODE_SOURCE) } else { (180, 480, GPU_NODE_SOURCE) };
    let spread = Spread { median: Duration::from_secs(median), p95: Duration::from_secs(p95) };
    Setting::assumed(spread, source)
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
