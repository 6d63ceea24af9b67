//! The vertical engine through its public door: tables from the definitions, and properties.

mod admit;
mod eviction;
mod given;
mod histogram;
mod history;
mod recommend;
mod update;
