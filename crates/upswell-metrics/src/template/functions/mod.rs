//! The functions of templates: those of Go's `text/template` and those of Prometheus.
//!
//! A function is a line of [`ALL`]: its name, the types of its arguments, what it does.
//! Sources: Go 1.26, text/template/funcs.go; Prometheus 3.16, template/template.go;
//! prometheus/common 0.72, helpers/templates.

mod collection;
mod compare;
mod escape;
mod humanize;
mod samples;
mod text;
mod time;

pub(crate) use escape::table_link;

use regex::Regex;

use crate::template::Querier;
use crate::template::format;
use crate::template::run::Budget;
use crate::template::value::Value;

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Text,
    Vector,
    Series,
}

impl Kind {
    /// Returns its name in Prometheus.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text => "string",
            Self::Vector => "template.queryResult",
            Self::Series => "*template.sample",
        }
    }
}

/// What a function is called with, beside its arguments.
pub(super) struct Call<'a, 'b> {
    pub(super) querier: &'a mut Querier<'b>,
    pub(super) budget: &'a mut Budget,
    pub(super) regexes: &'a mut Regexes,
    pub(super) external_url: &'a str,
    pub(super) now: f64,
}

/// Regular expressions of one expansion, the latest last; bounded.
pub(super) type Regexes = Vec<(String, Regex)>;

/// What a function yields, or why it does not.
pub(super) type Result = std::result::Result<Value, String>;

/// A function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// What the arguments must be.
    pub(super) arguments: &'static [Kind],
    /// What any further arguments must be, if there may be some.
    pub(super) more: Option<Kind>,
    pub(super) body: Body,
}

/// What a function does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// Yields the first argument that is false, or the last one; those after it are not evaluated.
    And,
    /// Yields the first argument that is true, or the last one; those after it are not evaluated.
    Or,
    /// Takes its arguments and nothing else.
    Plain(fn(&[Value]) -> Result),
    /// Needs something from outside.
    Outside(fn(&mut Call<'_, '_>, &[Value]) -> Result),
}

/// Finds a function by its name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().find(|function| function.name == name)
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|function| function.name)
}

const fn plain(
    name: &'static str,
    arguments: &'static [Kind],
    body: fn(&[Value]) -> Result,
) -> Function {
    Function { name, arguments, more: None, body: Body::Plain(body) }
}

const fn outside(
    name: &'static str,
    arguments: &'static [Kind],
    body: fn(&mut Call<'_, '_>, &[Value]) -> Result,
) -> Function {
    Function { name, arguments, more: None, body: Body::Outside(body) }
}

/// Lets a function take any further arguments.
const fn any_more(function: Function) -> Function {
    Function { more: Some(Kind::Any), ..function }
}

const ANY: &[Kind] = &[Kind::Any];
const TWO: &[Kind] = &[Kind::Any, Kind::Any];
const TEXT: &[Kind] = &[Kind::Text];

/// All functions, by name.
static ALL: &[Function] = &[
    Function { name: "and", arguments: ANY, more: Some(Kind::Any), body: Body::And },
    any_more(plain("args", &[], samples::args)),
    any_more(plain("eq", ANY, compare::equal)),
    outside("externalURL", &[], |call, _| Ok(Value::text(call.external_url))),
    plain("first", &[Kind::Vector], samples::first),
    plain("ge", TWO, compare::at_least),
    plain("graphLink", TEXT, escape::graph_link),
    plain("gt", TWO, compare::greater),
    any_more(plain("html", &[], escape::html)),
    plain("humanize", ANY, humanize::humanize),
    plain("humanize1024", ANY, humanize::humanize_1024),
    plain("humanizeDuration", ANY, humanize::duration),
    plain("humanizePercentage", ANY, humanize::percentage),
    plain("humanizeTimestamp", ANY, time::humanize),
    any_more(plain("index", ANY, collection::index)),
    any_more(plain("js", &[], escape::javascript)),
    plain("label", &[Kind::Text, Kind::Series], samples::label),
    plain("le", TWO, compare::at_most),
    plain("len", ANY, collection::length),
    plain("lt", TWO, compare::less),
    outside("match", &[Kind::Text, Kind::Text], text::matches),
    plain("ne", TWO, compare::unequal),
    plain("not", ANY, |values| Ok(Value::Bool(!values[0].is_true()))),
    outside("now", &[], |call, _| Ok(Value::Float(call.now))),
    Function { name: "or", arguments: ANY, more: Some(Kind::Any), body: Body::Or },
    plain("parseDuration", TEXT, time::parse_duration),
    outside("pathPrefix", &[], escape::path_prefix),
    any_more(plain("print", &[], |values| format::print(values).map(Value::text))),
    any_more(plain("printf", TEXT, |values| format::printf(values).map(Value::text))),
    any_more(plain("println", &[], |values| format::println(values).map(Value::text))),
    outside("query", TEXT, samples::query),
    outside("reReplaceAll", &[Kind::Text, Kind::Text, Kind::Text], text::replace_all),
    plain("safeHtml", TEXT, |values| Ok(values[0].clone())),
    any_more(plain("slice", ANY, collection::slice)),
    plain("sortByLabel", &[Kind::Text, Kind::Vector], samples::sort_by_label),
    plain("stripDomain", TEXT, text::strip_domain),
    plain("stripPort", TEXT, text::strip_port),
    plain("strvalue", &[Kind::Series], samples::text_value),
    plain("tableLink", TEXT, escape::link_to_table),
    plain("title", TEXT, text::title),
    plain("toDuration", ANY, time::to_duration),
    plain("toLower", TEXT, text::to_lower),
    plain("toTime", ANY, time::to_time),
    plain("toUpper", TEXT, text::to_upper),
    plain("urlQueryEscape", TEXT, escape::url_query_escape),
    any_more(plain("urlquery", &[], escape::url_query)),
    plain("value", &[Kind::Series], samples::value),
];

/// Returns an argument that was checked to be a text.
fn text_of(values: &[Value], index: usize) -> &str {
    match values.get(index) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}
