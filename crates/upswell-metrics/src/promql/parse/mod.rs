//! From a text to a plan.
//!
//! ```text
//! text -> tokens -> skeleton -> promql-parser -> compile -> plan
//!            \          \             \             \
//!             +----------+-------------+-------------+--> ParseError, with its place
//! ```
//!
//! Tokens and syntax are read here, for their places, their bounds, and the bugs of the crate
//! (see [`skeleton`]); the crate `promql-parser` knows precedence and types.

mod braces;
mod compile;
mod fault;
mod literal;
mod modifiers;
mod skeleton;
mod token;

use compile::Compiler;

use super::{Dialect, ParseError, Query};

/// Longest query, in bytes. The longest ones seen in the wild are lists of pods, some kilobytes.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Parses a query as Prometheus 3 does.
///
/// # Errors
///
/// If the text is no query, or its types do not fit.
pub fn parse(text: &str) -> Result<Query, ParseError> {
    parse_as(text, Dialect::Prometheus3)
}

/// Parses a query in a dialect.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_as(text: &str, dialect: Dialect) -> Result<Query, ParseError> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("query is longer than {TEXT_BYTES_MAX} bytes");
        return Err(ParseError::new(message, 0..0));
    }
    let tokens = token::tokens(text)?;
    if tokens.is_empty() {
        return Err(ParseError::new("no expression found in input", 0..text.len()));
    }
    let skeleton = skeleton::skeleton(text, &tokens, dialect)?;
    fault::check_calls(&skeleton, dialect)?;
    let expr = promql_parser::parser::parse(&skeleton.text)
        .map_err(|message| fault::fault(&message, &skeleton, text))?;
    let (texts, selectors) = (skeleton.texts.clone(), skeleton.selectors.clone());
    let mut compiler = Compiler { selectors, texts };
    let plan = compiler.node(expr).map_err(|message| fault::fault(&message, &skeleton, text))?;
    Ok(Query { text: text.to_owned(), dialect, plan, selectors: compiler.selectors })
}
