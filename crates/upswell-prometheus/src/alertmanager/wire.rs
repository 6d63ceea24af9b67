//! The JSON of Alertmanager's API v2.

use std::collections::BTreeMap;

use serde::Serialize;
use upswell_metrics::rules::Notice;
use upswell_metrics::{Labels, Time};
use upswell_units::Timestamp;

/// An alert as `POST /api/v2/alerts` takes it (api/v2/openapi.yaml, `postableAlert`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostableAlert<'n> {
    labels: &'n Labels,
    annotations: &'n BTreeMap<String, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'n str,
}

impl<'n> From<&'n Notice> for PostableAlert<'n> {
    fn from(notice: &'n Notice) -> Self {
        let Notice { labels, annotations, starts_at, ends_at, generator_url } = notice;
        let instant = |time: Time| Timestamp::from(time).to_jiff().to_string();
        let (starts_at, ends_at) = (instant(*starts_at), instant(*ends_at));
        Self { labels, annotations, starts_at, ends_at, generator_url }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_written_as_the_api_takes_it() {
        let notice = Notice {
            labels: Labels::new([("alertname", "Slow"), ("pod", "a\"b")]),
            annotations: BTreeMap::from([("summary".to_owned(), "ü".to_owned())]),
            starts_at: Time(1_767_603_600_000),
            ends_at: Time(1_767_603_840_250),
            generator_url: "http://a/graph?g0.expr=up".to_owned(),
        };
        let json = serde_json::to_string(&PostableAlert::from(&notice)).unwrap();
        let expected = concat!(
            r#"{"labels":{"alertname":"Slow","pod":"a\"b"},"annotations":{"summary":"ü"},"#,
            r#""startsAt":"2026-01-05T09:00:00Z","endsAt":"2026-01-05T09:04:00.25Z","#,
            r#""generatorURL":"http://a/graph?g0.expr=up"}"#
        );
        assert_eq!(json, expected);
    }
}
