//! Windows: what was recommended lately holds back what is recommended now.

use serde::{Deserialize, Serialize};
use upswell_units::{Duration, Replicas, Timestamp};

use super::history::Recommendation;
use super::replica_count::ReplicaCount;
use crate::policy::Behavior;

/// A proposal after the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stabilized {
    /// Replicas to go for.
    pub replicas: ReplicaCount,
    /// What holds the proposal back; absent if nothing does.
    pub hold: Option<Hold>,
    /// Recommendations before this one count in no window any more.
    pub obsolete_before: Timestamp,
}

/// What holds a proposal back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Whether the window is that of scaling up; else that of scaling down.
    pub is_scale_up: bool,
    /// When the last recommendation that holds it leaves the window.
    pub until: Timestamp,
}

/// Returns the largest of the proposal and of all recommendations in the window.
///
/// A recommendation exactly as old as `window` still counts.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, stabilizeRecommendation.
#[must_use]
pub fn stabilize_default(
    recommendations: &[Recommendation],
    window: Duration,
    proposal: ReplicaCount,
    now: Timestamp,
) -> Stabilized {
    let obsolete_before = now - window;
    let recent = recommendations.iter().filter(|old| old.at >= obsolete_before);
    let replicas = recent.map(|old| old.replicas).fold(proposal, Ord::max);
    let hold = (replicas != proposal).then(|| {
        let holds = |old: &&Recommendation| old.replicas >= replicas;
        Hold { is_scale_up: false, until: last_until(recommendations.iter().filter(holds), window) }
    });
    Stabilized { replicas, hold, obsolete_before }
}

/// Returns the current replicas, raised to the least and lowered to the most that was recommended
/// in the up and the down window, the proposal included.
///
/// Unlike without behavior, a recommendation exactly as old as a window does not count.
/// `downscale_stabilization` is the controller's, in whole seconds, for a down window not set.
/// Source: Kubernetes 1.36, podautoscaler/horizontal.go, stabilizeRecommendationWithBehaviors.
#[must_use]
pub fn stabilize_rules(
    recommendations: &[Recommendation],
    behavior: &Behavior,
    downscale_stabilization: Duration,
    current: Replicas,
    proposal: ReplicaCount,
    now: Timestamp,
) -> Stabilized {
    let current = ReplicaCount::from(current);
    let whole_seconds = Duration::from_secs(downscale_stabilization.as_secs());
    let up_window = behavior.scale_up.stabilization_window.unwrap_or(Duration::ZERO);
    let down_window = behavior.scale_down.stabilization_window.unwrap_or(whole_seconds);
    let within = |window: Duration| recommendations.iter().filter(move |old| old.at > now - window);
    let replicas_within = |window| within(window).map(|old| old.replicas);
    let least = replicas_within(up_window).fold(proposal, Ord::min);
    let most = replicas_within(down_window).fold(proposal, Ord::max);
    let replicas = current.max(least).min(most);
    let hold = (replicas != proposal).then(|| {
        let is_scale_up = proposal >= current;
        let until = if is_scale_up {
            last_until(within(up_window).filter(|old| old.replicas <= replicas), up_window)
        } else {
            last_until(within(down_window).filter(|old| old.replicas >= replicas), down_window)
        };
        Hold { is_scale_up, until }
    });
    Stabilized { replicas, hold, obsolete_before: now - up_window.max(down_window) }
}

/// When the last of `recommendations` leaves `window`.
fn last_until<'a>(
    recommendations: impl Iterator<Item = &'a Recommendation>,
    window: Duration,
) -> Timestamp {
    recommendations.map(|old| old.at + window).max().unwrap_or(Timestamp::MIN)
}
