//! The node autoscaler through its public door: tables from the definitions, and properties.

mod given;
mod growth;
mod properties;
mod reasons;
mod shrinkage;
