//! The cluster through its own door, with a stand-in for the requests.

mod given;
mod losses;
mod money;
mod nodes;
mod pods;
mod properties;
mod scheduling;
