//! Rules: Prometheus's answers (`vectors/promql/README.md`), and what they do not reach.

mod given;
mod life;
mod notices;
mod recording;
mod restart;
mod text;
mod vectors;
