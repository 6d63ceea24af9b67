//! The envelope of every answer: status, data, or the type and the words of an error.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer that is data.
#[derive(Debug)]
pub(super) struct Answer {
    /// JSON.
    data: Vec<u8>,
    is_truncated: bool,
}

impl Answer {
    /// Takes data that is JSON already.
    pub(super) fn of_json(data: Vec<u8>) -> Self {
        Self { data, is_truncated: false }
    }

    /// Takes data of any shape.
    pub(super) fn of(data: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_vec(data);
        json.map(Self::of_json).map_err(|error| Failure::internal(error.to_string()))
    }

    /// Says whether a `limit` has cut the answer.
    pub(super) fn truncated(self, is_truncated: bool) -> Self {
        Self { is_truncated, ..self }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(self.data.len() + 64);
        body.extend(br#"{"status":"success","data":"#);
        body.extend(self.data);
        if self.is_truncated {
            body.extend(br#","warnings":["results truncated due to limit"]"#);
        }
        body.push(b'}');
        json(StatusCode::OK, body)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    kind: FailureKind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum FailureKind {
    BadData,
    Execution,
    Timeout,
    Internal,
}

impl Failure {
    /// The request is wrong.
    pub(super) fn bad_data(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::BadData, message: message.into() }
    }

    /// A parameter of the request is wrong.
    pub(super) fn bad_parameter(name: &str, message: impl std::fmt::Display) -> Self {
        Self::bad_data(format!("invalid parameter {name:?}: {message}"))
    }

    /// The query has no answer.
    pub(super) fn execution(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Execution, message: message.into() }
    }

    /// The query took too long, in its queue or while it ran.
    pub(super) fn timeout(place: &str) -> Self {
        let message = format!("query timed out in {place}");
        Self { kind: FailureKind::Timeout, message }
    }

    /// The fault is ours.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Internal, message: message.into() }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            status: &'static str,
            error_type: FailureKind,
            error: String,
        }
        let Self { kind, message } = self;
        let code = match kind {
            FailureKind::BadData => StatusCode::BAD_REQUEST,
            FailureKind::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            FailureKind::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let envelope = Envelope { status: "error", error_type: kind, error: message };
        // Two words and a text are always JSON.
        json(code, serde_json::to_vec(&envelope).unwrap_or_default())
    }
}

fn json(code: StatusCode, body: Vec<u8>) -> Response {
    (code, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
