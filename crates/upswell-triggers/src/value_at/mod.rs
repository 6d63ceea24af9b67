//! Finds one number in the body that a metrics API answers with.
//!
//! Each format has its way to say where the number is; what of it is not understood is refused
//! when the trigger is parsed, never read as zero.
//! Source: KEDA main at 8b4f083, metrics_api_scaler.go.

mod exposition;
mod json;
mod yaml;

use upswell_units::Quantity;

use crate::trigger::ReadError;

pub(crate) use exposition::MetricSelector;
pub(crate) use json::JsonPath;
pub(crate) use yaml::YamlPath;

/// Where the number is, in the body's format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// A path of gjson's syntax.
    Json(JsonPath),
    /// A metric and labels in the Prometheus text format.
    Prometheus(MetricSelector),
    /// Keys and indices between dots.
    Yaml(YamlPath),
    /// Nowhere: upstream decodes XML into a map, which its decoder always refuses.
    Xml,
}

impl Location {
    /// Returns the number at this location of a body.
    pub(crate) fn number(&self, body: &[u8]) -> Result<f64, ReadError> {
        let text =
            || std::str::from_utf8(body).map_err(|error| ReadError::malformed("UTF-8 text", error));
        match self {
            Self::Json(path) => path.number(body),
            Self::Prometheus(selector) => selector.number(text()?),
            Self::Yaml(path) => path.number(text()?),
            Self::Xml => Err(ReadError::unusable(
                "`format: xml` cannot be read, neither here nor by KEDA; serve JSON instead",
            )),
        }
    }
}

/// Returns the amount of a Kubernetes quantity such as `1.5`, `250m` or `128Mi`; absent if the text
/// is none.
///
/// A text without a number is none. Upstream takes `-` and `m` for zero, but a placeholder must not
/// read as an empty queue.
fn quantity(text: &str) -> Option<f64> {
    let is_number =
        text.trim_start_matches(['+', '-', '.']).starts_with(|c: char| c.is_ascii_digit());
    let quantity = is_number.then(|| text.parse::<Quantity>().ok()).flatten()?;
    Some(quantity.approximate_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quantities_that_hold_a_number() {
        for (text, value) in [
            ("5", Some(5.0)),
            ("-1.5", Some(-1.5)),
            ("250m", Some(0.25)),
            ("1Ki", Some(1024.0)),
            ("2e3", Some(2000.0)),
            ("", None),
            ("-", None),
            ("m", None),
            ("e3", None),
            ("1.2.3", None),
            ("1 k", None),
            ("many", None),
        ] {
            assert_eq!(quantity(text), value, "{text}");
        }
    }
}
