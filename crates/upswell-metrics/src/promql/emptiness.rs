//! Which queries can have no result, because of what they select.

use super::functions::Function;
use super::plan::{Aggregate, Binary, Call, Node, Operator, Selector, SetOperator, Source};
use super::query::Query;

impl Query {
    /// Returns the selectors for want of which the query has no result at any instant, in order of
    /// the text; absent if it may have one.
    ///
    /// `is_nothing` says of which selectors it is certain that no series ever matches them. What is
    /// returned is certain then too: an operand that may be there is taken to be there, with any
    /// labels and any values. A scalar is always there, and so is what `absent` and `vector` yield.
    pub fn emptied_by(&self, is_nothing: impl Fn(&Selector) -> bool) -> Option<Vec<&Selector>> {
        let is_nothing = |index: usize| self.selectors.get(index).is_some_and(&is_nothing);
        let mut found = wanting(&self.plan, &is_nothing)?;
        found.sort_unstable();
        found.dedup();
        Some(found.into_iter().filter_map(|index| self.selectors.get(index)).collect())
    }
}

/// The selectors for want of which a part is empty; absent if it may not be.
fn wanting(node: &Node, is_nothing: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    match node {
        Node::Number(_) | Node::Text(_) => None,
        Node::Instant(index) => is_nothing(*index).then(|| vec![*index]),
        Node::Samples(source) => wanting_in_source(source, is_nothing),
        Node::Negative(unary) => wanting(&unary.operand, is_nothing),
        Node::Window(call) if matches!(call.function, Function::AbsentOverTime) => None,
        Node::Window(call) => wanting_in_source(&call.source, is_nothing),
        Node::Call(call) => wanting_in_call(call, is_nothing),
        Node::Aggregate(aggregate) => {
            let Aggregate { operand, .. } = &**aggregate;
            wanting(operand, is_nothing)
        }
        Node::Binary(binary) => wanting_in_binary(binary, is_nothing),
    }
}

fn wanting_in_source(source: &Source, is_nothing: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    match source {
        Source::Selector(index) => is_nothing(*index).then(|| vec![*index]),
        Source::Subquery(subquery) => wanting(&subquery.inner, is_nothing),
    }
}

/// A function of a vector has a result for its samples only; a scalar has always one.
fn wanting_in_call(call: &Call, is_nothing: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    match call.function {
        Function::Absent | Function::AbsentOverTime | Function::ScalarOf => None,
        _ => call.args.iter().find_map(|argument| wanting(argument, is_nothing)),
    }
}

fn wanting_in_binary(binary: &Binary, is_nothing: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    let left = wanting(binary.left.node(), is_nothing);
    let right = wanting(binary.right.node(), is_nothing);
    let (fill_left, fill_right) = &binary.matching.fill;
    match binary.operator {
        Operator::Set(SetOperator::Unless) => left,
        Operator::Set(SetOperator::Or) => left.zip(right).map(both),
        Operator::Set(SetOperator::And) => either(left, right),
        // What fills a missing side stands for it as long as the other side is there.
        Operator::Arithmetic(_) | Operator::Comparison(_) => {
            match (fill_left.is_some(), fill_right.is_some()) {
                (false, false) => either(left, right),
                (true, false) => right,
                (false, true) => left,
                (true, true) => left.zip(right).map(both),
            }
        }
    }
}

/// Both are wanting, or one of them: that is enough.
fn either(left: Option<Vec<usize>>, right: Option<Vec<usize>>) -> Option<Vec<usize>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(both((left, right))),
        (left, right) => left.or(right),
    }
}

fn both((left, right): (Vec<usize>, Vec<usize>)) -> Vec<usize> {
    [left, right].concat()
}

#[cfg(test)]
mod tests {
    use crate::labels::Labels;
    use crate::promql::{Dialect, Options, Value, instant, parse_as};
    use crate::sample::Time;
    use crate::store::{self, Limits};

    /// Queries that are empty for want of `gone`.
    const EMPTY: [&str; 22] = [
        "gone",
        "gone > 1",
        "1 < bool gone",
        "-gone",
        "rate(gone[5m]) > 0",
        "sum(gone)",
        "count by (pod) (gone)",
        "topk(3, gone)",
        "gone / there",
        "there == gone",
        "there and gone",
        "gone and there",
        "gone unless there",
        "histogram_quantile(0.9, sum by (le) (rate(gone[5m])))",
        "max_over_time((gone > 0)[1h:1m])",
        "clamp_min(gone, 1)",
        "label_replace(gone, \"a\", \"b\", \"c\", \"d\")",
        "scalar(there) * gone",
        "hour(gone)",
        "timestamp(gone)",
        "gone or gone",
        "absent(there) and gone",
    ];

    /// What `gone` leaves of a query: the text of the selectors that empty it.
    fn emptied(text: &str, dialect: Dialect) -> Option<Vec<String>> {
        let query = parse_as(text, dialect).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = query.emptied_by(|selector| selector.metric_name() == Some("gone"));
        found.map(|found| found.iter().map(|selector| text[selector.at()].to_owned()).collect())
    }

    #[test]
    fn a_query_is_empty_for_want_of_what_it_cannot_do_without() {
        for text in EMPTY {
            let mut expected = vec!["gone".to_owned()];
            if text == "gone or gone" {
                expected.push("gone".to_owned());
            }
            assert_eq!(emptied(text, Dialect::default()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_said_to_be_empty_has_no_result() {
        let (mut writer, reader) = store::new(Limits::default());
        for (pod, start) in [("a", 1.0), ("b", 5.0)] {
            let labels = Labels::new([("__name__", "there"), ("pod", pod), ("le", "1")]);
            let series = writer.series(&labels);
            for step in 0..40 {
                let (at, value) = (Time(step * 15_000), start + step as f64);
                writer.append(series, at, value).unwrap();
            }
        }
        for text in EMPTY {
            let query = parse_as(text, Dialect::default()).unwrap();
            let answer = instant(&query, &reader, Time(585_000), &Options::default());
            assert_eq!(answer, Ok(Value::Vector(Vec::new())), "{text}");
            let there = parse_as(&text.replace("gone", "there"), Dialect::default()).unwrap();
            assert!(there.emptied_by(|selector| selector.metric_name() == Some("gone")).is_none());
        }
    }

    #[test]
    fn a_query_may_have_a_result_where_another_one_takes_the_place() {
        for text in [
            "there",
            "1",
            "time() > bool 5",
            "there or gone",
            "gone or there",
            "gone or vector(1)",
            "there unless gone",
            "absent(gone)",
            "absent_over_time(gone[5m])",
            "absent(gone > 1) == 1",
            "max_over_time(absent(gone)[5m:1m])",
            "vector(scalar(gone))",
            "scalar(gone)",
            "there != scalar(gone)",
            "there > scalar(gone)",
            "hour()",
            "sum(absent(gone))",
        ] {
            assert_eq!(emptied(text, Dialect::default()), None, "{text}");
        }
    }

    #[test]
    fn what_fills_a_missing_side_stands_for_it() {
        for (text, is_empty) in [
            ("gone + fill(0) there", false),
            ("there + fill_right(0) gone", false),
            ("there + fill_left(0) gone", true),
            ("gone + fill(0) gone", true),
        ] {
            assert_eq!(emptied(text, Dialect::Experimental).is_some(), is_empty, "{text}");
        }
    }
}
