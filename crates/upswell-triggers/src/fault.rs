//! What is wrong with a trigger's metadata.

use upswell_units::{Diagnostic, Span};

/// One mistake in a trigger; a parse reports all of them at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of mistake.
    pub class: FaultClass,
    /// The parameter concerned, in its first spelling.
    pub parameter: String,
    /// What is wrong, a lowercase fragment. Never quotes a secret.
    pub message: String,
    /// Where: the value, or the trigger where something is missing.
    pub span: Option<Span>,
    /// How to mend it.
    pub help: Option<String>,
}

/// The kinds of mistakes, as KEDA's compatibility vectors name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// The trigger type is not known.
    UnknownType,
    /// A parameter that must be there is not.
    MissingRequired,
    /// A text is not what the parameter holds.
    BadValue,
    /// A text is none of the words that the parameter allows.
    BadEnum,
    /// A number lies outside what the parameter allows.
    OutOfRange,
    /// Two parameters contradict each other.
    Conflict,
    /// Two authentication modes exclude each other.
    ExclusiveModes,
    /// An authentication mode lacks a credential.
    MissingCredentials,
    /// A certificate without its key, or the other way round.
    CertKeyPair,
    /// Two lists that belong together differ in length.
    LengthMismatch,
    /// The protocol cannot do what is asked.
    ProtocolMismatch,
    /// The trigger does not allow this `metricType`.
    BadMetricType,
    /// KEDA has removed this parameter.
    RemovedSetting,
}

impl FaultClass {
    /// Returns the diagnostic code: `missing-required`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown-trigger-type",
            Self::MissingRequired => "missing-required",
            Self::BadValue => "bad-value",
            Self::BadEnum => "bad-enum",
            Self::OutOfRange => "out-of-range",
            Self::Conflict => "conflict",
            Self::ExclusiveModes => "exclusive-modes",
            Self::MissingCredentials => "missing-credentials",
            Self::CertKeyPair => "cert-key-pair",
            Self::LengthMismatch => "length-mismatch",
            Self::ProtocolMismatch => "protocol-mismatch",
            Self::BadMetricType => "bad-metric-type",
            Self::RemovedSetting => "removed-setting",
        }
    }
}

impl Fault {
    /// Turns the fault into an error that points at its place; the code is the class's.
    pub fn into_diagnostic(self) -> Diagnostic {
        let Self { class, parameter: _, message, span, help } = self;
        let mut diagnostic = Diagnostic::error(class.code(), message);
        if let Some(span) = span {
            diagnostic = diagnostic.at(span, "");
        }
        match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}
