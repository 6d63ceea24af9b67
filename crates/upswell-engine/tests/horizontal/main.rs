//! The rules of the HorizontalPodAutoscaler, as its documentation gives them, and properties.

mod build;
mod metrics;
mod properties;
mod requests;
mod settling;
mod ticks;
mod windows_and_limits;
