//! Which format a page is in, and which ones we ask for.

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's text format, 0.0.4 or 1.0.0: they differ in quoted names, which both take.
    Text,
    /// OpenMetrics, 0.0.1 or 1.0.0.
    OpenMetrics,
}

/// What a scraper sends as `Accept`: the order of Prometheus 3, without its protobuf.
pub const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                          application/openmetrics-text;version=0.0.1;q=0.5,\
                          text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// `Content-Type` of what [`super::write_series`] writes.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Format {
    /// Returns the format that a `Content-Type` names, if it is one that is read here.
    ///
    /// Prometheus 3 refuses a page without one, or with one that it does not know, unless the
    /// user has named a fallback; OpenMetrics 2.0 is among the unknown ones.
    #[must_use]
    pub fn of_content_type(header: &str) -> Option<Self> {
        let mut parts = header.split(';').map(str::trim);
        let media_type = parts.next()?.to_ascii_lowercase();
        let version = parts.filter_map(|part| part.split_once('=')).find_map(|(key, value)| {
            key.trim().eq_ignore_ascii_case("version").then(|| value.trim().trim_matches('"'))
        });
        match media_type.as_str() {
            "text/plain" => Some(Self::Text),
            "application/openmetrics-text" if version == Some("2.0.0") => None,
            "application/openmetrics-text" => Some(Self::OpenMetrics),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_that_of_the_content_type() {
        for (header, format) in [
            ("text/plain", Some(Format::Text)),
            (TEXT_CONTENT_TYPE, Some(Format::Text)),
            ("Text/Plain ; Version=1.0.0; escaping=allow-utf-8", Some(Format::Text)),
            (
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                Some(Format::OpenMetrics),
            ),
            ("application/openmetrics-text", Some(Format::OpenMetrics)),
            ("application/openmetrics-text; version=\"2.0.0\"", None),
            ("application/vnd.google.protobuf; encoding=delimited", None),
            ("text/html; charset=utf-8", None),
            ("", None),
        ] {
            assert_eq!(Format::of_content_type(header), format, "{header}");
        }
    }
}
