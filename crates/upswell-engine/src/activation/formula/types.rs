//! What is known of a value before a formula runs.

use super::VALUE_NESTING_MAX;

/// The type of a part of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// Only the run will tell.
    Unknown,
    Nil,
    Bool,
    Int,
    Float,
    Text,
    /// An array and what it holds.
    Array(Box<Type>),
    Map,
}

impl Type {
    /// Makes an array type; deeper than a value may nest, what it holds is not followed.
    pub(super) fn array_of(element: Self) -> Self {
        let is_followed = element.levels() < VALUE_NESTING_MAX;
        Self::Array(Box::new(if is_followed { element } else { Self::Unknown }))
    }

    fn levels(&self) -> usize {
        match self {
            Self::Array(element) => element.levels() + 1,
            _ => 0,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "a value of unknown type",
            Self::Nil => "nil",
            Self::Bool => "a truth value",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Text => "a text",
            Self::Array(_) => "an array",
            Self::Map => "a map",
        }
    }

    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    pub(super) const fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    pub(super) const fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// Whether the value may be of the kind that `wanted` recognises.
    pub(super) fn may_be(&self, wanted: fn(&Self) -> bool) -> bool {
        self.is_unknown() || wanted(self)
    }

    /// Whether a value of this type fits where `other` is expected.
    pub(super) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Array(_) | Self::Map) | (Self::Array(_), Self::Array(_)) => true,
            (Self::Unknown | Self::Nil, _) => false,
            _ => self == other,
        }
    }

    /// Whether `==` may compare the two.
    pub(super) fn is_comparable_to(&self, other: &Self) -> bool {
        self.is_unknown()
            || other.is_unknown()
            || self.is_nil()
            || other.is_nil()
            || (self.is_number() && other.is_number())
            || self.fits(other)
    }

    /// What the elements of an array are.
    pub(super) fn element(&self) -> Self {
        match self {
            Self::Array(element) => (**element).clone(),
            _ => Self::Unknown,
        }
    }

    /// What adding, subtracting or multiplying two numbers gives.
    pub(super) fn promoted(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Int, Self::Int) => Self::Int,
            _ => Self::Float,
        }
    }
}
