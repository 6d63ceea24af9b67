//! Functions of vectors and scalars.

use super::merged::Merged;
use super::row::{Row, Rows, Sink};
use super::run::{Run, unexpected_type};
use super::{ABSENT, is_absent};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::MatchOp;
use crate::promql::EvalError;
use crate::promql::functions::{DateFn, Function, ValueFn, label, stats};
use crate::promql::plan::{Call, Node, Selector};
use crate::sample::Time;

impl Run<'_> {
    /// Evaluates a function that yields a vector.
    pub(super) fn call(&self, call: &Call, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        let args = &*call.args;
        match (call.function, args) {
            (Function::Value { call: function }, [vector, scalars @ ..]) => {
                self.distinct(call.may_merge, sink, &mut |sink| {
                    self.of_values(function, vector, scalars, sink)
                })
            }
            (Function::Date { call: function }, []) => {
                let mut values = self.times();
                values.iter_mut().for_each(|value| *value = function(*value));
                sink(Row { labels: &Labels::empty(), nameless: false, values: &mut values })
            }
            (Function::Date { call: function }, [vector]) => {
                self.distinct(call.may_merge, sink, &mut |sink| {
                    self.of_dates(function, vector, sink)
                })
            }
            (Function::Timestamp, [vector]) => self.distinct(call.may_merge, sink, &mut |sink| {
                self.timestamp(vector, &mut |row| sink(Row { nameless: true, ..row }))
            }),
            (Function::VectorOf, [scalar]) => {
                let mut values = self.scalar(scalar)?;
                sink(Row { labels: &Labels::empty(), nameless: false, values: &mut values })
            }
            (Function::Absent, [vector]) => self.absent(vector, sink),
            (Function::Sort { descending }, [vector]) => self.sort(vector, descending, sink),
            (Function::SortByLabel { descending }, [vector, names @ ..]) => {
                self.sort_by_label(vector, names, descending, sink)
            }
            (Function::LabelReplace, [vector, texts @ ..]) => {
                self.label_replace(vector, texts, sink)
            }
            (Function::LabelJoin, [vector, texts @ ..]) => self.label_join(vector, texts, sink),
            (Function::HistogramQuantile, [q, vector]) => {
                self.distinct(call.may_merge, sink, &mut |sink| {
                    self.histogram_quantile(q, vector, sink)
                })
            }
            (Function::HistogramFraction, [lower, upper, vector]) => {
                self.distinct(call.may_merge, sink, &mut |sink| {
                    self.histogram_fraction((lower, upper), vector, sink)
                })
            }
            _ => Err(unexpected_type()),
        }
    }

    /// Evaluates a function that yields a scalar.
    pub(super) fn scalar_call(&self, call: &Call) -> Result<Vec<f64>, EvalError> {
        let constant = |value: f64| Ok(vec![value; self.grid.count]);
        let query = self.of_query;
        match (call.function, &*call.args) {
            (Function::Time, []) => Ok(self.times()),
            (Function::Scalar { call }, args) => {
                let args = self.scalars(args)?;
                let mut at_step = Vec::new();
                let values = (0..self.grid.count).map(|step| {
                    args.at(step, &mut at_step);
                    call(&at_step)
                });
                Ok(values.collect())
            }
            (Function::ScalarOf, [vector]) => self.only_value(vector),
            (Function::Start, []) => constant(secs(query.start)),
            (Function::End, []) => constant(secs(query.last())),
            // An instant query has no step.
            (Function::Step, []) if query.count == 1 => constant(0.0),
            (Function::Step, []) => constant(secs(query.step)),
            (Function::Span, []) => constant(secs(query.last().saturating_sub(query.start))),
            _ => Err(unexpected_type()),
        }
    }

    /// The instants, in seconds.
    fn times(&self) -> Vec<f64> {
        self.grid.instants().map(secs).collect()
    }

    fn of_values(
        &self,
        function: ValueFn,
        vector: &Node,
        scalars: &[Node],
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let scalars = self.scalars(scalars)?;
        let mut args = Vec::new();
        self.vector(vector, &mut |row| {
            self.budget.spend(row.values.len())?;
            let mut is_empty = true;
            for (step, value) in row.values.iter_mut().enumerate() {
                if !is_absent(*value) {
                    scalars.at(step, &mut args);
                    *value = function(*value, &args).unwrap_or(ABSENT);
                    is_empty &= is_absent(*value);
                }
            }
            if is_empty { Ok(()) } else { sink(Row { nameless: true, ..row }) }
        })
    }

    fn of_dates(
        &self,
        function: DateFn,
        vector: &Node,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        self.vector(vector, &mut |row| {
            for value in row.values.iter_mut().filter(|value| !is_absent(**value)) {
                *value = function(*value);
            }
            sink(Row { nameless: true, ..row })
        })
    }

    /// When samples were taken; of what is no plain selector, when it was evaluated.
    fn timestamp(&self, vector: &Node, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        if let Node::Instant(selector) = vector {
            return self.timestamps(self.selector(*selector), sink);
        }
        let times = self.times();
        self.vector(vector, &mut |row| {
            for (value, time) in row.values.iter_mut().zip(&times) {
                if !is_absent(*value) {
                    *value = *time;
                }
            }
            sink(row)
        })
    }

    /// The value of the only series at each step, NaN where there is not exactly one.
    fn only_value(&self, vector: &Node) -> Result<Vec<f64>, EvalError> {
        let mut only = vec![ABSENT; self.grid.count];
        let mut counts = vec![0_u32; self.grid.count];
        self.vector(vector, &mut |row| {
            for ((value, only), count) in row.values.iter().zip(&mut only).zip(&mut counts) {
                if !is_absent(*value) {
                    *only = *value;
                    *count = count.saturating_add(1);
                }
            }
            Ok(())
        })?;
        let values = only.iter().zip(&counts);
        Ok(values.map(|(only, count)| if *count == 1 { *only } else { f64::NAN }).collect())
    }

    fn absent(&self, vector: &Node, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        let mut values = vec![1.0; self.grid.count];
        self.vector(vector, &mut |row| {
            for (value, of_row) in values.iter_mut().zip(row.values.iter()) {
                if !is_absent(*of_row) {
                    *value = ABSENT;
                }
            }
            Ok(())
        })?;
        let labels = match vector {
            Node::Instant(selector) => self.labels_of_absence(self.selector(*selector)),
            _ => Labels::empty(),
        };
        self.emit_absence(&labels, values, sink)
    }

    /// Passes on the one row of `absent`, if there is any absence.
    pub(super) fn emit_absence(
        &self,
        labels: &Labels,
        mut values: Vec<f64>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        if values.iter().all(|value| is_absent(*value)) {
            return Ok(());
        }
        sink(Row { labels, nameless: false, values: &mut values })
    }

    /// The labels that a missing series would have had for sure: those with one `=` matcher. Of a
    /// label that is named again nothing is sure, not even when both agree (upstream does so).
    pub(super) fn labels_of_absence(&self, selector: &Selector) -> Labels {
        let mut labels = Labels::empty().edit();
        let mut seen: Vec<&str> = Vec::new();
        for matcher in selector.matchers().iter().filter(|m| m.name != METRIC_NAME) {
            if matcher.op == MatchOp::Equal && !seen.contains(&&*matcher.name) {
                labels.set(&*matcher.name, &*matcher.value);
                seen.push(&matcher.name);
            } else {
                labels.remove(&matcher.name);
            }
        }
        labels.build()
    }

    /// Sorts the series by their values; over more than one step there is no order to keep.
    fn sort(&self, vector: &Node, descending: bool, sink: &mut Sink<'_>) -> Result<(), EvalError> {
        let order = if descending { stats::descending } else { stats::ascending };
        self.reorder(vector, sink, &mut |rows| {
            rows.sort_by(|(_, a), (_, b)| order(a[0], b[0]));
        })
    }

    fn sort_by_label(
        &self,
        vector: &Node,
        names: &[Node],
        descending: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let names: Vec<String> = texts(names)?;
        self.reorder(vector, sink, &mut |rows| {
            rows.sort_by(|(a, _), (b, _)| {
                let order = label::compare(a, b, &names);
                if descending { order.reverse() } else { order }
            });
        })
    }

    fn reorder(
        &self,
        vector: &Node,
        sink: &mut Sink<'_>,
        order: &mut dyn FnMut(&mut Rows),
    ) -> Result<(), EvalError> {
        if self.grid.count != 1 {
            return self.vector(vector, sink);
        }
        let mut merged = Merged::default();
        self.vector(vector, &mut |row| merged.add(self, row.labels(), row.values))?;
        let mut rows = merged.into_rows();
        order(&mut rows);
        for (labels, mut values) in rows {
            self.budget.release(values.len());
            sink(Row { labels: &labels, nameless: false, values: &mut values })?;
        }
        Ok(())
    }
}

/// Seconds of an instant in milliseconds.
fn secs(at: i64) -> f64 {
    Time(at).as_secs_f64()
}

/// Arguments that are texts.
pub(super) fn texts(nodes: &[Node]) -> Result<Vec<String>, EvalError> {
    let text = |node: &Node| match node {
        Node::Text(text) => Ok(text.clone()),
        _ => Err(unexpected_type()),
    };
    nodes.iter().map(text).collect()
}
