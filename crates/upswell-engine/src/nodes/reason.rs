//! Why nodes are ordered, given back, or not.

use std::fmt;

use serde::{Deserialize, Serialize};
use upswell_units::Timestamp;

/// One reason. Displays as a lowercase fragment of one sentence, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    // Why nodes are ordered.
    /// The pool has fewer nodes than it must.
    BelowMinimum {
        /// Nodes that it has, ordered ones too.
        nodes: u32,
        /// Its minimum.
        min: u32,
    },
    /// Pods find no room, also on nodes that are to come.
    PodsWithoutRoom {
        /// Pods that wait.
        pods: u32,
        /// Room for pods on nodes that were ordered before.
        to_come: u64,
    },

    // Why a node is given back.
    /// No pod is on it.
    Empty {
        /// Since when it is not needed.
        since: Timestamp,
    },
    /// Few pods are on it, and they fit on other nodes.
    Underused {
        /// Pods on it.
        pods: u32,
        /// Pods that it holds.
        of: u32,
        /// Since when it is not needed.
        since: Timestamp,
    },

    // Why no more is ordered.
    /// The pool has all the nodes that it may have.
    PoolFull {
        /// The pool.
        pool: String,
        /// Its maximum.
        max: u32,
    },
    /// An order failed in the zone, which is left alone for a while.
    BackedOff {
        /// The pool.
        pool: String,
        /// The zone.
        zone: String,
        /// Until then.
        until: Timestamp,
    },
    /// The zones where the pool could grow have too many pods already.
    SpreadForbids {
        /// The pool.
        pool: String,
        /// `maxSkew` of the spread.
        max_skew: u32,
    },

    // Why no more is given back.
    /// Nodes were ordered a short while ago.
    DelayedAfterAdd {
        /// Nodes that are not needed for long enough.
        nodes: u32,
        /// Until then.
        until: Timestamp,
    },
    /// As many nodes as may go at once are going.
    EnoughAtOnce {
        /// Nodes that are not needed for long enough, and stay.
        nodes: u32,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BelowMinimum { nodes, min } => {
                write!(f, "the pool has {nodes} nodes and must have {min}")
            }
            Self::PodsWithoutRoom { pods, to_come } => {
                write!(f, "{pods} pods find no room, and ordered nodes will hold {to_come}")
            }
            Self::Empty { since } => {
                write!(f, "no pod is on it, and it is not needed since {since}")
            }
            Self::Underused { pods, of, since } => write!(
                f,
                "it holds {pods} pods of {of}, other nodes have room for them, and it is not \
                 needed since {since}"
            ),
            Self::PoolFull { pool, max } => write!(f, "{pool} has all of its {max} nodes"),
            Self::BackedOff { pool, zone, until } => {
                write!(f, "an order of {pool} failed in {zone}, so that it waits until {until}")
            }
            Self::SpreadForbids { pool, max_skew } => write!(
                f,
                "{pool} can grow only in zones that would be more than {max_skew} pods ahead"
            ),
            Self::DelayedAfterAdd { nodes, until } => {
                write!(
                    f,
                    "{nodes} nodes are not needed and stay until {until}, after the last order"
                )
            }
            Self::EnoughAtOnce { nodes } => {
                write!(f, "{nodes} nodes are not needed and stay while others go")
            }
        }
    }
}
