//! The functions of the language by name, and how each is called.

/// A function that a formula may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    All,
    Any,
    BitAnd,
    BitNand,
    BitNot,
    BitOr,
    BitShiftLeft,
    BitShiftRight,
    BitShiftRightUnsigned,
    BitXor,
    Ceil,
    Concat,
    Count,
    Filter,
    Find,
    FindIndex,
    FindLast,
    FindLastIndex,
    First,
    Flatten,
    Float,
    Floor,
    Get,
    Int,
    Last,
    Len,
    Map,
    Max,
    Mean,
    Median,
    Min,
    None,
    One,
    Reduce,
    Reverse,
    Round,
    Sort,
    SortBy,
    Sum,
    Take,
    Text,
    Type,
    Uniq,
}

/// One argument of a function that takes a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) is_predicate: bool,
    pub(super) is_optional: bool,
}

const FUNCTIONS: [(&str, Function); 44] = [
    ("abs", Function::Abs),
    ("all", Function::All),
    ("any", Function::Any),
    ("bitand", Function::BitAnd),
    ("bitnand", Function::BitNand),
    ("bitnot", Function::BitNot),
    ("bitor", Function::BitOr),
    ("bitshl", Function::BitShiftLeft),
    ("bitshr", Function::BitShiftRight),
    ("bitushr", Function::BitShiftRightUnsigned),
    ("bitxor", Function::BitXor),
    ("ceil", Function::Ceil),
    ("concat", Function::Concat),
    ("count", Function::Count),
    ("filter", Function::Filter),
    ("find", Function::Find),
    ("findIndex", Function::FindIndex),
    ("findLast", Function::FindLast),
    ("findLastIndex", Function::FindLastIndex),
    ("first", Function::First),
    ("flatten", Function::Flatten),
    ("float", Function::Float),
    ("floor", Function::Floor),
    ("get", Function::Get),
    ("int", Function::Int),
    ("last", Function::Last),
    ("len", Function::Len),
    ("map", Function::Map),
    ("max", Function::Max),
    ("mean", Function::Mean),
    ("median", Function::Median),
    ("min", Function::Min),
    ("none", Function::None),
    ("one", Function::One),
    ("reduce", Function::Reduce),
    ("reverse", Function::Reverse),
    ("round", Function::Round),
    ("sort", Function::Sort),
    ("sortBy", Function::SortBy),
    ("string", Function::Text),
    ("sum", Function::Sum),
    ("take", Function::Take),
    ("type", Function::Type),
    ("uniq", Function::Uniq),
];

/// Functions of KEDA's language that are not offered: they read a clock, depend on the order of a
/// map, or serve texts.
const NOT_OFFERED: [&str; 27] = [
    "date",
    "duration",
    "fromBase64",
    "fromJSON",
    "fromPairs",
    "groupBy",
    "hasPrefix",
    "hasSuffix",
    "indexOf",
    "join",
    "keys",
    "lastIndexOf",
    "lower",
    "now",
    "repeat",
    "replace",
    "split",
    "splitAfter",
    "timezone",
    "toBase64",
    "toJSON",
    "toPairs",
    "trim",
    "trimPrefix",
    "trimSuffix",
    "upper",
    "values",
];

const COLLECTION: Parameter = Parameter { is_predicate: false, is_optional: false };
const PREDICATE: Parameter = Parameter { is_predicate: true, is_optional: false };
const OPTIONAL_PREDICATE: Parameter = Parameter { is_predicate: true, is_optional: true };
const OPTIONAL: Parameter = Parameter { is_predicate: false, is_optional: true };

impl Function {
    /// Finds a function by the name that formulas call it by.
    pub(super) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// Whether KEDA's language has a function of this name that is not offered here.
    pub(super) fn is_not_offered(name: &str) -> bool {
        NOT_OFFERED.contains(&name)
    }

    /// Returns the name that formulas call it by.
    pub(super) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// Returns the parameters of a function that takes a predicate, and nothing for the others,
    /// which take expressions only.
    pub(super) const fn predicate_parameters(self) -> Option<&'static [Parameter]> {
        match self {
            Self::All
            | Self::None
            | Self::Any
            | Self::One
            | Self::Filter
            | Self::Map
            | Self::Find
            | Self::FindIndex
            | Self::FindLast
            | Self::FindLastIndex => Some(&[COLLECTION, PREDICATE]),
            Self::Count | Self::Sum => Some(&[COLLECTION, OPTIONAL_PREDICATE]),
            Self::SortBy | Self::Reduce => Some(&[COLLECTION, PREDICATE, OPTIONAL]),
            _ => None,
        }
    }
}
