//! upswell-sim
