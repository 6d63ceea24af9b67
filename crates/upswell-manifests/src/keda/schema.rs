//! Bounds that the schemas of KEDA's CRDs set, checked while an object is read.
//!
//! A value outside its bounds is reported and still returned: KEDA's webhook has its own opinion
//! on some of them, and a reader should see both. Source: KEDA 2.20, config/crd/bases.

use upswell_units::{Diagnostic, Replicas, Spanned};

use crate::decode::{Decode, Object};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// An integer of 32 bits that should be `MIN` or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtLeast<const MIN: i32>(pub i32);

impl<const MIN: i32> AtLeast<MIN> {
    /// Returns the number as a count of replicas; a negative one counts as none.
    #[must_use]
    pub fn replicas(self) -> Replicas {
        Replicas(u32::try_from(self.0).unwrap_or(0))
    }
}

impl<const MIN: i32> Decode for AtLeast<MIN> {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let number = i32::decode(node, problems)?;
        if number < MIN {
            let problem = Diagnostic::error("out-of-range", format!("{number} is below {MIN}"));
            let problem = problem.at(node.span, "too small");
            problems.push(problem.help(format!("write {MIN} or more")));
        }
        Some(Self(number))
    }
}

/// Reads a required string that should not be empty.
pub(super) fn required_text(object: &mut Object, name: &'static str) -> Option<Spanned<String>> {
    let text: Spanned<String> = object.required(name)?;
    if text.value.is_empty() {
        let problem = Diagnostic::error("empty-value", format!("`{name}` is empty"));
        object.report(problem.at(text.span, "empty").help("write at least one letter"));
    }
    Some(text)
}
