//! Queries, parsed.

use std::ops::Range;

use upswell_units::Duration;

use super::ValueType;
use super::eval::Options;
use super::plan::{Aggregate, Node, Selector, Source};
use crate::sample::millis;

/// A query that was parsed and type-checked.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) text: String,
    pub(super) dialect: Dialect,
    pub(super) plan: Node,
    pub(super) selectors: Vec<Selector>,
}

impl Query {
    /// The query as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what it yields.
    #[must_use]
    pub fn kind(&self) -> ValueType {
        self.plan.kind()
    }

    /// Its selectors, in order of the text.
    pub fn selectors(&self) -> impl ExactSizeIterator<Item = &Selector> {
        self.selectors.iter()
    }

    /// Returns how far back it looks from the instant of its evaluation: lookback or ranges,
    /// subqueries around them, and offsets; never below zero.
    ///
    /// What an `@` with an instant of its own fixes counts from the evaluation too.
    #[must_use]
    pub fn reach(&self, options: &Options) -> Duration {
        Duration::from_millis(self.reach_ms(&self.plan, millis(options.lookback)).max(0))
    }

    fn reach_ms(&self, node: &Node, lookback_ms: i64) -> i64 {
        let reach = |node: &Node| self.reach_ms(node, lookback_ms);
        match node {
            Node::Number(_) | Node::Text(_) => 0,
            Node::Instant(index) => lookback_ms.saturating_add(self.selectors[*index].offset_ms),
            Node::Samples(source) => self.reach_of_source(source, lookback_ms),
            Node::Negative(unary) => reach(&unary.operand),
            Node::Window(call) => {
                let args = call.args.iter().map(reach).max().unwrap_or(0);
                self.reach_of_source(&call.source, lookback_ms).max(args)
            }
            Node::Call(call) => call.args.iter().map(reach).max().unwrap_or(0),
            Node::Aggregate(aggregate) => {
                let Aggregate { parameter, operand, .. } = &**aggregate;
                reach(operand).max(parameter.as_ref().map_or(0, reach))
            }
            Node::Binary(binary) => reach(binary.left.node()).max(reach(binary.right.node())),
        }
    }

    fn reach_of_source(&self, source: &Source, lookback_ms: i64) -> i64 {
        match source {
            Source::Selector(index) => {
                let selector = &self.selectors[*index];
                selector.range_ms.unwrap_or(0).saturating_add(selector.offset_ms)
            }
            Source::Subquery(subquery) => {
                let own = subquery.range_ms.saturating_add(subquery.offset_ms);
                own.saturating_add(self.reach_ms(&subquery.inner, lookback_ms))
            }
        }
    }
}

/// Which PromQL a text is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus 2: a number is no duration, labels are ASCII, `holt_winters`.
    Prometheus2,
    /// Prometheus 3.
    #[default]
    Prometheus3,
    /// Prometheus 3 with what it offers behind flags: `limitk`, `mad_over_time`, `fill`…
    Experimental,
}

/// Why a text is no query: Prometheus's `bad_data`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, for people.
    pub message: String,
    /// Where: bytes of the text, as near as can be told.
    pub at: Range<usize>,
    /// How to mend it, where that can be said.
    pub help: Option<String>,
}

impl ParseError {
    pub(super) fn new(message: impl Into<String>, at: Range<usize>) -> Self {
        Self { message: message.into(), at, help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
