//! How spot nodes are lost.

use upswell_units::Duration;

use super::cloud::Cloud;
use super::setting::{self, Assumption, Origin, Setting};
use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// How spot nodes are lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Losses of one spot node in an hour, from 0 to [`INTERRUPTIONS_PER_HOUR_MAX`].
    pub interruptions_per_hour: Setting<f64>,
    /// Part of the losses that take half of the zone's spot nodes at once, from 0 to 1.
    pub zone_share: Setting<f64>,
    /// From the notice to the kill of ordinary pods; that of the cloud unless set.
    pub notice: Setting<Option<Duration>>,
}

/// One a minute: a node that is lost more often is not there at all.
pub const INTERRUPTIONS_PER_HOUR_MAX: f64 = 60.0;

const RATE_SOURCE: &str = "a judgement, a node in 50 hours: between AWS's worst band of 20 % a \
                           month, 0.0003 an hour, and the 0.4 to 1.4 an hour measured on spot GPUs";
const ZONE_SOURCE: &str = "a judgement: losses of one zone come together; measured spot GPUs lost \
                           half of a zone in one step (Bamboo's traces of 2021)";
const NOTICE_SOURCE: &str = "the documentation of the clouds";
const GKE_NOTICE: &str = "GKE: of 30s, ordinary pods get the first 15s";
const AWS_NOTICE: &str = "EC2: two minutes, best effort";
const AZURE_NOTICE: &str = "Azure: 30s, best effort";
const UNKNOWN_NOTICE: &str = "the shortest that a cloud states for a machine; yours is not known";

impl Default for Spot {
    fn default() -> Self {
        Self {
            interruptions_per_hour: Setting::assumed(0.02, RATE_SOURCE),
            zone_share: Setting::assumed(0.5, ZONE_SOURCE),
            notice: Setting::assumed(None, NOTICE_SOURCE),
        }
    }
}

impl Spot {
    /// Returns the time from the notice of an interruption to the kill of ordinary pods, and where
    /// that is said; 30 seconds where neither the file nor the cloud says it.
    ///
    /// Source: GKE "Spot VMs", EC2 "Spot Instance interruption notices", Azure "Use Azure Spot
    /// Virtual Machines", read in 2026.
    #[must_use]
    pub fn notice(&self, cloud: Option<Cloud>) -> Setting<Duration> {
        let assumed = |seconds, source| Setting::assumed(Duration::from_secs(seconds), source);
        match (&self.notice, cloud) {
            (&Setting { value: Some(value), origin: origin @ Origin::Written(_) }, _) => {
                Setting { value, origin }
            }
            (_, Some(Cloud::Gcp)) => assumed(15, GKE_NOTICE),
            (_, Some(Cloud::Aws)) => assumed(120, AWS_NOTICE),
            (_, Some(Cloud::Azure)) => assumed(30, AZURE_NOTICE),
            (_, None) => assumed(30, UNKNOWN_NOTICE),
        }
    }

    /// The defaults that were taken.
    pub(super) fn assumptions(&self) -> Vec<Assumption> {
        let Self { interruptions_per_hour, zone_share, notice } = self;
        let notice = notice.clone().map(|notice| match notice {
            Some(notice) => notice.to_string(),
            None => "15s on GKE, 2m on EC2, 30s elsewhere".to_owned(),
        });
        [
            interruptions_per_hour.assumption("spot.interruptionsPerHour"),
            zone_share.assumption("spot.zoneShare"),
            notice.assumption("spot.notice"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Decode for Spot {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let mut spot = Self::default();
        let mut object = Object::new(node, problems)?;
        let max = INTERRUPTIONS_PER_HOUR_MAX;
        let what = "the losses of one node in an hour";
        spot.interruptions_per_hour.set(setting::up_to(
            &mut object,
            "interruptionsPerHour",
            max,
            what,
        ));
        spot.zone_share.set(setting::up_to(&mut object, "zoneShare", 1.0, "a part of the losses"));
        spot.notice.set_some(setting::duration(&mut object, "notice"));
        object.finish();
        Some(spot)
    }
}
