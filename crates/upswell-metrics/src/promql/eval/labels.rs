//! `label_replace` and `label_join`.

use super::call::texts;
use super::merged::Merged;
use super::row::Sink;
use super::run::{Run, unexpected_type};
use crate::labels::Labels;
use crate::promql::EvalError;
use crate::promql::functions::label::{Join, Replace};
use crate::promql::plan::Node;

impl Run<'_> {
    pub(super) fn label_replace(
        &self,
        vector: &Node,
        args: &[Node],
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let texts = texts(args)?;
        let [destination, replacement, source, regex] = &*texts else {
            return Err(unexpected_type());
        };
        let replace = Replace::new(destination, replacement, source, regex, self.names())?;
        self.relabelled(vector, &|labels| replace.apply(labels), sink)
    }

    pub(super) fn label_join(
        &self,
        vector: &Node,
        args: &[Node],
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let texts = texts(args)?;
        let [destination, separator, sources @ ..] = &*texts else {
            return Err(unexpected_type());
        };
        let join = Join::new(destination, separator, sources.to_vec(), self.names())?;
        self.relabelled(vector, &|labels| join.apply(labels), sink)
    }

    /// Gives the series of a vector other labels, by which they may become one.
    fn relabelled(
        &self,
        vector: &Node,
        relabel: &dyn Fn(&Labels) -> Labels,
        sink: &mut Sink<'_>,
    ) -> Result<(), EvalError> {
        let mut merged = Merged::default();
        self.vector(vector, &mut |row| {
            let labels = relabel(&row.labels());
            merged.add(self, labels, row.values)
        })?;
        merged.emit(self, sink)
    }
}
