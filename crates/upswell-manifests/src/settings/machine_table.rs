//! The machine types that are known without `upswell.yaml`.

use upswell_units::{Bytes, Millicores};

use super::cloud::Cloud;
use super::node::{self, Machine, PRICE_UNKNOWN, SIZE_SOURCE, UsdPerHour};
use super::setting::Setting;

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

const fn price_source(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Gcp => "Google's list price in us-central1, 2026-08-03",
        Cloud::Aws => "AWS list price in us-east-1, 2026-07-20",
        Cloud::Azure => "Azure's list price in eastus, 2026-06-18",
    }
}

const fn spot_source(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Gcp => "Google's spot price in us-central1, 2026-08-03",
        Cloud::Aws => {
            "AWS list price of 2026-07-20 less the saving that its advisor gave in 2025-06"
        }
        Cloud::Azure => "Azure's spot price in eastus, from an undated list",
    }
}

const fn known(
    cloud: Cloud,
    machine_type: &'static str,
    (cores, memory_gib, gpus): (i64, i64, u32),
    (micro_usd, spot_micro_usd): (i64, Option<i64>),
) -> Known {
    let spot_price = match spot_micro_usd {
        Some(micro_usd) => Some(UsdPerHour::from_micro_usd(micro_usd)),
        None => None,
    };
    let price = UsdPerHour::from_micro_usd(micro_usd);
    Known { cloud, machine_type, cores, memory_gib, gpus, price, spot_price }
}

/// Machine types: (cores, GiB, GPUs), (on demand, spot) in millionths of a dollar per hour.
const KNOWN: [Known; 25] = [
    known(Cloud::Gcp, "e2-standard-4", (4, 16, 0), (134_000, Some(80_400))),
    known(Cloud::Gcp, "e2-standard-8", (8, 32, 0), (268_000, Some(160_800))),
    known(Cloud::Gcp, "n2-standard-4", (4, 16, 0), (194_200, Some(92_100))),
    known(Cloud::Gcp, "n2-standard-8", (8, 32, 0), (388_500, Some(184_200))),
    known(Cloud::Gcp, "n2d-standard-4", (4, 16, 0), (169_000, Some(48_900))),
    known(Cloud::Gcp, "c3-standard-4", (4, 16, 0), (201_600, Some(49_400))),
    known(Cloud::Gcp, "g2-standard-4", (4, 16, 1), (706_800, Some(397_300))),
    known(Cloud::Gcp, "g2-standard-8", (8, 32, 1), (853_600, Some(479_900))),
    known(Cloud::Gcp, "g2-standard-48", (48, 192, 4), (4_001_700, Some(2_249_600))),
    known(Cloud::Gcp, "a2-highgpu-1g", (12, 85, 1), (3_673_400, Some(1_928_000))),
    known(Cloud::Gcp, "a3-highgpu-8g", (208, 1872, 8), (88_490_000, Some(50_609_500))),
    known(Cloud::Aws, "m5.xlarge", (4, 16, 0), (192_000, Some(65_300))),
    known(Cloud::Aws, "m6i.xlarge", (4, 16, 0), (192_000, Some(86_400))),
    known(Cloud::Aws, "m6i.2xlarge", (8, 32, 0), (384_000, Some(161_300))),
    known(Cloud::Aws, "m7g.xlarge", (4, 16, 0), (163_200, Some(62_000))),
    known(Cloud::Aws, "c6i.xlarge", (4, 8, 0), (170_000, Some(68_000))),
    known(Cloud::Aws, "g4dn.xlarge", (4, 16, 1), (526_000, Some(189_400))),
    known(Cloud::Aws, "g5.xlarge", (4, 16, 1), (1_006_000, Some(412_500))),
    known(Cloud::Aws, "g5.2xlarge", (8, 32, 1), (1_212_000, Some(509_000))),
    known(Cloud::Aws, "g6.xlarge", (4, 16, 1), (804_800, Some(410_400))),
    known(Cloud::Aws, "p4d.24xlarge", (96, 1152, 8), (21_957_600, Some(7_246_000))),
    known(Cloud::Aws, "p5.48xlarge", (192, 2048, 8), (55_040_000, Some(26_419_200))),
    known(Cloud::Azure, "Standard_D4s_v5", (4, 16, 0), (192_000, None)),
    known(Cloud::Azure, "Standard_D8s_v5", (8, 32, 0), (384_000, None)),
    known(Cloud::Azure, "Standard_NC24ads_A100_v4", (24, 220, 1), (3_673_000, Some(444_400))),
];

impl Machine {
    /// Returns a machine type of the built-in table.
    #[must_use]
    pub fn known(machine_type: &str) -> Option<Self> {
        KNOWN.iter().find(|known| known.machine_type == machine_type).map(Known::machine)
    }

    /// Returns the machines of a cloud in the built-in table.
    pub fn all_known(cloud: Cloud) -> impl Iterator<Item = Self> {
        KNOWN.iter().filter(move |known| known.cloud == cloud).map(Known::machine)
    }
}

impl Known {
    fn machine(&self) -> Machine {
        let Self { cloud, machine_type, cores, memory_gib, gpus, price, spot_price } = *self;
        let spot_source = spot_price.map_or(PRICE_UNKNOWN, |_| spot_source(cloud));
        Machine {
            machine_type: machine_type.to_owned(),
            cpu: Setting::assumed(Millicores(cores * 1000), SIZE_SOURCE),
            memory: Setting::assumed(Bytes(memory_gib << 30), SIZE_SOURCE),
            gpus: Setting::assumed(gpus, SIZE_SOURCE),
            price: Setting::assumed(Some(price), price_source(cloud)),
            spot_price: Setting::assumed(spot_price, spot_source),
            provisioning: node::provisioning(gpus),
            stock_out: node::stock_out(),
            spot_stock_out: node::stock_out(),
        }
    }
}
